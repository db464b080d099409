"""Simulcast: what is offered, what is taken of it, and three layers as a receiver of another make gets them."""

from collections import defaultdict
from pathlib import Path

import aiohttp
import aioice.ice
import av
import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiortc.rtp import RTCP_RTPFB_NACK, RtcpReceiverInfo, RtcpRrPacket, RtcpRtpfbPacket

from loadtest.frames import FrameAssembler
from loadtest.layers import load_layers
from loadtest.media import MaterialSpec, read_counter
from loadtest.publisher import Publisher
from loadtest.rtp import extension_at, payload_of
from loadtest.signaling import SignalingClient
from loadtest.simulcast import EXTENSION_IDS, accepted_layers
from tests.loadtest.answering_peer import AnsweringPeer
from tests.polling import eventually

MID_ID, RID_ID, REPAIRED_ID = EXTENSION_IDS
H264, RTX = 102, 103


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("a=simulcast:recv h;m;l", ("h", "m", "l")),
        ("a=simulcast:recv h;~m;l", ("h", "l")),
        ("a=simulcast:send 1;2 recv l,m;h", ("l", "h")),
        ("a=simulcast:send h", ()),
        ("a=simulcast:recv", ()),
        ("a=rid:h recv", ()),
    ],
    ids=["all", "one paused", "alternatives", "its own", "nothing", "no simulcast"],
)
def test_the_layers_that_an_answer_takes_are_read(line: str, taken: tuple[str, ...]) -> None:
    answer = (
        f"v=0\r\nm=audio 9 x 1\r\na=mid:0\r\na=simulcast:recv x\r\nm=video 9 x 2\r\na=mid:1\r\n{line}\r\n"
    )
    assert accepted_layers(answer, "1") == taken
    assert accepted_layers(answer, "2") == ()


def takes_all(offer: str) -> list[list[str]]:
    video = offer.partition("m=video")[2]
    assert "a=simulcast:send h;m;l" in video
    assert [f"a=rid:{rid} send" in video for rid in "hml"] == [True] * 3
    assert "a=ssrc:" not in video
    return [
        ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=rtpmap:111 opus/48000/2", "a=recvonly"],
        [
            *(f"m=video 9 UDP/TLS/RTP/SAVPF {H264} {RTX}", "a=mid:1", f"a=rtpmap:{H264} H264/90000"),
            *(
                f"a=rtcp-fb:{H264} nack",
                f"a=rtpmap:{RTX} rtx/90000",
                f"a=fmtp:{RTX} apt={H264}",
                "a=recvonly",
            ),
            *(f"a=extmap:{number} {uri}" for number, uri in EXTENSION_IDS.items()),
            *("a=rid:h recv", "a=rid:m recv", "a=rid:l recv", "a=simulcast:recv h;m;l"),
        ],
    ]


def name(packet: bytes, number: int) -> str | None:
    at = extension_at(packet, 0, len(packet), number)
    return None if at is None else packet[at : at + 1 + (packet[at - 1] & 0x0F)].decode()


async def test_a_receiver_of_another_make_gets_three_layers_of_one_picture(
    monkeypatch: pytest.MonkeyPatch, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    spec = MaterialSpec(width=640, height=360, video_bps=600_000, duration_s=2)
    material = load_layers(spec, ["h", "m", "l"], tmp_path)
    assert len(set(material.payloads())) == material.packet_count
    peer = AnsweringPeer(takes_all)
    app = web.Application()
    app.router.add_post("/whip", peer.post)
    app.router.add_delete("/session", peer.delete)
    publisher = Publisher(SignalingClient(http), material)

    def by_ssrc(payload_type: int) -> dict[int, list[bytes]]:
        found: dict[int, list[bytes]] = defaultdict(list)
        for _, packet in peer.rtp:
            if packet[1] & 0x7F == payload_type:
                found[int.from_bytes(packet[8:12], "big")].append(packet)
        return found

    async with TestServer(app) as server:
        await publisher.start(str(server.make_url("/whip")))
        await eventually(lambda: len(by_ssrc(H264)) == 3 and all(len(e) > 30 for e in by_ssrc(H264).values()))
        rid_of = {ssrc: name(packets[0], RID_ID) for ssrc, packets in by_ssrc(H264).items()}
        lost = {ssrc: int.from_bytes(packets[5][2:4], "big") for ssrc, packets in by_ssrc(H264).items()}
        for ssrc, sequence in lost.items():
            nack = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=ssrc, lost=[sequence])
            await peer.send_rtp(bytes(nack))
        await eventually(lambda: len(by_ssrc(RTX)) == 3)
        known = [RtcpReceiverInfo(ssrc, 0, 0, 0, 0, 0, 0) for ssrc in rid_of]
        await peer.send_rtp(bytes(RtcpRrPacket(ssrc=1, reports=known)))
        await eventually(lambda: all(name(each[-1], RID_ID) is None for each in by_ssrc(H264).values()))
        await publisher.stop()
        await peer.close()

    assert sorted(filter(None, rid_of.values())) == ["h", "l", "m"]
    pictures: dict[str, list[tuple[int, int, int]]] = {}
    for ssrc, packets in by_ssrc(H264).items():
        rid = rid_of[ssrc]
        assert rid is not None
        assert {name(packet, RID_ID) for packet in packets} == {rid, None}, "named until it was reported on"
        assert {name(packet, MID_ID) for packet in packets} == {"1", None}
        sequences = [int.from_bytes(packet[2:4], "big") for packet in packets]
        assert sequences == list(range(sequences[0], sequences[0] + len(packets)))
        pictures[rid] = decoded(packets)
    for ssrc, (repair, *_) in by_ssrc(RTX).items():
        assert ssrc not in rid_of
        rid = name(repair, REPAIRED_ID)
        original = int.from_bytes(payload_of(repair)[:2], "big")
        assert rid in rid_of.values()
        assert {rid_of[each] for each, sequence in lost.items() if sequence == original} == {rid}
    counts = {rid: len(found) for rid, found in pictures.items()}
    assert min(counts.values()) > 5
    for rid, size in {"h": (640, 360), "m": (320, 180), "l": (160, 90)}.items():
        assert [each[:2] for each in pictures[rid]] == [size] * counts[rid]
        assert [each[2] for each in pictures[rid]] == list(range(counts[rid])), "in step, from the first on"
    sent = {rid_of[ssrc]: len(packets) for ssrc, packets in by_ssrc(H264).items()}
    assert publisher.stats.layers == sent


def decoded(packets: list[bytes]) -> list[tuple[int, int, int]]:
    """Width, height and number of each picture."""
    assembler = FrameAssembler("H264")
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.flags |= av.codec.context.Flags.low_delay
    found = []
    for packet in packets:
        numbers = int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[4:8], "big")
        marker = bool(packet[1] & 0x80)
        for frame in assembler.receive(*numbers, payload_of(packet), marker=marker, now_s=0.0):
            for picture in decoder.decode(av.Packet(frame.data)):
                luma = np.asarray(picture.to_ndarray(format="gray"), np.uint8)
                found.append((picture.width, picture.height, read_counter(luma)))
    return found

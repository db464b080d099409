"""A publisher's packets in, the packets to forward and the feedback to send out."""

import struct
from itertools import pairwise

import pytest
from aiortc import rtp as aiortc

from media import rtcp, rtp
from media.description import CodecFormat, InboundTrack, Kind
from media.errors import MalformedPacket
from media.publisher import KEYFRAME_INTERVAL_S, POLL_INTERVAL_S, Incoming, Publisher

VP8 = CodecFormat("VP8", 96, 90_000, feedback=frozenset({"nack", "nack pli"}), rtx_payload_type=97)
OPUS = CodecFormat("opus", 111, 48_000, 2)
VIDEO, AUDIO, RTX = 1000, 2000, 1001
TRANSPORT_CC_ID = 5


def publisher(*, transport_cc: bool = False, announced: bool = False) -> Publisher:
    cc_id = TRANSPORT_CC_ID if transport_cc else None
    ssrcs = ((VIDEO, VIDEO), (RTX, VIDEO)) if announced else ()
    tracks = [
        InboundTrack(Kind.AUDIO, "0", (OPUS,), transport_cc_id=cc_id),
        InboundTrack(Kind.VIDEO, "1", (VP8,), ssrcs, transport_cc_id=cc_id),
    ]
    return Publisher(tracks, 77)


def packet(
    sequence: int,
    payload: bytes = b"\x10\x50",
    *,
    ssrc: int = VIDEO,
    payload_type: int = 96,
    transport_sequence: int | None = None,
) -> bytes:
    head = rtp.header(payload_type, False, sequence, sequence * 3000, ssrc)
    if transport_sequence is None:
        return head + payload
    extension = struct.pack("!HHBHx", 0xBEDE, 1, TRANSPORT_CC_ID << 4 | 1, transport_sequence)
    return bytes((head[0] | 0x10,)) + head[1:] + extension + payload


def receive(subject: Publisher, data: bytes, now_s: float = 0.0) -> Incoming | None:
    return subject.receive_rtp(data, round(now_s * 1e6), now_s)


def sent(subject: Publisher, now_s: float) -> list[aiortc.AnyRtcpPacket]:
    packets, _ = subject.poll(now_s)
    return [part for compound in packets for part in aiortc.RtcpPacket.parse(compound)]


def asked_for_keyframe(subject: Publisher, now_s: float) -> bool:
    found = [
        part
        for part in sent(subject, now_s)
        if isinstance(part, aiortc.RtcpPsfbPacket) and part.fmt == aiortc.RTCP_PSFB_PLI
    ]
    assert [part.media_ssrc for part in found] == [VIDEO] * len(found)
    return bool(found)


def numbers(*received: Incoming | None) -> list[int | None]:
    return [incoming.number if incoming else None for incoming in received]


def test_media_is_recognised_by_its_payload_type() -> None:
    subject = publisher()
    video = receive(subject, packet(10))
    audio = receive(subject, packet(20, b"sound", ssrc=AUDIO, payload_type=111))
    assert video is not None
    assert audio is not None
    assert (video.kind, video.format, video.new_source) == (Kind.VIDEO, VP8, True)
    assert (audio.kind, audio.format, audio.new_source) == (Kind.AUDIO, OPUS, True)
    assert receive(subject, packet(11, payload_type=100)) is None
    following = receive(subject, packet(11))
    assert following is not None
    assert not following.new_source


def test_a_packet_that_cannot_be_read_is_malformed() -> None:
    with pytest.raises(MalformedPacket):
        receive(publisher(), b"\x80\x60")
    with pytest.raises(MalformedPacket):
        publisher().receive_rtcp(b"\x80\xc8\x00\x09", 0.0)


def test_padding_before_media_is_no_source() -> None:
    subject = publisher()
    assert receive(subject, packet(10, b"")) is None
    assert sent(subject, 0.0) == []
    first = receive(subject, packet(11))
    assert first is not None
    assert first.new_source
    later = receive(subject, packet(12, b""))
    assert later is not None  # padding amid media keeps its number


def test_another_source_of_a_kind_takes_over() -> None:
    subject = publisher()
    receive(subject, packet(10))
    other = receive(subject, packet(500, ssrc=3000))
    assert other is not None
    assert (other.number, other.new_source) == (500, True)


def test_a_source_that_returns_with_a_duplicate_is_still_told_to_be_new() -> None:
    subject = publisher()
    receive(subject, packet(10))
    receive(subject, packet(500, ssrc=3000))
    assert receive(subject, packet(10)) is None
    back = receive(subject, packet(11))
    assert back is not None
    assert back.new_source


def test_sources_are_bounded() -> None:
    subject = publisher()
    taken = [receive(subject, packet(1, ssrc=ssrc)) is not None for ssrc in range(5000, 5100)]
    assert sum(taken) == 16


@pytest.mark.parametrize("announced", [True, False])
def test_a_retransmission_fills_its_gap_once(announced: bool) -> None:
    subject = publisher(announced=announced)
    receive(subject, packet(10))
    receive(subject, packet(13))
    repair = packet(900, b"\x00\x0b" + b"picture", ssrc=RTX, payload_type=97)
    recovered = receive(subject, repair)
    assert recovered is not None
    assert (recovered.number, recovered.packet.payload, recovered.new_source) == (11, b"picture", False)
    assert recovered.format is VP8
    assert receive(subject, repair) is None
    assert receive(subject, packet(901, b"\x00\x0d" + b"picture", ssrc=RTX, payload_type=97)) is None
    assert receive(subject, packet(902, b"", ssrc=RTX, payload_type=97)) is None  # padding
    assert receive(subject, packet(903, b"\x00", ssrc=RTX, payload_type=97)) is None


def test_a_retransmission_before_any_media_is_ignored() -> None:
    repair = packet(900, b"\x00\x0bpicture", ssrc=RTX, payload_type=97)
    assert receive(publisher(), repair) is None
    assert receive(publisher(announced=True), repair) is None


def test_losses_are_asked_for_where_the_format_allows() -> None:
    subject = publisher()
    for sequence in (65_534, 1):
        receive(subject, packet(sequence))
        receive(subject, packet(sequence, b"sound", ssrc=AUDIO, payload_type=111))
    nacks = [part for part in sent(subject, 0.1) if isinstance(part, aiortc.RtcpRtpfbPacket)]
    assert [(part.fmt, part.ssrc, part.media_ssrc) for part in nacks] == [(1, 77, VIDEO)]
    assert [number % 65536 for number in nacks[0].lost] == [65_535, 0]


def test_a_keyframe_is_asked_for_at_most_every_half_second_until_it_comes() -> None:
    """The request or the keyframe may be lost; nobody else would ask again for a viewer that has nothing yet."""
    subject = publisher()
    receive(subject, packet(10))
    asked_at = []
    for step in range(200):
        now_s = step * POLL_INTERVAL_S
        if now_s < 1.0:
            subject.request_keyframe(Kind.VIDEO)
        if asked_for_keyframe(subject, now_s):
            asked_at.append(now_s)
        if now_s == 3.0:
            subject.keyframe_received(Kind.VIDEO)
    assert asked_at[0] == 0.0
    assert all(b - a >= KEYFRAME_INTERVAL_S for a, b in pairwise(asked_at))
    assert len(asked_at) == 7
    assert asked_at[-1] == 3.0


def test_the_number_of_requests_is_told() -> None:
    subject = publisher()
    receive(subject, packet(10))
    assert subject.poll(0.0)[1] == 0
    subject.request_keyframe(Kind.VIDEO)
    assert [subject.poll(0.1)[1], subject.poll(0.2)[1]] == [1, 0]


def test_a_wish_before_the_first_packet_is_kept() -> None:
    subject = publisher()
    subject.request_keyframe(Kind.VIDEO)
    assert not asked_for_keyframe(subject, 0.0)
    receive(subject, packet(10))
    assert asked_for_keyframe(subject, 0.1)


def test_sound_has_no_keyframes_to_ask_for() -> None:
    subject = publisher()
    receive(subject, packet(10))
    receive(subject, packet(20, b"sound", ssrc=AUDIO, payload_type=111))
    subject.request_keyframe(Kind.AUDIO)
    assert not asked_for_keyframe(subject, 0.0)


def test_receiver_reports_come_once_a_second_with_a_block_per_source() -> None:
    subject = publisher(transport_cc=True)
    reports = []
    for step in range(100):
        now_s = step * POLL_INTERVAL_S
        receive(subject, packet(step), now_s)
        receive(subject, packet(step, b"sound", ssrc=AUDIO, payload_type=111), now_s)
        reports += [part for part in sent(subject, now_s) if isinstance(part, aiortc.RtcpRrPacket)]
    assert len(reports) == 3
    assert {block.ssrc for block in reports[-1].reports} == {VIDEO, AUDIO}
    assert {block.highest_sequence for block in reports[-1].reports} == {80}


def test_transport_feedback_replaces_the_estimate_and_covers_every_packet() -> None:
    subject = publisher(transport_cc=True)
    receive(subject, packet(10, transport_sequence=1), 0.001)
    receive(subject, packet(900, b"", ssrc=RTX, payload_type=97, transport_sequence=2), 0.002)
    receive(subject, packet(10, transport_sequence=3), 0.003)  # a duplicate still crossed the network
    packets, _ = subject.poll(0.01)
    (feedback,) = [data for data in packets if data[:2] == b"\x8f\xcd"]
    base, count = struct.unpack_from("!HH", feedback, 12)
    assert (base, count) == (1, 3)
    kinds = [type(part) for data in packets for part in aiortc.RtcpPacket.parse(data)]
    assert aiortc.RtcpPsfbPacket not in kinds


def test_without_transport_feedback_the_estimate_goes_out_with_the_report() -> None:
    subject = publisher()
    receive(subject, packet(10))
    (estimate,) = [part for part in sent(subject, 0.0) if isinstance(part, aiortc.RtcpPsfbPacket)]
    bitrate_bps, ssrcs = aiortc.unpack_remb_fci(estimate.fci)
    assert bitrate_bps >= 3_000_000
    assert ssrcs == [VIDEO]


def test_nothing_is_sent_before_the_first_packet() -> None:
    assert publisher(transport_cc=True).poll(0.0) == ([], 0)


def test_a_sender_report_of_a_current_source_is_handed_on_and_echoed() -> None:
    subject = publisher(transport_cc=True)
    receive(subject, packet(10))
    report = rtcp.SenderReport(VIDEO, 0x1111_2222_3333_4444, 5)
    data = rtcp.sender_report(report, "artist", 1, 1)
    assert subject.receive_rtcp(data, 1.0) == [(Kind.VIDEO, report)]
    (echo,) = [part for part in sent(subject, 1.5) if isinstance(part, aiortc.RtcpRrPacket)]
    assert (echo.reports[0].lsr, echo.reports[0].dlsr) == (0x2222_3333, 0x8000)


def test_a_sender_report_of_a_stranger_or_a_former_source_is_not_handed_on() -> None:
    subject = publisher()
    receive(subject, packet(10))
    receive(subject, packet(500, ssrc=3000))
    for ssrc in (VIDEO, 4000):
        data = rtcp.sender_report(rtcp.SenderReport(ssrc, 1, 1), "artist", 1, 1)
        assert subject.receive_rtcp(data, 1.0) == []

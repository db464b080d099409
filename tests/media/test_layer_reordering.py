"""Packets that arrive out of order: a viewer may miss one, never get one twice."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from media.description import CodecFormat
from tests.media.scene import Peer
from tests.media.test_layer import SENT_H264, Stage

H264 = CodecFormat("H264", 123, 90_000, fmtp=(("packetization-mode", "1"),))
FIRST = 65_480
PICTURES = 40


def track(chance: random.Random) -> list[tuple[int, int, bool, bytes]]:
    """Number, timestamp, marker and payload of every packet, some pictures being keyframes of several packets."""
    packets: list[tuple[int, int, bool, bytes]] = []
    for picture in range(PICTURES):
        if picture % 9 == 0:
            payloads = [b"\x67sps", b"\x68pps", *([b"\x65idr"] * chance.randrange(1, 5))]
        else:
            payloads = [b"\x41slice"] * chance.randrange(1, 12)
        for index, payload in enumerate(payloads):
            marker = index == len(payloads) - 1
            packets.append((FIRST + len(packets), picture * 3000, marker, payload))
    return packets


@settings(max_examples=200)
@given(seed=st.integers(0, 1 << 32), reach=st.sampled_from([0, 3, 12]), joins=st.lists(st.integers(1, 200)))
def test_no_viewer_gets_a_packet_twice_and_who_was_there_first_gets_all(
    seed: int, reach: int, joins: list[int]
) -> None:
    chance = random.Random(seed)
    sent = track(chance)
    arrivals = sorted(sent, key=lambda packet: packet[0] + chance.random() * reach)
    stage = Stage()
    witness, _ = stage.join(H264)
    peers: list[Peer] = [witness]
    for index, (number, timestamp, marker, payload) in enumerate(arrivals):
        stage.layer.accept(number, timestamp, marker, payload, SENT_H264)
        peers += [stage.join(H264)[0] for _ in range(joins.count(index))]
        stage.clock.advance(chance.choice((0.0, 0.0002, 0.002)))
    stage.clock.advance(1.0)
    for peer in peers:
        received = stage.got(peer)
        assert len(received) == len(set(received))
    got = sorted(number if number >= FIRST else number + 65536 for number in stage.got(witness))
    # What comes later than the end of the very first picture may be missed, and nothing else.
    assert got[0] - FIRST < sum(timestamp == 0 for _, timestamp, *_ in sent)
    assert got == [number for number, *_ in sent if number >= got[0]]

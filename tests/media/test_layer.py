"""A layer toward its viewers: live bursts, instant start, retransmission."""

import random

import pytest

import media.layer
import media.track
from media import rtp
from media.description import CodecFormat, Kind, TrackIdentity
from media.layer import RETRANSMIT_BUDGET, Layer, Subscription
from media.rtcp import SenderReport, parse
from media.stats import Counters
from tests.media.keys import PROFILES
from tests.media.scene import ManualClock, Peer, RecordingFanout, make_wire

SENT_VP8 = CodecFormat("VP8", 96, 90_000)
SENT_H264 = CodecFormat("H264", 97, 90_000, fmtp=(("packetization-mode", "1"),))
SENT_OPUS = CodecFormat("opus", 111, 48_000, 2)
VP8 = CodecFormat("VP8", 120, 90_000)
VP8_RTX = CodecFormat("VP8", 120, 90_000, rtx_payload_type=121)
VP9 = CodecFormat("VP9", 122, 90_000)
H264 = CodecFormat("H264", 123, 90_000, fmtp=(("packetization-mode", "1"),), rtx_payload_type=124)
OPUS = CodecFormat("opus", 109, 48_000, 2)
IDENTITY = TrackIdentity(0xAAAA, 0xBBBB, "stage")
KEY, DELTA = b"\x10\x50", b"\x10\x51"


class Stage:
    """One layer, its clock, its fan-out and its viewers."""

    def __init__(self, kind: Kind = Kind.VIDEO) -> None:
        self.clock = ManualClock()
        self.fanout = RecordingFanout()
        self.counters = Counters()
        self.wishes = 0
        self.wire = make_wire()
        self.layer = Layer(IDENTITY, kind, self.fanout, self.counters, self.clock, self._wish)
        self.number = 1000
        self._peers = 0

    def _wish(self) -> None:
        self.wishes += 1

    def send(
        self, head: bytes = DELTA, *, size_bytes: int = 50, marker: bool = True, fmt: CodecFormat = SENT_VP8
    ) -> int:
        """The publisher sends its next packet; its number."""
        self.number += 1
        payload = head + bytes(size_bytes)
        self.layer.accept(self.number, self.number * 3000, marker, payload, fmt)
        return self.number

    def viewer(self, *formats: CodecFormat, profile: str = "AEAD_AES_128_GCM") -> tuple[Peer, Subscription]:
        self._peers += 1
        peer = Peer(self.wire, self._peers, PROFILES[profile])
        return peer, Subscription(formats or (VP8_RTX,), peer.destination)

    def join(self, *formats: CodecFormat, profile: str = "AEAD_AES_128_GCM") -> tuple[Peer, Subscription]:
        peer, subscription = self.viewer(*formats, profile=profile)
        self.layer.add(subscription)
        return peer, subscription

    def got(self, peer: Peer) -> list[int]:
        """What a viewer has, with no packet in between."""
        return self.fanout.sequences(peer.destination)


def test_a_frame_leaves_at_its_end() -> None:
    stage = Stage()
    stage.send(KEY)
    peer, _ = stage.join()
    before = stage.got(peer)
    for _ in range(3):
        stage.send(marker=False)
    assert stage.got(peer) == before
    stage.send(marker=True)
    assert stage.got(peer) == list(range(1001, 1006))


def test_a_frame_whose_end_does_not_come_leaves_after_five_milliseconds() -> None:
    stage = Stage()
    stage.send(KEY)
    peer, _ = stage.join()
    stage.send(marker=False)
    stage.clock.advance(0.0049)
    assert stage.got(peer) == [1001]
    stage.clock.advance(0.0002)
    assert stage.got(peer) == [1001, 1002]
    assert stage.clock.armed == 0


def test_sound_leaves_at_once() -> None:
    stage = Stage(Kind.AUDIO)
    peer, _ = stage.join(OPUS)
    for _ in range(3):
        stage.send(b"sound", marker=False, fmt=SENT_OPUS)
    assert stage.got(peer) == [1001, 1002, 1003]
    assert {packet.payload_type for packet in stage.fanout.packets(peer.destination)} == {109}


def test_viewers_get_the_same_packets_under_their_own_payload_type_and_profile() -> None:
    stage = Stage()
    first, _ = stage.join(VP8_RTX)
    second, _ = stage.join(VP9, CodecFormat("VP8", 101, 90_000), profile="AES128_CM_SHA1_80")
    stage.send(KEY)
    stage.clock.advance(0.001)
    stage.send()
    for peer, payload_type in ((first, 120), (second, 101)):
        packets = stage.fanout.packets(peer.destination)
        assert [(p.sequence, p.ssrc, p.payload_type) for p in packets] == [
            (1001, 0xAAAA, payload_type),
            (1002, 0xAAAA, payload_type),
        ]


def test_a_viewer_that_cannot_decode_gets_nothing_and_the_others_all() -> None:
    stage = Stage()
    deaf, _ = stage.join(VP9)
    able, _ = stage.join(VP8)
    stage.send(KEY)
    late, _ = stage.join(VP9)
    stage.clock.advance(0.001)
    stage.send()
    assert stage.got(able) == [1001, 1002]
    assert stage.got(deaf) == stage.got(late) == []


def test_a_change_of_codec_ends_the_burst_and_viewers_of_both_go_on() -> None:
    stage = Stage()
    peer, _ = stage.join(VP8_RTX, H264)
    stage.send(KEY, marker=False)
    stage.clock.advance(0.001)
    stage.send(b"\x65idr", fmt=SENT_H264)
    packets = stage.fanout.packets(peer.destination)
    assert [(packet.sequence, packet.payload_type) for packet in packets] == [(1001, 120), (1002, 123)]


def test_a_joiner_gets_everything_since_the_keyframe_and_asks_for_none() -> None:
    stage = Stage()
    stage.send(KEY)
    stage.send(KEY)
    for _ in range(500):
        stage.send()
    peer, _ = stage.join()
    at_once = len(stage.got(peer))
    assert 0 < at_once < 100  # paced: not everything in one go
    stage.clock.advance(1.0)
    assert stage.got(peer) == list(range(1002, 1503))
    assert stage.wishes == 0
    assert stage.clock.armed == 0


def test_a_joiner_with_nothing_remembered_asks_for_a_keyframe_and_begins_with_it() -> None:
    stage = Stage()
    peer, _ = stage.join()
    assert stage.wishes == 1
    stage.send()
    keyframe = stage.send(KEY)
    stage.send()
    stage.clock.advance(0.001)
    assert stage.got(peer) == [keyframe, keyframe + 1]


def test_a_joiner_after_the_memory_overflowed_waits_for_the_next_keyframe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media.track, "MEMORY_MAX_PACKETS", 5)
    stage = Stage()
    stage.send(KEY)
    for _ in range(6):
        stage.send()
    peer, _ = stage.join()
    assert stage.wishes == 1
    stage.send()
    assert stage.got(peer) == []
    keyframe = stage.send(KEY)
    stage.clock.advance(0.001)
    assert stage.got(peer) == [keyframe]


def test_a_joiner_two_keyframes_behind_goes_on_with_the_newest() -> None:
    stage = Stage()
    stage.send(KEY)
    for _ in range(100):
        stage.send()
    peer, subscription = stage.join()
    begun = len(stage.got(peer))
    for _ in range(20):  # the join timer never gets its turn
        newest = stage.send(KEY)
        for _ in range(3):
            stage.send()
    assert len(subscription.backlog) <= media.layer.BACKLOG_INTERVALS
    stage.clock.advance(0.1)
    assert stage.got(peer)[begun:] == list(range(newest, newest + 4))


def test_what_is_sent_at_once_when_the_memory_overflows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media.track, "MEMORY_MAX_PACKETS", 200)
    monkeypatch.setattr(media.layer, "SETTLE_MAX_PACKETS", 200)
    stage = Stage()
    stage.send(KEY)
    for _ in range(198):
        stage.send()
    first, second = stage.join()[0], stage.join()[0]
    begun = len(stage.got(second))
    for _ in range(3):
        stage.send()
    assert len(stage.got(first)) > 199
    assert len(stage.got(second)) == begun
    assert stage.wishes == 1
    keyframe = stage.send(KEY)
    stage.clock.advance(0.1)
    assert stage.got(second)[begun:] == [keyframe]


@pytest.mark.parametrize("catching_up", [True, False])
def test_a_keyframe_whose_first_packet_comes_late_reaches_each_viewer_whole_and_once(
    catching_up: bool,
) -> None:
    stage = Stage()
    stage.send(KEY)
    for _ in range(300 if catching_up else 3):
        stage.send()
    joining, _ = stage.join()
    late = stage.number + 1
    for number, head in ((late + 1, b"\x00"), (late + 2, b"\x00"), (late, KEY)):
        stage.layer.accept(number, late * 3000, number == late + 2, head + b"part", SENT_VP8)
    stage.number = late + 2
    after, _ = stage.join()
    stage.clock.advance(1.0)
    stage.send()
    assert sorted(stage.got(joining)) == list(range(1001, late + 4))
    assert stage.got(after) == list(range(late, late + 4))


def test_who_leaves_gets_nothing_more() -> None:
    stage = Stage()
    staying, _ = stage.join()
    stage.send(KEY)
    stage.clock.advance(0.001)
    leaving, subscription = stage.join()
    stage.send(marker=False)
    stage.layer.remove(subscription)
    stage.layer.remove(subscription)
    stage.send()
    assert stage.got(staying) == [1001, 1002, 1003]
    assert stage.got(leaving) == [1001]


@pytest.mark.parametrize("remembered", [3, 300])
def test_who_moves_goes_on_at_the_new_address_without_gap_or_repeat(remembered: int) -> None:
    stage = Stage()
    stage.send(KEY)
    for _ in range(remembered):
        stage.send()
    old, subscription = stage.join()
    stage.clock.advance(0.002)
    before = stage.got(old)
    new = Peer(make_wire(), 99)
    stage.layer.move(subscription, new.destination)
    stage.clock.advance(1.0)
    last = stage.send()
    assert before + stage.got(new) == list(range(1001, last + 1))
    assert stage.got(old) == before


def test_no_packet_is_written_for_nobody_and_closing_leaves_no_timer() -> None:
    stage = Stage()
    stage.send(KEY, marker=False)
    assert stage.clock.armed == 0
    stage.join()
    stage.send(marker=False)
    for _ in range(300):
        stage.send()
    stage.join()
    assert stage.clock.armed > 0
    stage.layer.close()
    assert stage.clock.armed == 0


def test_a_lost_packet_is_sent_again_by_rtx() -> None:
    stage = Stage()
    stage.send(KEY)
    peer, subscription = stage.join(VP8_RTX)
    stage.send(size_bytes=77)
    stage.layer.retransmit(subscription, (1002, 1001))
    packets = [rtp.parse(peer.inbound.unprotect(datagram)) for datagram in peer.arrived()]
    assert [(p.ssrc, p.payload_type, p.sequence) for p in packets] == [(0xBBBB, 121, 1), (0xBBBB, 121, 2)]
    assert packets[0].payload == (1002).to_bytes(2, "big") + DELTA + bytes(77)
    assert packets[0].timestamp == 1002 * 3000
    assert stage.counters.retransmissions == 2


@pytest.mark.parametrize("joins", ["before", "after"])
def test_without_rtx_a_packet_is_sent_again_as_it_was_to_the_last_byte(joins: str) -> None:
    """It has the number of the first, hence its nonce. Another plaintext under one nonce gives away AES-GCM's
    authentication key (RFC 7714 section 8.1), so padding must not come and go."""
    stage = Stage()
    chance = random.Random(8)
    sizes = [chance.randrange(0, 600) for _ in range(80)]
    if joins == "before":
        peer, subscription = stage.join(VP8)
    stage.send(KEY)
    for index, size in enumerate(sizes):
        stage.send(size_bytes=size, marker=index % 4 == 3)
    if joins == "after":
        peer, subscription = stage.join(VP8)
    stage.clock.advance(1.0)
    first = {rtp.parse(data).sequence: data for data in stage.fanout.plaintexts[peer.destination]}
    stage.layer.retransmit(subscription, tuple(range(1001, 1082)))
    again = [peer.inbound.unprotect(datagram) for datagram in peer.arrived()]
    assert len(again) == 81
    for data in again:
        assert data == first[rtp.parse(data).sequence]


def test_a_repeated_packet_without_payload_is_padding_again() -> None:
    stage = Stage()
    stage.send(KEY)
    peer, subscription = stage.join(VP8)
    stage.number += 1
    stage.layer.accept(stage.number, 0, True, b"", SENT_VP8)
    stage.layer.retransmit(subscription, (1002,))
    (datagram,) = peer.arrived()
    assert peer.inbound.unprotect(datagram) == stage.fanout.plaintexts[peer.destination][-1]


def test_what_is_not_kept_is_not_sent_again() -> None:
    stage = Stage()
    stage.send(KEY)
    peer, subscription = stage.join()
    stage.layer.retransmit(subscription, (1, 999, 1002, 65_535))
    assert peer.arrived() == []
    deaf, subscription = stage.join(VP9)
    stage.layer.retransmit(subscription, (1001,))
    assert deaf.arrived() == []


def test_a_viewer_that_asks_without_end_is_granted_its_budget() -> None:
    stage = Stage()
    stage.send(KEY)
    peer, subscription = stage.join()
    other, other_subscription = stage.join()
    for _ in range(100):
        stage.layer.retransmit(subscription, (1001,) * 10)
    assert len(peer.arrived()) == RETRANSMIT_BUDGET
    stage.layer.retransmit(other_subscription, (1001,))
    assert len(other.arrived()) == 1
    stage.clock.advance(1.0)
    stage.layer.retransmit(subscription, (1001,))
    assert len(peer.arrived()) == RETRANSMIT_BUDGET + 1


def test_a_retransmission_the_socket_has_no_room_for_is_counted() -> None:
    stage = Stage()
    stage.send(KEY)
    _, subscription = stage.join()
    stage.wire.full = True
    stage.layer.retransmit(subscription, (1001,))
    assert (stage.counters.retransmissions, stage.counters.packets_dropped) == (0, 1)


def test_the_sender_report_tells_what_was_forwarded() -> None:
    stage = Stage()
    assert stage.layer.sender_report() is None
    stage.send(KEY, size_bytes=48)
    stage.layer.track.note_report(SenderReport(1, 0, 3000), 5 << 32, stage.clock.time())
    stage.clock.advance(2.0)
    compound = stage.layer.sender_report()
    assert compound is not None
    assert parse(compound) == [SenderReport(0xAAAA, 7 << 32, 183_000)]
    assert compound[20:28] == bytes((0, 0, 0, 1, 0, 0, 0, 50))

"""One forwarded track: continuity over publishers, the keyframe memory and the ring."""

import pytest

from media.description import CodecFormat, Kind
from media.rtcp import SenderReport
from media.track import (
    HELD_PACKETS,
    MEMORY_MAX_BYTES,
    MEMORY_MAX_PACKETS,
    MEMORY_MAX_S,
    RING_PACKETS,
    ForwardedPacket,
    ForwardedTrack,
    KeyframeMemory,
)

VP8 = CodecFormat("VP8", 96, 90_000)
H264 = CodecFormat("H264", 102, 90_000)
OPUS = CodecFormat("opus", 111, 48_000, 2)
KEY, DELTA = b"\x10\x50key", b"\x10\x51delta"
SPS, PPS, IDR, SLICE = b"\x67sps", b"\x68pps", b"\x65idr", b"\x41slice"


def video(*payloads: bytes, start: int = 100, fmt: CodecFormat = VP8) -> ForwardedTrack:
    """A video track that took these payloads, one picture each, 33 ms apart."""
    track = ForwardedTrack(Kind.VIDEO)
    feed(track, start, *payloads, fmt=fmt)
    return track


def feed(
    track: ForwardedTrack, start: int, *payloads: bytes, fmt: CodecFormat = VP8, now_s: float = 0.0
) -> list[ForwardedPacket | None]:
    return [
        track.accept(start + index, (start + index) * 3000, True, payload, fmt, now_s + index / 30)
        for index, payload in enumerate(payloads)
    ]


def numbers(packets: list[ForwardedPacket]) -> list[int]:
    return [packet.number for packet in packets]


def test_video_waits_for_the_first_keyframe() -> None:
    track = ForwardedTrack(Kind.VIDEO)
    assert feed(track, 10, DELTA, DELTA) == [None, None]
    waited = track.awaiting_keyframe
    (packet,) = feed(track, 12, KEY)
    assert packet is not None
    assert packet.number == 12
    assert [waited, track.awaiting_keyframe] == [True, False]
    assert track.packets == 1
    assert track.octets == len(KEY)


def test_audio_waits_for_nothing() -> None:
    track = ForwardedTrack(Kind.AUDIO)
    assert not track.awaiting_keyframe
    assert track.accept(5, 960, False, b"sound", OPUS, 0.0) is not None
    assert track.memory.packets == []


def test_a_late_packet_from_before_the_first_keyframe_is_not_forwarded() -> None:
    track = video(KEY)
    assert track.accept(99, 99 * 3000, True, DELTA, VP8, 0.1) is None


def test_a_source_whose_first_packet_comes_late_is_forwarded_from_there() -> None:
    track = ForwardedTrack(Kind.VIDEO)
    rest = b"\x00rest"
    assert track.accept(11, 9, False, rest, VP8, 0.0) is None
    assert track.accept(12, 9, True, rest, VP8, 0.0) is None
    assert track.take_released(0.0) == []
    assert track.accept(10, 9, False, KEY, VP8, 0.1) is None
    released = track.take_released(0.1)
    assert [number for number, *_ in released] == [10, 11, 12]
    forwarded = [track.accept(*each, 0.1) for each in released]
    assert [packet.number for packet in forwarded if packet is not None] == [10, 11, 12]
    assert numbers(track.memory.packets) == [10, 11, 12]


def test_parameter_sets_that_the_picture_overtook_begin_a_source() -> None:
    track = video(KEY)
    track.change_source()
    assert track.accept(42, 9, False, IDR, H264, 1.0) is None
    assert track.accept(41, 9, False, PPS, H264, 1.0) is None
    assert track.take_released(1.0) == []
    assert track.accept(40, 9, False, SPS, H264, 1.0) is None
    forwarded = [track.accept(*each, 1.0) for each in track.take_released(1.0)]
    assert [packet.number for packet in forwarded if packet is not None] == [101, 102, 103]


def test_a_source_that_sends_no_parameter_sets_begins_with_a_whole_picture() -> None:
    track = ForwardedTrack(Kind.VIDEO)
    assert track.accept(1, 9, False, IDR, H264, 0.0) is None
    assert track.accept(2, 9, True, IDR, H264, 0.0) is None
    assert [number for number, *_ in track.take_released(0.0)] == [1, 2]


def test_what_is_held_back_for_a_keyframe_is_bounded_and_belongs_to_one_source() -> None:
    track = ForwardedTrack(Kind.VIDEO)
    feed(track, 0, *[DELTA] * (2 * HELD_PACKETS))
    assert len(track._held) == HELD_PACKETS
    track.change_source()
    assert feed(track, 5, KEY)[0] is not None


def test_the_next_publisher_continues_numbers_and_timestamps() -> None:
    track = video(KEY, DELTA, DELTA)
    track.change_source()
    assert track.awaiting_keyframe
    assert feed(track, 40_000, DELTA, now_s=1.0) == [None]
    packet, further = feed(track, 40_001, KEY, DELTA, now_s=2.0)
    assert packet is not None
    assert further is not None
    assert packet.number == 103
    elapsed_s = 2.0 - 2 / 30
    assert packet.timestamp == 102 * 3000 + round(elapsed_s * 90_000)
    assert (further.number, further.timestamp) == (104, packet.timestamp + 3000)


def test_a_takeover_in_the_same_instant_still_moves_the_timestamp_on() -> None:
    track = ForwardedTrack(Kind.AUDIO)
    track.accept(1, 960, False, b"a", OPUS, 5.0)
    track.change_source()
    packet = track.accept(500, 7, False, b"b", OPUS, 5.0)
    assert packet is not None
    assert (packet.number, packet.timestamp) == (2, 961)


def test_a_takeover_continues_after_the_highest_number_though_a_late_packet_came_last() -> None:
    track = video(KEY, DELTA)
    track.accept(105, 105 * 3000, True, DELTA, VP8, 0.2)
    track.accept(103, 103 * 3000, True, DELTA, VP8, 0.2)
    track.change_source()
    (packet,) = feed(track, 7, KEY, now_s=0.3)
    assert packet is not None
    assert packet.number == 106


def test_timestamps_wrap() -> None:
    track = ForwardedTrack(Kind.AUDIO)
    track.accept(1, (1 << 32) - 10, False, b"a", OPUS, 0.0)
    track.change_source()
    packet = track.accept(1, 0, False, b"b", OPUS, 1.0)
    assert packet is not None
    assert packet.timestamp == 48_000 - 10


def test_the_memory_holds_everything_since_the_last_keyframe() -> None:
    track = video(DELTA, KEY, DELTA, DELTA, KEY, DELTA)
    assert numbers(track.memory.packets) == [104, 105]


def test_a_keyframe_in_several_packets_of_one_timestamp_is_remembered_from_its_first() -> None:
    track = ForwardedTrack(Kind.VIDEO)
    for number, payload in enumerate((SPS, PPS, IDR, IDR)):
        track.accept(number, 9000, number == 3, payload, H264, 0.0)
    track.accept(4, 12_000, True, SLICE, H264, 0.0)
    assert [packet.payload for packet in track.memory.packets] == [SPS, PPS, IDR, IDR, SLICE]


def test_parameter_sets_that_come_late_are_remembered_with_their_picture() -> None:
    """The SPS was lost and sent again; without it no joiner could decode."""
    track = video(SPS, SLICE, fmt=H264)
    track.accept(103, 12_000, False, IDR, H264, 0.0)
    track.accept(104, 12_000, True, IDR, H264, 0.0)
    track.accept(102, 12_000, False, SPS, H264, 0.1)
    assert [packet.payload for packet in track.memory.packets] == [IDR, IDR, SPS]


def test_a_keyframe_whose_first_packet_comes_late_is_remembered_whole() -> None:
    rest = b"\x00rest"
    track = video(KEY, DELTA)
    track.accept(103, 9, False, rest, VP8, 0.1)
    track.accept(104, 9, True, rest, VP8, 0.1)
    track.accept(102, 9, False, KEY, VP8, 0.2)
    assert numbers(track.memory.packets) == [102, 103, 104]


def test_the_remembered_keyframe_is_told_once_it_is_whole() -> None:
    track = ForwardedTrack(Kind.VIDEO)
    told: list[list[int] | None] = []
    for number, payload, timestamp in ((0, SPS, 9), (2, IDR, 9), (1, PPS, 9), (3, IDR, 9), (4, SLICE, 12)):
        track.accept(number, timestamp, False, payload, H264, 0.0)
        kept = track.memory.keyframe()
        told.append(None if kept is None else numbers(kept))
    assert told == [None, None, None, None, [0, 1, 2, 3]]


def test_a_keyframe_that_comes_later_than_the_next_one_is_not_remembered() -> None:
    track = video(KEY, DELTA)
    track.accept(104, 104 * 3000, True, KEY, VP8, 0.2)
    track.accept(105, 105 * 3000, True, DELTA, VP8, 0.2)
    track.accept(102, 102 * 3000, True, KEY, VP8, 0.3)
    assert numbers(track.memory.packets) == [104, 105]


def test_a_late_packet_of_the_picture_before_is_not_remembered() -> None:
    track = video(KEY)
    track.accept(104, 104 * 3000, True, KEY, VP8, 0.2)
    track.accept(103, 103 * 3000, True, DELTA, VP8, 0.2)
    assert numbers(track.memory.packets) == [104]


def packet(number: int, size_bytes: int = 10) -> ForwardedPacket:
    return ForwardedPacket(number, number, True, bytes(size_bytes), VP8)


def overflow_by_packets(memory: KeyframeMemory) -> None:
    for number in range(1, MEMORY_MAX_PACKETS + 1):
        memory.append(packet(number), 0.0)


def overflow_by_bytes(memory: KeyframeMemory) -> None:
    for number in range(1, MEMORY_MAX_BYTES // 1000 + 1):
        memory.append(packet(number, 1000), 0.0)


def overflow_by_age(memory: KeyframeMemory) -> None:
    memory.append(packet(1), MEMORY_MAX_S)
    assert len(memory.packets) == 2
    memory.append(packet(2), MEMORY_MAX_S + 0.1)


@pytest.mark.parametrize("overflow", [overflow_by_packets, overflow_by_bytes, overflow_by_age])
def test_past_a_bound_the_memory_forgets_everything_until_the_next_keyframe(overflow: object) -> None:
    assert callable(overflow)
    memory = KeyframeMemory()
    memory.append(packet(0), 0.0)
    assert memory.packets == []
    memory.start(packet(0), 0.0)
    overflow(memory)
    overflowed = memory.overflowed
    memory.append(packet(9_000), 0.0)
    assert memory.packets == []
    memory.start(packet(9_001), 20.0)
    memory.append(packet(9_002), 20.0)
    assert [overflowed, memory.overflowed] == [True, False]
    assert numbers(memory.packets) == [9_001, 9_002]


@pytest.mark.parametrize(("kind", "fmt"), [(Kind.VIDEO, VP8), (Kind.AUDIO, OPUS)])
def test_the_ring_keeps_the_latest_packets(kind: Kind, fmt: CodecFormat) -> None:
    track = ForwardedTrack(kind)
    size = RING_PACKETS[kind]
    first = 65_536 - size // 2
    for number in range(first, first + size + 3):
        track.accept(number, number, False, KEY, fmt, 0.0)
    assert track.find((first + 2) % 65536) is None
    for number in (first + 3, 65_535, 65_536, first + size + 2):
        found = track.find(number % 65536)
        assert found is not None
        assert found.number == number
    assert track.find((first + size + 3) % 65536) is None


def test_a_sender_report_is_moved_to_the_forwarded_clock_and_to_now() -> None:
    track = video(KEY)
    track.note_report(SenderReport(1, 5, 300_000), 77 << 32, 10.0)
    assert track.report(9, 10.5) == SenderReport(9, (77 << 32) + (1 << 31), 345_000)
    track.change_source()
    assert track.report(9, 11.0) is None
    track.note_report(SenderReport(2, 5, 1), 78 << 32, 11.0)  # before its first keyframe: not ours yet
    assert track.report(9, 11.0) is None
    (packet_,) = feed(track, 7, KEY, now_s=12.0)
    assert packet_ is not None
    track.note_report(SenderReport(2, 5, 7 * 3000), 79 << 32, 12.0)
    assert track.report(9, 12.0) == SenderReport(9, 79 << 32, packet_.timestamp)


def test_there_is_no_sender_report_before_the_first() -> None:
    assert video(KEY).report(9, 0.0) is None

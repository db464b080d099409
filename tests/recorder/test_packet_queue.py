"""On the way to the recorder's process: bounded, dropping whole groups of pictures, else unchanged."""

from hypothesis import given, settings
from hypothesis import strategies as st

from media.description import CodecFormat, Kind
from media.publisher import Incoming
from media.rtcp import SenderReport
from media.rtp import RtpPacket
from recorder import wire
from recorder.packet_queue import RESERVE, PacketQueue

VP8 = CodecFormat("VP8", 96, 90_000)
OPUS = CodecFormat("opus", 111, 48_000, 2)
KEY, DELTA = b"\x10\x50" + bytes(98), b"\x10\x51" + bytes(98)
BOUND = 10_000


def video(number: int, payload: bytes = DELTA) -> Incoming:
    return Incoming(
        Kind.VIDEO, number, RtpPacket(96, True, number & 0xFFFF, number * 3000, 7, payload), VP8, number == 0
    )


def audio(number: int) -> Incoming:
    return Incoming(
        Kind.AUDIO, number, RtpPacket(111, False, number & 0xFFFF, number * 960, 8, b"\xfc" * 80), OPUS, False
    )


def drain(queue: PacketQueue) -> list[wire.Record]:
    records: list[wire.Record] = []
    while body := queue.take(1000):
        records += wire.read_records(body)
    return records


def test_what_is_taken_is_what_was_put_in() -> None:
    queue = PacketQueue()
    queue.packet(video(0, KEY), 0.5)
    queue.report(Kind.VIDEO, SenderReport(7, 1 << 63, 3000))
    queue.publisher_changed()
    queue.packet(audio(70_000), 1.25)
    assert drain(queue) == [
        wire.PacketRecord(Kind.VIDEO, "VP8", 90_000, 0, 0, True, True, 0.5, KEY),
        wire.ReportRecord(Kind.VIDEO, 1 << 63, 3000),
        wire.PublisherRecord(),
        wire.PacketRecord(Kind.AUDIO, "opus", 48_000, 70_000, 67_200_000, False, False, 1.25, b"\xfc" * 80),
    ]
    assert queue.size_bytes == 0


@settings(deadline=None)
@given(st.lists(st.sampled_from(["key", "delta", "sound", "take"]), max_size=400))
def test_whatever_comes_pictures_are_dropped_up_to_a_keyframe_and_the_bound_holds(moves: list[str]) -> None:
    queue = PacketQueue(BOUND)
    got: list[wire.Record] = []
    keys: set[int] = set()
    sent = 0
    for number, move in enumerate(moves):
        match move:
            case "take":
                got += wire.read_records(queue.take(3000))
            case "sound":
                queue.packet(audio(number), 0)
            case _:
                if move == "key":
                    keys.add(sent)
                queue.packet(video(sent, KEY if move == "key" else DELTA), 0)
                sent += 1
        assert queue.size_bytes <= BOUND * (1 + RESERVE) + 200
    got += drain(queue)
    numbers = [each.number for each in got if isinstance(each, wire.PacketRecord) and each.kind is Kind.VIDEO]
    for number, before in zip(numbers, [-1, *numbers], strict=False):
        assert number == before + 1 or number in keys


def test_it_says_how_often_it_dropped_pictures_while_sound_went_on() -> None:
    queue = PacketQueue(BOUND)
    for number in range(200):
        queue.packet(video(number, KEY if number % 10 == 0 else DELTA), 0)
        if number % 20 == 0:
            queue.packet(audio(number), 0)
    records = drain(queue)
    assert queue.dropped_groups == 1
    assert sum(isinstance(each, wire.PacketRecord) and each.kind is Kind.AUDIO for each in records) == 10
    queue.packet(video(200, DELTA), 0)
    assert queue.dropping
    queue.packet(video(201, KEY), 0)
    assert not queue.dropping


@given(
    st.lists(st.tuples(st.sampled_from([wire.RECORDS, wire.EVENT]), st.binary(max_size=50))),
    st.integers(1, 20),
)
def test_messages_come_out_whole_however_they_are_cut(messages: list[tuple[int, bytes]], step: int) -> None:
    stream = b"".join(wire.message(what, 5, body) for what, body in messages)
    reader = wire.Reader()
    got = [each for at in range(0, len(stream), step) for each in reader.feed(stream[at : at + step])]
    assert got == [(what, 5, body) for what, body in messages]

"""What waits for a transcoder, what is made of a broadcast when, and when a dead process comes back."""

import msgspec
import pytest

from media.description import Kind
from recorder.frames import Frame, Picture, TimedFrame
from recorder.transcode.backlog import MAX_BEHIND_S, MAX_BYTES, Backlog
from recorder.transcode.control import ASKED_S, Control
from recorder.transcode.restarts import LIVED_S, Restarts
from recorder.transcode.wire import Take

FPS, GROUP = 10, 20


def picture(
    number: int, *, size: int = 1000, codec: str = "VP8", width: int = 1280, height: int = 720
) -> TimedFrame:
    keyframe = number % GROUP == 0
    frame = Frame(codec, 0, keyframe, bytes(size), Picture(width, height) if keyframe else None)
    return TimedFrame(Kind.VIDEO, number / FPS, frame)


def sound(number: int) -> TimedFrame:
    return TimedFrame(Kind.AUDIO, number / FPS, Frame("opus", 0, keyframe=True, data=bytes(160)))


def feed(backlog: Backlog, numbers: range, size: int = 1000) -> list[int]:
    """What was taken of the pictures."""
    taken = []
    for number in numbers:
        before = backlog.dropped_frames
        backlog.frame(picture(number, size=size))
        if backlog.dropped_frames == before:
            taken.append(number)
    return taken


def ready() -> Backlog:
    """Of a process that has started."""
    backlog = Backlog()
    backlog.command(Kind.VIDEO, b"configure")
    backlog.take()
    backlog.answered(Kind.VIDEO)
    return backlog


def answer_all(backlog: Backlog) -> None:
    while message := backlog.take():
        timed = msgspec.msgpack.decode(message[4:], type=Take).frame
        backlog.answered(timed.kind)


def test_a_worker_that_stands_still_costs_whole_groups_and_bounded_memory() -> None:
    backlog = ready()
    taken = feed(backlog, range(600))
    assert taken == list(range(len(taken)))
    assert len(taken) == pytest.approx(MAX_BEHIND_S * FPS, abs=2)
    assert backlog.dropped_groups == 1
    size = backlog.size_bytes
    for number in range(600, 6000):
        backlog.frame(picture(number))
        backlog.frame(sound(number))
    assert backlog.size_bytes - size < 100_000
    awaited = [backlog.awaiting_keyframe]
    answer_all(backlog)
    awaited.append(backlog.awaiting_keyframe)
    assert awaited == [False, True]
    taken = feed(backlog, range(6010, 6060))
    assert taken == list(range(6020, 6020 + len(taken)))
    assert len(taken) > 10


def test_large_pictures_are_bounded_however_short_they_last() -> None:
    backlog = ready()
    feed(backlog, range(FPS), size=2 << 20)
    assert backlog.size_bytes < MAX_BYTES + (3 << 20)


def test_sound_is_not_dropped_for_pictures_but_for_sound() -> None:
    backlog = ready()
    for number in range(100):
        backlog.frame(picture(number))
        backlog.frame(sound(number))
        backlog.answered(Kind.AUDIO)
    assert backlog.dropped_groups == 1
    kept = backlog.size_bytes
    for number in range(100, 200):
        backlog.frame(sound(number))
    assert kept < backlog.size_bytes < kept + 10_000


def test_nothing_is_taken_before_the_process_has_started() -> None:
    backlog = Backlog()
    assert backlog.take() == b""
    assert not backlog.awaiting_keyframe
    for number in range(600):
        backlog.frame(picture(number))
        backlog.frame(sound(number))
    assert (backlog.size_bytes, backlog.behind_s, backlog.dropped_groups) == (0, 0.0, 0)


def test_pictures_begin_with_a_keyframe() -> None:
    assert feed(ready(), range(7, 25)) == [20, 21, 22, 23, 24]


def test_what_is_asked_for_is_made_until_a_minute_after() -> None:
    control = Control(("480p",))
    control.ask("aac", 0.0)
    assert control.saw(picture(0))
    assert [each.name for each in control.wanted(1.0)] == ["480p"]
    assert control.saw(sound(0))
    assert not control.saw(picture(20))
    assert [each.name for each in control.planned] == ["480p", "aac"]
    assert [each.name for each in control.wanted(ASKED_S - 1)] == ["480p", "aac"]
    control.ask("aac", ASKED_S - 1)
    assert [each.name for each in control.wanted(2 * ASKED_S - 2)] == ["480p", "aac"]
    assert [each.name for each in control.wanted(2 * ASKED_S - 1)] == ["480p"]


def test_another_size_or_codec_is_another_plan() -> None:
    control = Control(())
    assert control.saw(picture(0))
    assert control.saw(picture(20, width=640, height=360))
    assert [each.name for each in control.planned] == ["360p"]
    assert control.saw(picture(40, codec="H264", width=640, height=360))
    assert control.planned == ()


def test_what_is_broken_is_not_tried_again() -> None:
    control = Control(("480p", "360p"))
    control.saw(picture(0))
    control.broke("480p")
    assert [each.name for each in control.wanted(0.0)] == ["360p"]
    control.saw(picture(20, width=1920, height=1080))
    assert [each.name for each in control.wanted(0.0)] == ["360p"]


def test_names_nobody_knows_are_not_collected() -> None:
    control = Control(())
    for number in range(1000):
        control.ask(f"x{number}", 0.0)
    control.saw(sound(0))
    control.ask("aac", ASKED_S)
    assert len(control.wanted(ASKED_S)) <= 1


def test_a_process_that_keeps_dying_is_started_less_and_less_often() -> None:
    restarts = Restarts()
    now_s, waits = 0.0, []
    for _ in range(7):
        restarts.started(now_s)
        again_s = restarts.died(now_s + 0.1)
        waits.append(round(again_s - now_s - 0.1))
        now_s = again_s
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    restarts.started(now_s)
    assert restarts.died(now_s + 2 * LIVED_S) == pytest.approx(now_s + 2 * LIVED_S + 1)

"""Real frames of every codec, packets lost and publishers changing, through the packager into files that decode."""

import io
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import av
import pytest
from av.video.frame import VideoFrame

from recorder.hls.events import InitWritten, PartWritten, SegmentWritten, TracksBegun
from recorder.hls.segmenter import Begun, Resumed
from recorder.hls.tracks import AUDIO, VIDEO
from recorder.hls.writer import Event, HlsWriter, OpenHls
from recorder.wire import Closed, PacketRecord, Stopped, WantKeyframe
from tests.recorder.encoded import read_counter
from tests.recorder.show import FPS, LOOP_FRAMES, Show, play

T = TypeVar("T")


def write(directory: Path, *shows: Show, resumed: Resumed | None = None) -> list[Event]:
    writer = HlsWriter(OpenHls(str(directory), 0, (), resumed))
    events: list[Event] = []
    polled_s = now_s = 0.0
    for record in play(*shows):
        now_s = record.arrival_s if isinstance(record, PacketRecord) else now_s
        events += writer.take([record], now_s)
        if now_s - polled_s > 0.05:
            polled_s = now_s
            events += writer.poll(now_s)
    return events + writer.close(now_s)


def of(events: list[Event], kind: type[T], track: str) -> list[T]:
    return [each for each in events if isinstance(each, kind) and getattr(each, "track", "") == track]


def watch(directory: Path, events: list[Event]) -> list[tuple[float, int]]:
    """Time and counter of every picture, read as a player does: each init segment with the segments after it."""
    seen: list[tuple[float, int]] = []
    inits = {part.msn: part.init for part in of(events, PartWritten, VIDEO)}
    for number in sorted(set(inits.values())):
        data = (directory / VIDEO / f"init-{number}.mp4").read_bytes()
        data += b"".join(
            (directory / VIDEO / f"{msn}.m4s").read_bytes() for msn, init in inits.items() if init == number
        )
        with av.open(io.BytesIO(data), "r") as container:
            for frame in container.decode(video=0):
                assert isinstance(frame, VideoFrame)
                seen.append((float(frame.time or 0), read_counter(frame)))
    return seen


@pytest.mark.parametrize("codec", ["H264", "VP9", "AV1"])
def test_every_frame_is_there_and_in_its_place(tmp_path: Path, codec: str) -> None:
    first = Show(codec, end_s=6.0)
    events = write(tmp_path, first, first.then(end_s=10.0, width=192, height=108))
    seen = watch(tmp_path, events)
    assert [number for _, number in seen] == [
        *(n % LOOP_FRAMES for n in range(6 * FPS)),
        *(n % LOOP_FRAMES for n in range(4 * FPS)),
    ]
    steps = [later - earlier for (earlier, _), (later, _) in pairwise(seen)]
    assert all(0 < step < 0.2 for step in steps)
    segments = of(events, SegmentWritten, VIDEO)
    assert [each.discontinuities for each in segments] == sorted(each.discontinuities for each in segments)
    assert segments[-1].discontinuities == 1
    assert [(each.width, each.height) for each in of(events, InitWritten, VIDEO)] == [(160, 96), (192, 108)]
    sound = of(events, SegmentWritten, AUDIO)
    assert [(each.msn, each.discontinuities) for each in sound] == [
        (each.msn, each.discontinuities) for each in segments
    ]
    assert sum(part.frames for part in of(events, PartWritten, AUDIO)) >= 10 * 50 - 5
    assert isinstance(events[-1], Closed)


def test_loss_costs_what_was_lost_and_nothing_that_does_not_decode_is_written(tmp_path: Path) -> None:
    events = write(tmp_path, Show("H264", end_s=12.0, loss=0.02))
    seen = watch(tmp_path, events)
    assert len(seen) > 4 * FPS
    # What is missing leaves its time to the frame before it; the others are where they were.
    late = [(time_s * FPS - number) % LOOP_FRAMES for time_s, number in seen]
    assert max(late) - min(late) < 2
    assert any(isinstance(each, WantKeyframe) for each in events)


def test_vp8_has_no_place_and_the_sound_goes_on(tmp_path: Path) -> None:
    events = write(tmp_path, Show("VP8", end_s=5.0))
    assert not of(events, InitWritten, VIDEO)
    assert len(of(events, SegmentWritten, AUDIO)) >= 2


def test_another_process_goes_on_after_a_discontinuity(tmp_path: Path) -> None:
    write(tmp_path, Show("H264", end_s=5.0))
    resumed = Resumed(7, 3, 2, Begun(4, 0.4))
    events = write(tmp_path, Show("H264", begin_s=5.0, end_s=9.0), resumed=resumed)
    assert not any(isinstance(each, TracksBegun) for each in events)
    segments = of(events, SegmentWritten, VIDEO)
    assert (segments[0].msn, segments[0].discontinuities) == (7, 3)
    assert {each.number for each in events if isinstance(each, InitWritten)} == {3}


def test_room_is_left_for_others(tmp_path: Path) -> None:
    writer = HlsWriter(OpenHls(str(tmp_path), 1 << 60))
    (stopped,) = writer.poll(0.0)
    assert isinstance(stopped, Stopped)
    assert stopped.reason == "disk_full"
    assert writer.take(play(Show("H264", end_s=2.0)), 2.0) == []
    assert [type(each) for each in writer.close(2.0)] == [Closed]

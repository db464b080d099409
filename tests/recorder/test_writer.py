"""Files of whole shows, decoded frame by frame."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from recorder.wire import Closed, Progress
from tests.recorder.show import FPS, LOOP_FRAMES, Seen, Show, out_of_step_s, play, probe, watch
from tests.recorder.writing import parts, start_s, write

IN_STEP_S = 0.04


def check(seen: Seen) -> None:
    """What holds of every part."""
    times = [at_s for at_s, _ in seen.pictures]
    assert all(before < after for before, after in pairwise(times))
    assert out_of_step_s(seen) < IN_STEP_S


@pytest.mark.parametrize(
    ("codec", "ending"), [("H264", "mp4"), ("VP9", "mp4"), ("AV1", "mp4"), ("VP8", "webm")]
)
def test_a_show_is_kept_whole_and_in_step(tmp_path: Path, codec: str, ending: str) -> None:
    events = write(tmp_path, play(Show(codec, end_s=8)))
    (path,) = parts(tmp_path)
    seen = watch(path)
    check(seen)
    probe(path)
    assert path.suffix == f".{ending}"
    assert [number for _, number in seen.pictures] == [n % LOOP_FRAMES for n in range(8 * FPS)]
    assert len(seen.clicks_s) == 8
    assert seen.duration_s == pytest.approx(8, abs=0.1)
    assert seen.size == (160, 96)
    closed = events[-1]
    assert isinstance(closed, Closed)
    assert closed.parts == 1
    assert closed.duration_ms == pytest.approx(8000, abs=100)


def test_losses_leave_gaps_and_nothing_else(tmp_path: Path) -> None:
    events = write(tmp_path, play(Show("H264", end_s=30, loss=0.01)))
    (path,) = parts(tmp_path)
    seen = watch(path)
    check(seen)
    assert 0.5 * 30 * FPS < len(seen.pictures) < 30 * FPS
    last_s, last_number = seen.pictures[-1]
    for at_s, number in seen.pictures:  # each where it belongs, however many are missing before it
        assert at_s < 1 or round((at_s - last_s) * FPS + last_number) % LOOP_FRAMES == number
    assert max(event.lost_packets for event in events if isinstance(event, Progress)) > 10


def test_minutes_with_drift_loss_a_takeover_and_another_size_stay_in_step(tmp_path: Path) -> None:
    first = Show("VP8", end_s=80, audio_drift=450, loss=0.0015, first_timestamp=(1 << 32) - 48_000 * 60)
    second = first.then(end_s=140, audio_drift=-450, first_timestamp=99, first_number=60_000)
    third = second.then(end_s=200, width=128, height=64, encode_s=0.06)
    write(tmp_path, play(first, second, third))
    one, two = parts(tmp_path)
    seen_one, seen_two = watch(one), watch(two)
    assert (seen_one.size, seen_two.size) == ((160, 96), (128, 64))
    for seen, length_s in ((seen_one, 140), (seen_two, 60)):
        check(seen)
        assert len(seen.clicks_s) > 0.95 * length_s
        assert seen.duration_s == pytest.approx(length_s, abs=0.3)
    assert start_s(two) == pytest.approx(140, abs=0.2)


def test_two_hours_stay_in_step_while_clocks_drift_and_wrap(tmp_path: Path) -> None:
    hours_s = 7_200
    wraps_after_an_hour = (1 << 32) - 90_000 * 3_600
    write(
        tmp_path,
        play(Show("H264", end_s=hours_s, seldom=True, audio_drift=100, first_timestamp=wraps_after_an_hour)),
    )
    (path,) = parts(tmp_path)
    seen = watch(path)
    assert seen.duration_s == pytest.approx(hours_s, abs=2.1)
    assert [number for _, number in seen.pictures] == [0, 60] * (hours_s // 4)
    assert len(seen.clicks_s) == hours_s
    pictures_s = np.array([at_s for at_s, _ in seen.pictures])
    clicks_s = np.array(seen.clicks_s).reshape(-1, 2)
    assert np.abs(clicks_s - pictures_s[:, None] - [0.5, 1.5])[5:].max() < IN_STEP_S


def test_another_size_in_mid_stream_begins_another_file(tmp_path: Path) -> None:
    write(tmp_path, play(Show("H264", end_s=12, resized=(4, 128, 64))))
    one, two = parts(tmp_path)
    seen = watch(one), watch(two)
    assert [each.size for each in seen] == [(160, 96), (128, 64)]
    assert [len(each.pictures) for each in seen] == [4 * FPS, 8 * FPS]
    assert start_s(two) == pytest.approx(4, abs=0.1)
    for each, path in zip(seen, (one, two), strict=True):
        check(each)
        probe(path)


def test_another_codec_begins_another_file(tmp_path: Path) -> None:
    first = Show("VP8", end_s=4)
    write(tmp_path, play(first, first.then(codec="H264", end_s=8)))
    one, two = parts(tmp_path)
    assert (one.suffix, two.suffix) == (".webm", ".mp4")
    check(watch(one))
    check(watch(two))


def test_sound_alone_is_kept(tmp_path: Path) -> None:
    write(tmp_path, play(Show(None, end_s=4)))
    (path,) = parts(tmp_path)
    seen = watch(path)
    assert not seen.pictures
    assert len(seen.clicks_s) == 4
    assert seen.duration_s == pytest.approx(4, abs=0.05)


def test_pictures_alone_are_kept(tmp_path: Path) -> None:
    write(tmp_path, play(Show("VP9", end_s=4, sound=False)))
    (path,) = parts(tmp_path)
    assert len(watch(path).pictures) == 4 * FPS


def test_a_picture_that_comes_later_begins_a_file_with_both(tmp_path: Path) -> None:
    first = Show(None, end_s=4)
    write(tmp_path, play(first, first.then(codec="H264", end_s=8)))
    one, two = parts(tmp_path)
    assert not watch(one).pictures
    check(watch(two))
    assert start_s(two) == pytest.approx(4, abs=0.2)


def test_a_break_is_as_long_as_it_was(tmp_path: Path) -> None:
    first = Show("H264", end_s=4)
    write(tmp_path, play(first, Show("H264", begin_s=12, end_s=16, follows=True, seed=2)))
    (path,) = parts(tmp_path)
    seen = watch(path)
    assert seen.duration_s == pytest.approx(16, abs=0.2)
    assert max(after - before for (before, _), (after, _) in pairwise(seen.pictures)) == pytest.approx(
        8, abs=0.2
    )
    check(seen)


def test_nothing_at_all_leaves_no_file(tmp_path: Path) -> None:
    assert write(tmp_path, []) == [Closed(0, 0)]
    assert not parts(tmp_path)

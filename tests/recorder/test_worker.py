"""The recorder's process: killed, left alone, or out of room."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.finishing import finish
from recorder.wire import Close, Closed, PacketRecord, Progress, Record, Stopped, WantKeyframe
from recorder.writer import LOCK_NAME
from tests.conftest import Need
from tests.recorder.process import Process
from tests.recorder.show import FPS, LOOP_S, Show, play, watch
from tests.recorder.writing import parts


@pytest.fixture
def small_disk(tmp_path: Path, need: Need) -> Iterator[Path]:
    """A file system of two megabytes."""
    directory = tmp_path / "small"
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(directory)]
    mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    need(mounted, "the right to mount a small file system")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


def until(end_s: float, records: list[Record]) -> list[Record]:
    """What has come by then."""
    return [each for each in records if not isinstance(each, PacketRecord) or each.arrival_s <= end_s]


@pytest.mark.parametrize("codec", ["H264", "VP8"])
@pytest.mark.parametrize("kept_s", [3.1, 5.7])
def test_a_kill_loses_less_than_a_second(tmp_path: Path, codec: str, kept_s: float) -> None:
    sent = [
        each
        for each in play(Show(codec, end_s=8))
        if not isinstance(each, PacketRecord) or each.arrival_s <= kept_s
    ]
    with Process() as process:
        process.open(1, tmp_path)
        process.records(1, sent)
        process.open(2, tmp_path / "none")  # its answer says that all before it was handled
        process.event(2, Closed)
        process.kill()
    (path,) = parts(tmp_path)
    seen = watch(path)
    assert seen.pictures[-1][0] > kept_s - 1
    assert [number for _, number in seen.pictures] == [n % (LOOP_S * FPS) for n in range(len(seen.pictures))]
    assert seen.sound_s is not None
    assert seen.sound_s[1] > kept_s - 1


def test_files_are_ended_when_the_server_is_killed(tmp_path: Path) -> None:
    with Process() as process:
        process.open(1, tmp_path)
        process.records(1, play(Show("H264", end_s=4)))
        process.socket.close()
        assert process.wait() == 0
    (path,) = parts(tmp_path)
    assert len(watch(path).pictures) == 4 * FPS


def test_several_recordings_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with Process() as process:
        process.open(1, tmp_path / "one")
        process.open(2, tmp_path / "two")
        process.records(1, play(Show("VP8", end_s=4)))
        process.records(2, play(Show("AV1", end_s=4)))
        process.command(1, Close())
        assert process.event(1, Closed).parts == 1
        process.command(2, Close())
        assert process.event(2, Closed).duration_ms == pytest.approx(4000, abs=100)
    assert [path.suffix for path in (*parts(tmp_path / "one"), *parts(tmp_path / "two"))] == [".webm", ".mp4"]


def test_a_full_disk_stops_a_recording_and_says_so(small_disk: Path) -> None:
    with Process() as process:
        process.open(1, small_disk)
        process.records(1, play(Show("H264", end_s=120)))
        stopped = process.event(1, Stopped)
        assert stopped.reason == "disk_full"
        process.command(1, Close())
        assert process.event(1, Closed).duration_ms > 10_000
    (path,) = parts(small_disk)
    pictures = len(watch(path).pictures)
    assert pictures > 10 * FPS
    # Finishing its file needs room for a copy. Without it nothing is lost; with it everything is there.
    with pytest.raises(OSError, match="No space left"):
        finish(small_disk)
    assert [each.name for each in small_disk.iterdir() if each.name != LOCK_NAME] == [path.name]
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    (part,) = finish(small_disk)
    assert part.duration_ms > 10_000
    assert len(watch(path).pictures) == pictures


def test_room_is_left_for_others(tmp_path: Path) -> None:
    with Process() as process:
        process.open(1, tmp_path, keep_free_bytes=1 << 60)
        process.records(1, play(Show("H264", end_s=2)))
        assert process.event(1, Stopped).reason == "disk_full"
    assert not parts(tmp_path)


def test_it_tells_how_far_it_is_and_what_it_needs(tmp_path: Path) -> None:
    records = play(Show("VP8", end_s=2))
    first_key = next(each for each in records if isinstance(each, PacketRecord) and each.codec == "VP8")
    with Process() as process:
        process.open(1, tmp_path)
        process.records(
            1, [each for each in records if each is not first_key and getattr(each, "timestamp", 0) < 20_000]
        )
        process.event(1, WantKeyframe)
        assert process.event(1, Progress).size_bytes >= 0

"""What is written reaches the disk, and no file stays open."""

import os
from pathlib import Path

from recorder.flusher import Flusher


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_file_is_flushed_until_it_ends_and_then_let_go(tmp_path: Path) -> None:
    flusher = Flusher()
    before = open_files()
    with (tmp_path / "one").open("wb") as one, (tmp_path / "two").open("wb") as two:
        ends = [flusher.watch(each.fileno()) for each in (one, two)]
        one.write(os.urandom(5_000))
        assert flusher.flush() == 2
        ends[0]()
        ends[0]()
    assert flusher.flush() == 1  # the writer may have closed its own
    ends[1]()
    assert flusher.flush() == 0
    assert open_files() == before

"""One server per data directory, and what is said of a directory that will not do."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.data_dir import LOCK_FILE, DataDirUnusable, held_data_dir, prepare_data_dir

NAMES_THE_SETTING = r"--data-dir or HARMONIE_DATA_DIR"


def test_it_is_made_with_its_parents(tmp_path: Path) -> None:
    with held_data_dir(tmp_path / "deep" / "data"):
        assert (tmp_path / "deep" / "data").is_dir()


def test_a_second_server_is_told_who_has_it(tmp_path: Path) -> None:
    with held_data_dir(tmp_path):
        with (
            pytest.raises(DataDirUnusable, match=rf"process {os.getpid()} is a Harmonie server") as error,
            held_data_dir(tmp_path),
        ):
            pass
        assert str(tmp_path) in str(error.value)
    with held_data_dir(tmp_path):
        pass


def test_it_is_free_once_its_server_was_killed(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\nfrom infra.data_dir import held_data_dir\n"
        "with held_data_dir(pathlib.Path(sys.argv[1])):\n print(flush=True)\n sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(DataDirUnusable, match=f"process {holder.pid} "), held_data_dir(tmp_path):
            pass
        holder.kill()
    with held_data_dir(tmp_path):
        pass


@pytest.mark.parametrize("below", ["file", "file/data"])
def test_what_is_no_directory_is_said_to_be_none(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirUnusable, match=f"not a directory.*{NAMES_THE_SETTING}"):
        prepare_data_dir(tmp_path / below)


def test_a_directory_one_may_not_write_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may be run by root, who may everything
    with pytest.raises(DataDirUnusable, match=f"may not write there.*{NAMES_THE_SETTING}"):
        prepare_data_dir(tmp_path)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, "no space left"),
        (errno.EDQUOT, "no space left"),
        (errno.EROFS, "read-only file system"),
        (errno.EACCES, "may not write there"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_the_reason_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, reason: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "pwrite", fail)
    with (
        pytest.raises(DataDirUnusable, match=f"{reason}.*{NAMES_THE_SETTING}"),
        held_data_dir(tmp_path),
    ):
        pass


@pytest.mark.parametrize(
    ("flags", "free_blocks", "reason"),
    [(os.ST_RDONLY, 1 << 20, "read-only file system"), (0, 3, r"no space left \(12 KB; 4 MB are needed\)")],
)
def test_a_file_system_that_is_full_or_read_only_is_refused_before_anything_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, free_blocks: int, reason: str
) -> None:
    seen = SimpleNamespace(f_flag=flags, f_bavail=free_blocks, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda _: seen)
    with (
        pytest.raises(DataDirUnusable, match=f"{reason}.*{NAMES_THE_SETTING}"),
        held_data_dir(tmp_path),
    ):
        pass


def test_a_file_system_without_locks_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", fail)
    with held_data_dir(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text() == f"{os.getpid()}\n"

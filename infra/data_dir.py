"""The data directory: made, checked, and held by one server at a time.

What lies in it (an SQLite database, pictures, the server's secret) belongs to its rooms. Every server has a directory
of its own, also where several share one PostgreSQL database. The lock is the kernel's (``flock``): it ends with the
process, however that ends, so a file left behind by ``kill -9`` locks nothing. Commands beside a running server do not
take it.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

LOCK_FILE = "lock"
MIN_FREE_BYTES = 4 << 20
"""A server is not started with less room: its database would fail at the first change, in less clear words."""
_READ_ONLY = "it is on a read-only file system"
_NOT_LOCKABLE = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})

_log = structlog.get_logger("data_dir")


class DataDirUnusable(Exception):
    """The data directory cannot be used; the message names the setting, the directory and the reason."""


def prepare_data_dir(directory: Path) -> None:
    """Makes the directory when it is not there. Raises ``DataDirUnusable``."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise _unusable(directory, "it is not a directory") from None
    except OSError as error:
        raise _unusable(directory, _reason(error)) from None
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        raise _unusable(directory, _READ_ONLY)
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise _unusable(directory, "this user may not write there")


@contextmanager
def held_data_dir(directory: Path) -> Iterator[None]:
    """The directory, prepared, and this process the only server in it. Raises ``DataDirUnusable``."""
    prepare_data_dir(directory)
    path = directory / LOCK_FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _unusable(directory, _reason(error)) from None
    try:
        _lock(descriptor, directory)
        room = os.statvfs(directory)
        if (free_bytes := room.f_bavail * room.f_frsize) < MIN_FREE_BYTES:
            raise _unusable(
                directory,
                f"there is no space left ({free_bytes >> 10} KB; {MIN_FREE_BYTES >> 20} MB are needed)",
            )
        _sign(descriptor, directory)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        who = f"process {holder}" if holder.isdecimal() else "another process"
        raise _unusable(
            directory, f"{who} is a Harmonie server that uses it already; each needs a directory of its own"
        ) from None
    except OSError as error:
        if error.errno not in _NOT_LOCKABLE:
            raise _unusable(directory, _reason(error)) from None
        # Some network file systems have no locks; better to serve than not to.
        _log.warning("data_dir_not_locked", directory=str(directory), reason=error.strerror)


def _sign(descriptor: int, directory: Path) -> None:
    """Leaves our process id for whoever finds it locked, which shows whether there is room to write."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        raise _unusable(directory, _reason(error)) from None


def _unusable(directory: Path, reason: str) -> DataDirUnusable:
    return DataDirUnusable(
        f"cannot use the data directory {directory}: {reason} (set --data-dir or HARMONIE_DATA_DIR)"
    )


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.ENOTDIR:
            return "a part of its path is not a directory"
        case errno.EACCES | errno.EPERM:
            return "this user may not write there"
        case errno.EROFS:
            return _READ_ONLY
        case errno.ENOSPC | errno.EDQUOT:
            return "there is no space left"
        case _:
            return error.strerror or str(error)

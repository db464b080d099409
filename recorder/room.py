"""Room on the disk, and what to say when there is none."""

import errno
import shutil
from pathlib import Path

from .wire import Stopped

NO_ROOM = errno.ENOSPC
"""Status of a program that ended because of that."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFull(Exception):
    """There is less room than is to be kept free."""


def check_room(directory: Path, keep_free_bytes: int) -> None:
    """Raises `DiskFull`, `OSError`."""
    if shutil.disk_usage(directory).free < keep_free_bytes:
        raise DiskFull(f"less than {keep_free_bytes} bytes are free")


def stopped_by(error: Exception) -> Stopped:
    """What the server is told."""
    full = isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in _FULL)
    return Stopped("disk_full" if full else "failed", str(error))

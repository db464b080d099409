"""A store that is a directory, such as a mounted disk. What is kept is flushed to the disk before it counts."""

import asyncio
import errno
import hashlib
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from .serving import file_pieces
from .store import NotStored, Sent, StoreFailed

_PIECE_BYTES = 1 << 20
_BEING_COPIED = ".copying"


class DirectoryStore:
    """A ``recorder.store.RecordingStore``; each recording is a directory in ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, recording: str, source: Path, sha256: str, sent: Sent, /) -> None:
        loop = asyncio.get_running_loop()

        def report(size: int) -> None:
            loop.call_soon_threadsafe(sent, size)

        try:
            copied = await asyncio.to_thread(_copy, source, self._root / recording, report)
        except OSError as error:
            raise _failed(error) from error
        if copied != sha256:
            raise StoreFailed("altered", "what was written is not what is read back")

    async def pieces(
        self, recording: str, name: str, first: int, length: int, /
    ) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(file_pieces(self._root / recording / name)(first, length)) as pieces:
                async for piece in pieces:
                    yield piece
        except FileNotFoundError:
            raise NotStored from None
        except OSError as error:
            raise _failed(error) from error

    async def read(self, recording: str, name: str, /) -> bytes:
        try:
            return await asyncio.to_thread((self._root / recording / name).read_bytes)
        except FileNotFoundError:
            raise NotStored from None
        except OSError as error:
            raise _failed(error) from error

    async def address(self, _recording: str, _name: str, _holds_s: int, /) -> str | None:
        return None

    async def remove(self, recording: str, /) -> None:
        try:
            await asyncio.to_thread(shutil.rmtree, self._root / recording)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _failed(error) from error


def _copy(source: Path, directory: Path, sent: Sent) -> str:
    """Returns the SHA-256 of what is then there."""
    if not directory.parent.is_dir():  # a disk that is not mounted
        raise NotADirectoryError(errno.ENOTDIR, "the store's directory is not there")
    directory.mkdir(exist_ok=True)
    target = directory / source.name
    beside = target.with_name(target.name + _BEING_COPIED)
    done = 0
    try:
        with source.open("rb") as reader, beside.open("wb") as writer:
            while piece := reader.read(_PIECE_BYTES):
                writer.write(piece)
                done += len(piece)
                sent(done)
            writer.flush()
            os.fsync(writer.fileno())
        with beside.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return found


def _failed(error: OSError) -> StoreFailed:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFailed("full", "there is no room left")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreFailed("refused", "the directory may not be written")
    return StoreFailed("unreachable", type(error).__name__)

"""Bytes of segments from the disk, read once for everybody who asks at the same time."""

import asyncio
from collections import OrderedDict
from pathlib import Path

Key = tuple[Path, int, int | None]


class Pieces:
    """Keeps the latest `max_bytes`; what was asked for longest ago is forgotten."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._reading: dict[Key, asyncio.Task[bytes]] = {}

    async def get(self, path: Path, offset: int, size_bytes: int | None) -> bytes:
        """`size_bytes` is `None` for all of it. Raises `OSError`."""
        key = (path, offset, size_bytes)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(key))
            reading.add_done_callback(lambda _: self._reading.pop(key, None))
        return await asyncio.shield(reading)

    async def _read(self, key: Key) -> bytes:
        data = await asyncio.to_thread(_read, *key)
        self._kept[key] = data
        self._kept_bytes += len(data)
        while self._kept_bytes > self._max_bytes and self._kept:
            _, forgotten = self._kept.popitem(last=False)
            self._kept_bytes -= len(forgotten)
        return data


def _read(path: Path, offset: int, size_bytes: int | None) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(-1 if size_bytes is None else size_bytes)
    if size_bytes is not None and len(data) < size_bytes:
        raise OSError(f"{path.name} is shorter than it was")
    return data

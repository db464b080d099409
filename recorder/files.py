"""Where the files of recordings are, here or in the store, and what they are called when somebody keeps one."""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from .errors import FileOutOfReach, RecordingNotFound
from .recordings import POSTER_NAME, STRIP_NAME, WAVEFORM_NAME, Part, Recording, Stored
from .serving import Content, bytes_pieces, file_pieces
from .store import NotStored, RecordingStore, StoreFailed

DIRECTORY = "recordings"
ASK_AGAIN_AFTER_S = 30
ADDRESS_HOLDS_S = 6 * 3_600
_UNSUITABLE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


@dataclass(frozen=True, slots=True)
class PreviewFile:
    name: str
    mime_type: str


PREVIEWS: Mapping[str, PreviewFile] = MappingProxyType(
    {
        "poster": PreviewFile(POSTER_NAME, "image/jpeg"),
        "strip": PreviewFile(STRIP_NAME, "image/jpeg"),
        "waveform": PreviewFile(WAVEFORM_NAME, "application/octet-stream"),
    }
)


class RecordingFiles:
    """In the data directory until they are moved to ``store``, if there is one.

    With ``redirects`` players are sent to the store itself, where it has addresses for them.
    """

    def __init__(
        self, data_dir: Path, store: RecordingStore | None = None, *, redirects: bool = False
    ) -> None:
        self._root = data_dir / DIRECTORY
        self.store = store
        self._redirects = redirects

    def directory(self, recording_id: str) -> Path:
        """Where its files are while they are here."""
        return self._root / recording_id

    def recordings_here(self, before: datetime | None = None) -> list[str]:
        """Those whose directories have last changed before that moment. Blocking."""
        if not self._root.is_dir():
            return []
        until_s = float("inf") if before is None else before.timestamp()
        return [each.name for each in self._root.iterdir() if each.stat().st_mtime < until_s]

    def part(self, recording: Recording, part: Part, cache: str, *, download: bool) -> Content:
        """Reading it may raise ``RecordingNotFound``, ``FileOutOfReach``."""
        return Content(
            lambda first, length: self._pieces(recording, part.file, first, length),
            part.size_bytes,
            part.sha256,
            "video/webm" if part.is_webm else "video/mp4",
            cache,
            file_name(recording, part) if download else None,
        )

    @property
    def stays_here(self) -> bool:
        """Whether players are always answered from here, wherever the files are."""
        return self.store is None or not self._redirects

    async def elsewhere(self, recording: Recording, part: Part) -> str | None:
        """An address at the store to play a part from; ``None``: play it from here. Raises ``FileOutOfReach``."""
        if self.store is None or self.stays_here or recording.stored is not Stored.STORE:
            return None
        try:
            return await self.store.address(recording.id, part.file, ADDRESS_HOLDS_S)
        except StoreFailed as error:
            raise _out_of_reach(error) from error

    async def preview(self, recording: Recording, preview: str, cache: str) -> Content:
        """Raises ``RecordingNotFound`` when there is none, ``FileOutOfReach``."""
        file = PREVIEWS.get(preview)
        if file is None or recording.previews is None:
            raise RecordingNotFound("this recording has no such preview")
        data = await self._whole(recording, file.name)
        sha256 = hashlib.sha256(data).hexdigest()
        return Content(bytes_pieces(data), len(data), sha256, file.mime_type, cache)

    async def _whole(self, recording: Recording, name: str) -> bytes:
        try:
            return await asyncio.to_thread((self._root / recording.id / name).read_bytes)
        except FileNotFoundError:
            if self.store is None:
                raise RecordingNotFound("the file is not here") from None
        try:
            return await self.store.read(recording.id, name)
        except NotStored:
            raise RecordingNotFound("the store has no such file") from None
        except StoreFailed as error:
            raise _out_of_reach(error) from error

    async def _pieces(
        self, recording: Recording, name: str, first: int, length: int
    ) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(file_pieces(self._root / recording.id / name)(first, length)) as pieces:
                async for piece in pieces:
                    yield piece
        except FileNotFoundError:  # raised before the first piece: it is not here, or not any more
            pass
        else:
            return
        if self.store is None:
            raise RecordingNotFound("the file is not here")
        try:
            async with aclosing(self.store.pieces(recording.id, name, first, length)) as pieces:
                async for piece in pieces:
                    yield piece
        except NotStored:
            raise RecordingNotFound("the store has no such file") from None
        except StoreFailed as error:
            raise _out_of_reach(error) from error


def _out_of_reach(error: StoreFailed) -> FileOutOfReach:
    return FileOutOfReach(
        f"the store of recordings is not to be had: {error.trouble}",
        headers={"Retry-After": str(ASK_AGAIN_AFTER_S)},
    )


def file_name(recording: Recording, part: Part) -> str:
    """``Kind of Blue 2026-11-21.mp4``; with a number where there are several parts."""
    title = " ".join(_UNSUITABLE.sub(" ", recording.title).split()).strip(".") or "Recording"
    number = f" part {part.number}" if len(recording.parts) > 1 else ""
    return f"{title} {recording.broadcast_began_at:%Y-%m-%d}{number}{Path(part.file).suffix}"

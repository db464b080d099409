"""Where the files of recordings are, and what they are called when somebody keeps one."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from .errors import RecordingNotFound
from .recordings import POSTER_NAME, STRIP_NAME, WAVEFORM_NAME, Part, Recording
from .serving import Content, file_pieces

DIRECTORY = "recordings"
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
    """In the data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_dir / DIRECTORY

    async def part(self, recording: Recording, part: Part, cache: str, *, download: bool) -> Content:
        """Raises ``RecordingNotFound`` when the file is not here."""
        path = self._directory / recording.id / part.file
        if not await asyncio.to_thread(path.is_file):
            raise RecordingNotFound("the file is not here")
        container = "video/webm" if part.is_webm else "video/mp4"
        name = file_name(recording, part) if download else None
        return Content(file_pieces(path), part.size_bytes, part.sha256, container, cache, name)

    async def preview(self, recording: Recording, preview: str) -> bytes:
        """Raises ``RecordingNotFound`` when there is none."""
        path = self._directory / recording.id / PREVIEWS[preview].name
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise RecordingNotFound("this recording has no such preview") from None


def file_name(recording: Recording, part: Part) -> str:
    """``Kind of Blue 2026-11-21.mp4``; with a number where there are several parts."""
    title = " ".join(_UNSUITABLE.sub(" ", recording.title).split()).strip(".") or "Recording"
    number = f" part {part.number}" if len(recording.parts) > 1 else ""
    return f"{title} {recording.broadcast_began_at:%Y-%m-%d}{number}{Path(part.file).suffix}"

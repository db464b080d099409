"""Moves finished recordings to the store: copied, read back, and only then deleted here.

One after another, so that a line to the store is not shared. A store that is away or refuses is tried again after a
while that grows; until then everything stays here and plays from here.
"""

import asyncio
import contextlib
import hashlib
import random
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from infra.database import Database
from infra.tasks import uninterrupted

from . import repository
from .files import PREVIEWS, RecordingFiles
from .recordings import Recording, RecordingId
from .store import RecordingStore, StoreFailed

_log = structlog.get_logger("recorder")

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 1_800.0
TOLD_EVERY_S = 1.0


class RecordingMover:
    """``run`` is its background task."""

    def __init__(
        self,
        database: Database,
        files: RecordingFiles,
        store: RecordingStore,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._files = files
        self._store = store
        self._monotonic = monotonic
        self._chance = chance
        self._changed = asyncio.Event()
        self._failures = 0
        self._try_at_s = 0.0

    def look(self) -> None:
        """There may be something to move."""
        self._changed.set()

    async def run(self) -> None:
        """Until it is cancelled. What was being copied then is copied anew at the next start."""
        await self._patiently(self._drop_what_was_moved)
        while True:
            self._changed.clear()
            await self._patiently(self.move)
            if self._failures:
                await asyncio.sleep(max(0.0, self._try_at_s - self._monotonic()))
            else:
                await self._changed.wait()

    async def move(self) -> None:
        """Everything there is to move, until the store fails; what cannot be copied holds nothing else up."""
        if self._monotonic() < self._try_at_s:
            return
        async with self._database.read() as session:
            found = await repository.to_move(session)
        failed = False
        for each in found:
            if not await asyncio.to_thread(self._files.directory(each.id).is_dir):  # another process's
                continue
            try:
                await self._move(each)
            except (StoreFailed, OSError) as error:
                if not await self._is_kept(each.id):
                    await self._drop(each.id)
                    continue
                failed = True
                trouble = error.trouble if isinstance(error, StoreFailed) else "unreadable"
                await uninterrupted(self._note(each.id, 0, trouble))
                _log.warning("recording_not_moved", recording=each.id, trouble=trouble)
                if trouble in ("unreachable", "refused", "full"):
                    break
        if failed:
            self._pause()
        else:
            self._failures, self._try_at_s = 0, 0.0

    async def _move(self, recording: Recording) -> None:
        directory = self._files.directory(recording.id)
        checksums = {part.file: part.sha256 for part in recording.parts}
        for preview in PREVIEWS.values():
            with contextlib.suppress(FileNotFoundError):
                checksums[preview.name] = await asyncio.to_thread(_sha256, directory / preview.name)
        progress = _Progress()
        # Before the store has any of it: whoever deletes the recording then knows to ask there, too.
        await uninterrupted(self._note(recording.id, 0, None))
        telling = asyncio.create_task(self._tell(recording.id, progress))
        try:
            for name, sha256 in checksums.items():
                await self._store.put(recording.id, directory / name, sha256, progress.sent)
                progress.next()
        finally:
            telling.cancel()
            await asyncio.wait([telling])
        if not await uninterrupted(self._set_stored(recording.id)):  # deleted meanwhile
            await self._drop(recording.id)
            return
        await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
        _log.info("recording_moved", recording=recording.id, size_bytes=recording.size_bytes)

    async def _tell(self, recording_id: RecordingId, progress: "_Progress") -> None:
        """Writes down how far it is, for the owner to see."""
        while True:
            try:
                await uninterrupted(self._note(recording_id, progress.bytes, None))
            except SQLAlchemyError as error:
                _log.warning("moving_not_noted", error=type(error).__name__)
            await asyncio.sleep(TOLD_EVERY_S)

    def _pause(self) -> None:
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self._failures) * (0.5 + self._chance() / 2)
        self._failures += 1
        self._try_at_s = self._monotonic() + pause_s

    async def _set_stored(self, recording_id: RecordingId) -> bool:
        async with self._database.write() as session:
            return await repository.set_stored(session, recording_id)

    async def _note(self, recording_id: RecordingId, moved_bytes: int, trouble: str | None) -> None:
        async with self._database.write() as session:
            await repository.note_moving(session, recording_id, moved_bytes, trouble)

    async def _is_kept(self, recording_id: RecordingId) -> bool:
        async with self._database.read() as session:
            return await repository.get(session, recording_id) is not None

    async def _drop(self, recording_id: RecordingId) -> None:
        """It was deleted while it was copied: what the store has got since goes, too."""
        try:
            await self._store.remove(recording_id)
        except StoreFailed as error:
            _log.warning("recording_not_dropped", recording=recording_id, error=error.trouble)

    async def _drop_what_was_moved(self) -> None:
        """The process ended between the last word of the store and the deletion."""
        here = await asyncio.to_thread(self._files.recordings_here)
        async with self._database.read() as session:
            moved = await repository.stored_among(session, here)
        for recording_id in moved:
            await asyncio.to_thread(shutil.rmtree, self._files.directory(recording_id), ignore_errors=True)

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (SQLAlchemyError, OSError) as error:
            _log.warning("recordings_not_moved", error=type(error).__name__)
            self._pause()


class _Progress:
    """Of all files together."""

    def __init__(self) -> None:
        self._before = self._of_this = 0

    @property
    def bytes(self) -> int:
        return self._before + self._of_this

    def sent(self, size: int) -> None:
        self._of_this = size

    def next(self) -> None:
        self._before, self._of_this = self.bytes, 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

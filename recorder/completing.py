"""What becomes of recordings after their last frame: their files are finished, then shown by previews.

Both are done one after another, in processes of their own. What was interrupted is done again at the next start; what
could not be finished, for there was no room on the disk, is tried again after a while that grows.
"""

import asyncio
import errno
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from infra.database import Database
from infra.tasks import uninterrupted

from . import repository
from .files import DIRECTORY
from .news import ReplayNews
from .recordings import Part, Previews, Recording, RecordingId, State

_log = structlog.get_logger("recorder")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 30.0, 1_800.0
Finisher = Callable[[Path], Awaitable[list[Part]]]
"""Finishes the files of a directory. Raises ``OSError``, with ``errno.ENOSPC`` when there is no room for it."""
Previewer = Callable[[Path, Sequence[Part]], Awaitable[Previews]]
"""Makes what is shown of finished files. Raises ``OSError``."""


@dataclass(frozen=True, slots=True)
class _Unfinished:
    trouble: str
    pause_s: float
    """Until it is tried again."""


class RecordingCompleter:
    """``run`` and ``run_previews`` are its background tasks."""

    def __init__(
        self,
        database: Database,
        news: ReplayNews,
        *,
        data_dir: Path,
        finisher: Finisher,
        previewer: Previewer,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._database = database
        self._news = news
        self._directory = data_dir / DIRECTORY
        self._finisher = finisher
        self._previewer = previewer
        self._first_pause_s = first_pause_s
        self._to_finish: asyncio.Queue[RecordingId] = asyncio.Queue()
        self._unfinished: dict[RecordingId, _Unfinished] = {}
        self._finished = asyncio.Event()
        self._to_preview: list[Recording] = []
        self._preview_listeners: list[Callable[[], None]] = []

    def on_previews(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` after a recording has all it is to have."""
        self._preview_listeners.append(listener)

    def ended(self, recording_id: RecordingId) -> None:
        """Nothing more is written of it: its files are to be finished."""
        self._to_finish.put_nowait(recording_id)

    def trouble_of(self, recording_id: RecordingId) -> str | None:
        """Why its files could not be finished yet: ``no_room`` or ``failed``."""
        failed = self._unfinished.get(recording_id)
        return None if failed is None else failed.trouble

    async def run(self, going_on: Callable[[], set[RecordingId]]) -> None:
        """Finishes until it is cancelled; first what an earlier process has left, which ``going_on`` are not."""
        await uninterrupted(self._find_unfinished(going_on))
        while True:
            await self._finish(await self._to_finish.get())

    async def run_previews(self) -> None:
        """Makes what is shown of finished recordings, one after another, until it is cancelled."""
        while True:
            self._finished.clear()
            try:
                await uninterrupted(self._find_without_previews())
                while self._to_preview:
                    await self._preview(self._to_preview.pop(0))
            except SQLAlchemyError as error:
                _log.warning("previews_not_stored", error=type(error).__name__)
            await self._finished.wait()

    async def _find_unfinished(self, going_on: Callable[[], set[RecordingId]]) -> None:
        """Those whose files are here; others' are another process's."""
        async with self._database.read() as database:
            found = await repository.unfinished(database)
        running = going_on()
        for each in found:
            directory = self._directory / each.id
            if each.id in running or not await asyncio.to_thread(directory.is_dir):
                continue
            if each.state is State.RECORDING:
                ended_at = each.started_at + timedelta(milliseconds=each.duration_ms)
                async with self._database.write() as database:
                    await repository.end(database, each.id, ended_at, "interrupted")
            _log.info("recording_found_unfinished", recording=each.id)
            self.ended(each.id)

    async def _finish(self, recording_id: RecordingId) -> None:
        directory = self._directory / recording_id
        try:
            parts = await self._finisher(directory)
            finished = await uninterrupted(self._store_parts(recording_id, parts))
        except (SQLAlchemyError, OSError) as error:
            _log.error("recording_not_finished", recording=recording_id, error=str(error))
            await self._try_again(recording_id, error)
            return
        self._unfinished.pop(recording_id, None)
        if finished is None or not parts:
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)
        else:
            await self._news.changed(finished)
        _log.info("recording_finished", recording=recording_id, parts=len(parts))
        self._finished.set()

    async def _try_again(self, recording_id: RecordingId, error: Exception) -> None:
        """Later, unless it was deleted meanwhile."""
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        before = self._unfinished.get(recording_id)
        if not await asyncio.to_thread((self._directory / recording_id).is_dir):
            self._unfinished.pop(recording_id, None)
            return
        pause_s = self._first_pause_s if before is None else min(LONGEST_PAUSE_S, 2 * before.pause_s)
        self._unfinished[recording_id] = _Unfinished("no_room" if full else "failed", pause_s)
        asyncio.get_running_loop().call_later(pause_s, self.ended, recording_id)

    async def _find_without_previews(self) -> None:
        async with self._database.read() as database:
            self._to_preview = await repository.without_previews(database)

    async def _preview(self, recording: Recording) -> None:
        directory = self._directory / recording.id
        if not await asyncio.to_thread(directory.is_dir):  # another process's
            return
        try:
            previews = await self._previewer(directory, recording.parts)
        except OSError as error:
            _log.error("previews_not_made", recording=recording.id, error=str(error))
            previews = Previews()
        await uninterrupted(self._store_previews(recording.id, previews))
        await self._news.changed(recording)
        _log.info("previews_made", recording=recording.id)
        for listener in self._preview_listeners:
            listener()

    async def _store_previews(self, recording_id: RecordingId, previews: Previews) -> None:
        async with self._database.write() as database:
            await repository.set_previews(database, recording_id, previews)

    async def _store_parts(self, recording_id: RecordingId, parts: list[Part]) -> Recording | None:
        """``None`` when it was deleted meanwhile."""
        async with self._database.write() as database:
            await repository.finish(database, recording_id, parts)
            return await repository.get(database, recording_id)

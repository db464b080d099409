"""Recordings that are kept: what their owners do with them, how long they stay, and how they go.

A recording that goes is first marked, which makes it unknown to everyone, and its row stays until its files are gone: a
store that is away is asked again every hour.
"""

import asyncio
import shutil
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog

from catalog.channel import channel_title
from catalog.service import ChannelService
from infra.clock import Clock, utc_now
from infra.database import Database

from . import repository
from .errors import RecordingNotFound, RecordingUnderWay
from .files import RecordingFiles
from .news import ReplayNews
from .recordings import Part, Recording, RecordingId, State, Stored, Visibility
from .store import StoreFailed

_log = structlog.get_logger("recorder")

STRAY_FOR = timedelta(hours=1)
"""A directory is made a moment before its row."""


class KeptRecordings:
    """``keep_days`` is for channels whose owners have decided nothing; 0 is for ever. ``is_stuck`` tells of recordings
    whose files could not be finished yet.
    """

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        files: RecordingFiles,
        news: ReplayNews,
        *,
        is_stuck: Callable[[RecordingId], bool] = lambda _: False,
        keep_days: int = 0,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._channels = channels
        self._files = files
        self._news = news
        self._is_stuck = is_stuck
        self._keep_days = keep_days
        self._clock = clock

    async def list(self, name: str, limit: int, after: tuple[datetime, str] | None) -> list[Recording]:
        """All of a channel, newest first. Raises ``ChannelNotFound``."""
        channel = await self._channels.get(name)
        async with self._database.read() as session:
            return await repository.of_channel(session, channel.id, limit, after, tuple(Visibility))

    async def get(self, name: str, recording_id: str) -> Recording:
        """Raises ``ChannelNotFound``, ``RecordingNotFound``."""
        channel = await self._channels.get(name)
        async with self._database.read() as session:
            found = await repository.get(session, RecordingId(recording_id))
        if found is None or found.channel_id != channel.id:
            raise RecordingNotFound("this channel has no such recording")
        return found

    async def part(self, name: str, recording_id: str, number: int) -> tuple[Recording, Part]:
        """Raises ``ChannelNotFound``, ``RecordingNotFound``, ``RecordingUnderWay``."""
        found = await self.get(name, recording_id)
        if found.state in (State.RECORDING, State.FINISHING):
            raise RecordingUnderWay("its files are not finished")
        part = found.part(number)
        if part is None:
            raise RecordingNotFound("this recording has no such part")
        return found, part

    async def change(
        self, name: str, recording_id: str, visibility: Visibility | None, title: str | None
    ) -> Recording:
        """What is ``None`` stays. Raises ``ChannelNotFound``, ``RecordingNotFound``, ``ChannelTitleInvalid``."""
        found = await self.get(name, recording_id)
        title = None if title is None else channel_title(title)
        async with self._database.write() as session:
            if visibility is not None:
                await repository.show_to(session, found.id, visibility)
            if title is not None:
                await repository.rename(session, found.id, title)
        changed = await self.get(name, recording_id)
        await self._news.changed(found, changed)
        return changed

    async def delete(self, name: str, recording_id: str) -> None:
        """Its files too. Raises ``ChannelNotFound``, ``RecordingNotFound``, ``RecordingUnderWay``."""
        found = await self.get(name, recording_id)
        finishes = found.state is State.FINISHING and not self._is_stuck(found.id)
        if found.state is State.RECORDING or finishes:
            raise RecordingUnderWay("end it first, and wait until its files are finished")
        await self._remove([found.id])
        await self._news.changed(found)

    async def clean(self) -> None:
        """What was kept long enough goes, what belonged to channels that are no more, and what could not go before."""
        known, now = {channel.id for channel in await self._channels.list()}, self._clock()
        async with self._database.read() as session:
            orphans = await repository.of_other_channels(session, known)
            rules = await repository.all_keep_days(session)
            shortest = min((days for days in (*rules.values(), self._keep_days) if days), default=None)
            ended: list[Recording] = []
            if shortest is not None:
                ended = await repository.ended(session, now - timedelta(days=shortest))
        old = [
            each
            for each in ended
            if (days := rules.get(each.channel_id, self._keep_days))
            and each.ended_at is not None
            and each.ended_at < now - timedelta(days=days)
        ]
        await self._remove({*orphans, *(each.id for each in old)})
        for channel_id in {each.channel_id for each in old}:
            await self._news.changed(*(each for each in old if each.channel_id == channel_id))
        async with self._database.read() as session:
            left = await repository.removed(session)
        for recording_id, stored in left:
            await self._drop(recording_id, stored)
        await self._drop_strays(now)
        if old:
            _log.info("recordings_expired", count=len(old))

    async def _drop_strays(self, now: datetime) -> None:
        """Files here that no row tells of: another process has deleted the recording."""
        here = await asyncio.to_thread(self._files.recordings_here, now - STRAY_FOR)
        async with self._database.read() as session:
            strays = set(here) - await repository.known_among(session, here)
        for stray in strays:
            await asyncio.to_thread(shutil.rmtree, self._files.directory(stray), ignore_errors=True)

    async def _remove(self, ids: Collection[RecordingId]) -> None:
        async with self._database.write() as session:
            marked = await repository.mark_removed(session, ids)
        for recording_id, stored in marked:
            await self._drop(recording_id, stored)

    async def _drop(self, recording_id: RecordingId, stored: Stored) -> None:
        try:
            await asyncio.to_thread(shutil.rmtree, self._files.directory(recording_id))
        except FileNotFoundError:
            pass
        except OSError as error:
            _log.warning("recording_not_dropped", recording=recording_id, error=type(error).__name__)
            return
        if stored is not Stored.HERE:
            if self._files.store is None:
                _log.warning("recording_not_dropped", recording=recording_id, error="no store")
                return
            try:
                await self._files.store.remove(recording_id)
            except StoreFailed as error:
                _log.warning("recording_not_dropped", recording=recording_id, error=error.trouble)
                return
        async with self._database.write() as session:
            await repository.remove(session, recording_id)

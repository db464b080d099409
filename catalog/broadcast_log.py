"""Keeps the list of broadcasts: begins and ends as the live states tell, with the most viewers each had.

The live states are never held up: a change is noted in memory, and a background task writes. A broadcast waits to be
written once, whatever happened to it meanwhile; when the database fails, at most a thousand wait (the oldest is given
up first) and it is tried again. It is stopped by ``stop`` rather than cancelled, which could leave a connection to the
database in the middle of something.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from catalog import broadcast_repository
from catalog.broadcast_repository import BroadcastId, PastBroadcast
from catalog.channel import ChannelId, ChannelName
from catalog.live import LiveStates
from catalog.service import ChannelService
from infra.clock import Clock, utc_now
from infra.database import Database

_log = structlog.get_logger("catalog")

NOTE_INTERVAL_S = 15.0
RETRY_AFTER_FAILURE_S = 2.0
WAITING_MAX = 1_000
SEEN_WITHIN = timedelta(seconds=4 * NOTE_INTERVAL_S)
"""A broadcast that no process has seen for longer is over, though nobody has written that down."""


@dataclass(slots=True, eq=False)
class _Broadcast:
    """A broadcast as the live states tell of it."""

    channel: ChannelName
    started_at_s: float
    peak_viewers: int = 0
    ended_at: datetime | None = None
    id: BroadcastId | None = None
    """Once its beginning is written."""


class BroadcastLog:
    """Broadcasts of this process; ``run`` is its background task."""

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        live: LiveStates,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._channels = channels
        self._live = live
        self._clock = clock
        self._running: dict[ChannelName, _Broadcast] = {}
        self._waiting: dict[_Broadcast, None] = {}
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    async def past(self, name: str, limit: int, after: tuple[datetime, int] | None) -> list[PastBroadcast]:
        """Newest first. Raises ``ChannelNotFound``, ``ChannelMoved``."""
        channel = await self._channels.get(name)
        async with self._database.read() as session:
            return await broadcast_repository.past_of(session, channel.id, limit, after)

    async def current(self, name: str, channel_id: int, /) -> tuple[int | None, float] | None:
        """The broadcast of a channel now, whichever process carries it: its id, and when it began in Unix seconds.

        The id is ``None`` for the moment before its beginning is written.
        """
        running = self._running.get(ChannelName(name))
        if running is not None and running.id is not None:
            return running.id, running.started_at_s
        async with self._database.read() as session:
            found = await broadcast_repository.running_of(
                session, ChannelId(channel_id), self._clock() - SEEN_WITHIN
            )
        if running is not None:
            return running.id, running.started_at_s
        return None if found is None else (found[0], found[1].timestamp())

    async def running(self, channel_id: int, /) -> int | None:
        """The broadcast that is on, once its beginning is written."""
        async with self._database.read() as session:
            found = await broadcast_repository.running_of(
                session, ChannelId(channel_id), self._clock() - SEEN_WITHIN
            )
        return None if found is None else found[0]

    async def times_of(self, channel_id: int, broadcast: int, /) -> tuple[float, float | None] | None:
        """When a broadcast of this channel began and ended (``None``: it is on), in Unix seconds."""
        async with self._database.read() as session:
            found = await broadcast_repository.times_of(
                session, ChannelId(channel_id), BroadcastId(broadcast), self._clock() - SEEN_WITHIN
            )
        if found is None:
            return None
        began, ended = found
        return began.timestamp(), None if ended is None else ended.timestamp()

    def live_changed(self, name: str) -> None:
        """A live state changed."""
        channel, state = ChannelName(name), self._live.get(name)
        running = self._running.get(channel)
        if running is not None and (state is None or state.started_at_s != running.started_at_s):
            self._end(running)
            running = None
        if state is None:
            return
        if running is None:
            running = self._running[channel] = _Broadcast(channel, state.started_at_s)
            self._write_soon(running)
        running.peak_viewers = max(running.peak_viewers, state.viewers)

    async def run(self) -> None:
        """Writes what happens until ``stop``; then ends whatever still goes on."""
        unsubscribe = self._live.subscribe(self.live_changed)
        try:
            await self._patiently(self._end_left_over)
            while not self._stopping.is_set():
                if not await _is_set(self._wake, NOTE_INTERVAL_S):
                    await self._patiently(self._note_running)
                    await self._patiently(self._end_left_over)
                self._wake.clear()
                while self._waiting and await self._patiently(self._write_next):
                    pass
        finally:
            unsubscribe()
        for running in list(self._running.values()):
            self._end(running)
        while self._waiting and await self._patiently(self._write_next):
            pass
        if self._waiting:
            # They are ended later, at the moment they were last seen.
            _log.warning("broadcasts_not_ended", count=len(self._waiting))

    def stop(self) -> None:
        """Lets ``run`` come to its end: what it does to the database is not interrupted."""
        self._stopping.set()
        self._wake.set()

    def _end(self, broadcast: _Broadcast) -> None:
        broadcast.ended_at = self._clock()
        del self._running[broadcast.channel]
        self._write_soon(broadcast)

    def _write_soon(self, broadcast: _Broadcast) -> None:
        self._waiting[broadcast] = None
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
        self._wake.set()

    async def _patiently(self, write: Callable[[], Awaitable[None]]) -> bool:
        """Tries until it is done, or, once it is to stop, once; whether it is done."""
        while True:
            try:
                await write()
            except (SQLAlchemyError, OSError) as error:
                _log.warning("broadcast_log_failed", error=type(error).__name__)
                if await _is_set(self._stopping, RETRY_AFTER_FAILURE_S):
                    return False
            else:
                return True

    async def _write_next(self) -> None:
        broadcast = next(iter(self._waiting))
        now, ended_at = self._clock(), broadcast.ended_at
        async with self._database.write() as session:
            if broadcast.id is None:
                started_at = datetime.fromtimestamp(broadcast.started_at_s, UTC)
                begun = await broadcast_repository.begin(
                    session, broadcast.channel, started_at, now, broadcast.peak_viewers
                )
            else:
                begun = broadcast.id
            if begun is not None and ended_at is not None:
                await broadcast_repository.end(session, begun, ended_at, broadcast.peak_viewers)
        broadcast.id = begun
        if begun is None or broadcast.ended_at is ended_at:
            self._waiting.pop(broadcast, None)
        if ended_at is not None:
            self._channels.recounted(broadcast.channel)

    async def _note_running(self) -> None:
        now = self._clock()
        async with self._database.write() as session:
            for running in list(self._running.values()):
                if running.id is not None:
                    await broadcast_repository.note(session, running.id, now, running.peak_viewers)

    async def _end_left_over(self) -> None:
        async with self._database.write() as session:
            ended = await broadcast_repository.end_left_over(session, self._clock() - SEEN_WITHIN)
        if ended:
            _log.info("left_over_broadcasts_ended", count=ended)


async def _is_set(event: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True

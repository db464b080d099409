"""Notices that whoever publishes here may not any more, when that was decided by another process.

Another process is a command beside a running server, or another server on the same database. It may have replaced a
stream key, deleted or renamed a channel, suspended its owner. What this process decided itself it acts upon at once;
for the rest the database is asked every two seconds: for keys replaced of late, and for the channels that are live
here. A publisher who is only connecting is looked at when it is live.
"""

import asyncio
import contextlib
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from catalog import repository
from catalog.channel import ChannelName
from catalog.live import LiveStates
from catalog.people import People
from catalog.service import ChannelService
from infra.clock import Clock, utc_now
from infra.database import Database

_log = structlog.get_logger("catalog")

INTERVAL_S = 2.0
OVERLAP = timedelta(seconds=30)
"""Moments are taken before a transaction commits, and clocks of two processes may differ a little."""


class PublishingWatch:
    """Looks after the rights of whoever publishes; ``run`` is its background task."""

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        live: LiveStates,
        people: People,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._channels = channels
        self._live = live
        self._people = people
        self._clock = clock
        self._stopping = asyncio.Event()
        self._live_names: set[ChannelName] = set()
        """Bounded by the broadcasts there are."""

    async def run(self) -> None:
        """Looks again and again, until ``stop``."""
        unsubscribe = self._live.subscribe(self.live_changed)
        try:
            while not self._stopping.is_set():
                try:
                    await self.look()
                except (SQLAlchemyError, OSError) as error:
                    _log.warning("publishing_watch_failed", error=type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(INTERVAL_S):
                        await self._stopping.wait()
        finally:
            unsubscribe()

    def stop(self) -> None:
        """Lets ``run`` come to its end: what it asks the database is not interrupted."""
        self._stopping.set()

    def live_changed(self, name: str) -> None:
        """A live state changed."""
        if self._live.get(name) is None:
            self._live_names.discard(ChannelName(name))
        else:
            self._live_names.add(ChannelName(name))

    async def look(self) -> None:
        """Acts upon what has changed; upon a replaced key once, also on one from before the start."""
        names = frozenset(self._live_names)
        async with self._database.read() as session:
            replaced = await repository.keys_replaced_since(session, self._clock() - OVERLAP)
            present = await repository.named(session, names) if names else []
        for channel_id, name, at in replaced:
            self._channels.key_was_replaced(channel_id, name, at)
        for name in names - {channel.name for channel in present}:
            self._channels.was_given_up(name, "the channel was deleted or renamed")
        owners = {channel.owner_id for channel in present if channel.owner_id is not None}
        barred = await self._people.barred(owners) if owners else ()
        for channel in present:
            if channel.owner_id in barred:
                self._channels.revoke(channel.name, "the account of the channel's owner is suspended")

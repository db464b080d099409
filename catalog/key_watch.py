"""Notices stream keys that another process replaced, such as ``harmonie channel key`` beside a running server.

What this process replaced itself it acts upon at once; for the others the database is asked every two seconds.
"""

import asyncio
import contextlib
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from catalog import repository
from catalog.service import ChannelService
from infra.clock import Clock, utc_now
from infra.database import Database

_log = structlog.get_logger("catalog")

INTERVAL_S = 2.0
OVERLAP = timedelta(seconds=30)
"""Moments are taken before a transaction commits, and clocks of two processes may differ a little."""


class KeyWatch:
    """Asks for keys replaced of late; ``run`` is its background task."""

    def __init__(self, database: Database, channels: ChannelService, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Looks again and again, until ``stop``."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                _log.warning("key_watch_failed", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL_S):
                    await self._stopping.wait()

    def stop(self) -> None:
        """Lets ``run`` come to its end: what it asks the database is not interrupted."""
        self._stopping.set()

    async def look(self) -> None:
        """Acts upon every key that was replaced of late; once for each, and also on those from before the start."""
        async with self._database.read() as session:
            replaced = await repository.keys_replaced_since(session, self._clock() - OVERLAP)
        for channel_id, name, at in replaced:
            self._channels.key_was_replaced(channel_id, name, at)

"""Tells rooms who has tipped most when a broadcast begins or ends, since that changes over which time it counts.

The process that carries the broadcast tells it, once its beginning or end is written down.
"""

import asyncio
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from catalog.channel import ChannelName
from catalog.errors import ChannelMoved, ChannelNotFound
from catalog.live import LiveStates
from catalog.service import ChannelService
from infra.bus import BusUnavailable
from infra.tasks import BackgroundTasks, uninterrupted
from tipping.neighbours import Broadcasts
from tipping.stage_events import StageEvents

LOOK_EVERY_S = 0.5
LOOK_TIMES = 20


class TopWatch:
    """Over the live states of this process."""

    def __init__(
        self,
        live: LiveStates,
        channels: ChannelService,
        broadcasts: Broadcasts,
        events: StageEvents,
        tasks: BackgroundTasks,
    ) -> None:
        self._live = live
        self._channels = channels
        self._broadcasts = broadcasts
        self._events = events
        self._tasks = tasks
        self._on: set[str] = set()

    def live_changed(self, name: str) -> None:
        """For ``LiveStates.subscribe``."""
        is_on = self._live.get(name) is not None
        if is_on != (name in self._on):
            (self._on.add if is_on else self._on.discard)(name)
            self._tasks.start("tips_top", self._tell(name, is_on=is_on))

    async def _tell(self, name: str, *, is_on: bool) -> None:
        with suppress(ChannelNotFound, ChannelMoved, SQLAlchemyError, OSError, BusUnavailable):
            channel = await uninterrupted(self._channels.get(ChannelName(name)))
            for _ in range(LOOK_TIMES):
                running = await uninterrupted(self._broadcasts.running(channel.id))
                if (running is not None) == is_on:
                    break
                await asyncio.sleep(LOOK_EVERY_S)
            if is_on == (name in self._on):
                await uninterrupted(self._events.top_changed(channel.id))

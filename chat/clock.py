"""The broadcast's clock: which broadcast a line is said in, and how long after it went live.

What is on is asked of the catalog, at most once a second and room; a broadcast that this very process carries is known
the moment it begins.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from catalog.live import LiveStates
from chat.people import Broadcasts

REMEMBERED_S = 1.0
REMEMBERED_ROOMS = 1_000


@dataclass(frozen=True, slots=True)
class ClockReading:
    """``None`` both when nothing is on."""

    broadcast: int | None = None
    clock_ms: int | None = None


class BroadcastClock:
    """Over every room."""

    def __init__(
        self, broadcasts: Broadcasts, live: LiveStates, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._broadcasts = broadcasts
        self._live = live
        self._monotonic = monotonic
        self._remembered: OrderedDict[int, tuple[float, tuple[int | None, float] | None]] = OrderedDict()

    async def read(self, name: str, channel_id: int, now_ms: int) -> ClockReading:
        current = await self._current(name, channel_id)
        if current is None:
            return ClockReading()
        broadcast, started_at_s = current
        return ClockReading(broadcast, max(0, now_ms - round(started_at_s * 1_000)))

    async def _current(self, name: str, channel_id: int) -> tuple[int | None, float] | None:
        if self._live.get(name) is not None:
            return await self._broadcasts.current(name, channel_id)
        known = self._remembered.get(channel_id)
        now_s = self._monotonic()
        if known is None or now_s - known[0] >= REMEMBERED_S:
            known = (now_s, await self._broadcasts.current(name, channel_id))
            self._remembered[channel_id] = known
            self._remembered.move_to_end(channel_id)
            if len(self._remembered) > REMEMBERED_ROOMS:
                self._remembered.popitem(last=False)
        return known[1]

"""The time of a run: seconds since its beginning, the same in every process that takes part."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from loadtest.arrivals import Visit


class RunClock:
    """`begins_at_s` is in seconds since 1970, by a clock that is set."""

    def __init__(self, begins_at_s: float, duration_s: float) -> None:
        self._begins_at_s = begins_at_s
        self.duration_s = duration_s

    def now_s(self) -> float:
        """Since the beginning; negative before it."""
        return time.time() - self._begins_at_s

    async def until(self, moment_s: float) -> None:
        """Returns then, or at once when that has passed."""
        await asyncio.sleep(max(0.0, moment_s - self.now_s()))

    @property
    def is_over(self) -> bool:
        return self.now_s() >= self.duration_s


async def play_visits(
    visits: Sequence[Visit],
    clock: RunClock,
    play: Callable[[Visit], Awaitable[None]],
    failed: Callable[[Exception], None],
) -> None:
    """Calls `play` for each at its time and waits for all of them. When this is cancelled, so are they.

    What nobody expected of one is told to `failed` and does not end the others.
    """

    async def play_one(visit: Visit) -> None:
        try:
            await play(visit)
        except Exception as error:
            failed(error)

    async with asyncio.TaskGroup() as group:
        for visit in visits:
            await clock.until(visit.come_s)
            group.create_task(play_one(visit))

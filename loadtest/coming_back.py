"""How people who were cut off come back: after waits that grow, as pages have them. No I/O but waiting.

A page that is told "not live" does not ask again and again: the event stream tells it. Viewers here have none, so one
of a crowd asks, and the others wait at the `Door` until it got in.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 8.0
JITTER = 0.3
"""Each wait is shorter by up to this part of itself, so that a crowd does not come in step."""
ASK_EVERY_S = 0.7
ASK_AT_LAST_S = 15.0
"""Even when nobody got in."""
SPREAD_S = 0.7
"""How long it takes a crowd to hear that the door is open."""


class Backoff:
    """Of one person who tries to come back."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._next_s = FIRST_S

    def next_s(self) -> float:
        """How long to wait now."""
        wait_s = self._next_s * (1 - JITTER * self._chance())
        self._next_s = min(self._next_s * 2, LONGEST_S)
        return wait_s


class Door:
    """Of one crowd and one broadcast."""

    def __init__(self) -> None:
        self._opened = asyncio.Event()
        self._is_asked = False

    async def wait(self) -> None:
        """After a "not live": returns when it is worth asking again."""
        if not self._is_asked:
            self._is_asked = True
            self._opened.clear()
            try:
                await asyncio.sleep(ASK_EVERY_S)
            finally:
                self._is_asked = False
            return
        try:
            await asyncio.wait_for(self._opened.wait(), ASK_AT_LAST_S)
        except TimeoutError:
            return
        await asyncio.sleep(SPREAD_S * random.random())  # noqa: S311 (no secret)

    def opened(self) -> None:
        """Somebody got in."""
        self._opened.set()

"""Waiting for something another process does: ask until it is so, and say what was there when it never was.

For tests only that look at real processes, where nothing tells when to look. Not a way to wait for time to pass.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast, overload

T = TypeVar("T")

ASK_EVERY_S = 0.05
ASK_SELDOM_S = 0.2
"""Asking takes time from what is waited for, so whoever waits long asks less often."""


@overload
async def eventually(
    look: Callable[[], Awaitable[T]],
    wanted: Callable[[T], bool] = ...,
    *,
    timeout_s: float = ...,
    what: str = ...,
) -> T: ...
@overload
async def eventually(
    look: Callable[[], T],
    wanted: Callable[[T], bool] = ...,
    *,
    timeout_s: float = ...,
    what: str = ...,
) -> T: ...
async def eventually(
    look: Callable[[], T | Awaitable[T]],
    wanted: Callable[[T], bool] = bool,
    *,
    timeout_s: float = 30.0,
    what: str = "",
) -> T:
    """What `look` returns once it is `wanted`; fails with the last thing seen after `timeout_s`."""
    began_s = time.monotonic()
    while True:
        value = look()
        seen: T = await cast(Awaitable[T], value) if inspect.isawaitable(value) else value
        if wanted(seen):
            return seen
        waited_s = time.monotonic() - began_s
        if waited_s > timeout_s:
            raise AssertionError(f"{what or 'it'} did not happen within {timeout_s:g} s; last seen: {seen!r}")
        await asyncio.sleep(min(max(ASK_EVERY_S, waited_s / 10), ASK_SELDOM_S))

"""Those who only read pages and the API: requests at a steady rate, whatever becomes of the ones before."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from loadtest.errors import LoadtestError
from loadtest.measures import Measures
from loadtest.scenario import Readers as ReadersPart
from loadtest.stage_time import RunClock

TIMEOUT_S = 10.0
AT_ONCE_MAX = 500


async def play_readers(
    http: aiohttp.ClientSession,
    base: str,
    part: ReadersPart,
    measures: Measures,
    clock: RunClock,
    *,
    worker: int,
    workers: int,
) -> None:
    """Returns at the end of the run, when the last answer has come."""
    rate_per_s = part.requests_per_s / workers
    if not rate_per_s or not part.paths:
        return
    under_way: set[asyncio.Task[None]] = set()
    number = worker
    await clock.until(0.0)
    try:
        while not clock.is_over:
            await clock.until(number / workers / rate_per_s)
            if len(under_way) >= AT_ONCE_MAX:
                measures.count("requests_not_sent", time.time())
            elif not clock.is_over:
                url = base.rstrip("/") + part.paths[number // workers % len(part.paths)]
                task = asyncio.create_task(_read(http, url, measures))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            number += workers
        await asyncio.gather(*under_way)
    finally:
        for task in under_way:
            task.cancel()


async def _read(http: aiohttp.ClientSession, url: str, measures: Measures) -> None:
    began_s = time.monotonic()
    measures.count("requests", time.time())
    try:
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as response:
            await response.read()
            if response.status >= 400:
                measures.count("requests_failed", time.time())
                measures.count(f"http failure: {response.status}", time.time())
    except (LoadtestError, aiohttp.ClientError, TimeoutError, OSError) as error:
        words = str(error) if isinstance(error, LoadtestError) else type(error).__name__
        measures.count("requests_failed", time.time())
        measures.count(f"http failure: {words}"[:160], time.time())
        return
    measures.observe("http_us", time.time(), int((time.monotonic() - began_s) * 1e6))

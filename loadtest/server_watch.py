"""What the server says of itself, or the system of its process: CPU, memory, event loop lag, by the second."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path

import aiohttp

from loadtest.bodies import read_body
from loadtest.errors import LoadtestError
from loadtest.measures import Measures

TIMEOUT_S = 2.0
SCRAPED_MAX_BYTES = 16 << 20
LAG = "harmonie_event_loop_lag_seconds"
_BUCKET = re.compile(rf'^{LAG}_bucket{{le="([^"]+)"}} (\S+)$', re.MULTILINE)


async def watch_server(
    http: aiohttp.ClientSession, metrics_url: str, pid: int | None, measures: Measures
) -> None:
    """Notes until cancelled; what cannot be had is left out."""
    before: dict[float, float] = {}
    cpu_before_s: float | None = None
    while True:
        scraped = await _scrape(http, metrics_url)
        now_s = time.time()
        cpu_s, memory = (None, None) if pid is None else _process(pid)
        if scraped is not None:
            measures.count("server_scrapes", now_s)
            cpu_s = _value(scraped, "process_cpu_seconds_total") if cpu_s is None else cpu_s
            memory = _value(scraped, "process_resident_memory_bytes") if memory is None else memory
            buckets = lag_buckets(scraped)
            note_lag(measures, now_s, before, buckets)
            before = buckets
        if cpu_s is not None:
            if cpu_before_s is not None:
                measures.count("server_cpu_us", now_s, int(max(0.0, cpu_s - cpu_before_s) * 1e6))
            cpu_before_s = cpu_s
        if memory is not None:
            measures.level("server_memory_bytes", now_s, memory)
        await asyncio.sleep(1.0)


def lag_buckets(scraped: str) -> dict[float, float]:
    """The cumulative histogram of the event loop's lag, by upper bound in seconds."""
    try:
        return {float(bound): float(count) for bound, count in _BUCKET.findall(scraped)}
    except ValueError:
        return {}


def note_lag(
    measures: Measures, now_s: float, before: dict[float, float], buckets: dict[float, float]
) -> None:
    """The difference of two cumulative histograms; a lag counts as its bucket's upper bound."""
    if not before:
        return
    below = 0.0
    finite = [bound for bound in sorted(buckets) if bound != float("inf")]
    for bound in sorted(buckets):
        so_far = buckets[bound] - before.get(bound, 0.0)
        lag_s = min(bound, finite[-1]) if finite else 0.0
        for _ in range(int(so_far - below)):
            measures.observe("server_lag_us", now_s, int(lag_s * 1e6))
        below = so_far


async def _scrape(http: aiohttp.ClientSession, url: str) -> str | None:
    try:
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as response:
            body = await read_body(response, SCRAPED_MAX_BYTES, within_s=TIMEOUT_S)
            return body.decode(errors="replace") if response.status == 200 else None
    except (LoadtestError, aiohttp.ClientError, TimeoutError, OSError):
        return None


def _value(scraped: str, name: str) -> float | None:
    found = re.search(rf"^{name} (\S+)$", scraped, re.MULTILINE)
    try:
        return None if found is None else float(found[1])
    except ValueError:  # another server's page at that address
        return None


def _process(pid: int) -> tuple[float | None, float | None]:
    """CPU seconds and resident bytes, from /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None, None
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks, pages * os.sysconf("SC_PAGE_SIZE")

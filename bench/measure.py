"""The measurements themselves: windows at several crowd sizes, a hundred joins at once, and back to nothing.

Each returns numbers; nothing here judges or prints them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench import procfs
from bench.load import play
from bench.metrics import Scrape, scrape
from bench.processes import BenchError, Cores, Server
from loadtest.outcome import Outcome

JOINS_PER_S = 50.0
SETTLE_S = 3.0
JOINING_S = 8.0
"""For a crowd that comes at once."""
TASKS_GAUGE = "harmonie_asyncio_tasks"
FANOUT_INFO = "harmonie_fanout_info"
VIEWERS_GAUGE = "harmonie_viewers"
RETURN_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Window:
    """What was seen with `viewers` watching. Latencies are from the publisher's socket to the viewers' sockets."""

    viewers: int
    packets: int
    server_cpu_us_per_packet: float
    server_cpu_share: float
    lost: int
    generator_drops: int
    rejected: int
    latency_p50_us: int
    latency_p99_us: int
    lag_p99_s: float | None
    generator_cpu_share: float
    others_share: float
    memory_per_viewer_bytes: float


@dataclass(frozen=True, slots=True)
class Joins:
    """Seconds from the POST, over all viewers that joined."""

    joined: int
    failures: dict[str, int]
    answered_p50_s: float
    first_packet_p50_s: float
    first_packet_p99_s: float
    first_keyframe_p50_s: float
    first_keyframe_p99_s: float
    generator_cpu_share: float


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the server holds at one moment; `tasks` is None where it does not tell."""

    rss_bytes: int
    descriptors: int
    tasks: int | None


async def footprint(http: aiohttp.ClientSession, server: Server) -> Footprint:
    """Read it now."""
    tasks = (await scrape(http, server.url)).value(TASKS_GAUGE)
    return Footprint(
        procfs.rss_bytes(server.pid),
        procfs.open_descriptors(server.pid),
        None if tasks is None else int(tasks),
    )


async def watch(
    server: Server, cores: Cores, directory: Path, viewers: int, *, material: Path, seconds: float
) -> Window:
    """`viewers` come, and all of them watch for `seconds`."""
    outcome = await play(
        server,
        cores,
        directory,
        material=material,
        duration_s=viewers / JOINS_PER_S + SETTLE_S + seconds,
        processes=len(cores.load),
        viewers__count=viewers,
        viewers__ramp_per_s=JOINS_PER_S,
    )
    return window_of(outcome)


def window_of(outcome: Outcome) -> Window:
    """The plateau of a run. Raises `BenchError` when nothing was received."""
    derived, counters, latency = outcome.derived, outcome.counters, outcome.quantiles.get("latency", {})
    if "plateau_server_us_per_packet" not in derived or "p50" not in latency:
        raise BenchError(f"no packet reached the viewers: {outcome.failures or outcome.errors}")
    lag = outcome.quantiles.get("server_lag", {}).get("p99")
    return Window(
        viewers=round(outcome.levels["viewers"]),
        packets=counters["packets"],
        server_cpu_us_per_packet=derived["plateau_server_us_per_packet"],
        server_cpu_share=derived["plateau_server_cores"],
        lost=counters.get("packets_lost", 0),
        generator_drops=counters.get("dropped_by_generator", 0),
        rejected=counters.get("rejected", 0) + counters.get("payloads_unknown", 0),
        latency_p50_us=round(latency["p50"] * 1_000),
        latency_p99_us=round(latency["p99"] * 1_000),
        lag_p99_s=None if lag is None else lag / 1_000,
        generator_cpu_share=derived["plateau_generator_cores"] / outcome.workers,
        others_share=derived.get("plateau_other_cores", 0.0),
        memory_per_viewer_bytes=derived.get("server_bytes_per_viewer", 0.0),
    )


async def join_at_once(
    server: Server, cores: Cores, directory: Path, viewers: int, *, material: Path
) -> Joins:
    """All of them at the same moment."""
    outcome = await play(
        server,
        cores,
        directory,
        material=material,
        duration_s=JOINING_S,
        processes=len(cores.load),
        viewers__count=viewers,
        viewers__ramp_per_s=0,
    )
    return joins_of(outcome)


def joins_of(outcome: Outcome) -> Joins:
    """Raises `BenchError` when nobody could join."""
    times = outcome.quantiles
    if "answered" not in times:
        raise BenchError(f"no viewer could join: {outcome.failures or outcome.errors}")
    busiest = max((value or 0.0 for value in outcome.series.get("generator_cores", [])), default=0.0)
    return Joins(
        joined=outcome.counters["joins_done"],
        failures=outcome.failures,
        answered_p50_s=times["answered"]["p50"] / 1_000,
        first_packet_p50_s=times["first_packet"]["p50"] / 1_000,
        first_packet_p99_s=times["first_packet"]["p99"] / 1_000,
        first_keyframe_p50_s=times["first_keyframe"]["p50"] / 1_000,
        first_keyframe_p99_s=times["first_keyframe"]["p99"] / 1_000,
        generator_cpu_share=busiest / outcome.workers,
    )


async def wait_until_empty(
    http: aiohttp.ClientSession, server: Server, *, timeout_s: float = RETURN_TIMEOUT_S
) -> Scrape:
    """Wait until the server counts no viewer any more; returns the last scrape, of whatever it counts then."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        scraped = await scrape(http, server.url)
        if scraped.value(VIEWERS_GAUGE) == 0 or asyncio.get_running_loop().time() > deadline:
            return scraped
        await asyncio.sleep(0.2)

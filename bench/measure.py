"""The measurements themselves: windows at several crowd sizes, a hundred joins at once, and back to nothing.

Each returns numbers; nothing here judges or prints them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import aiohttp

from bench import procfs
from bench.metrics import Scrape, quantile_bound, scrape
from bench.processes import BenchError, Cores, Server, Told

Number = TypeVar("Number", int, float)

SETTLE_S = 2.0
JOINS_AT_ONCE = 10
LAG_HISTOGRAM = "harmonie_event_loop_lag_seconds"
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


async def join(crowds: Sequence[Told], count: int, *, at_once: int = JOINS_AT_ONCE) -> Joins:
    """Let `count` viewers join, spread over the crowds, `at_once` at a time in all."""
    before = procfs.machine_busy_s()
    began = asyncio.get_running_loop().time()
    shares = _spread(count, len(crowds))
    reports = await asyncio.gather(
        *(
            crowd.ask(do="join", count=share, at_once=max(1, at_once // len(crowds)))
            for crowd, share in zip(crowds, shares, strict=True)
        )
    )
    elapsed = max(1e-3, asyncio.get_running_loop().time() - began)
    busy = [b - a for a, b in zip(before, procfs.machine_busy_s(), strict=True)]
    failures: dict[str, int] = {}
    for report in reports:
        for reason, times in report["failures"].items():
            failures[reason] = failures.get(reason, 0) + times
    answered, first_packet, first_keyframe = (
        sorted(value for report in reports for value in report[name])
        for name in ("answered_s", "first_packet_s", "first_keyframe_s")
    )
    if not answered:
        raise BenchError(f"no viewer could join: {failures}")
    return Joins(
        joined=len(answered),
        failures=failures,
        answered_p50_s=quantile(answered, 0.5),
        first_packet_p50_s=quantile(first_packet, 0.5),
        first_packet_p99_s=quantile(first_packet, 0.99),
        first_keyframe_p50_s=quantile(first_keyframe, 0.5),
        first_keyframe_p99_s=quantile(first_keyframe, 0.99),
        generator_cpu_share=max(busy[1:] or busy) / elapsed,
    )


async def watch(
    http: aiohttp.ClientSession,
    server: Server,
    cores: Cores,
    crowds: Sequence[Told],
    *,
    seconds: float,
    empty: Footprint,
) -> Window:
    """Measure for `seconds` with the viewers that have joined."""
    await asyncio.sleep(SETTLE_S)
    await asyncio.gather(*(crowd.ask(do="mark") for crowd in crowds))
    scraped = await scrape(http, server.url)
    cpu, busy = procfs.cpu_time(server.pid).total_s, procfs.machine_busy_s()
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(seconds)
    elapsed = asyncio.get_running_loop().time() - began
    cpu = procfs.cpu_time(server.pid).total_s - cpu
    reports = await asyncio.gather(*(crowd.ask(do="report") for crowd in crowds))
    core = min(cores.server)
    core_busy = procfs.machine_busy_s()[core] - busy[core]
    viewers = sum(report["viewers"] for report in reports)
    # The crowds' windows begin and end a moment apart from the server's, so packets are taken as a rate.
    packet_rate = sum(report["packets"] / report["seconds"] for report in reports)
    latencies = sorted(value for report in reports for value in report["latencies_us"])
    if not latencies:
        raise BenchError(
            f"no packet reached the viewers in {seconds} s; the server says:\n{server.end_of_log()}"
        )
    return Window(
        viewers=viewers,
        packets=sum(report["packets"] for report in reports),
        server_cpu_us_per_packet=cpu / elapsed / packet_rate * 1e6,
        server_cpu_share=cpu / elapsed,
        lost=sum(report["lost"] for report in reports),
        generator_drops=sum(report["kernel_drops"] for report in reports),
        rejected=sum(report["rejected"] + report["unknown_payloads"] for report in reports),
        latency_p50_us=quantile(latencies, 0.5),
        latency_p99_us=quantile(latencies, 0.99),
        lag_p99_s=quantile_bound(scraped, await scrape(http, server.url), LAG_HISTOGRAM, 0.99),
        generator_cpu_share=max(report["cpu_s"] / report["seconds"] for report in reports),
        others_share=max(0.0, (core_busy - cpu) / elapsed),
        memory_per_viewer_bytes=(procfs.rss_bytes(server.pid) - empty.rss_bytes) / viewers,
    )


async def leave(crowds: Sequence[Told], *, notify: bool = True) -> None:
    """All viewers leave."""
    await asyncio.gather(*(crowd.ask(do="leave", notify=notify) for crowd in crowds))


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


def quantile(ordered: Sequence[Number], share: float) -> Number:
    """The value below which `share` of the ordered values lie."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _spread(count: int, parts: int) -> list[int]:
    return [count // parts + (1 if index < count % parts else 0) for index in range(parts)]

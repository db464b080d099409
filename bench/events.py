"""`python -m bench.events [--quick]`: how many events one process delivers, how fast, and what a connection weighs.

One server process (the real gateway and bus, a room without state) on a core of its own, and a crowd of raw sockets on
another. Everything is counted where it arrives: a run ends when every socket has had its last event. The floor is the
bare loop of `transport.write` of the same bytes to the same sockets, in the same process and run.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bench import procfs
from bench.processes import BenchError, Cores, Told, told
from bench.tables import table

SIZES = (1_000, 5_000)
QUICK_SIZES = (500,)
EVENT_BYTES = 200
TOGETHER = 10
"""Events in one frame when coalesced: what a tick gathers at 200 events a second."""
FIRST_CLIENTS = 100
HALF = 0.5

BAR_UNCOALESCED = 100_000
BAR_COALESCED = 800_000
BAR_MEMORY_BYTES = 16 * 1024
BAR_P99_MS = 100.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of publishing, counted at the clients."""

    deliveries_per_s: float
    cpu_us_per_frame: float
    cpu_share: float
    """Of the server's core."""
    crowd_share: float
    """Of the crowd's core."""
    p50_ms: float
    p99_ms: float
    lag_p99_ms: float
    behind: int
    """Sockets that did not get the last event."""


@dataclass(frozen=True, slots=True)
class EventsResult:
    """What was measured with so many connections."""

    connections: int
    memory_bytes: float
    """Resident memory of the server for each connection that is in the room."""
    uncoalesced: Run
    coalesced: Run
    half: Run
    """At half of the largest coalesced rate."""
    half_rate: float
    """Events a second then."""
    floor_us: float
    """CPU of one bare write."""
    coalesced_floor_us: float
    """The same with the bytes of ten events."""


async def measure_events(cores: Cores, *, sizes: Sequence[int] = SIZES, seconds: float) -> list[EventsResult]:
    """Each number of connections in turn."""
    return [await _measure(size, cores, seconds) for size in sizes]


async def _measure(connections: int, cores: Cores, seconds: float) -> EventsResult:
    async with _stage(cores, "--uncoalesced") as stage, _crowd(stage, cores) as crowd:
        await _join(crowd, connections)
        uncoalesced = await _run(
            stage, crowd, connections, do="saturate", seconds=seconds, size=EVENT_BYTES, together=1
        )
        floor_us = await _floor(stage, crowd, seconds, EVENT_BYTES)
    async with _stage(cores) as stage, _crowd(stage, cores) as crowd:
        # The first ones pay for what is made once.
        await _join(crowd, FIRST_CLIENTS)
        before = await stage.ask(do="look")
        await _join(crowd, connections - FIRST_CLIENTS)
        after = await stage.ask(do="look")
        memory = (after["rss"] - before["rss"]) / (after["connections"] - before["connections"])
        coalesced = await _run(
            stage, crowd, connections, do="saturate", seconds=seconds, size=EVENT_BYTES, together=TOGETHER
        )
        half_rate = HALF * coalesced.deliveries_per_s / connections
        half = await _run(
            stage, crowd, connections, do="steady", seconds=seconds, size=EVENT_BYTES, rate=half_rate
        )
        coalesced_floor_us = await _floor(stage, crowd, seconds, EVENT_BYTES * TOGETHER)
    return EventsResult(
        connections, memory, uncoalesced, coalesced, half, half_rate, floor_us, coalesced_floor_us
    )


def _stage(cores: Cores, *options: str) -> AbstractAsyncContextManager[Told]:
    return told("the stage", "bench.events_stage", list(options), cores.server, {})


def _crowd(stage: Told, cores: Cores) -> AbstractAsyncContextManager[Told]:
    options = ["--port", str(stage.first["port"])]
    return told("the crowd", "bench.events_crowd", options, cores.load[-1:], {})


async def _join(crowd: Told, count: int) -> None:
    await crowd.ask(do="join", count=count)


async def _run(stage: Told, crowd: Told, connections: int, **order: object) -> Run:
    following = asyncio.create_task(crowd.ask(do="until", offset=0))
    # The crowd reads while the stage publishes; then it is told where the end is.
    published = await stage.ask(**order)
    await crowd.tell(offset=published["offset"])
    heard = await following
    delivered = published["published"] * connections
    return Run(
        deliveries_per_s=delivered / heard["elapsed_s"],
        cpu_us_per_frame=published["cpu_s"] / max(1, published["frames"]) * 1e6,
        cpu_share=published["cpu_s"] / published["elapsed_s"],
        crowd_share=heard["cpu_s"] / heard["elapsed_s"],
        p50_ms=heard["p50_ms"],
        p99_ms=heard["p99_ms"],
        lag_p99_ms=published["lag_p99_s"] * 1_000,
        behind=heard["behind"] + heard["lost"],
    )


async def _floor(stage: Told, crowd: Told, seconds: float, size: int) -> float:
    following = asyncio.create_task(crowd.ask(do="follow", seconds=seconds + 1))
    measured = await stage.ask(do="floor", seconds=seconds, size=size)
    await following
    return float(measured["cpu_s"] / measured["frames"] * 1e6)


def render_events(results: Sequence[EventsResult]) -> list[str]:
    """The section of docs/benchmarks.md."""
    return [
        "## Events",
        "",
        f"One process, N WebSocket connections in one room, events of {EVENT_BYTES} bytes as JSON; the server on one",
        "core, the crowd of raw sockets on another. Deliveries are counted where they arrive. *Uncoalesced*: each",
        f"event in a frame of its own, the next when the last was written. *Coalesced*: {TOGETHER} events a frame. The",
        "**floor** is the bare loop of `transport.write` of as many bytes to the same sockets, with nothing between.",
        "",
        *table(
            [
                "connections",
                "uncoalesced",
                "CPU per frame / floor",
                "coalesced",
                "CPU per frame / floor",
                "at half of that: p50 / p99",
                "event loop lag p99",
                "memory per connection",
            ],
            [
                [
                    f"{each.connections:,}",
                    f"{each.uncoalesced.deliveries_per_s:,.0f}/s",
                    f"{each.uncoalesced.cpu_us_per_frame:.1f} / {each.floor_us:.1f} us",
                    f"{each.coalesced.deliveries_per_s:,.0f}/s",
                    f"{each.coalesced.cpu_us_per_frame:.1f} / {each.coalesced_floor_us:.1f} us",
                    f"{each.half.p50_ms:.0f} / {each.half.p99_ms:.0f} ms ({each.half_rate:.0f} events/s)",
                    f"{each.half.lag_p99_ms:.0f} ms",
                    f"{each.memory_bytes / 1024:.1f} KiB",
                ]
                for each in results
            ],
        ),
        "",
        *[
            f"- N = {each.connections:,}, {name}: the server had {run.cpu_share:.0%} of its core, the crowd used"
            f" {run.crowd_share:.0%} of its own."
            for each in results
            for name, run in (("uncoalesced", each.uncoalesced), ("coalesced", each.coalesced))
        ],
        "",
    ]


def missed_event_bars(results: Sequence[EventsResult]) -> list[str]:
    """Which bars this run did not reach, in words."""
    missed = []
    largest = max(results, key=lambda each: each.connections)
    if largest.uncoalesced.deliveries_per_s < BAR_UNCOALESCED:
        missed.append(
            f"{largest.uncoalesced.deliveries_per_s:,.0f} deliveries/s uncoalesced, bar {BAR_UNCOALESCED:,}"
        )
    if largest.coalesced.deliveries_per_s < BAR_COALESCED:
        missed.append(
            f"{largest.coalesced.deliveries_per_s:,.0f} deliveries/s coalesced, bar {BAR_COALESCED:,}"
        )
    for each in results:
        if each.memory_bytes > BAR_MEMORY_BYTES:
            missed.append(
                f"{each.memory_bytes / 1024:.1f} KiB per connection at N = {each.connections}, bar 16"
            )
        if each.half.p99_ms > BAR_P99_MS:
            missed.append(f"p99 {each.half.p99_ms:.0f} ms at half load at N = {each.connections}, bar 100")
        behind = sum(run.behind for run in (each.uncoalesced, each.coalesced, each.half))
        if behind:
            missed.append(f"{behind} connections missed events at N = {each.connections}")
    return missed


def main() -> int:
    """Entry point; exit codes as of `python -m bench`."""
    parser = argparse.ArgumentParser(prog="python -m bench.events", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few connections, short runs")
    arguments = parser.parse_args()
    sizes, seconds = (QUICK_SIZES, 1.5) if arguments.quick else (SIZES, 5.0)
    try:
        results = asyncio.run(measure_events(Cores.plan(), sizes=sizes, seconds=seconds))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(procfs.describe_machine())
    print("\n".join(render_events(results)))
    missed = missed_event_bars(results)
    for bar in missed:
        print(f"Missed: {bar}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench [--quick] [--no-soak] [--fanout KERNEL]`: measure, print and write the table, then soak.

The table goes to docs/benchmarks.md.

Exit codes: 0 when all bars were reached, 1 when one was missed or the soak failed, 2 when nothing could be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import aiohttp

from bench import procfs, soak
from bench.api import CHANNELS, add_channels, measure_api
from bench.events import QUICK_SIZES as QUICK_EVENTS
from bench.events import SIZES as EVENTS
from bench.events import measure_events
from bench.first_frame import measure_first_frames
from bench.floor import measure_floor, schedule_of
from bench.load import publishing, until_live
from bench.measure import FANOUT_INFO, footprint, join_at_once, wait_until_empty, watch
from bench.metrics import scrape
from bench.processes import BenchError, Cores, running_server
from bench.recording import measure_recordings
from bench.report import Results, missed_bars, render
from loadtest.media import MaterialSpec, load_material
from media.fanout import Kernel

ROOT = Path(__file__).resolve().parent.parent
MATERIAL_DIRECTORY = ROOT / "build" / "bench"
SIZES = (50, 200, 500)
QUICK_SIZES = (50, 200)
WARM_UP_VIEWERS = 20
JOINS_AT_ONCE = 100
RECLAIMED_AFTER_S = 4.0  # the server gives memory back two seconds after the last of a crowd has left
QUIET_CHECK_S = 1.0
QUIET_SHARE = 0.1


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the server; takes some minutes."
    )
    parser.add_argument("--quick", action="store_true", help="fewer viewers, shorter windows, a short soak")
    parser.add_argument("--no-soak", action="store_true", help="leave the soak out")
    parser.add_argument(
        "--fanout", choices=["auto", *get_args(Kernel)], default="auto", help="what sends to viewers"
    )
    parser.add_argument(
        "--output", type=Path, default=ROOT / "docs" / "benchmarks.md", help="where to write the table"
    )
    arguments = parser.parse_args()
    if sys.platform != "linux":
        print("The benchmark reads /proc and pins cores: it runs on Linux.", file=sys.stderr)
        return 2
    try:
        results = asyncio.run(_measure(quick=arguments.quick, fanout=arguments.fanout))
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    document = render(results)
    print(f"\n{document}")
    if not arguments.quick:
        arguments.output.write_text(document)
        print(f"Written to {arguments.output}.")
    missed = missed_bars(results)
    for bar in missed:
        print(f"Missed: {bar}", file=sys.stderr)
    if not arguments.no_soak:
        return max(1 if missed else 0, soak.run(seconds=20 if arguments.quick else 90))
    return 1 if missed else 0


async def _measure(*, quick: bool, fanout: str) -> Results:
    sizes = QUICK_SIZES if quick else SIZES
    window_s, floor_s = (3.0, 2.0) if quick else (8.0, 4.0)
    cores = Cores.plan()
    spec = MaterialSpec()
    await _warn_when_busy()
    _say("preparing the material (encoded once)")
    material = await asyncio.to_thread(load_material, spec, MATERIAL_DIRECTORY)
    schedule = schedule_of(material)
    with tempfile.TemporaryDirectory(prefix="harmonie-bench-") as name:
        directory = Path(name)
        async with (
            aiohttp.ClientSession() as http,
            running_server(directory, cores, fanout=fanout) as server,
        ):
            _say("warming up")
            await watch(server, cores, directory, WARM_UP_VIEWERS, material=MATERIAL_DIRECTORY, seconds=1.0)
            await wait_until_empty(http, server)
            before = await footprint(http, server)
            kernel = (await scrape(http, server.url)).text(FANOUT_INFO)
            windows, floors = [], []
            for size in sizes:
                _say(f"{size} viewers")
                window = await watch(
                    server, cores, directory, size, material=MATERIAL_DIRECTORY, seconds=window_s
                )
                if window.viewers < size:
                    _say(f"some could not join, the window has {window.viewers}")
                windows.append(window)
                await wait_until_empty(http, server)
            _say(f"{JOINS_AT_ONCE} joins at once")
            joins = await join_at_once(server, cores, directory, JOINS_AT_ONCE, material=MATERIAL_DIRECTORY)
            await wait_until_empty(http, server)
            await asyncio.sleep(RECLAIMED_AFTER_S)
            after = await footprint(http, server)
            _say("first frames in Chromium")
            async with publishing(server, cores, material=MATERIAL_DIRECTORY):
                await until_live(server)
                first_frames = await measure_first_frames(server)
            _say("reads of the API")
            await add_channels(directory, CHANNELS)
            reads = await measure_api(server, cores, seconds=window_s / 2)
        for window in windows:  # afterwards, with the server gone: both have the core to themselves
            _say(f"the floor for {window.viewers} viewers")
            floors.append(await measure_floor(schedule, window.viewers, floor_s, cores, directory))
    _say("events")
    try:
        events = await measure_events(cores, sizes=QUICK_EVENTS if quick else EVENTS, seconds=window_s / 2)
    except BenchError as error:
        # What was measured before is worth keeping.
        _say(f"the events could not be measured: {error}")
        events = []
    _say("recordings")
    recordings = None
    try:
        recordings = await measure_recordings(cores, seconds=window_s)
    except BenchError as error:
        _say(f"recordings could not be measured: {error}")
    return Results(
        machine=procfs.describe_machine(),
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        command="make bench",
        windows=windows,
        floors=floors,
        joins=joins,
        before=before,
        after=after,
        reads=reads,
        first_frames=first_frames,
        fanout=kernel,
        events=events,
        recordings=recordings,
    )


async def _warn_when_busy() -> None:
    before = procfs.machine_busy_s()
    await asyncio.sleep(QUIET_CHECK_S)
    shares = [(b - a) / QUIET_CHECK_S for a, b in zip(before, procfs.machine_busy_s(), strict=True)]
    if max(shares) > QUIET_SHARE:
        _say(
            f"other processes use {max(shares):.0%} of a core: the numbers will be worse than this machine can do"
        )


def _say(what: str) -> None:
    print(f"bench: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

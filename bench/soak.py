"""A soak: viewers join, leave and are killed, by hundreds, and publishers come and go; then nothing may be left.

`python -m bench.soak [--seconds 180]`. Exit code 0 when sessions, memory, descriptors and tasks came back to where
they were half-way, 1 when not. Half-way, because an allocator keeps some of its first peaks: a leak goes on growing.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from bench.load import crowd_in_parts, until
from bench.measure import VIEWERS_GAUGE, Footprint, footprint, wait_until_empty
from bench.metrics import scrape
from bench.processes import BenchError, Cores, Server, running_server
from bench.report import RSS_SLACK_BYTES
from loadtest.media import MaterialSpec, load_material

MATERIAL_DIRECTORY = Path(__file__).resolve().parent.parent / "build" / "bench"
CROWD = 100
CONSENT_EXPIRY_S = 30.0  # how long a server may keep a peer that vanished (RFC 7675)
PARTS = 2


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=180.0, help="how long viewers come and go")
    return run(seconds=parser.parse_args().seconds)


def run(*, seconds: float) -> int:
    """Soak, print what was found; returns the exit code."""
    try:
        leaks = asyncio.run(_soak(seconds))
    except BenchError as error:
        print(f"soak: {error}", file=sys.stderr)
        return 1
    for leak in leaks:
        print(f"soak: {leak}", file=sys.stderr)
    print("soak: " + ("failed" if leaks else "everything came back"), flush=True)
    return 1 if leaks else 0


async def _soak(seconds: float) -> list[str]:
    await asyncio.to_thread(load_material, MaterialSpec(), MATERIAL_DIRECTORY)
    cores = Cores.plan()
    with tempfile.TemporaryDirectory(prefix="harmonie-soak-") as name:
        directory = Path(name)
        async with aiohttp.ClientSession() as http, running_server(directory, cores, grace_s=2.0) as server:
            rounds = _Rounds(server, cores)
            _say(f"fresh: {_told(await footprint(http, server))}")
            before = await _half(http, server, rounds, seconds / 2)
            after = await _half(http, server, rounds, seconds / 2)
            left = await _gauges_left(http, server)
            if server.process.returncode is not None:
                return [f"the server ended:\n{server.end_of_log()}"]
            return left + _compare(before, after) + rounds.problems


async def _half(http: aiohttp.ClientSession, server: Server, rounds: _Rounds, seconds: float) -> Footprint:
    """What is held after so many more seconds of coming and going, once all are forgotten."""
    await rounds.play(until=time.monotonic() + seconds)
    _say(f"{rounds.joined} viewers joined, {rounds.killed} were killed; waiting until they are forgotten")
    await _settle(http, server)
    held = await footprint(http, server)
    _say(f"after them: {_told(held)}")
    return held


class _Rounds:
    """Plays rounds of joining and leaving; seeded, so that each run does the same."""

    def __init__(self, server: Server, cores: Cores) -> None:
        self._server = server
        self._cores = cores
        self._choice = random.Random(5)
        self.joined = 0
        self.killed = 0
        self.problems: list[str] = []

    async def play(self, *, until: float) -> None:
        """Play rounds until that time of the monotonic clock."""
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < until:
                await self._round(http)

    async def _round(self, http: aiohttp.ClientSession) -> None:
        """All come at once with a publisher; one process, who knows which, vanishes without a word, the rest leave."""
        async with crowd_in_parts(
            self._server, self._cores, PARTS, material=MATERIAL_DIRECTORY, viewers=CROWD
        ) as parts:
            try:
                await until(http, self._server, VIEWERS_GAUGE, CROWD)
            except BenchError as error:
                self.problems.append(f"viewers could not join: {error}")
                return
            self.joined += CROWD
            await asyncio.sleep(self._choice.uniform(0.2, 1.5))
            killed = self._choice.choice(parts)
            killed.kill()
            await killed.wait()
            self.killed += CROWD // PARTS
        await wait_until_empty(http, self._server, timeout_s=CONSENT_EXPIRY_S + 15)


async def _settle(http: aiohttp.ClientSession, server: Server) -> None:
    await wait_until_empty(http, server, timeout_s=CONSENT_EXPIRY_S + 15)
    await asyncio.sleep(3.0)  # the publisher's grace period, and the garbage collector's turn


async def _gauges_left(http: aiohttp.ClientSession, server: Server) -> list[str]:
    scraped = await scrape(http, server.url)
    gauges = ("harmonie_viewers", "harmonie_publishers", "harmonie_streams")
    return [f"{name} is {value:g}, not 0" for name in gauges if (value := scraped.value(name))]


def _compare(before: Footprint, after: Footprint) -> list[str]:
    leaks = []
    if after.rss_bytes > before.rss_bytes + RSS_SLACK_BYTES:
        leaks.append(f"memory grew by {(after.rss_bytes - before.rss_bytes) / (1 << 20):.1f} MiB")
    if after.descriptors > before.descriptors:
        leaks.append(f"{after.descriptors - before.descriptors} descriptors were not given back")
    if before.tasks is not None and after.tasks is not None and after.tasks > before.tasks:
        leaks.append(f"{after.tasks - before.tasks} asyncio tasks are left")
    return leaks


def _told(held: Footprint) -> str:
    tasks = "unknown" if held.tasks is None else str(held.tasks)
    return f"{held.rss_bytes / (1 << 20):.1f} MiB, {held.descriptors} descriptors, {tasks} tasks"


def _say(what: str) -> None:
    print(f"soak: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

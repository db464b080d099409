"""A soak: viewers join, leave and are killed, by hundreds, and publishers come and go; then nothing may be left.

`python -m bench.soak [--seconds 180]`. Exit code 0 when sessions, memory, descriptors and tasks came back to where they
were, 1 when not.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

from bench.measure import Footprint, footprint, join, leave, wait_until_empty
from bench.metrics import scrape
from bench.processes import BenchError, Cores, Server, Told, running_crowds, running_publisher, running_server
from bench.report import RSS_SLACK_BYTES
from loadtest.media import MaterialSpec, load_material

MATERIAL_DIRECTORY = Path(__file__).resolve().parent.parent / "build" / "bench"
CROWD = 100
CONSENT_EXPIRY_S = 30.0  # how long a server may keep a peer that vanished (RFC 7675)
PUBLISHER_EVERY = 3  # rounds


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
        async with aiohttp.ClientSession() as http, running_server(directory, cores) as server:
            fresh = await footprint(http, server)
            # One round first, so that what is built once is not taken for a leak.
            await _Rounds(server, cores, directory).play(rounds=1)
            await _settle(http, server)
            before = await footprint(http, server)
            _say(f"started with {_told(fresh)}; after the first round {_told(before)}")
            rounds = _Rounds(server, cores, directory)
            await rounds.play(until=time.monotonic() + seconds)
            _say(
                f"{rounds.joined} viewers joined, {rounds.killed} were killed; waiting until they are forgotten"
            )
            await _settle(http, server)
            after = await footprint(http, server)
            left = await _gauges_left(http, server)
            _say(f"ended with {_told(after)}")
            if server.process.returncode is not None:
                return [f"the server ended:\n{server.end_of_log()}"]
            return left + _compare(before, after) + rounds.problems


class _Rounds:
    """Plays rounds of joining and leaving; seeded, so that each run does the same."""

    def __init__(self, server: Server, cores: Cores, directory: Path) -> None:
        self._server = server
        self._cores = cores
        self._directory = directory
        self._choice = random.Random(5)
        self.joined = 0
        self.killed = 0
        self.problems: list[str] = []

    async def play(self, *, rounds: int = 1_000_000, until: float = float("inf")) -> None:
        """Play so many rounds, or until that time."""
        played = 0
        while played < rounds and time.monotonic() < until:
            async with running_publisher(
                self._server,
                self._cores,
                material=MATERIAL_DIRECTORY,
                send_times=self._directory / "send-times",
            ) as publisher:
                for _ in range(PUBLISHER_EVERY):
                    await self._round()
                    played += 1
                    if played >= rounds or time.monotonic() >= until:
                        break
                if self._choice.random() < 0.5:
                    publisher.process.kill()  # vanishes without a word: the grace period ends its broadcast

    async def _round(self) -> None:
        async with AsyncExitStack() as stack:
            crowds = await stack.enter_async_context(
                running_crowds(
                    self._server,
                    self._cores,
                    2,
                    material=MATERIAL_DIRECTORY,
                    send_times=self._directory / "send-times",
                )
            )
            report = await join(crowds, CROWD, at_once=CROWD // 2)
            self.joined += report.joined
            if report.failures:
                self.problems.append(f"viewers could not join: {report.failures}")
            await asyncio.sleep(self._choice.uniform(0.2, 1.5))
            staying, killed = crowds
            await self._leave(staying)
            await self._kill(killed)

    async def _leave(self, crowd: Told) -> None:
        await leave([crowd], notify=self._choice.random() < 0.7)

    async def _kill(self, crowd: Told) -> None:
        crowd.process.kill()
        await crowd.process.wait()
        self.killed += CROWD // 2


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

"""The load: runs of `harmonie loadtest` against the server that is measured, pinned to the load's cores.

What they saw comes back as the result that `--json` writes; nothing is measured here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bench.metrics import scrape
from bench.processes import CHANNEL, STOP_TIMEOUT_S, BenchError, Cores, Server, pinned
from loadtest.outcome import Outcome, read_outcome

START_TIMEOUT_S = 120.0
LONGER_THAN_S = 90.0
"""How much longer than it should a run may take: for the encoding, and for everybody to come and go."""
_WORKER = re.compile(r"harmonie loadtest worker (http://\S+)")


async def play(
    server: Server,
    cores: Cores,
    directory: Path,
    *,
    material: Path,
    duration_s: float,
    processes: int = 1,
    **keys: object,
) -> Outcome:
    """A whole run; `keys` are those of a scenario, with `__` for the dot. Raises `BenchError`."""
    result = directory / "result.json"
    result.unlink(missing_ok=True)
    arguments = ["--json", str(result), "--workers", str(processes)]
    async with _running(server, cores, material, arguments, duration_s, keys) as run:
        try:
            await asyncio.wait_for(run.wait(), duration_s + LONGER_THAN_S)
        except TimeoutError:
            raise BenchError(
                f"a run of {duration_s:g} s did not end; the server says:\n{server.end_of_log()}"
            ) from None
    if not result.exists():
        raise BenchError("the load test could not be run; its messages are above")
    return read_outcome(result.read_bytes())


@asynccontextmanager
async def publishing(server: Server, cores: Cores, *, material: Path) -> AsyncIterator[None]:
    """Somebody is live meanwhile."""
    arguments = ["--workers", "1"]
    async with _running(server, cores, material, arguments, 3_600, {"viewers__count": 0}):
        yield


@asynccontextmanager
async def crowd_in_parts(
    server: Server, cores: Cores, parts: int, *, material: Path, viewers: int
) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """`viewers` and a publisher in processes that the caller may kill; those that are left leave in the end."""
    arguments = ["--workers", "0", "--remote-workers", str(parts)]
    keys = {"viewers__count": viewers, "viewers__ramp_per_s": 0}
    async with contextlib.AsyncExitStack() as stack:
        run = await stack.enter_async_context(
            _running(server, cores, material, arguments, 3_600, keys, listening=True)
        )
        address = await _address(run)
        processes = []
        for number in range(parts):
            core = cores.load[number % len(cores.load)]
            worker = await asyncio.create_subprocess_exec(
                *pinned((core,)), sys.executable, "-m", "loadtest", "worker", address
            )
            stack.push_async_callback(_stop, worker)
            processes.append(worker)
        yield processes


@asynccontextmanager
async def _running(
    server: Server,
    cores: Cores,
    material: Path,
    arguments: list[str],
    duration_s: float,
    keys: Mapping[str, object],
    *,
    listening: bool = False,
) -> AsyncIterator[asyncio.subprocess.Process]:
    told = {
        "duration_s": duration_s,
        "chatters.count": 0,
        "readers.requests_per_s": 0,
        "viewers.nack": "false",
    }
    told |= {
        "viewers.aes_128_gcm": "true",
        **{name.replace("__", "."): value for name, value in keys.items()},
    }
    settings = [part for name, value in told.items() for part in ("--set", f"{name}={value}")]
    process = await asyncio.create_subprocess_exec(
        *pinned(cores.load),
        *(sys.executable, "-m", "loadtest", "smoke", "--url", server.url, "--channel", CHANNEL),
        *("--material", str(material), "--pid", str(server.pid), *arguments, *settings),
        env={**os.environ, "HARMONIE_STREAM_KEY": server.stream_key},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE if listening else asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        await _stop(process)


async def until_live(server: Server) -> None:
    """Somebody is, and there is a whole interval since a keyframe to remember. Raises `BenchError`."""
    async with aiohttp.ClientSession() as http:
        await until(http, server, "harmonie_publishers", 1)
    await asyncio.sleep(2.5)


async def until(http: aiohttp.ClientSession, server: Server, gauge: str, value: float) -> None:
    """A gauge of the server has come to `value`. Raises `BenchError`."""
    deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
    while (seen := (await scrape(http, server.url)).value(gauge)) != value:
        if asyncio.get_running_loop().time() > deadline:
            raise BenchError(f"{gauge} is {seen}, not {value:g}; the server says:\n{server.end_of_log()}")
        await asyncio.sleep(0.1)


async def _address(run: asyncio.subprocess.Process) -> str:
    assert run.stderr is not None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_TIMEOUT_S):
            while line := await run.stderr.readline():
                if (found := _WORKER.search(line.decode())) is not None:
                    return found[1]
    raise BenchError("the load test did not begin")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.communicate(), 2 * STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()

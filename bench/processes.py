"""The processes a measurement needs: the server, and children that are told what to do; each pinned to its cores.

Every process is started here and ended here, by its own handle.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

CHANNEL = "bench"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


class BenchError(Exception):
    """The measurement could not be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which cores the server and the load generators run on."""

    server: frozenset[int]
    load: tuple[int, ...]

    @classmethod
    def plan(cls) -> Cores:
        """The first core for the server, the others for the load; one core is shared when there is only one."""
        available = sorted(os.sched_getaffinity(0))
        return cls(frozenset(available[:1]), tuple(available[1:]) or tuple(available))


@dataclass(slots=True)
class Server:
    """A running `harmonie serve`."""

    process: asyncio.subprocess.Process
    url: str
    stream_key: str
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def whip(self) -> str:
        return f"{self.url}/whip/{CHANNEL}"

    @property
    def whep(self) -> str:
        return f"{self.url}/whep/{CHANNEL}"

    def end_of_log(self) -> str:
        """The last lines the server wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


@dataclass(slots=True)
class Told:
    """A child that answers each line of JSON on its input with one on its output."""

    process: asyncio.subprocess.Process
    name: str
    first: dict[str, Any] = field(default_factory=dict)

    async def ask(self, **order: object) -> dict[str, Any]:
        """Give an order, wait for the answer."""
        await self.tell(**order)
        return await self.answer()

    async def tell(self, **order: object) -> None:
        """Give an order; its answer is for somebody else to wait for."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.process.stdin.drain()

    async def answer(self) -> dict[str, Any]:
        """The next line of its output; raises `BenchError` when it ended."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise BenchError(
                f"{self.name} ended with code {await self.process.wait()}; its messages are above"
            )
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise BenchError(f"{self.name} answered {line!r}")
        return answer


@asynccontextmanager
async def running_server(
    directory: Path, cores: Cores, *, grace_s: float = 10.0, fanout: str = "auto"
) -> AsyncIterator[Server]:
    """A server with one channel in a fresh data directory on free loopback ports.

    `grace_s` is how long it waits for a publisher that vanished, `fanout` the kernel that sends.
    """
    harmonie = _harmonie()
    port, udp_port = _free_port(socket.SOCK_STREAM), _free_port(socket.SOCK_DGRAM)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HARMONIE_")},
        "HARMONIE_HOST": "127.0.0.1",
        "HARMONIE_PORT": str(port),
        "HARMONIE_UDP_PORT": str(udp_port),
        "HARMONIE_DATA_DIR": str(directory / "data"),
        "HARMONIE_MAX_SESSIONS_PER_ADDRESS": "10000",
        "HARMONIE_TRUSTED_PROXIES": "127.0.0.1",
        "HARMONIE_LOG_LEVEL": "warning",
        "HARMONIE_FANOUT": fanout,
        "HARMONIE_PUBLISHER_GRACE_S": str(grace_s),
    }
    added = await asyncio.to_thread(
        subprocess.run,
        [*harmonie, "channel", "add", CHANNEL],
        env=environment,
        capture_output=True,
        text=True,
    )
    key = re.search(r"[Kk]ey:?\s+(\S+)", added.stdout)
    if added.returncode or key is None:
        raise BenchError(f"`harmonie channel add` failed: {added.stderr or added.stdout}")
    log = directory / "server.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *pinned(cores.server), *harmonie, "serve", env=environment, stdout=output, stderr=output
        )
    server = Server(process, f"http://127.0.0.1:{port}", key[1], log)
    try:
        await _wait_until_ready(server)
        yield server
    finally:
        await _end(process)


@asynccontextmanager
async def told(
    name: str, module: str, options: list[str], cores: Collection[int], environment: Mapping[str, str]
) -> AsyncIterator[Told]:
    """A child process that runs a module of ours and has said that it is ready."""
    process = await asyncio.create_subprocess_exec(
        *pinned(cores),
        *(sys.executable, "-m", module, *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    child = Told(process, name)
    try:
        child.first = await asyncio.wait_for(child.answer(), START_TIMEOUT_S)
        yield child
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.communicate(), STOP_TIMEOUT_S)
        await _end(process)


def pinned(cores: Collection[int]) -> list[str]:
    """A command prefix that pins what follows; the child replaces the prefix, so its pid is the real one."""
    code = f"import os, sys; os.sched_setaffinity(0, {set(cores)!r}); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", code]


def _harmonie() -> list[str]:
    beside = Path(sys.executable).with_name("harmonie")
    if beside.exists():
        return [str(beside)]
    if (found := shutil.which("harmonie")) is not None:
        return [found]
    return [sys.executable, "-m", "server.cli"]


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _wait_until_ready(server: Server) -> None:
    deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
    async with aiohttp.ClientSession() as http:
        while asyncio.get_running_loop().time() < deadline:
            if server.process.returncode is not None:
                raise BenchError(f"the server ended at once:\n{server.end_of_log()}")
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(f"{server.url}/readyz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.05)
    raise BenchError(f"the server was not ready within {START_TIMEOUT_S:.0f} s:\n{server.end_of_log()}")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()

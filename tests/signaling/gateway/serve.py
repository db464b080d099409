"""The tests' room served by a process of its own, which can be killed: ``python -m tests.signaling.gateway.serve``."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from infra.bus_memory import MemoryBus
from infra.bus_redis import RedisBus
from tests.contract.conftest import running
from tests.polling import eventually
from tests.signaling.gateway.conftest import staging
from tests.signaling.gateway.room import Table

ROOT = Path(__file__).parents[3]


class StageProcess:
    """A gateway in another process, on the same port every time it is started."""

    def __init__(self, table: Path, redis_url: str = "") -> None:
        self._table = table
        self._redis_url = redis_url
        self._port = _free_port()
        self._process: asyncio.subprocess.Process | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, table: Path, redis_url: str = "") -> AsyncIterator["StageProcess"]:
        stage = cls(table, redis_url)
        try:
            await stage.start()
            yield stage
        finally:
            await stage.kill()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        arguments = ["--port", str(self._port), "--table", str(self._table), "--redis", self._redis_url]
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.signaling.gateway.serve", *arguments),
            cwd=ROOT,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await eventually(self._answers, timeout_s=30, what="the gateway answering")

    async def kill(self) -> None:
        """SIGKILL: no goodbye to anyone."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, "the gateway did not start"
        with contextlib.suppress(aiohttp.ClientError):
            async with aiohttp.ClientSession() as http, http.get(f"{self.url}/api/asyncapi.json") as answer:
                return answer.status == 200
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _serve(port: int, table: Path, redis_url: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        bus = await stack.enter_async_context(running(RedisBus(redis_url))) if redis_url else MemoryBus()
        await stack.enter_async_context(staging(bus, Table(table), port=port, max_per_address=5_000))
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--redis", default="")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.port, options.table, options.redis))
    os._exit(0)

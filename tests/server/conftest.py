"""The whole application over real HTTP, and the real command in a process of its own."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from config import Settings
from server.app import make_app
from tests.forked_commands import Forked, Forks
from tests.prepared_tables import PreparedSqlite

PATIENCE_S = 120.0
"""For what a process does on a machine that is busy with other things; only a failure takes as long."""

Client = TestClient[web.Request, web.Application]
Serving = Callable[[web.Application], AbstractAsyncContextManager[Client]]


@pytest.fixture
def page_dir(tmp_path: Path) -> Path:
    """A built page."""
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<!doctype html><title>Harmonie</title>")
    (directory / "overlay.html").write_text("<!doctype html><title>Overlay</title>")
    (directory / "assets" / "index-4f2a.js").write_text("console.log('la');" * 100)
    (directory / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    return directory


@pytest.fixture
def settings(tmp_path: Path, page_dir: Path, prepared_sqlite: PreparedSqlite) -> Settings:
    prepared_sqlite.lay(tmp_path / "data")
    return Settings(
        host="127.0.0.1", udp_port=0, data_dir=tmp_path / "data", page_dir=page_dir, shutdown_timeout_s=1.0
    )


@pytest.fixture
def serving() -> Serving:
    """Serves an application on a free port."""

    @asynccontextmanager
    async def serve(app: web.Application) -> AsyncIterator[Client]:
        async with asyncio.timeout(30), TestClient(TestServer(app)) as client:
            yield client

    return serve


@pytest.fixture
async def client(settings: Settings, serving: Serving) -> AsyncIterator[Client]:
    async with serving(make_app(settings)) as client:
        yield client


class Harmonie:
    """Runs ``harmonie`` with a directory of its own and nothing of this machine's settings."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HARMONIE_")},
            "HARMONIE_UDP_PORT": "0",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }

    async def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """The exit code and what was written to stdout and stderr."""
        process = await self._start(arguments, environment)
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    @asynccontextmanager
    async def serving(self, *arguments: str, **environment: str) -> AsyncIterator["Served"]:
        """A server that answers; it is ended when the block is left."""
        process = await self._start(("serve", *arguments), environment)
        served = Served(process)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await served.wait_listening()
                yield served
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()

    async def _start(self, arguments: tuple[str, ...], environment: dict[str, str]) -> "Process | Piped":
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.cli", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=self.directory,
            env=self.environment | environment,
        )


class ForkedHarmonie(Harmonie):
    """The same without the second or two of importing: forked from a process that has done so."""

    async def _start(self, arguments: tuple[str, ...], environment: dict[str, str]) -> "Piped":
        (out, writes_out), (err, writes_err) = os.pipe(), os.pipe()
        with os.fdopen(writes_out, "wb") as output, os.fdopen(writes_err, "wb") as errors:
            forked = _forks.start(
                arguments,
                env=self.environment | environment,
                cwd=self.directory,
                output=output,
                errors=errors,
            )
        return Piped(forked, await _reader(out), await _reader(err))


@dataclass(frozen=True)
class Piped:
    """A forked command whose output is read; as much of `asyncio.subprocess.Process` as is used here."""

    forked: Forked
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader

    @property
    def pid(self) -> int:
        return self.forked.pid

    @property
    def returncode(self) -> int | None:
        return self.forked.returncode

    async def wait(self) -> int:
        return await self.forked.wait()

    def send_signal(self, number: signal.Signals) -> None:
        self.forked.send_signal(number)

    def kill(self) -> None:
        self.forked.kill()

    async def communicate(self) -> tuple[bytes, bytes]:
        written = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return written[0], written[1]


async def _reader(pipe: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb")
    )
    return reader


_forks = Forks()


class Served:
    """A running server."""

    def __init__(self, process: Process | Piped) -> None:
        self.process = process
        self.url = ""
        self.log = ""
        """What was read of its log so far."""

    async def wait_listening(self) -> None:
        self.url = (await self.logged("listening"))["url"]

    async def logged(self, name: str) -> dict[str, Any]:
        """The next event of this name in the log; those before it are skipped."""
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self.log += line
            event: dict[str, Any] = json.loads(line)
            if event["event"] == name:
                return event
        raise RuntimeError(f"the server ended: {self.log}")

    async def output(self, marker: str) -> str:
        """What it printed, up to the line that holds ``marker``."""
        assert self.process.stdout is not None
        out = ""
        while line := (await self.process.stdout.readline()).decode():
            out += line
            if marker in line:
                return out
        raise RuntimeError(f"never printed {marker!r}: {out}")


@pytest.fixture
def harmonie(tmp_path: Path) -> Harmonie:
    return Harmonie(tmp_path)


@pytest.fixture
def forked_harmonie(tmp_path: Path) -> ForkedHarmonie:
    """For what does not depend on how the command starts."""
    return ForkedHarmonie(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]

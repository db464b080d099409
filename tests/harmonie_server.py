"""The real server for tests: `harmonie serve` in a process of its own, with a data directory and ports of its own.

What takes long in every start is done once: importing (`tests.forked_commands`) and laying the tables
(`tests.prepared_tables`). `tests/server` starts the command as people do.

Channels are added beside it, to its database, as the command line does. The server can be stopped, killed and started
again on the same ports. Its log is kept, one JSON object a line, and can be asked for events.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import itertools
import json
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from accounts.services.audit_log import AuditLog
from catalog.service import ChannelService
from config import Settings
from server.commands import open_database
from tests.forked_commands import Forked, Forks
from tests.polling import eventually
from tests.prepared_tables import PreparedSqlite

START_WITHIN_S = 120.0
STOP_WITHIN_S = 15.0
PORTS = range(20_000, 32_000)
"""Those the kernel gives to nobody who asks for any: a port stays free while the server takes its second to start."""

Event = dict[str, Any]


@dataclass
class HarmonieServer:
    """`running` is the way in; `host` is the address it listens on and is reached at."""

    directory: Path
    settings: dict[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    prefix: Sequence[str] = ()
    """What the command is run by, such as `ip netns exec NAME`."""
    port: int = 0
    udp_port: int = 0
    process: asyncio.subprocess.Process | Forked | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, directory: Path, *, host: str = "127.0.0.1", prefix: Sequence[str] = (), **settings: str
    ) -> AsyncIterator[HarmonieServer]:
        """A started server, stopped in the end. `settings` are HARMONIE_ variables in lower case."""
        directory.mkdir(parents=True, exist_ok=True)
        if "database_url" not in settings and not (directory / "data").exists():
            _tables().lay(directory / "data")
        server = cls(
            directory, settings, host, prefix, _free_port(socket.SOCK_STREAM), _free_port(socket.SOCK_DGRAM)
        )
        try:
            await server.start()
            yield server
        finally:
            await server.stop()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def whip(self, channel: str) -> str:
        return f"{self.url}/whip/{channel}"

    def whep(self, channel: str) -> str:
        return f"{self.url}/whep/{channel}"

    async def start(self) -> None:
        """Start, and wait until it listens; on the same ports every time."""
        seen = len(self.events())
        with (self.directory / "server.log").open("ab") as log:
            if self.prefix:
                self.process = await asyncio.create_subprocess_exec(
                    *self.prefix,
                    *HARMONIE,
                    "serve",
                    env=self._environment(),
                    stdout=log,
                    stderr=log,
                    cwd=self.directory,
                )
            else:
                self.process = _forks.start(
                    ["serve"], env=self._environment(), cwd=self.directory, output=log
                )
        await eventually(
            lambda: (
                self.process_ended() or any(event["event"] == "listening" for event in self.events()[seen:])
            ),
            timeout_s=START_WITHIN_S,
            what="listening",
        )
        assert not self.process_ended(), f"the server did not start:\n{self.log()}"

    async def stop(self) -> None:
        """SIGTERM, as an operator does, and wait."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """SIGKILL: no goodbye to anyone."""
        await self._end(signal.SIGKILL)

    def process_ended(self) -> bool:
        return self.process is None or self.process.returncode is not None

    async def add_channel(self, name: str) -> str:
        """What `harmonie channel add` does, without a process of its own; returns the stream key."""
        settings = Settings(
            data_dir=self.directory / "data", database_url=self.settings.get("database_url", "")
        )
        async with open_database(settings) as database:
            _, key = await ChannelService(database, audit=AuditLog(database)).add(name)
        return key

    async def command(self, *arguments: str, typed: str = "") -> str:
        """Run `harmonie` with the settings of this server, beside it; returns what it printed."""
        with tempfile.TemporaryFile() as output:
            process = _forks.start(
                arguments,
                env=self._environment(),
                cwd=self.directory,
                output=output,
                typed=f"{typed}\n".encode(),
            )
            await process.wait()
            output.seek(0)
            return output.read().decode()

    async def channel(self, name: str) -> Event:
        """What the API says of a channel."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/api/v1/channels/{name}") as answer:
            assert answer.status == 200, await answer.text()
            channel: Event = await answer.json()
            return channel

    async def metric(self, name: str) -> float:
        """The present value of a metric without labels."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        assert found is not None, f"no metric {name} in:\n{text}"
        return float(found[1])

    async def until_live(self, name: str) -> Event:
        """Wait for media to flow on a channel."""
        return await eventually(
            lambda: self.channel(name), lambda each: each["state"] == "live", what=f"{name} live"
        )

    def log(self) -> str:
        path = self.directory / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def events(self, name: str | None = None) -> list[Event]:
        """Log events so far, all or those of a name."""
        events = [
            json.loads(line)
            for line in self.log().splitlines()
            if line.startswith("{") and line.endswith("}")
        ]
        return events if name is None else [event for event in events if event["event"] == name]

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HARMONIE_")}
        settings = {
            "host": self.host,
            "port": str(self.port),
            "udp_port": str(self.udp_port),
            "data_dir": str(self.directory / "data"),
            "log_format": "json",
            "max_sessions_per_address": "1000",
            **self.settings,
        }
        return {**kept, **{f"HARMONIE_{key.upper()}": value for key, value in settings.items()}}

    async def _end(self, number: signal.Signals) -> None:
        process = self.process
        if process is None or process.returncode is not None:
            return
        process.send_signal(number)
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise AssertionError(
                f"the server did not stop within {STOP_WITHIN_S:g} s:\n{self.log()}"
            ) from None


HARMONIE = (sys.executable, "-m", "server.cli")
_forks = Forks()


@functools.cache
def _tables() -> PreparedSqlite:
    directory = tempfile.TemporaryDirectory(prefix="harmonie-tables-")
    atexit.register(directory.cleanup)
    return PreparedSqlite.made_in(Path(directory.name))


_numbers = itertools.count(os.getpid() * 101)


def _free_port(kind: socket.SocketKind) -> int:
    for number in itertools.islice(_numbers, len(PORTS)):
        port = PORTS[number % len(PORTS)]
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"every port of {PORTS} is taken")

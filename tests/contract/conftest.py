"""The buses the contract holds for, and a receiver that remembers what it heard."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from infra.bus import Bus, Entry
from infra.bus_memory import MemoryBus
from infra.bus_redis import RedisBus
from tests.redis_server import RedisServer

_prefixes = count()


@dataclass
class Heard:
    """A ``Receiver``."""

    entries: list[tuple[str, str, Entry]] = field(default_factory=list)
    signals: list[tuple[str, bytes]] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def on_entry(self, topic: str, epoch: str, entry: Entry) -> None:
        self.entries.append((topic, epoch, entry))
        self._news.set()

    def on_signal(self, topic: str, data: bytes) -> None:
        self.signals.append((topic, data))
        self._news.set()

    def on_lost(self) -> None:
        self.losses.append("lost")
        self._news.set()

    def on_back(self) -> None:
        self.losses.append("back")
        self._news.set()

    @property
    def data(self) -> list[bytes]:
        return [entry.data for _, _, entry in self.entries]

    async def until(self, wanted: Callable[["Heard"], Any]) -> None:
        """Waits until ``wanted`` holds of what was heard."""
        async with asyncio.timeout(15):
            while not wanted(self):
                self._news.clear()
                await self._news.wait()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.xdist_group("redis"))])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """A new bus, once of each kind; tests that use it run on both."""
    if request.param == "memory":
        yield MemoryBus(max_entries=5)
        return
    server: RedisServer = request.getfixturevalue("redis")
    async with running(RedisBus(server.url, prefix=f"test{next(_prefixes)}", max_entries=5)) as redis_bus:
        yield redis_bus


class running:  # noqa: N801 (reads as a function)
    """A Redis bus that is open and looked after."""

    def __init__(self, bus: RedisBus) -> None:
        self._bus = bus
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> RedisBus:
        await self._bus.open()
        self._task = asyncio.create_task(self._bus.run())
        return self._bus

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._bus.close()

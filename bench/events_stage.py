"""The server process of the event measurement: the real gateway and bus, one room, events of a given size.

It does what it is told on its input (`bench.processes.Told`): publish, say how it is, measure the floor. The room keeps
nothing, so that what is measured is the way from the bus to the sockets.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import socket
import sys
import time
from typing import Any

import msgspec
import structlog
import uvloop
from aiohttp import web

from bench import procfs
from infra.bus_memory import MemoryBus
from infra.client_address import parse_networks
from infra.clients import Clients
from infra.commands import CommandRegistry
from infra.rooms import Caller
from infra.tasks import BackgroundTasks
from infra.topics import Replica, TopicHub
from server.middlewares import access_log, problems
from server.serve import LISTEN_BACKLOG
from signaling.gateway.access import NobodyKnown
from signaling.gateway.feature import GatewayOptions, add_gateway
from signaling.gateway.gateway import Gateway
from signaling.gateway.stats import GatewayStats
from signaling.gateway.wire import TEXT, frame

TOPIC = "channel:bench"
LAG_PROBE_S = 0.005


class Nothing:
    """A replica without state."""

    async def load(self) -> None:
        return None

    def adopt(self, _loaded: Any) -> None: ...

    def apply(self, _event: Any, _offset: int) -> None: ...

    def hear(self, _signal: Any) -> None: ...

    def snapshot(self) -> object:
        return {}

    def close(self) -> None: ...


class Seat:
    """A place in the one room."""

    __slots__ = ()
    topic = TOPIC

    def replica(self) -> Replica:
        return Nothing()

    def you(self) -> object:
        return None

    def joined(self) -> None: ...

    def left(self) -> None: ...


class OneRoom:
    """A directory that knows one room under every name."""

    async def open(self, _room: str, _caller: Caller, /) -> Seat:
        return Seat()


class Stage:
    """What the orders are about."""

    def __init__(self, bus: MemoryBus, stats: GatewayStats, gateway: Gateway) -> None:
        self._bus = bus
        self._stats = stats
        self._gateway = gateway
        self._lags: list[float] = []

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        match order["do"]:
            case "look":
                gc.collect()
                return {"connections": len(self._gateway), "rss": procfs.rss_bytes(os.getpid())}
            case "saturate":
                return await self._measured(
                    self._saturate(order["seconds"], order["size"], order["together"])
                )
            case "steady":
                return await self._measured(self._steady(order["seconds"], order["size"], order["rate"]))
            case "floor":
                return await self._floor(order["seconds"], order["size"])
            case other:
                raise ValueError(other)

    async def watch_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + LAG_PROBE_S
            await asyncio.sleep(LAG_PROBE_S)
            self._lags.append(max(0.0, loop.time() - due_s))

    async def _measured(self, work: Any) -> dict[str, Any]:
        self._lags.clear()
        frames, deliveries = self._stats.frames_out, self._stats.deliveries
        began_s, cpu_s = time.perf_counter(), time.process_time()
        published, offset = await work
        elapsed_s = time.perf_counter() - began_s
        lags = sorted(self._lags) or [0.0]
        return {
            "published": published,
            "offset": offset,
            "elapsed_s": elapsed_s,
            "cpu_s": time.process_time() - cpu_s,
            "frames": self._stats.frames_out - frames,
            "deliveries": self._stats.deliveries - deliveries,
            "overflows": self._stats.outbox_overflows,
            "lag_p50_s": lags[len(lags) // 2],
            "lag_p99_s": lags[int(len(lags) * 0.99)],
            "lag_max_s": lags[-1],
        }

    async def _saturate(self, seconds: float, size: int, together: int) -> tuple[int, int]:
        """So many events at once, again as soon as they are written."""
        until_s = time.perf_counter() + seconds
        published, offset, here = 0, 0, len(self._gateway)
        while time.perf_counter() < until_s:
            target = self._stats.deliveries + together * here
            for _ in range(together):
                offset = (await self._bus.publish(TOPIC, _event(size))).offset
            published += together
            # Between two ticks there is nothing to do but wait.
            await self._until(target, 0.0 if together == 1 else 0.001)
        return published, offset

    async def _steady(self, seconds: float, size: int, rate: float) -> tuple[int, int]:
        """So many a second, evenly, whatever becomes of them."""
        loop = asyncio.get_running_loop()
        began_s, published, offset = loop.time(), 0, 0
        before, here = self._stats.deliveries, len(self._gateway)
        while (now := loop.time()) < began_s + seconds:
            due = int((now - began_s) * rate) + 1
            while published < due:
                offset = (await self._bus.publish(TOPIC, _event(size))).offset
                published += 1
            await asyncio.sleep(max(0.0, began_s + published / rate - loop.time()))
        await self._until(before + published * here, 0.001)
        return published, offset

    async def _until(self, deliveries: int, look_every_s: float) -> None:
        """So many are written. Looked at again and again, because nothing tells."""
        while self._stats.deliveries < deliveries:  # noqa: ASYNC110 (a counter is no event)
            await asyncio.sleep(look_every_s)

    async def _floor(self, seconds: float, size: int) -> dict[str, Any]:
        """The bare loop: the same bytes to the same sockets, with nothing between."""
        data = frame(b"[" + b" " * (size - 2) + b"]", TEXT)
        writes = [each.write for each in self._gateway.all()]
        began_s, cpu_s, rounds = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() < began_s + seconds:
            for write in writes:
                write(data)
            rounds += 1
            await asyncio.sleep(0)
        elapsed_s = time.perf_counter() - began_s
        return {
            "frames": rounds * len(writes),
            "bytes": rounds * len(data),
            "elapsed_s": elapsed_s,
            "cpu_s": time.process_time() - cpu_s,
        }


def _event(size: int) -> bytes:
    """An event whose message is about `size` bytes long as JSON, with the time in it."""
    event = {"type": "said", "at_ns": time.monotonic_ns(), "text": ""}
    event["text"] = "x" * max(0, size - 100)
    return msgspec.msgpack.encode(event)


async def main(coalesce: bool) -> None:
    # Its output is for answers.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    bus = MemoryBus()
    tasks = BackgroundTasks()
    hub = TopicHub(bus, tasks)
    app = web.Application(middlewares=[access_log(()), problems])
    events = add_gateway(
        app,
        hub=hub,
        registry=CommandRegistry(),
        directory=OneRoom(),
        access=NobodyKnown(),
        tasks=tasks,
        # Each client comes from an address of its own, as visitors do: commands are limited by address too.
        clients=Clients(parse_networks(("127.0.0.1",))),
        options=GatewayOptions(max_connections=100_000, max_per_address=100_000, coalesce=coalesce),
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0), backlog=LISTEN_BACKLOG)
    await web.SockSite(runner, listener, backlog=LISTEN_BACKLOG).start()
    stage = Stage(bus, events.stats, events.gateway)
    tasks.start("lag", stage.watch_lag())
    gc.collect()
    gc.freeze()
    _say({"port": listener.getsockname()[1]})
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        _say(await stage.obey(json.loads(line)))
    # The crowd goes with us; nobody needs a goodbye.
    os._exit(0)


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    uvloop.run(main(coalesce="--uncoalesced" not in sys.argv))

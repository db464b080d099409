"""Builds the gateway, registers ``/ws`` and ``/api/asyncapi.json``, and owns its start and stop."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property

import msgspec
from aiohttp import web

from infra.api_docs import documentation_answer
from infra.clients import Clients
from infra.clock import Clock, utc_now
from infra.commands import CommandRegistry
from infra.rooms import RoomDirectory
from infra.tasks import BackgroundTasks
from infra.topics import TopicHub
from signaling.gateway.access import SocketAccess
from signaling.gateway.asyncapi import document
from signaling.gateway.dispatcher import Dispatcher
from signaling.gateway.gateway import Gateway
from signaling.gateway.handler import GatewayHandler
from signaling.gateway.protocol import PING_INTERVAL_S, PONG_WITHIN_S
from signaling.gateway.rooms import Rooms
from signaling.gateway.stats import GatewayStats

PATH = "/ws"
DOCUMENT_PATH = "/api/asyncapi.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """What the operator decided, as the gateway needs it; the rest is for tests and measurements."""

    max_connections: int = 20_000
    max_per_address: int = 500
    cors_origins: tuple[str, ...] = ("*",)
    own_origins: tuple[str, ...] = ()
    ping_interval_s: float = PING_INTERVAL_S
    pong_within_s: float = PONG_WITHIN_S
    coalesce: bool = True
    version: str = ""
    """Of the server, for the documentation."""


def add_gateway(
    app: web.Application,
    *,
    hub: TopicHub,
    registry: CommandRegistry,
    directory: RoomDirectory,
    access: SocketAccess,
    tasks: BackgroundTasks,
    clients: Clients,
    options: GatewayOptions,
    clock: Clock = utc_now,
) -> "EventGateway":
    """Registers it. It starts with the application, and ends by telling everyone to come back."""

    def monotonic() -> float:
        return asyncio.get_running_loop().time()

    stats = GatewayStats()
    rooms = Rooms(hub, directory, stats, coalesce=options.coalesce)
    gateway = Gateway(
        rooms,
        access,
        stats,
        max_connections=options.max_connections,
        max_per_address=options.max_per_address,
        monotonic=monotonic,
        clock=clock,
        ping_interval_s=options.ping_interval_s,
        pong_within_s=options.pong_within_s,
    )
    dispatcher = Dispatcher(registry, rooms, gateway.authenticate, stats, monotonic, clock=clock)
    handler = GatewayHandler(
        gateway,
        access,
        clients,
        cors_origins=options.cors_origins,
        own_origins=options.own_origins,
    )
    app.router.add_get(PATH, handler.__call__, allow_head=False)
    docs = AsyncApi(registry, options.version)

    async def asyncapi(request: web.Request) -> web.Response:
        return documentation_answer(request, docs.document, "application/json")

    app.router.add_get(DOCUMENT_PATH, asyncapi)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        gateway.serve_with(dispatcher.carry_out)
        running = [
            tasks.start("event_connections", gateway.look_after()),
            tasks.start("event_proofs", gateway.watch_proofs()),
            tasks.start("topics", hub.run()),
        ]
        yield
        for task in running:
            task.cancel()
        await hub.close()

    async def stopping(_app: web.Application) -> None:
        await gateway.close_all()

    app.cleanup_ctx.append(run)
    app.on_shutdown.append(stopping)
    return EventGateway(gateway, stats)


class AsyncApi:
    """The documentation of a registry, in bytes; made once, when every command has been declared."""

    def __init__(self, registry: CommandRegistry, version: str) -> None:
        self._registry = registry
        self._version = version

    @cached_property
    def document(self) -> bytes:
        registry = self._registry
        return msgspec.json.encode(document(registry, registry.events, registry.snapshots, self._version))


@dataclass(frozen=True, slots=True)
class EventGateway:
    """What others need of it."""

    gateway: Gateway
    stats: GatewayStats

    def proofs_changed(self) -> None:
        """Somebody signed out, was suspended, or the like."""
        self.gateway.proofs_changed()

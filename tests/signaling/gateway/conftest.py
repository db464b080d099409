"""A gateway with a small room, over real sockets in this process."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.bus import Bus
from infra.bus_memory import MemoryBus
from infra.clients import Clients
from infra.commands import CommandRegistry
from infra.tasks import BackgroundTasks
from infra.topics import TopicHub
from server.middlewares import access_log, problems
from signaling.gateway.access import SocketAccess
from signaling.gateway.feature import EventGateway, GatewayOptions, add_gateway
from tests.signaling.gateway.access import People
from tests.signaling.gateway.client import FORMATS, EventClient
from tests.signaling.gateway.room import Table, TestDirectory


@dataclass
class Stage:
    """A running gateway and what stands behind it."""

    url: str
    bus: Bus
    hub: TopicHub
    directory: TestDirectory
    table: Table
    gateway: EventGateway
    people: People
    app: web.Application

    def client(self, format_: str = FORMATS[0], **options: Any) -> AbstractAsyncContextManager[EventClient]:
        return EventClient.connected(self.url, format_, **options)


Staging = Callable[..., AbstractAsyncContextManager[Stage]]


@asynccontextmanager
async def staging(
    bus: Bus | None = None,
    table: Table | None = None,
    access: SocketAccess | None = None,
    port: int | None = None,
    **options: Any,
) -> AsyncIterator[Stage]:
    """A gateway on a free port; ``options`` are those of ``GatewayOptions``."""
    bus = bus or MemoryBus()
    tasks = BackgroundTasks()
    hub = TopicHub(bus, tasks)
    registry = CommandRegistry()
    table = table or Table()
    directory = TestDirectory(bus, table)
    directory.register(registry)
    people = People()
    app = web.Application(middlewares=[access_log(()), problems])
    gateway = add_gateway(
        app,
        hub=hub,
        registry=registry,
        directory=directory,
        access=access or people,
        tasks=tasks,
        clients=Clients(),
        options=dataclasses.replace(GatewayOptions(), **options),
        clock=people.clock,
    )
    people.gateway = gateway
    server = TestServer(app, port=port)
    await server.start_server()
    try:
        yield Stage(f"http://127.0.0.1:{server.port}", bus, hub, directory, table, gateway, people, app)
    finally:
        await server.close()
        await tasks.close()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with asyncio.timeout(60), staging() as stage:
        yield stage


@pytest.fixture(params=FORMATS)
def format_(request: pytest.FixtureRequest) -> str:
    """Both forms of the wire; tests that use it run with each."""
    name: str = request.param
    return name

"""The catalog over real HTTP, with a media plane and a clock set by hand, and people who are signed in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from accounts.identity import Role
from catalog.app_keys import CATALOG, CHANNELS, Catalog
from catalog.service import ChannelService
from config import Settings
from server.app import make_app
from tests.accounts.conftest import PASSWORD, QUICK, Person, Site, Time
from tests.catalog.live import Stage
from tests.prepared_tables import PreparedSqlite

Client = TestClient[web.Request, web.Application]
SignIn = Callable[..., Awaitable[Person]]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
async def client(
    tmp_path: Path, stage: Stage, clock: Time, prepared_sqlite: PreparedSqlite
) -> AsyncIterator[Client]:
    prepared_sqlite.lay(tmp_path)
    settings = Settings(
        host="127.0.0.1", udp_port=0, data_dir=tmp_path, shutdown_timeout_s=1.0, max_channels_per_user=3
    )
    server = TestServer(make_app(settings, live=stage, argon2=QUICK, clock=clock))
    async with asyncio.timeout(60), TestClient(server, cookie_jar=DummyCookieJar()) as client:
        yield client


@pytest.fixture
def channels(client: Client) -> ChannelService:
    return client.app[CHANNELS]


@pytest.fixture
def catalog(client: Client) -> Catalog:
    return client.app[CATALOG]


@pytest.fixture
def site(client: Client) -> Site:
    return Site(client)


@pytest.fixture
def sign_in(site: Site) -> SignIn:
    """``await sign_in("Miles")``: somebody new of this name, just signed in."""

    async def sign_in(name: str, role: Role = Role.USER) -> Person:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        await site.accounts.people.add(email, PASSWORD, actor="cli", role=role, name=name)
        return await site.sign_in(email)

    return sign_in


@pytest.fixture
async def miles(sign_in: SignIn) -> Person:
    return await sign_in("Miles")


@pytest.fixture
async def fan(sign_in: SignIn) -> Person:
    return await sign_in("Fan")


@pytest.fixture
async def miles_key(miles: Person) -> str:
    """Miles has the channel ``miles``; this is its stream key."""
    reply = await miles.call("POST", "/channels", {"name": "miles", "title": "Kind of Blue"})
    assert reply.status == 201, reply.body
    key: str = reply.body["stream_key"]
    return key

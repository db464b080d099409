"""Fixtures of the recorder: a real application with a real media port, an owner, and somebody who publishes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from config import Settings
from loadtest.media import Material, MaterialSpec, load_material
from server.app import make_app
from tests.accounts.conftest import PASSWORD, QUICK, Person, Site
from tests.prepared_tables import PreparedSqlite

Client = TestClient[web.Request, web.Application]


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Two seconds of a small picture, encoded for real."""
    spec = MaterialSpec(width=320, height=180, video_bps=300_000, duration_s=2, keyframe_interval_s=1)
    return load_material(spec, tmp_path_factory.mktemp("material"))


@pytest.fixture
async def client(
    tmp_path: Path, request: pytest.FixtureRequest, prepared_sqlite: PreparedSqlite
) -> AsyncIterator[Client]:
    """Further settings may be given by parametrizing it."""
    prepared_sqlite.lay(tmp_path)
    settings = Settings(
        host="127.0.0.1",
        udp_port=0,
        data_dir=tmp_path,
        shutdown_timeout_s=1.0,
        recording_keep_free_bytes=0,
        **getattr(request, "param", {}),
    )
    server = TestServer(make_app(settings, argon2=QUICK))
    async with asyncio.timeout(60), TestClient(server, cookie_jar=DummyCookieJar()) as client:
        yield client


@pytest.fixture
async def miles(client: Client) -> Person:
    """Signed in; owns the channel ``miles``."""
    site = Site(client)
    await site.accounts.people.add("miles@example.org", PASSWORD, actor="cli", name="Miles")
    return await site.sign_in("miles@example.org")


@pytest.fixture
async def fan(client: Client) -> Person:
    site = Site(client)
    await site.accounts.people.add("fan@example.org", PASSWORD, actor="cli", name="Fan")
    return await site.sign_in("fan@example.org")


@pytest.fixture
async def miles_key(miles: Person) -> str:
    reply = await miles.call("POST", "/channels", {"name": "miles", "title": "Kind of Blue"})
    assert reply.status == 201, reply.body
    key: str = reply.body["stream_key"]
    return key


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session

"""The catalog over real HTTP, with a media plane set by hand."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from catalog.app_keys import CHANNELS
from catalog.service import ChannelService
from config import Settings
from server.app import make_app
from tests.catalog.live import Stage

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def client(tmp_path: Path, stage: Stage) -> AsyncIterator[Client]:
    settings = Settings(host="127.0.0.1", udp_port=0, data_dir=tmp_path, shutdown_timeout_s=1.0)
    server = TestServer(make_app(settings, live=stage))
    async with asyncio.timeout(30), TestClient(server) as client:
        yield client


@pytest.fixture
def channels(client: Client) -> ChannelService:
    return client.app[CHANNELS]

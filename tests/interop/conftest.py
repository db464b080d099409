"""The real server and what other people's WebRTC implementations publish to it and watch of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from loadtest.media import Material, MaterialSpec, load_material
from tests.harmonie_server import HarmonieServer

GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A channel and the server it is on."""

    server: HarmonieServer
    channel: str
    key: str

    @property
    def whip(self) -> str:
        return self.server.whip(self.channel)

    @property
    def whep(self) -> str:
        return self.server.whep(self.channel)


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A server of this test's own, with one channel."""
    async with HarmonieServer.running(tmp_path / "server", publisher_grace_s=str(GRACE_S)) as server:
        yield Stage(server, "stage", await server.add_channel("stage"))


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Four seconds of a small picture with a keyframe each second, and sound."""
    spec = MaterialSpec(width=320, height=180, video_bps=400_000, duration_s=4, keyframe_interval_s=1)
    return load_material(spec, tmp_path_factory.mktemp("material"))

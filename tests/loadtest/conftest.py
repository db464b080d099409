"""A WHIP/WHEP server of another make to test the synthetic peers against: aiortc behind aiohttp.

What is published is decoded and kept as the last frames; what is watched is aiortc's own test picture and
tone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import aioice.ice
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack
from av import AudioFrame, VideoFrame

from loadtest.media import Material, MaterialSpec, load_material


@dataclass
class Front:
    """What the front has seen."""

    url: str = ""
    connections: dict[str, RTCPeerConnection] = field(default_factory=dict)
    pictures: list[VideoFrame] = field(default_factory=list)
    sounds: list[AudioFrame] = field(default_factory=list)
    bearers: list[str | None] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    media_seen: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def post(self, request: web.Request) -> web.Response:
        self.bearers.append(request.headers.get("Authorization"))
        if request.match_info["channel"] == "nothing":
            return web.json_response(
                {"detail": "no such channel"}, status=404, content_type="application/problem+json"
            )
        connection = RTCPeerConnection()
        connection.on("track", lambda track: self.tasks.append(asyncio.create_task(self._watch(track))))
        await connection.setRemoteDescription(RTCSessionDescription(await request.text(), "offer"))
        if request.path.startswith("/whep"):
            connection.addTrack(AudioStreamTrack())
            connection.addTrack(VideoStreamTrack())
        await connection.setLocalDescription(await connection.createAnswer())
        name = str(len(self.connections))
        self.connections[name] = connection
        location = f"{request.path}/{name}"
        return web.Response(
            status=201,
            text=connection.localDescription.sdp,
            headers={"Location": location},
            content_type="application/sdp",
        )

    async def delete(self, request: web.Request) -> web.Response:
        name = request.match_info["session"]
        self.deleted.append(name)
        await self.connections[name].close()
        return web.Response()

    async def _watch(self, track: MediaStreamTrack) -> None:
        kept = self.pictures if track.kind == "video" else self.sounds
        try:
            while True:
                kept.append(await track.recv())  # type: ignore[arg-type]  # a track's frames are of its kind
                if len(self.pictures) > 5 and len(self.sounds) > 5:
                    self.media_seen.set()
        except MediaStreamError:
            pass


@pytest_asyncio.fixture
async def front(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Front]:
    """The front on a free loopback port, with loopback candidates only."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    front = Front()
    app = web.Application()
    app.router.add_post("/{protocol:whip|whep}/{channel}", front.post)
    app.router.add_delete("/{protocol:whip|whep}/{channel}/{session}", front.delete)
    async with TestServer(app) as server:
        front.url = f"http://127.0.0.1:{server.port}"
        try:
            yield front
        finally:
            for connection in front.connections.values():
                await connection.close()
            await asyncio.gather(*front.tasks)


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Two seconds of a small picture, encoded for real."""
    spec = MaterialSpec(width=320, height=180, video_bps=300_000, duration_s=2)
    return load_material(spec, tmp_path_factory.mktemp("material"))

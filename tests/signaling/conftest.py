"""A media plane that records what it is asked for, stream keys in a dict, and a real HTTP server in front."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientSession, web

from catalog.errors import ChannelNotFound, StreamKeyRejected
from config.ice import parse_ice_server
from infra.errors import DomainError
from media.description import (
    CodecFormat,
    Fingerprint,
    HostCandidate,
    InboundTrack,
    Kind,
    LocalPeer,
    OutboundTrack,
    RemotePeer,
    TrackIdentity,
)
from media.errors import NotLive, UnknownSession
from signaling import feature
from signaling.entity_tag import entity_tag

OFFERS = Path(__file__).parent / "offers"
H264 = CodecFormat(
    "H264",
    102,
    90_000,
    fmtp=(("packetization-mode", "1"), ("profile-level-id", "42e01f")),
    rtx_payload_type=103,
)
OPUS = CodecFormat("opus", 111, 48_000, channels=2)
LIVE = {Kind.VIDEO: (H264,), Kind.AUDIO: (OPUS,)}


@dataclass
class Session:
    local: LocalPeer
    remote: RemotePeer
    tracks: Sequence[InboundTrack] | Sequence[OutboundTrack]
    channel: str
    publishing: bool
    client_address: str
    counted: bool


@dataclass
class RecordingPlane:
    """Keeps sessions in a dict and moves no packets."""

    fingerprint: Fingerprint = field(default=Fingerprint("sha-256", ":".join(["AB"] * 32)))
    candidates: tuple[HostCandidate, ...] = (
        HostCandidate("192.0.2.1", 8189),
        HostCandidate("2001:db8::1", 8189),
    )
    live: dict[str, dict[Kind, tuple[CodecFormat, ...]]] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    restarts: list[tuple[str, str, str]] = field(default_factory=list)

    def stream_formats(self, channel: str) -> dict[Kind, tuple[CodecFormat, ...]]:
        if channel not in self.live:
            raise NotLive(channel)
        return self.live[channel]

    def track_identity(self, channel: str, kind: Kind) -> TrackIdentity:
        return TrackIdentity(1001 if kind is Kind.AUDIO else 2001, 2002, "stage-one")

    def publish(
        self, channel: str, remote: RemotePeer, tracks: Sequence[InboundTrack], *, client_address: str
    ) -> LocalPeer:
        return self._add(channel, remote, tracks, client_address, publishing=True, counted=False)

    def view(
        self,
        channel: str,
        remote: RemotePeer,
        tracks: Sequence[OutboundTrack],
        *,
        client_address: str,
        counted: bool = True,
    ) -> LocalPeer:
        return self._add(channel, remote, tracks, client_address, publishing=False, counted=counted)

    def peer(self, session_id: str) -> LocalPeer:
        return self.session_info(session_id).local

    def remote_ufrag(self, session_id: str) -> str:
        restarted = [ufrag for each, ufrag, _ in self.restarts if each == session_id]
        return [self.session_info(session_id).remote.ice_ufrag, *restarted][-1]

    def session_info(self, session_id: str) -> Session:
        if session_id not in self.sessions:
            raise UnknownSession(session_id)
        return self.sessions[session_id]

    def restart_ice(self, session_id: str, ice_ufrag: str, ice_pwd: str) -> LocalPeer:
        session = self.session_info(session_id)
        self.restarts.append((session_id, ice_ufrag, ice_pwd))
        generation = session.local.ice_generation + 1
        session.local = LocalPeer(
            session_id,
            f"ufrag{generation}",
            f"restarted-password-{generation:04}",
            session.local.dtls_role,
            generation,
        )
        return session.local

    async def close(self, session_id: str) -> None:
        self.session_info(session_id)
        del self.sessions[session_id]

    def sessions_from(self, client_address: str) -> int:
        return sum(session.client_address == client_address for session in self.sessions.values())

    @property
    def only_session(self) -> Session:
        (session,) = self.sessions.values()
        return session

    def _add(
        self,
        channel: str,
        remote: RemotePeer,
        tracks: Any,
        client_address: str,
        *,
        publishing: bool,
        counted: bool,
    ) -> LocalPeer:
        session_id = f"unguessable-{len(self.sessions)}"
        local = LocalPeer(session_id, "ourUfrag", "ourPasswordOfTwentyTwo", remote.dtls_role)
        self.sessions[session_id] = Session(
            local, remote, tracks, channel, publishing, client_address, counted
        )
        return local


class StreamKeysInMemory:
    """Channel name -> key."""

    def __init__(self, keys: dict[str, str]) -> None:
        self._keys = keys
        self.revocations = 0
        self.asked: asyncio.Event = asyncio.Event()
        """Set once a key was asked for."""

    def replace(self, name: str, key: str) -> None:
        self._keys[name] = key
        self.revocations += 1

    async def get(self, name: str) -> str:
        if name not in self._keys:
            raise ChannelNotFound(f"there is no channel named {name!r}")
        return name

    async def authenticate(self, name: str, key: str | None) -> str:
        self.asked.set()
        if await self.get(name) and self._keys[name] != key:
            raise StreamKeyRejected(f"the stream key is not that of the channel {name!r}")
        return name


@web.middleware
async def problems(request: web.Request, handler: Any) -> web.StreamResponse:
    """Renders domain errors as the server's own middleware does."""
    try:
        response: web.StreamResponse = await handler(request)
    except DomainError as error:
        return web.json_response(
            error.problem(),
            status=error.status,
            headers=error.headers,
            content_type="application/problem+json",
        )
    return response


@pytest.fixture
def offer_text() -> Callable[[str], str]:
    """The text of an offer in `offers/`, by name, with CRLF line ends as on the wire."""
    return lambda name: (OFFERS / f"{name}.sdp").read_text().replace("\n", "\r\n")


@pytest.fixture
def plane() -> RecordingPlane:
    return RecordingPlane()


@pytest.fixture
def now() -> SimpleNamespace:
    """The time the server believes in; set `seconds`."""
    return SimpleNamespace(seconds=1_000.0)


@pytest.fixture
def stream_keys() -> StreamKeysInMemory:
    return StreamKeysInMemory({"demo": "secret", "other": "secret2"})


@pytest.fixture
async def client(
    plane: RecordingPlane, now: SimpleNamespace, stream_keys: StreamKeysInMemory
) -> AsyncIterator[ClientSession]:
    """A client of a real server on a loopback port: channels `demo` (key `secret`) and `other` (key `secret2`)."""
    app = web.Application(middlewares=[problems])
    feature.setup(
        app,
        plane=plane,
        stream_keys=stream_keys,
        ice_servers=[
            parse_ice_server("stun:stun.example.org:3478"),
            parse_ice_server('turn:me:p"w@turn.example.org'),
        ],
        cors_origins=["*"],
        max_sessions_per_address=3,
        monotonic=lambda: now.seconds,
    )
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        async with ClientSession(f"http://127.0.0.1:{port}") as session:
            yield session
    finally:
        await runner.cleanup()


@pytest.fixture
def tag_of() -> Callable[[LocalPeer], str]:
    return entity_tag


@pytest.fixture
def published() -> dict[Kind, tuple[CodecFormat, ...]]:
    """A live stream of H264 (constrained baseline, RTX) and Opus."""
    return dict(LIVE)

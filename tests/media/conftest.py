"""What every media suite shares."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import settings

from media.plane import MediaPlane
from tests.media.client import Client
from tests.media.plane_scene import GRACE_S, emptied

# A busy machine is no failure: the examples count, not their time.
settings.register_profile("media", deadline=None)
settings.load_profile("media")


@pytest.fixture
async def plane(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MediaPlane]:
    monkeypatch.setattr("media.plane._HOUSEKEEPING_S", 0.005)
    subject = MediaPlane(host="127.0.0.1", udp_port=0, public_addresses=(), grace_s=GRACE_S)
    subject.start()
    yield subject
    await subject.stop()
    await emptied(subject)
    assert not subject.listening


@pytest.fixture
async def client(plane: MediaPlane) -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    opened: list[Client] = []

    async def make(family: int = socket.AF_INET) -> Client:
        wanted = ":" if family == socket.AF_INET6 else "."
        address = next(candidate for candidate in plane.candidates if wanted in candidate.ip)
        opened.append(await Client.open(address))
        return opened[-1]

    yield make
    for peer in opened:
        await peer.hang_up()

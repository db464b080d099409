"""Whoever is live loses the right to be: real peers, a real server process, media over UDP."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from loadtest.dtls import PeerCertificate
from loadtest.errors import SignalingError
from loadtest.media import Material, MaterialSpec, load_material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from loadtest.viewer import Viewer
from tests.accounts.conftest import PASSWORD
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually

TOLD_WITHIN_S = 10.0
EMAIL = "miles@example.org"


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    spec = MaterialSpec(width=320, height=180, video_bps=300_000, duration_s=2)
    return load_material(spec, tmp_path_factory.mktemp("material"))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[HarmonieServer]:
    # A grace period far longer than the test: only an end that is meant can end the broadcast.
    async with HarmonieServer.running(tmp_path, publisher_grace_s="600") as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as http:
        yield http


class Show:
    """A publisher and a viewer on a channel."""

    def __init__(self, server: HarmonieServer, http: aiohttp.ClientSession, material: Material) -> None:
        self.server = server
        self.publisher = Publisher(SignalingClient(http), material)
        self.viewer = Viewer(SignalingClient(http), certificate=PeerCertificate.generate())

    async def begin(self, channel: str, key: str) -> None:
        await self.publisher.start(self.server.whip(channel), bearer=key)
        await self.server.until_live(channel)
        await self.viewer.join(self.server.whep(channel))
        await asyncio.wait_for(self.viewer.first_keyframe.wait(), TOLD_WITHIN_S)

    async def everybody_was_told(self) -> None:
        async with asyncio.timeout(TOLD_WITHIN_S):
            await self.publisher.closed.wait()
            await self.viewer.closed.wait()

    async def close(self) -> None:
        await self.publisher.stop(notify=False)
        await self.viewer.leave(notify=False)


@pytest.fixture
async def show(
    server: HarmonieServer, http: aiohttp.ClientSession, material: Material
) -> AsyncIterator[Show]:
    show = Show(server, http, material)
    yield show
    await show.close()


async def test_replacing_the_key_ends_the_broadcast_and_everybody_is_told(
    server: HarmonieServer, http: aiohttp.ClientSession, material: Material, show: Show
) -> None:
    token = await sign_up(server, http)
    created = await call(server, http, "POST", "/channels", token, {"name": "miles"})
    old = created["stream_key"]
    await show.begin("miles", old)

    new = (await call(server, http, "POST", "/channels/miles/stream-key", token))["stream_key"]
    # Not in a while: the answer to the artist comes when it is over.
    assert (await server.channel("miles"))["live"] is False
    await show.everybody_was_told()

    again = Publisher(SignalingClient(http), material)
    with pytest.raises(SignalingError) as refused:
        await again.start(server.whip("miles"), bearer=old)
    assert refused.value.status == 403
    async with http.patch(
        f"{server.url}/api/v1/channels/miles", json={"title": "x"}, headers=bearer(old)
    ) as studio:
        assert studio.status == 403

    await again.start(server.whip("miles"), bearer=new)
    await server.until_live("miles")
    await again.stop()
    past: Any = await eventually(
        lambda: call(server, http, "GET", "/channels/miles/broadcasts", token),
        lambda seen: len(seen["items"]) == 2,
        what="two past broadcasts",
    )
    assert past["items"][1]["peak_viewers"] == 1
    assert (await server.channel("miles"))["past_broadcasts"] == 2


async def test_the_command_line_beside_a_running_server_ends_the_broadcast_too(
    server: HarmonieServer, http: aiohttp.ClientSession, show: Show
) -> None:
    key = await server.add_channel("house")
    await show.begin("house", key)
    output = await server.command("channel", "key", "house")
    assert re.search(r"Stream key: \S+", output)
    await show.everybody_was_told()
    assert (await server.channel("house"))["live"] is False


async def test_deleting_the_channel_ends_the_broadcast(
    server: HarmonieServer, http: aiohttp.ClientSession, show: Show
) -> None:
    token = await sign_up(server, http)
    created = await call(server, http, "POST", "/channels", token, {"name": "miles"})
    await show.begin("miles", created["stream_key"])
    await call(server, http, "DELETE", "/channels/miles", token)
    await show.everybody_was_told()
    assert await server.metric("harmonie_streams") == 0


async def test_a_suspended_artist_is_off_the_air_at_once_until_let_in_again(
    server: HarmonieServer, http: aiohttp.ClientSession, material: Material, show: Show
) -> None:
    token = await sign_up(server, http)
    key = (await call(server, http, "POST", "/channels", token, {"name": "miles"}))["stream_key"]
    admin = await sign_in_admin(server, http)
    miles = (await call(server, http, "GET", "/me", token))["user"]["id"]
    await show.begin("miles", key)

    await call(server, http, "POST", f"/users/{miles}/suspension", admin)
    assert (await server.channel("miles"))["live"] is False
    await show.everybody_was_told()
    again = Publisher(SignalingClient(http), material)
    with pytest.raises(SignalingError) as refused:
        await again.start(server.whip("miles"), bearer=key)
    assert (refused.value.status, "is suspended" in refused.value.detail) == (403, True)
    async with http.patch(
        f"{server.url}/api/v1/channels/miles", json={"title": "x"}, headers=bearer(key)
    ) as studio:
        assert studio.status == 403

    await call(server, http, "DELETE", f"/users/{miles}/suspension", admin)
    await again.start(server.whip("miles"), bearer=key)
    await server.until_live("miles")
    await again.stop()


@pytest.mark.parametrize("command", [("user", "suspend"), ("user", "remove", "--yes")])
async def test_the_command_line_takes_an_artist_off_the_air(
    server: HarmonieServer, http: aiohttp.ClientSession, show: Show, command: tuple[str, ...]
) -> None:
    token = await sign_up(server, http)
    key = (await call(server, http, "POST", "/channels", token, {"name": "miles"}))["stream_key"]
    await show.begin("miles", key)
    assert EMAIL in await server.command(*command, EMAIL)
    await show.everybody_was_told()
    assert await server.metric("harmonie_streams") == 0
    async with http.get(f"{server.url}/api/v1/me", headers=bearer(token)) as me:
        assert me.status == 401


async def test_the_command_line_removes_a_channel_that_is_live(
    server: HarmonieServer, http: aiohttp.ClientSession, show: Show
) -> None:
    key = await server.add_channel("house")
    await show.begin("house", key)
    assert "Deleted the channel 'house'" in await server.command("channel", "remove", "house", "--yes")
    await show.everybody_was_told()
    async with http.get(f"{server.url}/api/v1/channels/house") as gone:
        assert gone.status == 404


async def test_deleting_the_account_ends_the_broadcast(
    server: HarmonieServer, http: aiohttp.ClientSession, show: Show
) -> None:
    token = await sign_up(server, http)
    key = (await call(server, http, "POST", "/channels", token, {"name": "miles"}))["stream_key"]
    await show.begin("miles", key)
    await call(server, http, "DELETE", "/me", token)
    assert await server.metric("harmonie_streams") == 0
    await show.everybody_was_told()


async def sign_in_admin(server: HarmonieServer, http: aiohttp.ClientSession) -> str:
    await server.command("user", "admin", "admin@example.org", typed=PASSWORD)
    body = {"email": "admin@example.org", "password": PASSWORD}
    signed_in = await call(server, http, "POST", "/session", None, body)
    token: str = signed_in["session"]["access_token"]
    return token


async def sign_up(server: HarmonieServer, http: aiohttp.ClientSession) -> str:
    person = {"email": EMAIL, "password": PASSWORD, "display_name": "Miles"}
    await call(server, http, "POST", "/users", None, person)
    signed_in = await call(server, http, "POST", "/session", None, {"email": EMAIL, "password": PASSWORD})
    token: str = signed_in["session"]["access_token"]
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def call(
    server: HarmonieServer,
    http: aiohttp.ClientSession,
    method: str,
    path: str,
    token: str | None = None,
    body: object = None,
) -> Any:
    headers = {} if token is None else bearer(token)
    async with http.request(method, f"{server.url}/api/v1{path}", json=body, headers=headers) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json() if answer.status != 204 else {}

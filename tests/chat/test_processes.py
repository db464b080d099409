"""Real server processes: two over one Redis and one database, and one that is killed between storing and answering."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from tests.accounts.conftest import PASSWORD
from tests.chat.conftest import Chatter
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually
from tests.postgres import PostgresServer
from tests.redis_server import RedisServer, find_redis_server
from tests.signaling.gateway.client import EventClient

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def redis(need: Need) -> Iterator[RedisServer]:
    program = find_redis_server()
    need(program is not None, "redis-server")
    assert program is not None
    with RedisServer.running(program) as server:
        yield server


@dataclass
class Member:
    """Somebody with an account, known to every server of the test."""

    token: str
    id: str


async def member(server: HarmonieServer, name: str) -> Member:
    email = f"{name.lower()}@example.org"
    body = {"email": email, "password": PASSWORD, "display_name": name}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/api/v1/users", json=body) as answer,
    ):
        assert answer.status == 202, await answer.text()
    return await signed_in(server, email)


async def signed_in(server: HarmonieServer, email: str) -> Member:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/api/v1/session", json={"email": email, "password": PASSWORD}) as answer,
    ):
        body: Any = await answer.json()
        assert answer.status == 200, body
        return Member(body["session"]["access_token"], body["session"]["user"]["id"])


@contextlib.asynccontextmanager
async def chatting(
    server: HarmonieServer, who: Member | None = None, room: str = "miles"
) -> AsyncIterator[Chatter]:
    headers = {} if who is None else {"Authorization": f"Bearer {who.token}"}
    async with EventClient.connected(server.url, headers=headers) as client:
        yield Chatter(client, room, await client.join(room))


async def lines_of(server: HarmonieServer) -> list[Any]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{server.url}/api/v1/channels/miles/chat/messages") as answer,
    ):
        messages: list[Any] = (await answer.json())["messages"]
        return messages


async def chatters_of(server: HarmonieServer, moderator: Member) -> list[str]:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {moderator.token}"}) as http,
        http.get(f"{server.url}/api/v1/channels/miles/chat/chatters") as answer,
    ):
        return [each["name"] for each in (await answer.json())["chatters"]]


async def until_stored(server: HarmonieServer, text: str) -> None:
    async def is_stored() -> bool:
        return any(each["text"] == text for each in await lines_of(server))

    await eventually(is_stored)


@dataclass
class Pair:
    """Two servers over one Redis and one PostgreSQL; Miles owns the channel, Fan watches."""

    one: HarmonieServer
    two: HarmonieServer
    redis: RedisServer
    miles: Member
    fan: Member


@pytest.fixture
async def pair(tmp_path: Path, redis: RedisServer, postgres: PostgresServer) -> AsyncIterator[Pair]:
    settings = {
        "database_url": postgres.create_database(),
        "redis_url": redis.url,
        "secret_key": "s" * 40,
        "log_format": "json",
    }
    async with (
        HarmonieServer.running(tmp_path / "one", **settings) as one,
        HarmonieServer.running(tmp_path / "two", **settings) as two,
    ):
        miles, fan = await member(one, "Miles"), await member(two, "Fan")
        await one.command("channel", "add", "miles", "--owner", "miles@example.org")
        yield Pair(one, two, redis, miles, fan)


async def test_two_processes_are_one_room(pair: Pair) -> None:
    async with (
        chatting(pair.one, pair.miles) as artist,
        chatting(pair.two, pair.fan) as viewer,
        chatting(pair.two, pair.miles, "miles/moderators") as desk,
    ):
        for number in range(3):
            await artist.say(f"a{number}")
            await viewer.say(f"v{number}")
        expected = ["a0", "v0", "a1", "v1", "a2", "v2"]
        assert await artist.texts(6) == await viewer.texts(6) == expected
        assert [each["offset"] for each in viewer.client.of_type("event") if each["room"] == "miles"] == [
            each["offset"] for each in artist.client.of_type("event")
        ]
        # Viewers of both are counted together.
        await artist.client.until(
            lambda each: [
                signal
                for signal in each.of_type("signal")
                if signal["data"].get("type") == "viewers" and signal["data"]["count"] == 2
            ]
        )
        # What is decided in one holds in the other, from the moment it is answered.
        await artist.do("time_out", user=pair.fan.id, duration_s=60, reason="enough")
        assert await viewer.cannot_say("still here") == "timed_out"
        await viewer.heard("cleared")
        await desk.heard("acted", lambda each: each["entry"]["action"] == "timeout")
        await artist.do("unban", user=pair.fan.id)
        await viewer.say("thanks")
        await artist.do("change_settings", slow_mode_s=60)
        await viewer.heard("settings")
        assert await viewer.cannot_say("too fast") == "slow_mode"
    assert [each["text"] for each in await lines_of(pair.two)] == ["a0", "a1", "a2", "thanks"]
    # Whoever asks a process nobody is at hears of those who are at the other.
    async with chatting(pair.one, pair.fan):
        await eventually(lambda: chatters_of(pair.two, pair.miles), lambda names: names == ["Fan"])


async def test_a_server_killed_before_it_answered_has_said_it_exactly_once(pair: Pair) -> None:
    async with chatting(pair.two, pair.fan) as viewer:
        async with chatting(pair.one, pair.miles) as artist:
            # Redis says nothing more: the line is stored, and cannot be published yet.
            pair.redis.freeze()
            asking = asyncio.create_task(artist.ask("say", text="once", key="k1"))
            await until_stored(pair.two, "once")
            await pair.one.kill()
            pair.redis.thaw()
            with contextlib.suppress(BaseException):
                asking.cancel()
                await asking
        await pair.one.start()
        async with chatting(pair.one, pair.miles) as artist:
            answer = await artist.do("say", text="once", key="k1")
            await artist.say("next")
            await viewer.heard("said", lambda each: each["message"]["text"] == "next")
        said = [each["message"] for each in viewer.events("said")]
        # Heard once, or shown already by what the room was loaded with.
        assert [each["text"] for each in said] in (["once", "next"], ["next"])
        async with chatting(pair.two, pair.fan) as again:
            shown = again.snapshot["messages"]
            assert [each["text"] for each in shown] == ["once", "next"]
            assert shown[0]["id"] == answer["message"]["id"]


async def test_what_a_killed_server_stored_is_published_by_another(pair: Pair) -> None:
    async with chatting(pair.two, pair.fan) as viewer, Redis.from_url(pair.redis.url) as control:
        async with chatting(pair.one, pair.miles) as artist:
            # A request that waits when its sender goes is never carried out, unlike one that Redis has yet to read.
            await control.client_pause(20_000, all=False)
            asking = asyncio.create_task(artist.ask("say", text="my last words", key="k1"))
            await until_stored(pair.two, "my last words")
            await pair.one.kill()
            await control.client_unpause()
            with contextlib.suppress(BaseException):
                asking.cancel()
                await asking
        # Nobody sends it again, and the server does not come back.
        await viewer.heard("said", lambda each: each["message"]["text"] == "my last words")
        await viewer.say("we heard")
        assert await viewer.texts(2) == ["my last words", "we heard"]


async def test_redis_that_goes_and_comes_back_loses_no_accepted_line(pair: Pair) -> None:
    async with chatting(pair.one, pair.miles) as artist, chatting(pair.two, pair.fan) as viewer:
        await artist.say("before")
        await viewer.texts(1)
        pair.redis.kill()
        await viewer.client.until(lambda each: each.of_type("interrupted"))
        fields = artist.fields("meanwhile")
        assert await artist.refused("say", **fields) == "bus_unavailable"
        assert [each["text"] for each in await lines_of(pair.two)] == ["before"]
        pair.redis.start()
        await viewer.client.until(lambda each: each.of_type("resumed"))

        async def refusal() -> str | None:
            code: str | None = (await artist.ask("say", **fields)).get("code")
            assert code in (None, "bus_unavailable")
            return code

        await eventually(refusal, lambda code: code is None)
        await viewer.heard("said", lambda each: each["message"]["text"] == "meanwhile")
        async with chatting(pair.two) as late:
            assert [each["text"] for each in late.snapshot["messages"]] == ["before", "meanwhile"]
        said = [each["message"]["text"] for each in viewer.events("said")]
        assert said.count("meanwhile") == 1

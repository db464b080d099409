"""Whose a connection is: by cookie, by token, by command; and what becomes of it when that ends."""

from datetime import timedelta

import aiohttp
import pytest

from accounts.identity import Role
from tests.polling import eventually
from tests.signaling.gateway.client import EventClient
from tests.signaling.gateway.conftest import Stage, staging

ADA = {"id": "ada", "name": "Ada"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_program_shows_its_token_when_it_connects(stage: Stage, format_: str) -> None:
    async with stage.client(format_, headers=bearer("ada")) as client:
        assert client.messages[0]["user"] == ADA
        assert (await client.join())["you"] == {"name": "Ada"}


async def test_a_token_that_does_not_hold_is_refused_before_the_handshake(stage: Stage) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with stage.client(headers=bearer("mallory")):
            pass
    assert caught.value.status == 401


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        ({}, None),
        ({"Origin": "{own}"}, ADA),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "{own}"}, ADA),
        ({"Origin": "https://elsewhere.example"}, None),
        ({"Origin": "null"}, None),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, None),
        ({"Origin": "https://stage.example.org"}, ADA),
    ],
)
async def test_a_cookie_counts_only_for_pages_of_this_site(headers: dict[str, str], user: object) -> None:
    async with staging(own_origins=("https://stage.example.org",)) as stage:
        sent = {name: value.format(own=stage.url) for name, value in headers.items()}
        async with stage.client(headers={**sent, "Cookie": "harmonie_events=ada"}) as client:
            assert client.messages[0]["user"] == user


async def test_a_cookie_that_does_not_hold_makes_an_anonymous_connection(stage: Stage) -> None:
    stage.people.ended.add("ada")
    async with stage.client(headers={"Origin": stage.url, "Cookie": "harmonie_events=ada"}) as client:
        assert client.messages[0]["user"] is None


async def test_pages_of_sites_that_may_not_use_the_api_may_not_connect() -> None:
    async with staging(cors_origins=("https://friend.example",)) as stage:
        async with stage.client(headers={"Origin": "https://friend.example"}):
            pass
        async with stage.client(headers={"Origin": stage.url}):
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with stage.client(headers={"Origin": "https://elsewhere.example"}):
                pass
        assert caught.value.status == 403


async def test_a_page_says_who_it_is_by_command(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as client:
        await client.join()
        assert (await client.ask("wave", room="stage"))["code"] == "not_signed_in"
        answer = await client.ask("authenticate", token="ada:short")
        assert answer == {"type": "authenticated", "id": 3, "user": ADA, "expires_in_ms": 60_000}
        assert client.of_type("you") == [{"type": "you", "room": "stage", "you": {"name": "Ada"}}]
        assert (await client.ask("wave", room="stage"))["type"] == "done"
        refused = await client.ask("authenticate", token="mallory")
        assert refused["type"] == "error"
        assert (await client.ask("wave", room="stage"))["type"] == "done"
        out = await client.ask("authenticate")
        assert (out["user"], out["expires_in_ms"]) == (None, None)
        assert (await client.ask("wave", room="stage"))["code"] == "not_signed_in"


async def test_an_api_key_may_do_what_its_scopes_say(stage: Stage) -> None:
    async with stage.client(headers=bearer("key:ada")) as client:
        assert client.messages[0]["user"] == ADA
        await client.join()
        assert (await client.ask("wave", room="stage"))["code"] == "not_allowed"
        assert (await client.ask("say", room="stage", text="open to all", key="1"))["type"] == "done"


async def test_a_session_that_ends_signs_its_connections_out_at_once(stage: Stage) -> None:
    async with (
        stage.client(headers=bearer("ada")) as one,
        stage.client(headers=bearer("ada")) as two,
        stage.client(headers=bearer("bob")) as bob,
    ):
        for client in (one, two, bob):
            await client.join()
            await client.join("me")
            await client.join("members")
        stage.people.ended.add("ada")
        stage.gateway.proofs_changed()
        for client in (one, two):
            await client.until(lambda each: len(each.of_type("room_closed")) == 2)
            closed = {each["room"]: each["reason"] for each in client.of_type("room_closed")}
            assert closed == {"me": "not_signed_in", "members": "not_signed_in"}
            assert len(client.of_type("signed_out")) == 1
            assert client.of_type("you")[-1]["you"] == {"name": None}
            assert (await client.ask("wave", room="stage"))["code"] == "not_signed_in"
            assert (await client.ask("say", room="members", text="x", key="1"))["code"] == "not_joined"
        assert bob.of_type("signed_out", "room_closed") == []
        assert sorted(each.room for each in stage.directory.seated) == [
            "me",
            "members",
            "stage",
            "stage",
            "stage",
        ]


async def test_a_token_that_runs_out_signs_out(stage: Stage) -> None:
    async with stage.client() as client:
        await client.join()
        await client.ask("authenticate", token="ada:short")
        stage.people.now += timedelta(seconds=59)
        await stage.gateway.gateway.look_once()
        await client.ask("authenticate", token="ada:short")
        stage.people.now += timedelta(seconds=59)
        await stage.gateway.gateway.look_once()
        assert client.of_type("signed_out") == []
        stage.people.now += timedelta(seconds=2)
        await stage.gateway.gateway.look_once()
        await client.until(lambda each: each.of_type("signed_out"))


async def test_another_role_is_known_at_once(stage: Stage) -> None:
    async with stage.client(headers=bearer("ada")) as client:
        await client.join()
        stage.people.roles["ada"] = Role.ADMIN
        stage.gateway.proofs_changed()
        await client.until(lambda each: each.of_type("you"))
        assert stage.directory.seated[0].caller.identity.role is Role.ADMIN  # type: ignore[attr-defined]


async def test_the_room_of_another_person_is_left(stage: Stage) -> None:
    async with stage.client(headers=bearer("ada")) as client:
        await client.join("me")
        await client.ask("authenticate", token="bob")
        assert client.of_type("room_closed") == [{"type": "room_closed", "room": "me", "reason": "not_yours"}]
        await client.join("me")


async def test_the_owner_of_a_room_may_send_somebody_out(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as client, stage.client(format_) as other:
        await client.join()
        await other.join()
        connection = stage.directory.seated[0].caller.connection
        connection.send_signal("stage", {"type": "psst"})
        connection.send_you("stage", {"name": "you"})
        connection.send_you("elsewhere", {"name": "nobody"})
        connection.expel("stage", "banned")
        connection.expel("stage", "banned")
        await client.until(lambda each: each.of_type("room_closed"))
        assert [each["type"] for each in client.messages[2:]] == ["signal", "you", "room_closed"]
        assert (await client.ask("say", room="stage", text="x", key="1"))["code"] == "not_joined"
        connection.close_banned()
        assert await client.closed() == 4503
        assert len(stage.directory.seated) == 1
        await other.ask("say", room="stage", text="x", key="1")


async def test_connections_are_bounded_by_address_and_altogether() -> None:
    async with staging(max_per_address=2) as stage, stage.client(), stage.client():
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with stage.client():
                pass
        assert caught.value.status == 503
        assert "Retry-After" in (caught.value.headers or {})
    async with staging(max_connections=1) as stage:
        async with stage.client() as one:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                async with stage.client():
                    pass
            one.cut()
            await _until_empty(stage)
        async with stage.client():
            assert stage.gateway.stats.connections == 1
        assert stage.gateway.stats.refused_connections == 1


async def test_what_is_no_websocket_is_told_so(stage: Stage) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{stage.url}/ws") as answer:
        assert answer.status == 426
        assert answer.headers["Sec-WebSocket-Version"] == "13"
        assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("protocols", [(), ("chat",), ("harmonie.xml", "chat")])
async def test_a_client_that_speaks_nothing_of_ours_is_told_so(
    stage: Stage, protocols: tuple[str, ...]
) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{stage.url}/ws", protocols=protocols) as socket,
    ):
        async for _ in socket:
            pass
        assert socket.close_code == 4501


async def test_the_first_subprotocol_that_is_spoken_is_taken(stage: Stage) -> None:
    protocols = ("chat", "harmonie.msgpack", "harmonie.json")
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{stage.url}/ws", protocols=protocols) as socket,
    ):
        assert socket.protocol == "harmonie.msgpack"
        client = EventClient(socket, "harmonie.msgpack")
        await client.join()
        await client.leave()


async def _until_empty(stage: Stage) -> None:
    await eventually(lambda: stage.gateway.stats.connections == 0)

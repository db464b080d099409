"""A line is accepted whole or not at all, and once: the bus fails, the database fails, the answer is lost."""

import asyncio

import pytest
from sqlalchemy import text

from server.app_keys import DATABASE
from tests.accounts.conftest import Person, Site
from tests.chat.conftest import Bus, Client, Connect


async def stored(client: Client) -> list[tuple[str, str]]:
    async with client.app[DATABASE].read() as session:
        rows = await session.execute(text("SELECT text, state FROM chat_messages ORDER BY id"))
        return [(words, state) for words, state in rows]


async def test_what_cannot_be_published_is_not_accepted(
    client: Client, connect: Connect, bus: Bus, fan: Person
) -> None:
    async with connect(fan) as viewer, connect() as reader:
        bus.break_()
        fields = viewer.fields("hello")
        assert await viewer.refused("say", **fields) == "bus_unavailable"
        assert await stored(client) == []
        bus.mend()
        line = (await viewer.do("say", **fields))["message"]
        assert (await reader.heard("said"))["message"] == line
        assert await stored(client) == [("hello", "shown")]


async def test_a_line_that_may_have_been_seen_comes_back_under_its_own_id(
    client: Client, connect: Connect, bus: Bus, fan: Person
) -> None:
    async with connect(fan) as viewer, connect() as reader:
        bus.break_(uncertain=True, delivered=True)
        fields = viewer.fields("hello")
        assert await viewer.refused("say", **fields) == "bus_unavailable"
        seen = (await reader.heard("said"))["message"]
        bus.mend()
        line = (await viewer.do("say", **fields))["message"]
        assert line["id"] == seen["id"]
        await viewer.say("next")
        # Published under one key, so it is heard once.
        assert await reader.texts(2) == ["hello", "next"]
        assert await stored(client) == [("hello", "shown"), ("next", "shown")]


async def test_a_line_that_may_have_been_seen_and_is_given_up_goes_for_everyone(
    client: Client, connect: Connect, site: Site, bus: Bus, fan: Person
) -> None:
    async with connect(fan) as viewer, connect() as reader:
        bus.break_(uncertain=True, delivered=True)
        assert await viewer.cannot_say("hello") == "bus_unavailable"
        seen = (await reader.heard("said"))["message"]
        assert await stored(client) == [("hello", "withdrawn")]
        assert (await site.call("GET", "/channels/miles/chat/messages")).body["messages"] == []
        bus.mend()
        assert (await reader.heard("deleted"))["ids"] == [seen["id"]]
        async with connect() as late:
            assert late.snapshot["messages"] == []


async def test_a_decision_holds_though_the_bus_is_gone_and_is_told_when_it_is_back(
    connect: Connect, bus: Bus, fan: Person, bill: Person
) -> None:
    async with connect(bill) as moderator, connect(fan) as viewer:
        await viewer.say("spam")
        bus.break_()
        await moderator.do("ban", user=fan.user["id"])
        assert await viewer.cannot_say("more") in ("banned", "bus_unavailable")
        bus.mend()
        assert await viewer.cannot_say("more") == "banned"
        assert (await viewer.heard("cleared"))["user"] == fan.user["id"]


async def test_what_cannot_be_stored_is_not_published(
    client: Client, connect: Connect, fan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connect(fan) as viewer:
        async with client.app[DATABASE].write() as session:
            await session.execute(text("ALTER TABLE chat_messages RENAME TO elsewhere"))
        fields = viewer.fields("hello")
        assert await viewer.refused("say", **fields) == "storage_unavailable"
        async with client.app[DATABASE].write() as session:
            await session.execute(text("ALTER TABLE elsewhere RENAME TO chat_messages"))
        await viewer.do("say", **fields)
        assert await viewer.texts(1) == ["hello"]


async def test_many_retries_at_once_are_one_line(client: Client, connect: Connect, fan: Person) -> None:
    async with connect(fan) as one, connect(fan) as two, connect(fan) as three, connect() as reader:
        lines = await asyncio.gather(
            *(each.do("say", text="once", key="same") for each in (one, two, three) for _ in range(3))
        )
        assert len({each["message"]["id"] for each in lines}) == 1
        await one.say("next")
        assert await reader.texts(2) == ["once", "next"]
        assert len(await stored(client)) == 2

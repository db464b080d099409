"""Whatever dies and comes back: every line that was accepted reaches everyone, once, in one order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from infra.bus_redis import RedisBus
from tests.contract.conftest import running
from tests.polling import eventually
from tests.redis_server import RedisServer
from tests.signaling.gateway.client import FORMATS, EventClient, Message
from tests.signaling.gateway.conftest import staging
from tests.signaling.gateway.room import Table
from tests.signaling.gateway.serve import StageProcess

pytestmark = pytest.mark.xdist_group("survival")


class Page:
    """What a page does: keeps lines by id, follows offsets, comes back with its last position."""

    def __init__(self, url: str, format_: str = FORMATS[0]) -> None:
        self._url = url
        self._format = format_
        self.lines: dict[int, str] = {}
        self.epoch: str | None = None
        self.offset = 0
        self.joins: list[bool] = []
        self.resets = 0
        self.client: EventClient | None = None
        self._read = 0
        self._connection: contextlib.AbstractAsyncContextManager[EventClient] | None = None

    async def come(self) -> None:
        """Connects and joins, again and again until it is in."""
        if self._connection is not None:
            await self.go()
        while True:
            try:
                self._connection = EventClient.connected(self._url, self._format)
                self.client = await self._connection.__aenter__()
                self._read = 0
                known = {} if self.epoch is None else {"epoch": self.epoch, "offset": self.offset}
                answer = await self.client.ask("join", room="stage", **known)
                if answer["type"] == "joined":
                    return
                await self.go()
            except (aiohttp.ClientError, AssertionError, OSError):
                pass
            await asyncio.sleep(0.05)

    async def go(self) -> None:
        self.look()
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await connection.__aexit__(None, None, None)

    def cut(self) -> None:
        assert self.client is not None
        self.client.cut()

    def look(self) -> None:
        """Takes in what has come since it last looked."""
        assert self.client is not None
        messages = self.client.messages
        while self._read < len(messages):
            self._take(messages[self._read])
            self._read += 1

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "joined":
                self.joins.append(message["recovered"])
                if message["recovered"]:
                    assert message["epoch"] == self.epoch
                    for event in message["events"]:
                        self._take(event)
                    assert self.offset == message["offset"]
                else:
                    self._begin_anew(message)
            case "reset":
                self.resets += 1
                self._begin_anew(message)
            case "event":
                assert message["offset"] == self.offset + 1, "no gap, no duplicate"
                self.offset = message["offset"]
                data = message["data"]
                # After a fresh state, what was accepted twice because nobody knew may come again; it is the same.
                assert self.lines.get(data["id"], data["text"]) == data["text"]
                assert data["id"] not in self.lines or not all(self.joins) or self.resets
                self.lines[data["id"]] = data["text"]
            case _:
                pass

    def _begin_anew(self, message: Message) -> None:
        self.epoch, self.offset = message["epoch"], message["offset"]
        self.lines = dict(map(tuple, message["snapshot"]["lines"]))

    async def until_it_knows(self, wanted: dict[int, str]) -> None:
        def differs() -> str:
            self.look()
            missing, extra = wanted.keys() - self.lines.keys(), self.lines.keys() - wanted.keys()
            return "" if self.lines == wanted else f"missing {missing}, too many {extra}"

        await eventually(differs, lambda found: not found, timeout_s=30, what="knowing every line")


@contextlib.asynccontextmanager
async def pages(count: int, *urls: str) -> AsyncIterator[list[Page]]:
    opened = [Page(urls[each % len(urls)], FORMATS[each % 2]) for each in range(count)]
    await asyncio.gather(*(each.come() for each in opened))
    try:
        yield opened
    finally:
        await asyncio.gather(*(each.go() for each in opened))


async def say_until_accepted(page: Page, text: str) -> int:
    """The same key until it is accepted; returns how often it was refused."""
    refused = 0
    while True:
        assert page.client is not None
        answer = await page.client.ask("say", room="stage", text=text, key=text.replace(" ", "_"))
        if answer["type"] == "done":
            return refused
        assert answer["code"] in ("bus_unavailable", "rate_limited"), answer
        refused += answer["code"] == "bus_unavailable"
        await asyncio.sleep(0.05)


async def test_five_hundred_who_are_cut_and_come_back_at_once_miss_nothing() -> None:
    async with (
        asyncio.timeout(90),
        staging(max_per_address=2_000) as stage,
        pages(1, stage.url) as (speaker,),
        pages(500, stage.url) as crowd,
    ):
        for number in range(10):
            await say_until_accepted(speaker, f"before {number}")
        for each in crowd:
            each.look()
            each.cut()
        talking = asyncio.create_task(_talk(speaker, "meanwhile", 20))
        await asyncio.gather(*(each.come() for each in crowd))
        await talking
        await say_until_accepted(speaker, "after")
        lines = stage.table.lines("channel:stage")
        assert len(lines) == 31
        for each in crowd:
            await each.until_it_knows(lines)
        assert {tuple(each.joins) for each in crowd} == {(False, True)}
        assert stage.gateway.stats.joins_recovered == 500


async def test_redis_killed_and_restarted(own_redis: RedisServer, tmp_path: Path) -> None:
    async with (
        asyncio.timeout(90),
        running(RedisBus(own_redis.url)) as bus,
        staging(bus) as stage,
        pages(20, stage.url) as crowd,
    ):
        for number in range(5):
            await say_until_accepted(crowd[number], f"before {number}")
        assert crowd[0].client is not None
        own_redis.kill()
        for each in crowd:
            assert each.client is not None
            await each.client.until(lambda client: client.of_type("interrupted"))
        # Nothing pretends to be sent.
        answer = await crowd[0].client.ask("say", room="stage", text="meanwhile", key="meanwhile")
        assert (answer["type"], answer["code"]) == ("error", "bus_unavailable")
        assert "meanwhile" not in stage.table.lines("channel:stage").values()
        # Who comes now gets the state, and is told that it may be late.
        late = Page(stage.url)
        await late.come()
        assert late.client is not None
        await late.client.until(lambda client: client.of_type("interrupted"))
        talking = asyncio.gather(*(say_until_accepted(each, f"by {n}") for n, each in enumerate(crowd[:5])))
        own_redis.start()
        assert sum(await talking) > 0
        lines = stage.table.lines("channel:stage")
        assert sorted(lines.values()) == [f"before {n}" for n in range(5)] + [f"by {n}" for n in range(5)]
        for each in [*crowd, late]:
            assert each.client is not None
            await each.client.until(lambda client: client.of_type("resumed"))
            await each.until_it_knows(lines)
            assert each.resets == 1
        await late.go()


async def test_a_position_of_before_the_restart_is_not_recovered(own_redis: RedisServer) -> None:
    async with (
        asyncio.timeout(60),
        running(RedisBus(own_redis.url)) as bus,
        staging(bus) as stage,
        pages(2, stage.url) as (speaker, other),
    ):
        await say_until_accepted(speaker, "before")
        await other.until_it_knows(stage.table.lines("channel:stage"))
        await other.go()
        own_redis.kill()
        own_redis.start()
        await say_until_accepted(speaker, "after")
        await other.come()
        await other.until_it_knows(stage.table.lines("channel:stage"))
        assert other.joins == [False, False]


async def test_a_server_killed_and_restarted_over_redis_recovers_everyone(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    table = tmp_path / "table"
    async with (
        asyncio.timeout(120),
        StageProcess.running(table, own_redis.url) as stage,
        pages(30, stage.url) as crowd,
    ):
        for number in range(5):
            await say_until_accepted(crowd[number], f"before {number}")
        for each in crowd:
            await each.until_it_knows(Table(table).lines("channel:stage"))
        await stage.kill()
        for each in crowd:
            assert each.client is not None
            await each.client.closed()
        await stage.start()
        await asyncio.gather(*(each.come() for each in crowd))
        for number in range(5):
            await say_until_accepted(crowd[number], f"after {number}")
        lines = Table(table).lines("channel:stage")
        assert len(lines) == 10
        for each in crowd:
            await each.until_it_knows(lines)
            assert each.joins == [False, True]


async def test_a_server_killed_alone_gives_everyone_the_state_anew(tmp_path: Path) -> None:
    """Without Redis the events of before are gone with the process; what was accepted is not."""
    table = tmp_path / "table"
    async with asyncio.timeout(120), StageProcess.running(table) as stage, pages(10, stage.url) as crowd:
        await say_until_accepted(crowd[0], "before")
        await stage.kill()
        await stage.start()
        await asyncio.gather(*(each.come() for each in crowd))
        await say_until_accepted(crowd[0], "after")
        for each in crowd:
            await each.until_it_knows({1: "before", 2: "after"})
            assert each.joins == [False, False]


async def test_two_processes_are_one_stage(own_redis: RedisServer, tmp_path: Path) -> None:
    table = tmp_path / "table"
    async with (
        asyncio.timeout(120),
        StageProcess.running(table, own_redis.url) as one,
        StageProcess.running(table, own_redis.url) as two,
        pages(10, one.url, two.url) as crowd,
    ):
        await asyncio.gather(*(_talk(each, str(number), 10) for number, each in enumerate(crowd)))
        lines = Table(table).lines("channel:stage")
        assert len(lines) == 100
        for each in crowd:
            await each.until_it_knows(lines)
        orders = set()
        for each in crowd:
            assert each.client is not None
            orders.add(tuple(data["id"] for data in each.client.data()))
        assert len(orders) == 1, "everyone hears the same order"
        # A client of one goes on with the other.
        moved = crowd[0]
        await moved.go()
        moved._url = two.url
        await _talk(crowd[1], "more", 3)
        await moved.come()
        await moved.until_it_knows(Table(table).lines("channel:stage"))
        assert moved.joins == [False, True]


async def test_two_gateways_notice_a_lost_redis_each(own_redis: RedisServer, tmp_path: Path) -> None:
    async with (
        asyncio.timeout(60),
        running(RedisBus(own_redis.url)) as bus_one,
        running(RedisBus(own_redis.url)) as bus_two,
        staging(bus_one, Table(tmp_path / "table")) as one,
        staging(bus_two, Table(tmp_path / "table")) as two,
        pages(6, one.url, two.url) as crowd,
    ):
        await say_until_accepted(crowd[0], "before")
        own_redis.command("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.gather(*(_talk(each, str(number), 3) for number, each in enumerate(crowd)))
        for each in crowd:
            await each.until_it_knows(Table(tmp_path / "table").lines("channel:stage"))
            assert each.resets == 0, "the log is the same, so nothing is sent anew"


async def _talk(page: Page, what: str, count: int) -> None:
    for number in range(count):
        await say_until_accepted(page, f"{what} {number}")

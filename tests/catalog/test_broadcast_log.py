"""Broadcasts that are over, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from catalog import broadcast_log as broadcast_log_module
from catalog import broadcast_repository
from catalog.broadcast_log import BroadcastLog
from catalog.service import ChannelService
from infra.database import Database
from tests.accounts.conftest import MOMENT, Time
from tests.catalog.live import Broadcast, Stage

STARTED = datetime.fromtimestamp(1_700_000_000, UTC)
WITHIN_S = 10.0


class Recounts:
    """Hears of every broadcast whose end was written, and lets a test wait for the next."""

    def __init__(self) -> None:
        self.names: asyncio.Queue[str] = asyncio.Queue()

    async def next(self) -> str:
        async with asyncio.timeout(WITHIN_S):
            return await self.names.get()


@pytest.fixture
def channels(database: Database) -> ChannelService:
    return ChannelService(database)


@pytest.fixture
def recounts() -> Recounts:
    return Recounts()


@pytest.fixture
def clock() -> Time:
    return Time()


Make = Callable[[], BroadcastLog]


@pytest.fixture
def make(database: Database, channels: ChannelService, stage: Stage, clock: Time, recounts: Recounts) -> Make:
    channels.on_recounted(recounts.names.put_nowait)
    return lambda: BroadcastLog(database, channels, stage, clock=clock)


@pytest.fixture
async def log(make: Make, stage: Stage) -> AsyncIterator[BroadcastLog]:
    log = make()
    task = asyncio.create_task(log.run())
    await stage.subscribed.wait()
    yield log
    log.stop()
    await task


async def test_a_broadcast_is_listed_once_it_is_over(
    channels: ChannelService, stage: Stage, log: BroadcastLog, recounts: Recounts, clock: Time
) -> None:
    await channels.add("miles")
    stage.go_live("miles")
    for viewers in (3, 7, 2):
        stage.set_viewers("miles", viewers)
    assert await log.past("miles", 10, None) == []
    clock.pass_(hours=1)
    stage.end("miles")
    assert await recounts.next() == "miles"
    (past,) = await log.past("miles", 10, None)
    assert (past.started_at, past.ended_at, past.peak_viewers) == (STARTED, MOMENT + timedelta(hours=1), 7)
    assert (await channels.get("miles")).past_broadcasts == 1


async def test_a_publisher_who_comes_back_in_time_goes_on_with_the_same_broadcast(
    channels: ChannelService, stage: Stage, log: BroadcastLog, recounts: Recounts
) -> None:
    await channels.add("miles")
    for state in ("live", "reconnecting", "live"):
        stage.go_live("miles", Broadcast(state=state))
    stage.end("miles")
    await recounts.next()
    assert len(await log.past("miles", 10, None)) == 1


async def test_one_right_after_the_other_is_two(
    channels: ChannelService, stage: Stage, log: BroadcastLog, recounts: Recounts
) -> None:
    await channels.add("miles")
    stage.go_live("miles", Broadcast(started_at_s=1_700_000_000))
    stage.go_live("miles", Broadcast(started_at_s=1_700_000_100))
    stage.end("miles")
    await recounts.next()
    await recounts.next()
    past = await log.past("miles", 10, None)
    assert [each.started_at - STARTED for each in past] == [timedelta(seconds=100), timedelta(0)]


async def test_pages_go_back_in_time(
    channels: ChannelService, stage: Stage, log: BroadcastLog, recounts: Recounts
) -> None:
    await channels.add("miles")
    await channels.add("other")
    for number in (1, 2, 2, 3):
        stage.go_live("miles", Broadcast(started_at_s=number))
        stage.end("miles")
        await recounts.next()
    stage.go_live("other")
    stage.end("other")
    await recounts.next()
    seen, after = [], None
    while page := await log.past("miles", 3, after):
        seen += [each.started_at.timestamp() for each in page]
        after = (page[-1].started_at, page[-1].id)
    assert seen == [3, 2, 2, 1]


async def test_what_a_dead_process_left_open_ended_when_it_was_last_seen(
    channels: ChannelService, stage: Stage, make: Make, recounts: Recounts, clock: Time, database: Database
) -> None:
    await channels.add("miles")
    died = make()
    stage.go_live("miles", Broadcast(viewers=5))
    died.live_changed("miles")
    await died._write_next()
    clock.pass_(minutes=10)
    await died._note_running()
    clock.pass_(days=1)
    stage.end("miles")

    again = make()
    await again._end_left_over()
    (past,) = await again.past("miles", 10, None)
    assert (past.ended_at, past.peak_viewers) == (MOMENT + timedelta(minutes=10), 5)
    assert (await channels.read("miles")).past_broadcasts == 1


async def test_what_another_process_carries_goes_on(
    channels: ChannelService, stage: Stage, make: Make, clock: Time
) -> None:
    channel, _ = await channels.add("miles")
    other = make()
    stage.go_live("miles")
    other.live_changed("miles")
    await other._write_next()
    clock.pass_(seconds=20)
    log = make()
    await log._end_left_over()
    assert await log.past("miles", 10, None) == []
    assert await log.current("miles", channel.id) is not None


async def test_a_stop_ends_what_is_live(
    channels: ChannelService, stage: Stage, make: Make, recounts: Recounts
) -> None:
    await channels.add("miles")
    log = make()
    stage.go_live("miles")
    log.live_changed("miles")
    log.stop()
    await log.run()
    assert len(await log.past("miles", 10, None)) == 1


async def test_a_stop_does_not_wait_for_a_database_that_fails(
    channels: ChannelService, stage: Stage, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def begin(*arguments: object) -> object:
        raise OperationalError("INSERT", {}, Exception("the disk is full"))

    await channels.add("miles")
    log = make()
    monkeypatch.setattr(broadcast_repository, "begin", begin)
    stage.go_live("miles")
    log.live_changed("miles")
    log.stop()
    async with asyncio.timeout(WITHIN_S):
        await log.run()
    assert await log.past("miles", 10, None) == []


async def test_a_deleted_channel_takes_its_broadcasts_along(
    channels: ChannelService, stage: Stage, log: BroadcastLog, recounts: Recounts
) -> None:
    await channels.add("miles")
    await channels.add("next")
    stage.go_live("miles")
    await channels.delete("miles")
    stage.end("miles")
    stage.go_live("next")
    stage.end("next")
    while await recounts.next() != "next":
        pass
    assert len(await log.past("next", 10, None)) == 1


async def test_a_database_that_fails_is_asked_again(
    channels: ChannelService,
    stage: Stage,
    log: BroadcastLog,
    recounts: Recounts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await channels.add("miles")
    real: Callable[..., Awaitable[object]] = broadcast_repository.begin
    failures = 2

    async def begin(*arguments: object) -> object:
        nonlocal failures
        if failures:
            failures -= 1
            raise OperationalError("INSERT", {}, Exception("the disk is full"))
        return await real(*arguments)

    monkeypatch.setattr(broadcast_log_module, "RETRY_AFTER_FAILURE_S", 0)
    monkeypatch.setattr(broadcast_repository, "begin", begin)
    stage.go_live("miles")
    stage.end("miles")
    await recounts.next()
    assert len(await log.past("miles", 10, None)) == 1

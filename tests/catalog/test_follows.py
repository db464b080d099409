"""Following, on both databases: counted once, however often and from wherever it is asked for."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from accounts.identity import UserId
from catalog import follows as follows_module
from catalog.errors import ChannelNotFound, TooManyFollows
from catalog.follows import FollowService
from catalog.service import ChannelService
from infra.database import Database
from tests.catalog.live import Stage

FAN, OTHER = UserId("fan"), UserId("other")


class Ticks:
    """A clock that is a second later each time it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def channels(database: Database) -> ChannelService:
    return ChannelService(database)


@pytest.fixture
def recounted() -> list[str]:
    return []


@pytest.fixture
def follows(
    database: Database, channels: ChannelService, stage: Stage, recounted: list[str]
) -> FollowService:
    channels.on_recounted(recounted.append)
    return FollowService(database, channels, stage, clock=Ticks())


async def followers(channels: ChannelService, name: str) -> int:
    return (await channels.read(name)).followers


async def test_following_twice_counts_once(
    channels: ChannelService, follows: FollowService, recounted: list[str]
) -> None:
    await channels.add("miles")
    for _ in range(2):
        await follows.follow(FAN, "miles")
    assert await followers(channels, "miles") == 1
    assert (await channels.get("miles")).followers == 1
    for _ in range(2):
        await follows.unfollow(FAN, "miles")
    assert await followers(channels, "miles") == 0
    assert recounted == ["miles", "miles"]


async def test_following_twice_at_once_counts_once(channels: ChannelService, follows: FollowService) -> None:
    await channels.add("miles")
    await asyncio.gather(*(follows.follow(FAN, "miles") for _ in range(8)))
    assert await followers(channels, "miles") == 1
    await asyncio.gather(*(follows.unfollow(FAN, "miles") for _ in range(8)))
    assert await followers(channels, "miles") == 0


async def test_a_crowd_that_comes_at_once_is_counted_whole(
    channels: ChannelService, follows: FollowService
) -> None:
    await channels.add("miles")
    fans = [UserId(f"fan-{number}") for number in range(30)]
    await asyncio.gather(*(follows.follow(fan, "miles") for fan in fans))
    assert await followers(channels, "miles") == 30
    await asyncio.gather(*(follows.unfollow(fan, "miles") for fan in fans[:10]))
    assert await followers(channels, "miles") == 20


async def test_what_is_live_comes_first_and_then_what_was_followed_last(
    channels: ChannelService, follows: FollowService, stage: Stage
) -> None:
    for name in ("a", "b", "c", "d", "unfollowed"):
        await channels.add(name)
    for name in ("a", "b", "c", "d"):
        await follows.follow(FAN, name)
    stage.go_live("b")
    stage.go_live("unfollowed")
    found = await follows.following(FAN)
    assert [each.channel.name for each in found] == ["b", "d", "c", "a"]
    second_page = await follows.following(FAN, limit=2, after=found[1].key)
    assert [each.channel.name for each in second_page] == ["c", "a"]
    assert await follows.following(OTHER) == []


async def test_who_leaves_is_counted_no_more(channels: ChannelService, follows: FollowService) -> None:
    for name in ("a", "b"):
        await channels.add(name)
        await follows.follow(FAN, name)
        await follows.follow(OTHER, name)
    await asyncio.gather(follows.unfollow_all(FAN), follows.unfollow_all(FAN))
    assert [await followers(channels, name) for name in ("a", "b")] == [1, 1]
    assert await follows.followed_ids(FAN) == frozenset()


async def test_a_deleted_channel_is_followed_by_nobody(
    channels: ChannelService, follows: FollowService
) -> None:
    await channels.add("miles")
    await follows.follow(FAN, "miles")
    await channels.get("miles")
    await channels.delete("miles")
    with pytest.raises(ChannelNotFound):
        await follows.follow(FAN, "miles")
    assert await follows.following(FAN) == []


async def test_a_channel_deleted_by_another_process_meanwhile_is_not_found(
    database: Database, channels: ChannelService, follows: FollowService
) -> None:
    await channels.add("miles")
    await channels.get("miles")
    await ChannelService(database).delete("miles")
    with pytest.raises(ChannelNotFound):
        await follows.follow(FAN, "miles")


async def test_one_follow_too_many_is_refused_and_not_counted(
    channels: ChannelService, follows: FollowService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follows_module, "MAX_PER_PERSON", 1)
    await channels.add("a")
    await channels.add("b")
    await follows.follow(FAN, "a")
    with pytest.raises(TooManyFollows):
        await follows.follow(FAN, "b")
    await follows.follow(FAN, "a")
    assert await followers(channels, "b") == 0

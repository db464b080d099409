"""The named queries, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from catalog import repository
from catalog.channel import Channel, ChannelName, StreamKeyHash
from catalog.errors import ChannelExists
from infra.database import Database

MOMENT = datetime(2026, 7, 1, 20, 30, 15, 123_000, tzinfo=UTC)


def channel(name: str, *, created_at: datetime = MOMENT) -> Channel:
    return Channel(ChannelName(name), f"Title of {name} 🎻", created_at, StreamKeyHash(bytes(range(32))))


async def test_what_was_added_is_found_unchanged(database: Database) -> None:
    async with database.write() as session:
        await repository.add(session, channel("miles"))
    async with database.read() as session:
        assert await repository.get(session, ChannelName("miles")) == channel("miles")
        assert await repository.get(session, ChannelName("Miles")) is None


async def test_a_moment_is_the_same_moment_in_any_zone(database: Database) -> None:
    local = MOMENT.astimezone(timezone(timedelta(hours=9)))
    async with database.write() as session:
        await repository.add(session, channel("miles", created_at=local.astimezone(UTC)))
    async with database.read() as session:
        found = await repository.get(session, ChannelName("miles"))
    assert found is not None
    assert found.created_at == local
    assert found.created_at.utcoffset() == timedelta(0)


async def test_a_name_is_taken_once(database: Database) -> None:
    async with database.write() as session:
        await repository.add(session, channel("miles"))
    with pytest.raises(ChannelExists, match="'miles'"):
        async with database.write() as session:
            await repository.add(session, channel("miles"))


async def test_channels_are_listed_by_name(database: Database) -> None:
    async with database.write() as session:
        for name in ("c", "a", "b-2", "b1"):
            await repository.add(session, channel(name))
    async with database.read() as session:
        listed = [each.name for each in await repository.all_by_name(session)]
    assert sorted(listed) == ["a", "b-2", "b1", "c"]
    assert (listed[0], listed[-1]) == ("a", "c")


async def test_a_title_and_a_key_are_changed_for_one_channel_only(database: Database) -> None:
    new_hash = StreamKeyHash(bytes(32))
    async with database.write() as session:
        await repository.add(session, channel("miles"))
        await repository.add(session, channel("coltrane"))
        assert await repository.set_title(session, ChannelName("miles"), "So What")
        assert await repository.set_stream_key_hash(session, ChannelName("miles"), new_hash)
    async with database.read() as session:
        miles = await repository.get(session, ChannelName("miles"))
        coltrane = await repository.get(session, ChannelName("coltrane"))
    assert miles is not None
    assert (miles.title, miles.stream_key_hash) == ("So What", new_hash)
    assert coltrane == channel("coltrane")


async def test_changing_a_channel_that_is_not_there_says_so(database: Database) -> None:
    async with database.write() as session:
        assert not await repository.set_title(session, ChannelName("nobody"), "x")
        assert not await repository.set_stream_key_hash(session, ChannelName("nobody"), StreamKeyHash(b""))

"""The named queries over channels and their names, on SQLite and on PostgreSQL."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import UserId
from catalog import repository
from catalog.channel import Channel, ChannelName, StreamKeyHash
from catalog.errors import ChannelExists
from infra.database import Database

MOMENT = datetime(2026, 7, 1, 20, 30, 15, 123_000, tzinfo=UTC)
LATER = MOMENT + timedelta(days=90)
MILES, COLTRANE = UserId("u-miles"), UserId("u-coltrane")


async def add(
    session: AsyncSession, name: str, *, created_at: datetime = MOMENT, owner_id: UserId | None = None
) -> Channel:
    key_hash = StreamKeyHash(bytes(range(32)))
    title = f"Title of {name} 🎻"
    return await repository.add(session, ChannelName(name), title, key_hash, created_at, owner_id=owner_id)


async def get(database: Database, name: str) -> Channel | None:
    async with database.read() as session:
        return await repository.get(session, ChannelName(name))


async def rename(database: Database, channel: Channel, name: str, now: datetime = MOMENT) -> None:
    async with database.write() as session:
        await repository.rename(session, channel, ChannelName(name), now, now + timedelta(days=90))


async def leads_to(database: Database, name: str, now: datetime = MOMENT) -> str | None:
    async with database.read() as session:
        return await repository.present_name(session, ChannelName(name), now)


async def test_what_was_added_is_found_unchanged(database: Database) -> None:
    async with database.write() as session:
        miles = await add(session, "miles", owner_id=MILES)
    assert (miles.title, miles.created_at, miles.owner_id) == ("Title of miles 🎻", MOMENT, MILES)
    assert (miles.description, miles.links, miles.picture, miles.followers) == ("", (), None, 0)
    assert await get(database, "miles") == miles
    assert await get(database, "Miles") is None


async def test_a_moment_is_the_same_moment_in_any_zone(database: Database) -> None:
    local = MOMENT.astimezone(timezone(timedelta(hours=9)))
    async with database.write() as session:
        await add(session, "miles", created_at=local.astimezone(UTC))
    found = await get(database, "miles")
    assert found is not None
    assert found.created_at == local
    assert found.created_at.utcoffset() == timedelta(0)


async def test_a_name_is_taken_once(database: Database) -> None:
    async with database.write() as session:
        await add(session, "miles")
    with pytest.raises(ChannelExists, match="'miles'"):
        async with database.write() as session:
            await add(session, "miles")


async def test_channels_are_listed_by_name(database: Database) -> None:
    async with database.write() as session:
        for name in ("c", "a", "b-2", "b1"):
            await add(session, name)
    async with database.read() as session:
        listed = [each.name for each in await repository.all_by_name(session)]
    assert sorted(listed) == ["a", "b-2", "b1", "c"]
    assert (listed[0], listed[-1]) == ("a", "c")


async def test_one_channel_is_changed_and_no_other(database: Database) -> None:
    new_hash = StreamKeyHash(bytes(32))
    async with database.write() as session:
        miles = await add(session, "miles")
        coltrane = await add(session, "coltrane")
        assert await repository.change(session, miles.id, title="So What", stream_key_hash=new_hash)
    changed = await get(database, "miles")
    assert changed is not None
    assert (changed.title, changed.stream_key_hash) == ("So What", new_hash)
    assert await get(database, "coltrane") == coltrane


async def test_a_channel_that_was_deleted_cannot_be_changed(database: Database) -> None:
    async with database.write() as session:
        miles = await add(session, "miles")
        await repository.delete(session, miles, LATER)
        assert not await repository.change(session, miles.id, title="x")


async def test_a_former_name_leads_to_the_channel_until_its_time_is_over(database: Database) -> None:
    async with database.write() as session:
        miles = await add(session, "miles")
    await rename(database, miles, "miles-davis")
    assert await get(database, "miles") is None
    assert await leads_to(database, "miles") == "miles-davis"
    assert await leads_to(database, "miles", LATER) is None
    assert await leads_to(database, "miles-davis") is None


async def test_a_former_name_leads_past_a_second_renaming(database: Database) -> None:
    async with database.write() as session:
        miles = await add(session, "a")
    await rename(database, miles, "b")
    second = await get(database, "b")
    assert second is not None
    await rename(database, second, "c")
    assert [await leads_to(database, name) for name in ("a", "b")] == ["c", "c"]


async def test_a_former_name_is_nobody_elses_until_its_time_is_over(database: Database) -> None:
    async with database.write() as session:
        miles = await add(session, "miles", owner_id=MILES)
    await rename(database, miles, "miles-davis")
    for owner_id in (COLTRANE, None):
        with pytest.raises(ChannelExists):
            async with database.write() as session:
                await add(session, "miles", owner_id=owner_id)
    async with database.write() as session:
        taken = await add(session, "miles", owner_id=COLTRANE, created_at=LATER)
    assert await get(database, "miles") == taken
    assert await leads_to(database, "miles", LATER) is None


async def test_who_gave_a_name_up_can_take_it_back(database: Database) -> None:
    async with database.write() as session:
        miles = await add(session, "miles", owner_id=MILES)
    await rename(database, miles, "miles-davis")
    async with database.write() as session:
        second = await add(session, "miles", owner_id=MILES)
    assert await get(database, "miles") == second

    back = await get(database, "miles-davis")
    assert back is not None
    await rename(database, back, "trumpet")
    trumpet = await get(database, "trumpet")
    assert trumpet is not None
    await rename(database, trumpet, "miles-davis")
    assert await leads_to(database, "trumpet") == "miles-davis"


async def test_a_deleted_channel_leaves_its_names_reserved(database: Database) -> None:
    async with database.write() as session:
        miles = await add(session, "miles", owner_id=MILES)
    await rename(database, miles, "miles-davis")
    renamed = await get(database, "miles-davis")
    assert renamed is not None
    async with database.write() as session:
        await repository.delete(session, renamed, LATER)
    for name in ("miles", "miles-davis"):
        assert await leads_to(database, name) is None
        with pytest.raises(ChannelExists):
            async with database.write() as session:
                await add(session, name, owner_id=MILES)
    async with database.write() as session:
        await repository.forget_names(session, LATER)
        await add(session, "miles", owner_id=COLTRANE)


async def test_of_two_who_want_a_name_at_once_one_gets_it(database: Database) -> None:
    async with database.write() as session:
        before = [await add(session, f"band-{number}") for number in range(4)]

    async def take(channel: Channel | None) -> str:
        try:
            if channel is None:
                async with database.write() as session:
                    await add(session, "wanted")
            else:
                await rename(database, channel, "wanted")
        except ChannelExists:
            return "refused"
        return "taken"

    results = await asyncio.gather(*(take(each) for each in [*before, None, None, None]))
    assert Counter(results) == {"taken": 1, "refused": 6}
    assert await get(database, "wanted") is not None


async def test_a_name_that_is_given_up_is_not_taken_in_the_same_moment(database: Database) -> None:
    """Whoever comes while a renaming is under way meets the former name, never a gap."""
    async with database.write() as session:
        miles = await add(session, "miles", owner_id=MILES)

    async def take(number: int) -> bool:
        try:
            async with database.write() as session:
                await add(session, "miles", owner_id=UserId(f"u-{number}"))
        except ChannelExists:
            return False
        return True

    results = await asyncio.gather(
        *(take(number) for number in range(3)),
        rename(database, miles, "miles-davis"),
        *(take(number) for number in range(3, 6)),
    )
    assert not any(results)
    assert await leads_to(database, "miles") == "miles-davis"


async def test_keys_replaced_since_a_moment_are_told(database: Database) -> None:
    async with database.write() as session:
        await add(session, "never", created_at=MOMENT)
        long_ago, just_now = await add(session, "long-ago"), await add(session, "just-now")
        await repository.change(session, long_ago.id, stream_key_set_at=MOMENT - timedelta(seconds=1))
        await repository.change(session, just_now.id, stream_key_set_at=LATER)
    async with database.read() as session:
        replaced = await repository.keys_replaced_since(session, MOMENT)
    assert replaced == [(just_now.id, "just-now", LATER)]

"""What can be done with channels, on both databases."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from accounts.identity import UserId
from catalog.channel import Channel, hash_stream_key
from catalog.errors import (
    ChannelExists,
    ChannelMoved,
    ChannelNameInvalid,
    ChannelNotFound,
    ChannelTitleInvalid,
    OwnerSuspended,
    StreamKeyMissing,
    StreamKeyRejected,
    TooManyChannels,
)
from catalog.live import NothingLive
from catalog.people import NobodyKnown
from catalog.publishing_watch import PublishingWatch
from catalog.service import NAME_KEPT, REMEMBERED_S, ChannelService
from infra.database import Database
from tests.catalog.live import Stage

MOMENT = datetime(2026, 7, 1, tzinfo=UTC)
MILES = UserId("miles")


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def channels(database: Database, time: Time) -> ChannelService:
    return ChannelService(database, clock=lambda: MOMENT, monotonic=time)


async def test_the_key_shown_once_opens_the_channel(channels: ChannelService) -> None:
    channel, key = await channels.add("miles", "Kind of Blue")
    assert (channel.name, channel.title, channel.created_at) == ("miles", "Kind of Blue", MOMENT)
    assert len(key) >= 43
    assert await channels.authenticate("miles", key) == channel


async def test_the_key_itself_is_stored_nowhere(channels: ChannelService) -> None:
    channel, key = await channels.add("miles")
    assert channel.stream_key_hash == hash_stream_key(key)
    assert key not in repr(channel)
    assert repr(channel.stream_key_hash) not in repr(channel)


async def test_every_key_is_another(channels: ChannelService) -> None:
    _, first = await channels.add("a")
    _, second = await channels.add("b")
    assert first != second
    with pytest.raises(StreamKeyRejected):
        await channels.authenticate("a", second)


async def test_the_name_is_the_title_until_there_is_one(channels: ChannelService) -> None:
    channel, _ = await channels.add("miles")
    assert channel.title == "miles"


async def test_the_list_knows_at_once_what_was_changed_here(channels: ChannelService) -> None:
    await channels.add("miles")
    assert [channel.title for channel in await channels.list()] == ["miles"]
    await channels.change("miles", title="So What")
    await channels.add("ella")
    assert [channel.title for channel in await channels.list()] == ["ella", "So What"]


async def test_the_list_knows_what_was_changed_elsewhere_within_a_second(
    database: Database, channels: ChannelService, time: Time
) -> None:
    assert list(await channels.list()) == []
    await ChannelService(database).add("miles")
    assert list(await channels.list()) == []
    time.now_s += REMEMBERED_S
    assert [channel.name for channel in await channels.list()] == ["miles"]


async def test_what_cannot_be_a_channel_is_not_added(channels: ChannelService) -> None:
    await channels.add("miles")
    with pytest.raises(ChannelExists):
        await channels.add("miles")
    with pytest.raises(ChannelNameInvalid):
        await channels.add("whip")
    with pytest.raises(ChannelTitleInvalid):
        await channels.add("coltrane", "")
    assert [channel.name for channel in await channels.list()] == ["miles"]


async def test_a_rotated_key_no_longer_works_and_the_new_one_does(channels: ChannelService) -> None:
    _, old = await channels.add("miles")
    await channels.authenticate("miles", old)
    new = await channels.rotate_key("miles")
    with pytest.raises(StreamKeyRejected):
        await channels.authenticate("miles", old)
    await channels.authenticate("miles", new)


async def test_a_missing_key_is_not_a_wrong_key(channels: ChannelService) -> None:
    await channels.add("miles")
    for nothing in (None, ""):
        with pytest.raises(StreamKeyMissing) as error:
            await channels.authenticate("miles", nothing)
        assert error.value.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("name", ["nobody", "No Name", "", "whip"])
async def test_a_channel_that_is_not_there_is_not_found(channels: ChannelService, name: str) -> None:
    with pytest.raises(ChannelNotFound):
        await channels.get(name)
    with pytest.raises(ChannelNotFound):
        await channels.authenticate(name, "key")
    with pytest.raises(ChannelNotFound):
        await channels.rotate_key(name)
    with pytest.raises(ChannelNotFound):
        await channels.change(name, title="title")


async def test_a_new_title_is_seen_at_once(channels: ChannelService) -> None:
    await channels.add("miles")
    await channels.get("miles")
    assert (await channels.change("miles", title=" So  What ")).title == "So What"
    assert (await channels.get("miles")).title == "So What"


async def test_what_another_process_changed_is_seen_within_a_second(
    channels: ChannelService, database: Database, time: Time
) -> None:
    await channels.add("miles")
    await channels.get("miles")
    await ChannelService(database).change("miles", title="Bitches Brew")
    assert (await channels.get("miles")).title == "miles"
    time.now_s += REMEMBERED_S
    assert (await channels.get("miles")).title == "Bitches Brew"


async def test_a_process_key_opens_its_channel_in_this_process_only(
    channels: ChannelService, database: Database
) -> None:
    _, stored = await channels.add("demo")
    await channels.add("other")
    demo = ChannelService(database, process_keys={"demo": hash_stream_key("demo")})
    await demo.authenticate("demo", "demo")
    await demo.authenticate("demo", stored)
    with pytest.raises(StreamKeyRejected):
        await demo.authenticate("other", "demo")
    with pytest.raises(StreamKeyRejected):
        await channels.authenticate("demo", "demo")


async def test_listeners_hear_of_new_channels_and_titles(channels: ChannelService) -> None:
    heard: list[str] = []
    channels.on_change(heard.append)
    await channels.add("miles")
    await channels.change("miles", title="So What")
    await channels.rotate_key("miles")
    assert heard == ["miles", "miles"]


async def test_a_person_cannot_create_one_too_many_by_asking_at_once(database: Database) -> None:
    channels = ChannelService(database, max_per_owner=3)

    async def create(number: int) -> bool:
        try:
            await channels.create(f"channel-{number}", None, MILES)
        except TooManyChannels:
            return False
        return True

    created = await asyncio.gather(*(create(number) for number in range(8)))
    assert sum(created) == 3
    assert len(await channels.owned_by(MILES)) == 3
    await channels.create("another", None, UserId("coltrane"))
    await channels.add("by-the-operator", owner_id=MILES)


async def test_of_two_renames_at_once_the_second_is_told_the_first(channels: ChannelService) -> None:
    await channels.add("miles")
    results = await asyncio.gather(
        *(channels.rename("miles", new) for new in ("a", "b", "c")), return_exceptions=True
    )
    (renamed,) = [result for result in results if isinstance(result, Channel)]
    moved = [result for result in results if isinstance(result, ChannelMoved)]
    assert [each.name for each in moved] == [renamed.name] * 2
    assert [channel.name for channel in await channels.list()] == [renamed.name]


async def test_a_rename_is_seen_at_once_and_old_listeners_hear_it(channels: ChannelService) -> None:
    changed: list[str] = []
    gone: list[str] = []
    channels.on_change(changed.append)
    channels.on_gone(gone.append)
    await channels.add("miles")
    await channels.get("miles")
    await channels.rename("miles", "davis")
    with pytest.raises(ChannelMoved) as moved:
        await channels.get("miles")
    assert moved.value.name == "davis"
    assert (changed, gone) == (["miles", "davis"], ["miles"])


async def test_whoever_publishes_is_sent_away_by_what_takes_their_right(channels: ChannelService) -> None:
    revoked: list[tuple[str, str]] = []
    channels.on_revoked(lambda name, reason: revoked.append((name, reason)))
    await channels.add("a")
    await channels.change("a", title="x", description="y", links=[])
    assert (revoked, channels.revocations) == ([], 0)
    await channels.rotate_key("a")
    await channels.rename("a", "b")
    await channels.delete("b")
    assert [name for name, _ in revoked] == ["a", "a", "b"]
    assert channels.revocations == 3


async def test_a_key_another_process_replaced_is_acted_upon_once(
    channels: ChannelService, database: Database
) -> None:
    revoked: list[str] = []
    channels.on_revoked(lambda name, reason: revoked.append(name))
    watch = PublishingWatch(database, channels, NothingLive(), NobodyKnown(), clock=lambda: MOMENT)
    other = ChannelService(database, clock=lambda: MOMENT + timedelta(seconds=1))
    await other.add("fresh")
    await channels.add("miles")
    await watch.look()
    assert revoked == []
    await other.rotate_key("miles")
    await watch.look()
    await watch.look()
    assert revoked == ["miles"]
    await channels.rotate_key("fresh")
    await watch.look()
    assert revoked == ["miles", "fresh"]


class Everybody(NobodyKnown):
    """Everybody is known; some are barred."""

    def __init__(self) -> None:
        self.out: set[UserId] = set()

    async def barred(self, user_ids: Collection[UserId], /) -> Collection[UserId]:
        return self.out & set(user_ids)


async def test_the_key_of_somebody_suspended_is_refused_until_they_are_let_in_again(
    database: Database,
) -> None:
    people = Everybody()
    channels = ChannelService(database, people=people)
    revoked: list[str] = []
    channels.on_revoked(lambda name, reason: revoked.append(name))
    _, key = await channels.add("miles", owner_id=MILES)
    _, house = await channels.add("house")
    people.out.add(MILES)
    await channels.owner_was_barred(MILES)
    assert revoked == ["miles"]
    with pytest.raises(OwnerSuspended):
        await channels.authenticate("miles", key)
    with pytest.raises(StreamKeyRejected):
        await channels.authenticate("miles", "wrong")
    await channels.authenticate("house", house)
    people.out.clear()
    await channels.authenticate("miles", key)


async def test_who_is_suspended_while_their_channel_is_made_has_none(database: Database) -> None:
    people = Everybody()
    people.out.add(MILES)
    channels = ChannelService(database, people=people)
    with pytest.raises(OwnerSuspended):
        await channels.create("miles", None, MILES)
    assert await channels.owned_by(MILES) == []


async def test_what_another_process_ended_ends_here(database: Database) -> None:
    people, stage = Everybody(), Stage()
    channels, other = (ChannelService(database, people=people) for _ in range(2))
    revoked: list[str] = []

    def end(name: str, _reason: str) -> None:
        revoked.append(name)
        stage.end(name)

    channels.on_revoked(end)
    gone: list[str] = []
    channels.on_gone(gone.append)
    watch = PublishingWatch(database, channels, stage, people)
    stage.subscribe(watch.live_changed)
    for name in ("deleted", "renamed", "suspended", "stays"):
        await channels.add(name, owner_id=MILES if name == "suspended" else None)
        stage.go_live(name)
    await watch.look()
    assert revoked == []
    await other.delete("deleted")
    await watch.look()
    assert (revoked, gone) == (["deleted"], ["deleted"])
    await other.rename("renamed", "renewed")
    await watch.look()
    assert (revoked, gone) == (["deleted", "renamed"], ["deleted", "renamed"])
    people.out.add(MILES)
    await watch.look()
    await watch.look()
    assert revoked == ["deleted", "renamed", "suspended"]


async def test_former_names_are_dropped_when_their_time_is_over(database: Database) -> None:
    now = [MOMENT]
    channels = ChannelService(database, clock=lambda: now[0])
    await channels.add("a")
    await channels.rename("a", "b")
    await channels.delete("b")

    async def names() -> int:
        async with database.read() as session:
            found: int = (await session.execute(text("SELECT count(*) FROM channel_names"))).scalar_one()
            return found

    now[0] += NAME_KEPT - timedelta(seconds=1)
    await channels.forget_names()
    assert await names() == 2
    now[0] += timedelta(seconds=1)
    await channels.forget_names()
    assert await names() == 0


async def test_a_demonstrations_key_does_not_survive_a_new_one(database: Database) -> None:
    demo = ChannelService(database, process_keys={"demo": hash_stream_key("demo")})
    await demo.add("demo")
    await demo.rotate_key("demo")
    with pytest.raises(StreamKeyRejected):
        await demo.authenticate("demo", "demo")


async def test_a_channel_that_is_handed_over_pays_nobody_until_they_say_so(channels: ChannelService) -> None:
    wallet = "0x52908400098527886E0F7030069857D2E4169EE7"
    await channels.add("miles", owner_id=MILES)
    await channels.set_payout_wallet("miles", wallet, actor=MILES)
    assert (await channels.set_owner("miles", MILES)).payout_wallet == wallet
    handed_over = await channels.set_owner("miles", UserId("coltrane"))
    assert (handed_over.owner_id, handed_over.payout_wallet) == ("coltrane", None)
    assert await channels.read("miles") == handed_over

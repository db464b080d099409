"""What can be done with channels, on both databases."""

from datetime import UTC, datetime

import pytest

from catalog.channel import hash_stream_key
from catalog.errors import (
    ChannelExists,
    ChannelNameInvalid,
    ChannelNotFound,
    ChannelTitleInvalid,
    StreamKeyMissing,
    StreamKeyRejected,
)
from catalog.service import REMEMBERED_S, ChannelService
from infra.database import Database

MOMENT = datetime(2026, 7, 1, tzinfo=UTC)


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
    await channels.set_title("miles", "So What")
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
        await channels.set_title(name, "title")


async def test_a_new_title_is_seen_at_once(channels: ChannelService) -> None:
    await channels.add("miles")
    await channels.get("miles")
    assert (await channels.set_title("miles", " So  What ")).title == "So What"
    assert (await channels.get("miles")).title == "So What"


async def test_what_another_process_changed_is_seen_within_a_second(
    channels: ChannelService, database: Database, time: Time
) -> None:
    await channels.add("miles")
    await channels.get("miles")
    await ChannelService(database).set_title("miles", "Bitches Brew")
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
    await channels.set_title("miles", "So What")
    await channels.rotate_key("miles")
    assert heard == ["miles", "miles"]

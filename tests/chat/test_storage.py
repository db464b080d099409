"""What chat stores, on both databases: by the repository and by the services that own its transactions."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from accounts.permissions import ChannelSubject
from chat import topics
from chat.colours import colour_of
from chat.errors import ClosedPoll, NoSuchMessage, NoSuchPoll, TimedOut
from chat.ids import MessageIds, first_at
from chat.messages import Author, Mention, Message, Reply
from chat.moderation_log import BlockedTermView
from chat.people import NoSupporters, Speaker, Standing
from chat.personal_data import ChatPersonalData
from chat.replicas import DeskReplica, PublicReplica
from chat.repository import ignores, lines, polls, reactions, restrictions, rooms
from chat.repository.lines import NewLine, StoredLine
from chat.retention import RetentionService
from chat.services.moderation import ModerationService
from chat.services.tools import Tools
from chat.standings import ChannelRef, Standings
from chat.writer import LineWriter
from infra.bus_memory import MemoryBus
from infra.database import Database
from infra.outbox import Outbox
from infra.tasks import BackgroundTasks

CHANNEL = ChannelRef(1, "miles")
OWNER = Speaker(id="owner", name="Miles", standing=Standing.OWNER)
BILL = Speaker(id="bill", name="Bill", standing=Standing.MODERATOR)


class Nobody:
    """People, channels and followers of a small world."""

    async def known(self, user_ids: Any, /) -> dict[Any, tuple[str, bool]]:
        return {each: (str(each).title(), each == "admin") for each in user_ids if each != "gone"}

    async def find(self, name: str, /) -> list[Any]:
        return [name]

    async def channel_subject(self, _name: str, user_id: str, /) -> ChannelSubject:
        return ChannelSubject(owner_id="owner", moderated_by_caller=user_id == "bill")  # type: ignore[arg-type]

    async def followed_at(self, _user_id: Any, _channel_id: int, /) -> None:
        return None


class Silent:
    """Hears what replicas tell."""

    def public_changed(self, *_told: Any) -> None:
        return None

    def desk_changed(self, *_told: Any) -> None:
        return None

    def closed(self, _replica: Any) -> None:
        return None


@dataclass
class World:
    database: Database
    bus: MemoryBus
    tools: Tools
    moderation: ModerationService
    tasks: BackgroundTasks
    now: list[int]

    async def say(self, text: str, who: str = "fan", key: str = "", **fields: Any) -> StoredLine:
        network = fields.pop("network", "192.0.2.0/24")
        hold = fields.pop("hold", None)
        self.now[0] += 1
        message = Message(
            id="", author=Author(who, who.title(), colour_of(who), []), text=text, at_ms=self.now[0], **fields
        )
        line = NewLine(
            message=message, channel_id=CHANNEL.id, key=key or f"k{self.now[0]}", hold=hold, network=network
        )
        return await self.tools.writer.write(line)

    async def shown(self) -> list[str]:
        async with self.database.read() as session:
            return [each.text for each in await lines.before(session, CHANNEL.id, None, 200)]

    async def published(self, topic: str) -> list[str]:
        history = await self.bus.history(topic, None, 1_000)
        return [msgspec.msgpack.decode(each.data)["type"] for each in history.entries]

    async def room(self) -> PublicReplica:
        replica = PublicReplica(CHANNEL.id, self.database, lambda: self.now[0], Silent())
        replica.adopt(await replica.load())
        return replica

    async def desk(self) -> DeskReplica:
        replica = DeskReplica(CHANNEL.id, self.database, lambda: self.now[0], Silent())
        replica.adopt(await replica.load())
        return replica


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    now, ids, bus, tasks = [1_000_000], MessageIds(), MemoryBus(), BackgroundTasks()

    def now_ms() -> int:
        return now[0]

    outbox = Outbox(bus, tasks)
    writer = LineWriter(database, bus, tasks, now_ms, lambda: ids.next(now[0], 0))
    tools = Tools(database, outbox, writer, ids, now_ms)
    nobody = Nobody()
    standings = Standings(nobody, nobody, nobody, NoSupporters())
    yield World(database, bus, tools, ModerationService(tools, standings), tasks, now)
    await tasks.close()


async def test_a_key_is_one_line_however_often_it_is_sent(world: World) -> None:
    first = await world.say("once", key="k")
    again = await asyncio.gather(*(world.say("again", key="k") for _ in range(20)))
    assert {each.message.id for each in again} == {first.message.id}
    assert {each.message.text for each in again} == {"once"}
    assert (await world.say("another's", "other", key="k")).is_new
    assert await world.shown() == ["once", "another's"]
    assert await world.published(topics.public(1)) == ["said", "said"]


async def test_many_lines_are_stored_in_the_order_they_are_published(world: World) -> None:
    await asyncio.gather(*(world.say(f"{number:03}", f"u{number % 7}") for number in range(300)))
    history = await world.bus.history(topics.public(1), None, 1_000)
    heard = [msgspec.msgpack.decode(each.data)["message"] for each in history.entries]
    assert [each["text"] for each in heard] == await world.shown() or len(await world.shown()) == 200
    ids = [each["id"] for each in heard]
    assert ids == sorted(ids)
    assert len(set(ids)) == 300


async def test_what_is_loaded_is_what_was_published(world: World) -> None:
    room = await world.room()
    topic = topics.public(1)
    first = await world.say("first")
    reply = Reply(first.message.id, "Fan", "first", "fan")
    await world.say("second", "other", reply_to=reply, mentions=[Mention("fan", "Fan")])
    await world.say("third", "third")
    await world.moderation.change_settings(CHANNEL, BILL, {"slow_mode_s": 5})
    await world.moderation.pin(CHANNEL, BILL, first.message.id)
    await world.moderation.clear(CHANNEL, BILL, "third")
    await world.moderation.time_out(CHANNEL, BILL, "fan", 60, "spam")
    for entry in (await world.bus.history(topic, None, 1_000)).entries:
        room.apply(msgspec.msgpack.decode(entry.data), entry.offset)
    assert room.snapshot() == (await world.room()).snapshot()
    shown = room.room.snapshot()
    assert [each.text for each in shown.messages] == ["second"]
    assert shown.messages[0].reply_to is None
    assert shown.pinned is None


async def test_the_desk_that_is_loaded_is_what_was_published(world: World) -> None:
    desk = await world.desk()
    await world.say("see example.org", hold="link")
    await world.moderation.set_terms(CHANNEL, BILL, [BlockedTermView("jerk", "hold")])
    await world.say("hello")
    await world.moderation.ban(CHANNEL, BILL, "fan", 60, "spam", address=True)
    await world.moderation.time_out(CHANNEL, BILL, "other", 60)
    await world.moderation.unban(CHANNEL, BILL, "other")
    await world.moderation.add_note(CHANNEL, BILL, "fan", "hm")
    for entry in (await world.bus.history(topics.moderators(1), None, 1_000)).entries:
        desk.apply(msgspec.msgpack.decode(entry.data), entry.offset)
    assert desk.snapshot() == (await world.desk()).snapshot()
    assert desk.desk.restriction_of("fan", None, world.now[0]) is not None
    assert desk.desk.restriction_of("someone", "192.0.2.0/24", world.now[0]) is not None
    assert desk.desk.restriction_of("other", "198.51.100.0/24", world.now[0]) is None
    world.now[0] += 61_000
    assert desk.desk.restriction_of("fan", "192.0.2.0/24", world.now[0]) is None


async def test_a_restriction_holds_from_its_commit_on(world: World) -> None:
    await world.say("hello")
    await world.moderation.time_out(CHANNEL, BILL, "fan", 60)
    with pytest.raises(TimedOut):
        await world.say("more")
    world.now[0] += 61_000
    await world.say("sorry")
    await world.moderation.ban(CHANNEL, OWNER, "fan", address=True)
    with pytest.raises(Exception, match="network"):
        await world.say("another name", "other")
    await world.say("from elsewhere", "other", network="198.51.100.0/24")
    await world.moderation.unban(CHANNEL, OWNER, "fan")
    await world.say("back")
    assert await world.shown() == ["from elsewhere", "back"]


async def test_words_are_found_as_they_are_written(world: World) -> None:
    for text in ("So What", "so_what%", "Blue in Green"):
        await world.say(text)

    async def found(words: str) -> list[str]:
        async with world.database.read() as session:
            return [each.message.text for each in await lines.search(session, 1, words, None, None, 10)]

    assert await found("SO WHAT") == ["so_what%", "So What"]
    assert await found("green") == ["Blue in Green"]
    assert await found("%") == []
    assert await found("' OR 1=1") == []


async def test_lines_are_read_by_the_clock_of_their_broadcast(world: World) -> None:
    for number in range(5):
        await world.say(str(number), broadcast=7, clock_ms=number * 1_000)
    await world.say("other", broadcast=8, clock_ms=0)
    async with world.database.read() as session:
        found = await lines.by_clock(session, 1, 7, 1_000, 4_000, 10)
    assert [each.text for each in found] == ["1", "2", "3"]


async def test_old_lines_go_as_the_room_says_and_networks_after_a_while(world: World) -> None:
    day_ms = 86_400_000
    world.now[0] = 100 * day_ms
    await world.say("old")
    await world.moderation.change_settings(CHANNEL, OWNER, {"retention_days": 7})
    world.now[0] += 8 * day_ms
    await world.say("new")

    async def channels() -> set[int]:
        return {CHANNEL.id}

    retention = RetentionService(world.tools, channels)
    await retention.clean()
    assert await world.shown() == ["new"]
    assert (await world.published(topics.public(1)))[-1] == "expired"
    assert (await world.room()).room.snapshot().messages[0].text == "new"
    await world.moderation.change_settings(CHANNEL, OWNER, {"retention_days": 0})
    world.now[0] += 31 * day_ms
    await retention.clean()
    async with world.database.read() as session:
        line = await lines.last_of(session, 1, "fan")
    assert line is not None
    assert line.network is None

    async def none() -> set[int]:
        return set()

    await RetentionService(world.tools, none).clean()
    assert await world.shown() == []
    async with world.database.read() as session:
        assert await rooms.channels(session) == set()


async def test_who_leaves_is_named_nowhere(world: World) -> None:
    line = await world.say("hello", "gone-soon")
    await world.say("hi", mentions=[Mention("gone-soon", "Gone-Soon"), Mention("fan", "Fan")])
    await world.moderation.add_note(CHANNEL, BILL, "gone-soon", "rude")
    async with world.database.write() as session:
        await reactions.add(session, line.message.id, "👏", "gone-soon")
        await ignores.add(session, "gone-soon", "fan", 1)
        await ignores.add(session, "fan", "gone-soon", 1)
    data = ChatPersonalData(world.database, world.tools.outbox)
    exported: Any = await data.export("gone-soon")  # type: ignore[arg-type]
    assert [each["text"] for each in exported["lines"]] == ["hello"]
    assert exported["ignores"] == ["fan"]
    for _ in range(2):
        await data.forget("gone-soon")  # type: ignore[arg-type]
    shown = (await world.room()).room.snapshot().messages
    assert shown[0].author is None
    assert shown[0].reactions == {}
    assert shown[1].mentions == [Mention("fan", "Fan")]
    async with world.database.read() as session:
        assert await ignores.of(session, "fan") == []
        assert await rooms.notes(session, 1, "gone-soon") == []
        assert "gone-soon" not in str(await rooms.log(session, 1, None, 10)).lower()
    empty: Any = await data.export("gone-soon")  # type: ignore[arg-type]
    assert not any(empty.values())


async def test_votes_count_once_each_and_not_after_the_end(world: World) -> None:
    from chat.rooms import Rooms
    from chat.services.counts import CountService
    from infra.rooms import RoomParts
    from infra.topics import TopicHub

    hub = TopicHub(world.bus, world.tasks)
    open_rooms = Rooms(world.database, world.bus, hub, RoomParts(), world.tasks, lambda: world.now[0], "p")
    counts = CountService(world.tools, open_rooms, lambda: 0.0)
    with pytest.raises(NoSuchPoll):
        await counts.vote(CHANNEL, BILL, "x" * 20, 0)
    await counts.open_poll(CHANNEL, BILL, "Next?", ["a", "b"], 60)
    async with world.database.read() as session:
        poll = await polls.last(session, 1)
    assert poll is not None
    crowd = [Speaker(id=f"u{number}", name="", standing=Standing.USER) for number in range(9)]
    await asyncio.gather(
        *(counts.vote(CHANNEL, each, poll.id, number % 2) for number, each in enumerate(crowd))
    )
    await counts.vote(CHANNEL, BILL, poll.id, 0)
    await counts.vote(CHANNEL, BILL, poll.id, 1)
    async with world.database.read() as session:
        assert await polls.votes(session, poll.id) == {0: 5, 1: 5}
        assert await polls.vote_of(session, poll.id, "bill") == 1
    world.now[0] += 60_000
    with pytest.raises(ClosedPoll):
        await counts.vote(CHANNEL, BILL, poll.id, 0)
    with pytest.raises(NoSuchMessage):
        await counts.react(CHANNEL, BILL, first_at(1), "👏", on=True)
    line = await world.say("hello")
    for emoji in ("👏", "👏", "🎺"):
        await counts.react(CHANNEL, BILL, line.message.id, emoji, on=True)
    async with world.database.read() as session:
        assert await reactions.counts(session, [line.message.id]) == {line.message.id: {"👏": 1, "🎺": 1}}


async def test_two_who_change_settings_at_once_both_do(world: World) -> None:
    other = ModerationService(
        Tools(
            world.database,
            world.tools.outbox,
            LineWriter(world.database, world.bus, world.tasks, lambda: world.now[0], world.tools.new_id),
            world.tools.ids,
            lambda: world.now[0],
        ),
        Standings(Nobody(), Nobody(), Nobody(), NoSupporters()),
    )
    await asyncio.gather(
        world.moderation.change_settings(CHANNEL, OWNER, {"slow_mode_s": 5}),
        other.change_settings(CHANNEL, OWNER, {"emote_only": True}),
        world.moderation.change_settings(CHANNEL, OWNER, {"guests": True}),
        other.change_settings(CHANNEL, OWNER, {"links": "hold"}),
    )
    async with world.database.read() as session:
        settings = (await rooms.get(session, 1)).settings
    assert (settings.slow_mode_s, settings.emote_only, settings.guests, settings.links) == (
        5,
        True,
        True,
        "hold",
    )
    async with world.database.read() as session:
        assert await restrictions.in_force(session, 1, world.now[0], 10) == []

"""The rooms this process has open: their seats, and what has to be told to whom when something changes.

A room is open while somebody sits in it or in its moderators' room; both topics are held open then, because who may
write is decided by both. It hears through the replicas what happened, wherever it was decided, so that a decision in
one process shows in all.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from chat import topics
from chat.desk import Desk
from chat.messages import ViewersChanged
from chat.moderation_log import Acted, Chatter, ChattersChanged, ModeratorsEvent, RoleChanged
from chat.presence import Asked, Presence
from chat.replicas import DeskReplica, PublicReplica
from chat.room import Overtaken, Room
from chat.seats import ChatSeat
from chat.standings import ChannelRef
from infra.bus import Bus, BusUnavailable, Entry
from infra.database import Database
from infra.errors import DomainError
from infra.rooms import RoomParts
from infra.tasks import BackgroundTasks, uninterrupted
from infra.topics import Replica, Topic, TopicHub

TICK_S = 1.0
ANSWERS_WITHIN_S = 0.3


class OpenRoom:
    """A channel's room in this process. A ``Receiver`` of what other processes tell of who is there."""

    def __init__(self, rooms: "Rooms", channel: ChannelRef, process: str) -> None:
        self.channel = channel
        self.presence = Presence(process)
        self.seats: set[ChatSeat] = set()
        self._seats_of: dict[str, set[ChatSeat]] = {}
        self._rooms = rooms
        self._accepted_at_ms: dict[str, int] = {}
        self._held: list[Topic] = []
        self._told_chatters: ChattersChanged | None = None

    @property
    def public(self) -> Room:
        return self._rooms.public(self.channel.id).room

    @property
    def desk(self) -> Desk:
        return self._rooms.desk(self.channel.id).desk

    def public_replica(self) -> Replica:
        return self._rooms.parts.build(str(self.channel.id))

    def desk_replica(self) -> Replica:
        return self._rooms.make_desk(self.channel.id)

    def now_ms(self) -> int:
        return self._rooms.now_ms()

    def last_said_at_ms(self, user: str) -> int | None:
        """When they last wrote, as far as this process knows; a line that is just being accepted counts."""
        known = [each for each in (self.public.last_said_at_ms(user), self._accepted_at_ms.get(user)) if each]
        return max(known, default=None)

    def accepting(self, user: str, at_ms: int) -> Callable[[], None]:
        """A line of theirs is being accepted; returns how to say that it was not."""
        before = self._accepted_at_ms.pop(user, None)
        self._accepted_at_ms[user] = at_ms
        if len(self._accepted_at_ms) > 5_000:
            del self._accepted_at_ms[next(iter(self._accepted_at_ms))]

        def refused() -> None:
            if self._accepted_at_ms.get(user) == at_ms:
                del self._accepted_at_ms[user]
                if before is not None:
                    self._accepted_at_ms[user] = before

        return refused

    def seats_of(self, user: str) -> list[ChatSeat]:
        return list(self._seats_of.get(user, ()))

    def people(self) -> dict[str, str]:
        """Names by id of those who wrote lately or are here."""
        return {**self.presence.names(), **self.public.people()}

    def joined(self, seat: ChatSeat) -> None:
        if not self.seats:
            self._held = self._rooms.hold(self)
        self.seats.add(seat)
        self._add(seat)

    def left(self, seat: ChatSeat) -> None:
        if seat not in self.seats:
            return
        self.seats.discard(seat)
        self._remove(seat)
        if not self.seats:
            held, self._held = self._held, []
            self._rooms.release(self, held)

    @contextmanager
    def renaming(self, seat: ChatSeat) -> Iterator[None]:
        """Somebody who sits here has another name afterwards."""
        if seat not in self.seats:
            yield
            return
        self._remove(seat)
        try:
            yield
        finally:
            self._add(seat)

    def _add(self, seat: ChatSeat) -> None:
        if seat.known.id:
            self._seats_of.setdefault(seat.known.id, set()).add(seat)
        if not seat.is_desk:
            self.presence.came(seat.chatter)

    def _remove(self, seat: ChatSeat) -> None:
        seats = self._seats_of.get(seat.known.id, set())
        seats.discard(seat)
        if not seats:
            self._seats_of.pop(seat.known.id, None)
        if not seat.is_desk:
            self.presence.went(seat.known.id or None)

    def tell_presence(self, now_s: float) -> None:
        """Tells those who are here how many they are."""
        id_ = self.channel.id
        if (viewers := self.presence.news(now_s)) is not None:
            self._rooms.tell_here(topics.public(id_), ViewersChanged(viewers.count, viewers.exact))
        if any(seat.is_desk for seat in self.seats):
            chatters = ChattersChanged(*self.presence.chatters(now_s))
            if chatters != self._told_chatters:
                self._told_chatters = chatters
                self._rooms.tell_here(topics.moderators(id_), chatters)

    # What the bus tells of other processes.

    def on_entry(self, _topic: str, _epoch: str, _entry: Entry, /) -> None:
        return None

    def on_signal(self, _topic: str, data: bytes, /) -> None:
        signal = topics.decode(data)
        if signal.get("type") == "asked" and self.seats:
            self._rooms.answer(self)
        self.presence.hear(signal, asyncio.get_running_loop().time())

    def on_lost(self) -> None:
        return None

    def on_back(self) -> None:
        return None


class _Answers:
    """What other processes answer who ask. A ``Receiver``."""

    def __init__(self, presence: Presence) -> None:
        self.presence = presence

    def on_entry(self, _topic: str, _epoch: str, _entry: Entry, /) -> None:
        return None

    def on_signal(self, _topic: str, data: bytes, /) -> None:
        self.presence.hear(topics.decode(data), asyncio.get_running_loop().time())

    def on_lost(self) -> None:
        return None

    def on_back(self) -> None:
        return None


class Rooms:
    """Every room that is open; a ``RoomListener`` of their replicas."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        hub: TopicHub,
        parts: RoomParts,
        tasks: BackgroundTasks,
        now_ms: Callable[[], int],
        process: str,
    ) -> None:
        self.parts = parts
        self.now_ms = now_ms
        self.on_overtaken: Callable[[int, Sequence[Overtaken]], None] = lambda channel_id, ids: None
        """Lines arrived after they had been cleared away; whoever owns lines deletes them."""
        self._database = database
        self._bus = bus
        self._hub = hub
        self._tasks = tasks
        self._process = process
        self._open: dict[int, OpenRoom] = {}
        self._public: dict[int, PublicReplica] = {}
        self._desks: dict[int, DeskReplica] = {}
        self._presence_wanted: set[int] = set()
        parts.add("chat", self._make_public)

    def __iter__(self) -> Iterator[OpenRoom]:
        """Those somebody sits in."""
        known = [each for each in self._open.values() if each.seats]
        return iter(
            [each for each in known if each.channel.id in self._public and each.channel.id in self._desks]
        )

    async def open(self, channel: ChannelRef) -> OpenRoom:
        """The room, with both its topics open. Raises ``BusUnavailable`` and what the database raises."""
        await self._hub.open(topics.moderators(channel.id), lambda: self.make_desk(channel.id))
        await self._hub.open(topics.public(channel.id), lambda: self.parts.build(str(channel.id)))
        room = self._open.get(channel.id)
        if room is None:
            room = self._open[channel.id] = OpenRoom(self, channel, self._process)
        room.channel = channel
        return room

    def get(self, channel_id: int) -> OpenRoom | None:
        return self._open.get(channel_id)

    def named(self, name: str) -> list[OpenRoom]:
        """Rooms whose channel has, or had, this name."""
        return [room for room in self._open.values() if room.channel.name == name]

    def public(self, channel_id: int) -> PublicReplica:
        return self._public[channel_id]

    def desk(self, channel_id: int) -> DeskReplica:
        return self._desks[channel_id]

    def make_desk(self, channel_id: int) -> DeskReplica:
        replica = self._desks[channel_id] = DeskReplica(channel_id, self._database, self.now_ms, self)
        return replica

    def _make_public(self, channel_id: str) -> PublicReplica:
        id_ = int(channel_id)
        replica = self._public[id_] = PublicReplica(id_, self._database, self.now_ms, self)
        return replica

    async def chatters(self, channel_id: int) -> tuple[int, list[Chatter]]:
        """How many people with a name are in a room, and some of them. Raises ``BusUnavailable``.

        A process nobody of whose connections is there has not listened; it asks, and waits a moment for answers.
        """
        room = self._open.get(channel_id)
        if room is not None and room.seats:
            return room.presence.chatters(asyncio.get_running_loop().time())
        answers, topic = _Answers(Presence(self._process)), topics.presence(channel_id)
        await self._bus.subscribe(topic, answers)
        try:
            await self._bus.signal(topic, topics.encode(Asked()))
            await asyncio.sleep(ANSWERS_WITHIN_S)
        finally:
            await uninterrupted(self._bus.unsubscribe(topic, answers))
        return answers.presence.chatters(asyncio.get_running_loop().time())

    def answer(self, room: OpenRoom) -> None:
        """Another process asks who is there."""
        report = room.presence.report(asyncio.get_running_loop().time(), asked=True)
        if report is not None:
            self._tasks.start("chat_presence", self._report(room, report))

    def hold(self, room: OpenRoom) -> list[Topic]:
        """Somebody sits in the room: its topics stay open, and other processes' presence is heard."""
        self._open[room.channel.id] = room
        self._tasks.start("chat_presence", self._hear_presence(room))
        held = []
        for name in (topics.public(room.channel.id), topics.moderators(room.channel.id)):
            if (topic := self._hub.get(name)) is not None:
                topic.hold()
                held.append(topic)
        return held

    def release(self, room: OpenRoom, held: Sequence[Topic]) -> None:
        now_s = asyncio.get_running_loop().time()
        for topic in held:
            topic.release(now_s)
        with suppress(RuntimeError):  # the server is going away, and its tasks with it
            self._tasks.start("chat_presence", self._hear_presence(room))

    def tell_here(self, topic: str, signal: object) -> None:
        """A signal to those in this process only."""
        open_topic = self._hub.get(topic)
        if open_topic is not None:
            open_topic.on_signal(topic, topics.encode(signal))

    async def run(self) -> None:
        """Tells who is there, every second; a background task."""
        while True:
            await asyncio.sleep(TICK_S)
            now_s = asyncio.get_running_loop().time()
            for room in list(self._open.values()):
                if room.seats:
                    room.tell_presence(now_s)
                if (report := room.presence.report(now_s)) is not None:
                    await self._report(room, report)
                if not room.seats and room.channel.id not in self._presence_wanted:
                    self._open.pop(room.channel.id, None)

    async def _report(self, room: OpenRoom, report: object) -> None:
        try:
            await self._bus.signal(topics.presence(room.channel.id), topics.encode(report))
        except BusUnavailable:
            return

    async def _hear_presence(self, room: OpenRoom) -> None:
        """Makes the subscription what it has to be now; tried again with every coming and going."""
        id_ = room.channel.id
        try:
            if room.seats and id_ not in self._presence_wanted:
                self._presence_wanted.add(id_)
                await self._bus.subscribe(topics.presence(id_), room)
                await self._bus.signal(topics.presence(id_), topics.encode(Asked()))
                # Somebody may have asked before this was heard.
                self.answer(room)
            elif not room.seats and id_ in self._presence_wanted:
                self._presence_wanted.discard(id_)
                await self._bus.unsubscribe(topics.presence(id_), room)
        except BusUnavailable:
            self._presence_wanted.discard(id_)

    # What the replicas tell.

    def public_changed(self, channel_id: int, event: Any, overtaken: Sequence[Overtaken]) -> None:
        if overtaken:
            self.on_overtaken(channel_id, overtaken)
        room = self._open.get(channel_id)
        if room is None or channel_id not in self._desks:
            return
        kind = None if event is None else event.get("type") if isinstance(event, dict) else ""
        if kind in (None, "settings"):
            for seat in list(room.seats):
                seat.refresh()
        elif kind == "poll":
            for seat in list(room.seats):
                if seat.voted is not None:
                    seat.refresh()
        elif kind == "said" and room.public.settings.slow_mode_s:
            author = event["message"]["author"]
            for seat in [] if author is None else room.seats_of(author["id"]):
                seat.refresh()

    def desk_changed(self, channel_id: int, event: ModeratorsEvent | None) -> None:
        room = self._open.get(channel_id)
        if room is None or channel_id not in self._public:
            return
        match event:
            case None:
                seats = list(room.seats)
            case Acted(entry, restriction, lifted) if restriction is not None or lifted:
                ranged = restriction is not None and restriction.network is not None
                seats = [each for each in room.seats if ranged or each.is_refused]
                seats += [] if entry.user is None else room.seats_of(entry.user.id)
            case RoleChanged(user):
                seats = []
                self._tasks.start("chat_roles", uninterrupted(self._role_changed(room, user)))
            case _:
                seats = []
        if isinstance(event, Acted) and event.restriction is not None and event.restriction.shut_out:
            now_ms = self.now_ms()
            for seat in list(room.seats):
                if not seat.known.standing.moderates and room.desk.shut_out_of(seat.known.network, now_ms):
                    seat.caller.connection.close_banned()
        for seat in seats:
            seat.refresh()

    async def _role_changed(self, room: OpenRoom, user: str) -> None:
        for seat in room.seats_of(user):
            try:
                speaker = await seat.speaker(at_most_s=0)
            except (DomainError, SQLAlchemyError, OSError):
                continue  # it is read again when they do something
            seat.refresh()
            if seat.is_desk and not speaker.standing.moderates:
                seat.caller.connection.expel(seat.room_name, "not_allowed")

    def closed(self, replica: PublicReplica | DeskReplica) -> None:
        kept: dict[int, Any] = self._public if isinstance(replica, PublicReplica) else self._desks
        if kept.get(replica.channel_id) is replica:
            del kept[replica.channel_id]

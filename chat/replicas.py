"""The rooms' states in this process, as ``infra.topics`` drives them: loaded from the database, changed by events."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from chat.desk import HELD_MAX, LOG_MAX, RESTRICTIONS_MAX, Desk
from chat.messages import Message, Poll
from chat.moderation_log import HeldMessage, ModeratorsEvent
from chat.repository import lines, polls, restrictions, rooms
from chat.room import WINDOW, Overtaken, Room
from infra.database import Database


class RoomListener(Protocol):
    """Who is told what has changed in a room. Returns at once."""

    def public_changed(self, channel_id: int, event: Any, overtaken: Sequence[Overtaken], /) -> None:
        """``event`` has been applied; ``None``: all of it was loaded."""

    def desk_changed(self, channel_id: int, event: ModeratorsEvent | None, /) -> None: ...

    def closed(self, replica: "PublicReplica | DeskReplica", /) -> None: ...


class PublicReplica:
    """The part ``chat`` of a public room."""

    def __init__(
        self, channel_id: int, database: Database, now_ms: Callable[[], int], listener: RoomListener
    ) -> None:
        self.channel_id = channel_id
        self.room = Room()
        self._database = database
        self._now_ms = now_ms
        self._listener = listener

    async def load(self) -> Room:
        async with self._database.read() as session:
            stored = await rooms.get(session, self.channel_id)
            pinned = await pinned_line(session, self.channel_id, stored.pinned_id)
            poll = await poll_shown(session, self.channel_id, self._now_ms())
            window = await lines.window(session, self.channel_id, WINDOW)
        return Room(stored.settings, window, pinned, poll)

    def adopt(self, loaded: Room, /) -> None:
        # How many watch is not stored.
        loaded.viewers = self.room.viewers
        self.room = loaded
        self._listener.public_changed(self.channel_id, None, ())

    def apply(self, event: Any, _offset: int, /) -> None:
        overtaken = self.room.apply(event)
        self._listener.public_changed(self.channel_id, event, overtaken)

    def hear(self, signal: Any, /) -> None:
        self.room.hear(signal)

    def snapshot(self) -> object:
        return self.room.snapshot()

    def close(self) -> None:
        self._listener.closed(self)


class DeskReplica:
    """A moderators' room."""

    def __init__(
        self, channel_id: int, database: Database, now_ms: Callable[[], int], listener: RoomListener
    ) -> None:
        self.channel_id = channel_id
        self.desk = Desk()
        self._database = database
        self._now_ms = now_ms
        self._listener = listener

    async def load(self) -> Desk:
        now_ms = self._now_ms()
        async with self._database.read() as session:
            stored = await rooms.get(session, self.channel_id)
            waiting = await lines.held(session, self.channel_id, HELD_MAX)
            laid = await restrictions.in_force(session, self.channel_id, now_ms, RESTRICTIONS_MAX)
            log = await rooms.log(session, self.channel_id, None, LOG_MAX)
        held = [HeldMessage(each.message, each.hold_reason or "blocked_term") for each in waiting]
        return Desk(held, laid, log, stored.terms)

    def adopt(self, loaded: Desk, /) -> None:
        loaded.keep_chatters(self.desk)
        self.desk = loaded
        self._listener.desk_changed(self.channel_id, None)

    def apply(self, event: Any, _offset: int, /) -> None:
        typed = self.desk.apply(event)
        if typed is not None:
            self._listener.desk_changed(self.channel_id, typed)

    def hear(self, signal: Any, /) -> None:
        self.desk.hear(signal)

    def snapshot(self) -> object:
        return self.desk.snapshot()

    def close(self) -> None:
        self._listener.closed(self)


class PersonReplica:
    """Somebody's own room: notices come and go, there is no state."""

    async def load(self) -> None:
        return None

    def adopt(self, _loaded: None, /) -> None:
        return None

    def apply(self, _event: Any, _offset: int, /) -> None:
        return None

    def hear(self, _signal: Any, /) -> None:
        return None

    def snapshot(self) -> object:
        return {}

    def close(self) -> None:
        return None


async def pinned_line(session: AsyncSession, channel_id: int, pinned_id: str | None) -> Message | None:
    """The pinned line, while it is shown."""
    if pinned_id is None:
        return None
    line = await lines.get(session, channel_id, pinned_id)
    return line.message if line is not None and line.is_shown else None


async def poll_shown(session: AsyncSession, channel_id: int, now_ms: int) -> Poll | None:
    """The poll a room shows, with its votes counted."""
    poll = await polls.last(session, channel_id)
    if poll is None or not poll.is_shown(now_ms):
        return None
    return poll.view(await polls.votes(session, poll.id), now_ms)

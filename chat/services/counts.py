"""Reactions and polls: what is counted, and told of at most every 250 ms.

Counts are read from the database when they are told, so that they are right whatever happened meanwhile and in however
many processes. A little later they are read once more: another process may have told an older count last.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chat import topics
from chat.emoji import is_emoji
from chat.errors import ClosedPoll, NoSuchMessage, NoSuchPoll
from chat.messages import REACTIONS_PER_MESSAGE, Poll, PollChanged, Reacted
from chat.moderation_log import Acted
from chat.pacing import Pacing
from chat.people import Speaker
from chat.poll import new_poll
from chat.repository import lines, polls, reactions, rooms
from chat.rooms import OpenRoom, Rooms
from chat.services.tools import Tools
from chat.standings import ChannelRef
from infra.command_errors import CommandMalformed
from infra.request_errors import NotAllowed
from infra.storage import storage
from infra.tasks import uninterrupted

_log = structlog.get_logger("chat")

TOLD_EVERY_S = 0.25
SETTLED_AFTER_S = 1.0
LOOK_EVERY_S = 1.0
"""How often ended polls are looked for."""


@dataclass(frozen=True, slots=True)
class _Line:
    channel_id: int
    id: str


@dataclass(frozen=True, slots=True)
class _PollOf:
    channel_id: int


class CountService:
    """Of every room; ``run`` is its background task."""

    def __init__(self, tools: Tools, rooms_: Rooms, monotonic: Callable[[], float]) -> None:
        self._tools = tools
        self._rooms = rooms_
        self._monotonic = monotonic
        self._pacing: Pacing[_Line | _PollOf] = Pacing(TOLD_EVERY_S)
        self._settling: Pacing[_Line | _PollOf] = Pacing(0.0)
        self._wake = asyncio.Event()

    async def react(self, channel: ChannelRef, by: Speaker, message_id: str, emoji: str, *, on: bool) -> None:
        """Raises ``NoSuchMessage``, ``NotAllowed``, ``CommandMalformed``."""
        if not is_emoji(emoji):
            raise CommandMalformed("emoji: expected one emoji")
        with storage():
            changed = await uninterrupted(self._react(channel, by, message_id, emoji, on=on))
        if changed:
            self._changed(_Line(channel.id, message_id))

    async def open_poll(
        self, channel: ChannelRef, by: Speaker, question: str, options: Sequence[str], duration_s: int
    ) -> None:
        """Asks the room; a poll that is still open is closed. Raises ``CommandMalformed``."""
        tools = self._tools
        poll = new_poll(tools.new_id(), question, options, duration_s, tools.now_ms())
        entry = tools.entry(by, "open_poll", details=poll.question)

        async def store() -> None:
            async with tools.database.write() as session:
                await rooms.lock(session, channel.id)
                before = await polls.last(session, channel.id)
                if before is not None:
                    await polls.close(session, before.id, tools.now_ms())
                await polls.add(session, channel.id, poll)
                await rooms.write_log(session, channel.id, entry)
            await tools.outbox.publish(topics.public(channel.id), PollChanged(poll.view({}, tools.now_ms())))
            await tools.outbox.publish(topics.moderators(channel.id), Acted(entry))

        with storage():
            await uninterrupted(store())

    async def close_poll(self, channel: ChannelRef, by: Speaker) -> None:
        """Closes the poll, or takes away a closed one. Raises ``NoSuchPoll``."""
        tools = self._tools
        entry = tools.entry(by, "close_poll")

        async def store() -> None:
            async with tools.database.write() as session:
                await rooms.lock(session, channel.id)
                poll = await polls.last(session, channel.id)
                if poll is None:
                    raise NoSuchPoll
                if poll.is_closed(tools.now_ms()):
                    await polls.take_away(session, poll.id)
                else:
                    await polls.close(session, poll.id, tools.now_ms())
                await rooms.write_log(session, channel.id, entry)
            await self._tell_poll(channel.id)
            await tools.outbox.publish(topics.moderators(channel.id), Acted(entry))

        with storage():
            await uninterrupted(store())

    async def vote(self, channel: ChannelRef, by: Speaker, poll_id: str, option: int) -> None:
        """Raises ``NoSuchPoll``, ``ClosedPoll``, ``CommandMalformed``."""

        async def store() -> None:
            async with self._tools.database.write() as session:
                poll = await polls.last(session, channel.id)
                if poll is None:
                    raise NoSuchPoll
                if poll.id != poll_id:
                    raise ClosedPoll
                poll.require_vote(option, self._tools.now_ms())
                await polls.vote(session, poll.id, by.id, option)

        with storage():
            await uninterrupted(store())
        self._changed(_PollOf(channel.id))

    async def run(self) -> None:
        """Tells counts as they fall due, and closes polls whose time is over."""
        looked_s = self._monotonic()
        while True:
            await self._wait(looked_s + LOOK_EVERY_S)
            now_s = self._monotonic()
            for thing in self._pacing.take(now_s):
                await uninterrupted(self._tell(thing))
                self._settling.again(thing, now_s + SETTLED_AFTER_S)
            for thing in self._settling.take(now_s):
                await uninterrupted(self._tell(thing, only_news=True))
            if now_s - looked_s >= LOOK_EVERY_S:
                looked_s = now_s
                for room in self._rooms:
                    await uninterrupted(self.end_poll(room))

    async def end_poll(self, room: OpenRoom) -> None:
        """Closes the poll of a room when its time is over, and takes it away a while later."""
        tools, now_ms = self._tools, self._tools.now_ms()
        if (
            not room.seats
            or (poll := room.public.poll) is None
            or (now_ms < poll.ends_at_ms and not poll.closed)
        ):
            return
        channel_id = room.channel.id
        try:
            async with tools.database.read() as session:
                stored = await polls.last(session, channel_id)
            if stored is None or stored.id != poll.id:
                return
            if not poll.closed:
                await uninterrupted(self._close(stored.id, stored.ends_at_ms))
                await self._tell_poll(channel_id)
            elif not stored.is_shown(now_ms):
                await uninterrupted(self._take_away(stored.id))
                await self._tell_poll(channel_id)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("chat_poll_not_ended", error=type(error).__name__)

    def _changed(self, thing: _Line | _PollOf) -> None:
        self._pacing.changed(thing, self._monotonic())
        self._wake.set()

    async def _wait(self, until_s: float) -> None:
        deadlines = [self._pacing.deadline_s(), self._settling.deadline_s(), until_s]
        nearest_s = min(each for each in deadlines if each is not None)
        try:
            async with asyncio.timeout(max(0.0, nearest_s - self._monotonic())):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _tell(self, thing: _Line | _PollOf, *, only_news: bool = False) -> None:
        try:
            if isinstance(thing, _PollOf):
                await self._tell_poll(thing.channel_id, only_news=only_news)
            else:
                await self._tell_reactions(thing, only_news=only_news)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("chat_counts_not_told", error=type(error).__name__)
            self._pacing.again(thing, self._monotonic() + SETTLED_AFTER_S)

    async def _tell_reactions(self, line: _Line, *, only_news: bool) -> None:
        async with self._tools.database.read() as session:
            counts = dict((await reactions.counts(session, [line.id])).get(line.id, {}))
        if only_news:
            room = self._rooms.get(line.channel_id)
            shown = None if room is None or not room.seats else room.public.get(line.id)
            if shown is None or shown.reactions == counts:
                return
        await self._tools.outbox.publish(topics.public(line.channel_id), Reacted(line.id, counts))

    async def _tell_poll(self, channel_id: int, *, only_news: bool = False) -> None:
        now_ms = self._tools.now_ms()
        async with self._tools.database.read() as session:
            stored = await polls.last(session, channel_id)
            votes = {} if stored is None else await polls.votes(session, stored.id)
        poll: Poll | None = None if stored is None else stored.view(votes, now_ms)
        if only_news:
            room = self._rooms.get(channel_id)
            if room is None or not room.seats or room.public.poll == poll:
                return
        await self._tools.outbox.publish(topics.public(channel_id), PollChanged(poll))

    async def _react(
        self, channel: ChannelRef, by: Speaker, message_id: str, emoji: str, *, on: bool
    ) -> bool:
        async with self._tools.database.write() as session:
            line = await lines.get(session, channel.id, message_id)
            if line is None or not line.is_shown:
                raise NoSuchMessage
            if not on:
                return await reactions.remove(session, message_id, emoji, by.id)
            is_new = await reactions.add(session, message_id, emoji, by.id)
            if is_new and await reactions.kinds(session, message_id) > REACTIONS_PER_MESSAGE:
                raise NotAllowed(f"a line takes at most {REACTIONS_PER_MESSAGE} different emoji")
            return is_new

    async def _close(self, poll_id: str, at_ms: int) -> None:
        async with self._tools.database.write() as session:
            await polls.close(session, poll_id, at_ms)

    async def _take_away(self, poll_id: str) -> None:
        async with self._tools.database.write() as session:
            await polls.take_away(session, poll_id)

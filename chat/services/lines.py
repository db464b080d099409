"""Writing, deleting and deciding about lines."""

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chat import topics
from chat.clock import BroadcastClock
from chat.errors import NoSuchMessage
from chat.messages import Deleted, Kind, Mention, Message, Reply, Said
from chat.moderation import require_may_delete
from chat.moderation_log import Acted, Decided, Mentioned
from chat.people import People, Speaker, is_guest
from chat.repository import ignores, lines, rooms, unpublished
from chat.repository.lines import NewLine, StoredLine
from chat.room import DELETED_NAME, Overtaken
from chat.rules import Accepted, Refusal, line_verdict, standing_refusal
from chat.seats import ChatSeat
from chat.services.tools import Tools, person
from chat.standings import ChannelRef, Standings, author_of
from chat.text import clean, excerpt, mentions
from infra.storage import storage
from infra.tasks import BackgroundTasks, uninterrupted

_log = structlog.get_logger("chat")

LOOKED_UP_MAX = 2
"""Names that nobody here has and that are looked up."""


class LineService:
    """Lines of every room."""

    def __init__(
        self,
        tools: Tools,
        clock: BroadcastClock,
        people: People,
        standings: Standings,
        tasks: BackgroundTasks,
    ) -> None:
        self._tools = tools
        self._clock = clock
        self._people = people
        self._standings = standings
        self._tasks = tasks

    async def say(
        self, seat: ChatSeat, text: str, key: str, *, kind: Kind = "line", reply_to: str | None = None
    ) -> StoredLine:
        """The line as it was accepted: shown, or held. ``text`` is as it was sent.

        Raises ``Refused``, ``NotSignedIn``, ``NoSuchMessage``, ``BusUnavailable``, ``StorageUnavailable``,
        ``RateLimited``.
        """
        plain = clean(text)
        refusal, verdict = await self._judge(seat, await seat.speaker(), plain)
        if refusal is not None:
            # What they are to the room may just have changed: they followed, were made a moderator.
            refusal, verdict = await self._judge(seat, await seat.speaker(at_most_s=0), plain)
        speaker = seat.known
        if refusal is not None or verdict is None:
            # A line that was accepted stands in the way of its own repetition.
            earlier = (
                await self._tools.writer.repeat(seat.channel.id, speaker.id, key) if speaker.id else None
            )
            if earlier is not None:
                return earlier
            assert refusal is not None
            raise refusal.raised(self._tools.now_ms())
        refused = seat.room.accepting(speaker.id, self._tools.now_ms())
        try:
            line = await self._line(seat, speaker, plain, key, kind, reply_to, verdict)
            stored = await self._tools.writer.write(line, is_bound=not speaker.standing.governs)
        except BaseException:
            refused()
            raise
        if stored.state == "shown" and stored.is_new:
            await uninterrupted(self._notify(seat.channel, stored.message))
        return stored

    async def delete(self, seat: ChatSeat, message_id: str) -> None:
        """Raises ``NoSuchMessage``, ``NotAllowed``."""
        speaker, channel, tools = await seat.speaker(at_most_s=0), seat.channel, self._tools
        with storage():
            async with tools.database.read() as session:
                line = await lines.get(session, channel.id, message_id)
            if line is None or not line.is_shown:
                raise NoSuchMessage
            author = line.message.author
            standing = None
            if author is not None and author.id != speaker.id:
                standing = (await self._standing_of(channel, author.id, author.name)).standing
            require_may_delete(speaker.standing, speaker.id, standing, None if author is None else author.id)
            await uninterrupted(self._delete(channel, speaker, line.message))

    async def decide(self, seat: ChatSeat, message_id: str, *, approve: bool) -> None:
        """Raises ``NoSuchMessage``: it does not wait, or somebody else has decided."""
        with storage():
            await uninterrupted(self._decide(seat.channel, seat.known, message_id, approve=approve))

    async def shown(self, channel: ChannelRef, seat: ChatSeat | None, message_id: str) -> Message:
        """A line that everyone sees. Raises ``NoSuchMessage``."""
        found = None if seat is None else seat.room.public.get(message_id)
        if found is not None:
            return found
        with storage():
            async with self._tools.database.read() as session:
                line = await lines.get(session, channel.id, message_id)
        if line is None or not line.is_shown:
            raise NoSuchMessage
        return line.message

    def overtaken(self, channel_id: int, late: Sequence[Overtaken]) -> None:
        """These lines arrived after they had been cleared away: they go for everyone."""
        work = self._delete_late(channel_id, [each.id for each in late])
        self._tasks.start("chat_overtaken", uninterrupted(work))

    async def _judge(
        self, seat: ChatSeat, speaker: Speaker, text: str
    ) -> tuple[Refusal | None, Accepted | None]:
        room, desk, now_ms = seat.room.public, seat.room.desk, self._tools.now_ms()
        restriction = desk.restriction_of(speaker.id, speaker.network, now_ms)
        refusal = standing_refusal(speaker, room.settings, restriction, now_ms)
        if refusal is not None:
            return refusal, None
        last_ms = seat.room.last_said_at_ms(speaker.id)
        if last_ms is None and room.settings.slow_mode_s and not speaker.standing.moderates:
            last_ms = await self._last_said_at_ms(seat.channel, speaker.id)
        verdict = line_verdict(speaker, text, room, desk.terms, now_ms, last_ms)
        return (verdict, None) if isinstance(verdict, Refusal) else (None, verdict)

    async def _last_said_at_ms(self, channel: ChannelRef, user: str) -> int | None:
        with storage():
            async with self._tools.database.read() as session:
                line = await lines.last_of(session, channel.id, user)
        return None if line is None else line.message.at_ms

    async def _line(
        self,
        seat: ChatSeat,
        speaker: Speaker,
        text: str,
        key: str,
        kind: Kind,
        reply_to: str | None,
        verdict: Accepted,
    ) -> NewLine:
        with storage():
            reply = None if reply_to is None else await self._reply(seat, reply_to)
            named = await self._named(seat, text) if "@" in text else []
            reading = await self._clock.read(seat.channel.name, seat.channel.id, self._tools.now_ms())
        now_ms = self._tools.now_ms()
        message = Message(
            id="",
            author=author_of(speaker),
            kind=kind,
            text=text,
            at_ms=now_ms,
            broadcast=reading.broadcast,
            clock_ms=reading.clock_ms,
            reply_to=reply,
            mentions=named,
        )
        return NewLine(
            message=message,
            channel_id=seat.channel.id,
            key=key,
            hold=verdict.hold,
            network=speaker.network,
        )

    async def _reply(self, seat: ChatSeat, message_id: str) -> Reply:
        line = await self.shown(seat.channel, seat, message_id)
        author = line.author
        if author is None:
            return Reply(line.id, DELETED_NAME, excerpt(line.text))
        return Reply(line.id, author.name, excerpt(line.text), author.id)

    async def _named(self, seat: ChatSeat, text: str) -> list[Mention]:
        found = mentions(text, seat.room.people())
        named = list(found.people)
        for name in found.unknown[:LOOKED_UP_MAX]:
            ids = await self._people.find(name)
            if len(ids) == 1 and all(each.id != ids[0] for each in named):
                known = await self._people.known(ids)
                named += [Mention(user_id, known[user_id][0]) for user_id in ids if user_id in known]
        return named

    async def _notify(self, channel: ChannelRef, message: Message) -> None:
        """Those who are named or answered hear of it in their own rooms."""
        author = message.author.id if message.author is not None else ""
        wanted = [each.id for each in message.mentions]
        if message.reply_to is not None and message.reply_to.author is not None:
            wanted.append(message.reply_to.author)
        to = sorted({each for each in wanted if each != author and not is_guest(each)})
        if not to:
            return
        try:
            async with self._tools.database.read() as session:
                ignoring = await ignores.ignoring(session, author, to)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("chat_notices_failed", error=type(error).__name__)
            return
        for user in to:
            if user not in ignoring:
                notice = Mentioned(channel.name, message)
                await self._tools.outbox.publish(
                    topics.person(user), notice, key=f"mentioned:{message.id}:{user}"
                )

    async def _standing_of(self, channel: ChannelRef, user_id: str, name: str) -> Speaker:
        return await self._standings.of_target(channel, user_id, name)

    async def _delete(self, channel: ChannelRef, by: Speaker, message: Message) -> None:
        tools = self._tools
        is_own = message.author is not None and message.author.id == by.id
        async with tools.writer.lock(channel.id):
            entry = None
            async with tools.database.write() as session:
                gone = await lines.delete_shown(session, channel.id, [message.id], by.id, tools.now_ms())
                if not gone:
                    raise NoSuchMessage
                if not is_own:
                    author = message.author
                    whom = None if author is None else Mention(author.id, author.name)
                    entry = tools.entry(
                        by, "delete", user=whom, message=message.id, details=excerpt(message.text)
                    )
                    await rooms.write_log(session, channel.id, entry)
            event = Deleted([message.id], "author" if is_own else "moderator")
            await tools.outbox.publish(topics.public(channel.id), event)
            if entry is not None:
                await tools.outbox.publish(topics.moderators(channel.id), Acted(entry))

    async def _decide(self, channel: ChannelRef, by: Speaker, message_id: str, *, approve: bool) -> None:
        tools = self._tools
        async with tools.writer.lock(channel.id):
            async with tools.database.write() as session:
                becomes: lines.State = "shown" if approve else "denied"
                if not await lines.set_state(session, channel.id, [message_id], "held", becomes):
                    raise NoSuchMessage("this line does not wait for a decision")
                line = await lines.get(session, channel.id, message_id)
                assert line is not None
                author = line.message.author
                entry = tools.entry(
                    by,
                    "approve" if approve else "deny",
                    user=None if author is None else Mention(author.id, author.name),
                    message=message_id,
                    details=excerpt(line.message.text),
                )
                await rooms.write_log(session, channel.id, entry)
                if approve:
                    # Should this process die before it told of it.
                    await unpublished.add(session, channel.id, [message_id], tools.now_ms())
            desk = topics.moderators(channel.id)
            await tools.outbox.publish(desk, Decided(message_id, approve, person(by)))
            await tools.outbox.publish(desk, Acted(entry))
            if approve:
                await tools.outbox.publish(
                    topics.public(channel.id), Said(line.message), key=f"said:{message_id}"
                )
        if approve:
            await self._notify(channel, line.message)

    async def _delete_late(self, channel_id: int, ids: list[str]) -> None:
        try:
            async with self._tools.writer.lock(channel_id), self._tools.database.write() as session:
                await lines.delete_shown(session, channel_id, ids, "", self._tools.now_ms())
        except (SQLAlchemyError, OSError) as error:
            _log.warning("chat_late_lines_stay", error=type(error).__name__)
            return
        event = Deleted(ids, "moderator")
        # Every process that sees it deletes it; together they say so once.
        await self._tools.outbox.publish(topics.public(channel_id), event, key=f"overtaken:{ids[0]}")

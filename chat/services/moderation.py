"""Restricting people, clearing, settings, pinning, blocked terms, notes; each is written to the room's log.

Whoever calls has asked whether the actor moderates the room; whom they may act on is asked here.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from chat import topics
from chat.desk import shutting_out
from chat.errors import NoSuchMessage, NoteInvalid
from chat.messages import Cleared, Message, Pinned, RoomSettings, SettingsChanged
from chat.moderation import (
    NOTE_MAX_CHARACTERS,
    REASON_MAX_CHARACTERS,
    TIMEOUT_MAX_S,
    ban_until_ms,
    require_may_act,
)
from chat.moderation_log import (
    Acted,
    BlockedTermView,
    LogEntry,
    Note,
    NoteAdded,
    Person,
    Released,
    Restricted,
    Restriction,
    RestrictionKind,
    RoleChanged,
    TermsChanged,
)
from chat.people import Speaker, Standing, is_guest
from chat.repository import lines, restrictions, rooms
from chat.rules import restriction_refusal
from chat.services.tools import Tools, person
from chat.settings import OWNERS_ONLY, changed, described
from chat.standings import ChannelRef, Standings
from chat.terms import checked
from chat.text import clean
from infra.command_errors import CommandMalformed
from infra.request_errors import NotAllowed
from infra.storage import storage
from infra.tasks import uninterrupted

NOTES_MAX = 100
RESTRICTIONS_LISTED = 1_000


class ModerationService:
    """Of every room."""

    def __init__(self, tools: Tools, standings: Standings) -> None:
        self._tools = tools
        self._standings = standings

    async def time_out(
        self, channel: ChannelRef, by: Speaker, user_id: str, duration_s: int, reason: str = ""
    ) -> None:
        """They may not write for a while, and what they wrote is cleared. Raises ``NotAllowed``, ``NoSuchUser``."""
        if not 1 <= duration_s <= TIMEOUT_MAX_S:
            raise CommandMalformed(f"duration_s: expected 1 to {TIMEOUT_MAX_S}")
        await self._restrict(
            channel, by, user_id, "timeout", self._tools.now_ms() + duration_s * 1_000, duration_s, reason
        )

    async def ban(
        self,
        channel: ChannelRef,
        by: Speaker,
        user_id: str,
        duration_s: int | None = None,
        reason: str = "",
        *,
        address: bool = False,
        shut_out: bool = False,
    ) -> str | None:
        """The same until it is lifted, or a moment; returns the range of addresses that is banned with them.

        ``shut_out`` keeps that range from reading, too.
        """
        if duration_s is not None and duration_s < 1:
            raise CommandMalformed("duration_s: expected at least 1")
        until_ms = ban_until_ms(self._tools.now_ms(), duration_s, address=False)
        return await self._restrict(
            channel, by, user_id, "ban", until_ms, duration_s, reason, address=address, shut_out=shut_out
        )

    async def unban(self, channel: ChannelRef, by: Speaker, user_id: str) -> None:
        """Lifts every restriction of theirs; does nothing when there is none."""
        with storage():
            await uninterrupted(self._unban(channel, by, user_id))

    async def clear(self, channel: ChannelRef, by: Speaker, user_id: str | None) -> None:
        """Deletes every line of somebody, or of everyone. Raises ``NotAllowed``, ``NoSuchUser``."""
        with storage():
            target = None
            if user_id is not None:
                target = await self._target(channel, user_id)
                if target.id != by.id:
                    require_may_act(by.standing, by.id, target.standing, target.id)
            await uninterrupted(self._clear(channel, by, target))

    async def change_settings(
        self, channel: ChannelRef, by: Speaker, changes: dict[str, Any]
    ) -> RoomSettings:
        """Raises ``SettingsInvalid``, ``NotAllowed``."""
        if OWNERS_ONLY & changes.keys() and not by.standing.governs:
            raise NotAllowed("only the channel's owner or an admin changes this")
        if not changes:
            raise CommandMalformed("name a setting to change")
        with storage():
            return await uninterrupted(self._change_settings(channel, by, changes))

    async def pin(self, channel: ChannelRef, by: Speaker, message_id: str | None) -> None:
        """Shows a line above all others, or none. Raises ``NoSuchMessage``."""
        with storage():
            await uninterrupted(self._pin(channel, by, message_id))

    async def set_terms(
        self, channel: ChannelRef, by: Speaker, terms: Sequence[BlockedTermView]
    ) -> Sequence[BlockedTermView]:
        """Replaces the blocked terms. Raises ``TermsInvalid``."""
        kept = checked(terms)
        with storage():
            await uninterrupted(self._set_terms(channel, by, kept))
        return kept

    async def terms(self, channel: ChannelRef) -> Sequence[BlockedTermView]:
        with storage():
            async with self._tools.database.read() as session:
                return (await rooms.get(session, channel.id)).terms

    async def add_note(self, channel: ChannelRef, by: Speaker, user_id: str, text: str) -> Note:
        """Writes something down about somebody. Raises ``NoteInvalid``, ``NoSuchUser``."""
        plain = clean(text)
        if not 1 <= len(plain) <= NOTE_MAX_CHARACTERS:
            raise NoteInvalid(f"a note has 1 to {NOTE_MAX_CHARACTERS} characters")
        with storage():
            target = await self._target(channel, user_id)
            return await uninterrupted(self._add_note(channel, by, target, plain))

    async def notes(self, channel: ChannelRef, user_id: str) -> Sequence[Note]:
        """Newest first."""
        with storage():
            async with self._tools.database.read() as session:
                return await rooms.notes(session, channel.id, user_id)

    async def log(self, channel: ChannelRef, before: str | None, limit: int) -> Sequence[LogEntry]:
        """Newest first."""
        with storage():
            async with self._tools.database.read() as session:
                return await rooms.log(session, channel.id, before, limit)

    async def restrictions(self, channel: ChannelRef) -> Sequence[Restriction]:
        """Those in force, newest first."""
        with storage():
            async with self._tools.database.read() as session:
                found = await restrictions.in_force(
                    session, channel.id, self._tools.now_ms(), RESTRICTIONS_LISTED
                )
        return found[::-1]

    async def require_may_read(
        self, channel: ChannelRef, network: str | None, who: Callable[[], Awaitable[Speaker]]
    ) -> None:
        """Raises ``Banned`` for those whose network is shut out; whoever moderates never is."""
        now_ms = self._tools.now_ms()
        with storage():
            async with self._tools.database.read() as session:
                laid = await restrictions.shutting_out(session, channel.id, now_ms)
        restriction = shutting_out(laid, network, now_ms)
        if restriction is not None and not (await who()).standing.moderates:
            raise restriction_refusal(restriction).raised(now_ms)

    async def announced(self, channel: ChannelRef, by: Speaker, message: Message) -> None:
        """Writes down that somebody announced something."""
        entry = self._tools.entry(by, "announce", message=message.id, details=message.text)
        with storage():
            await uninterrupted(self._write_down(channel, entry))

    async def role_changed(self, channel: ChannelRef, user_id: str) -> None:
        """Somebody moderates the room now, or no more: whoever has it open looks again."""
        await self._tools.outbox.publish(topics.moderators(channel.id), RoleChanged(user_id))

    async def _target(self, channel: ChannelRef, user_id: str) -> Speaker:
        name = None
        if is_guest(user_id):
            async with self._tools.database.read() as session:
                line = await lines.last_of(session, channel.id, user_id)
            if line is not None and line.message.author is not None:
                name = line.message.author.name
        return await self._standings.of_target(channel, user_id, name)

    async def _restrict(
        self,
        channel: ChannelRef,
        by: Speaker,
        user_id: str,
        kind: RestrictionKind,
        until_ms: int | None,
        duration_s: int | None,
        reason: str,
        *,
        address: bool = False,
        shut_out: bool = False,
    ) -> str | None:
        why = clean(reason)[:REASON_MAX_CHARACTERS]
        with storage():
            target = await self._target(channel, user_id)
            require_may_act(by.standing, by.id, target.standing, target.id)
            # Who has no account comes back under another name: only their network tells them.
            with_network = address or target.standing is Standing.GUEST
            return await uninterrupted(
                self._lay(
                    channel,
                    by,
                    target,
                    kind,
                    until_ms,
                    duration_s,
                    why,
                    with_network=with_network,
                    shut_out=shut_out,
                )
            )

    async def _lay(
        self,
        channel: ChannelRef,
        by: Speaker,
        target: Speaker,
        kind: RestrictionKind,
        until_ms: int | None,
        duration_s: int | None,
        reason: str,
        *,
        with_network: bool,
        shut_out: bool,
    ) -> str | None:
        tools, whom = self._tools, person(target)
        async with tools.writer.lock(channel.id):
            now_ms = tools.now_ms()
            laid = Restriction(
                id=tools.new_id(),
                user=whom,
                kind=kind,
                until_ms=until_ms,
                by=person(by),
                reason=reason,
                at_ms=now_ms,
            )
            ranged = None
            async with tools.database.write() as session:
                await rooms.lock(session, channel.id)
                lifted = await restrictions.lift(session, channel.id, target.id)
                await restrictions.add(session, channel.id, whom, laid)
                last = await lines.last_of(session, channel.id, target.id) if with_network else None
                if last is not None and last.network is not None:
                    until = until_ms if kind == "timeout" else ban_until_ms(now_ms, duration_s, address=True)
                    ranged = Restriction(
                        id=tools.new_id(),
                        user=None,
                        network=last.network,
                        kind=kind,
                        until_ms=until,
                        by=person(by),
                        reason=reason,
                        at_ms=now_ms,
                        shut_out=shut_out,
                    )
                    await restrictions.add(session, channel.id, whom, ranged)
                up_to = tools.new_id()
                await lines.clear(session, channel.id, target.id, up_to, by.id, now_ms)
                entry = tools.entry(
                    by,
                    kind,
                    user=whom,
                    duration_s=duration_s,
                    reason=reason,
                    details="" if ranged is None else _described(ranged),
                )
                await rooms.write_log(session, channel.id, entry)
            desk = topics.moderators(channel.id)
            await tools.outbox.publish(desk, Acted(entry, laid, list(lifted)))
            if ranged is not None:
                await tools.outbox.publish(desk, Acted(entry, ranged))
            await tools.outbox.publish(topics.public(channel.id), Cleared(target.id, up_to))
            if not is_guest(target.id):
                notice = Restricted(channel.name, kind, until_ms, reason)
                await tools.outbox.publish(topics.person(target.id), notice)
        return None if ranged is None else ranged.network

    async def _unban(self, channel: ChannelRef, by: Speaker, user_id: str) -> None:
        tools = self._tools
        async with tools.writer.lock(channel.id):
            async with tools.database.write() as session:
                await rooms.lock(session, channel.id)
                laid = [each for at, each in await restrictions.laid_on(session, user_id) if at == channel.id]
                lifted = await restrictions.lift(session, channel.id, user_id)
                if not lifted:
                    return
                named = [each.user for each in laid if each.user is not None]
                whom = named[0] if named else Person(user_id, "")
                entry = tools.entry(by, "unban", user=whom)
                await rooms.write_log(session, channel.id, entry)
            await tools.outbox.publish(topics.moderators(channel.id), Acted(entry, None, list(lifted)))
            if not is_guest(user_id):
                await tools.outbox.publish(topics.person(user_id), Released(channel.name))

    async def _clear(self, channel: ChannelRef, by: Speaker, target: Speaker | None) -> None:
        tools = self._tools
        async with tools.writer.lock(channel.id):
            up_to = tools.new_id()
            user_id = None if target is None else target.id
            async with tools.database.write() as session:
                await lines.clear(session, channel.id, user_id, up_to, by.id, tools.now_ms())
                entry = tools.entry(by, "clear", user=None if target is None else person(target))
                await rooms.write_log(session, channel.id, entry)
            await tools.outbox.publish(topics.public(channel.id), Cleared(user_id, up_to))
            await tools.outbox.publish(topics.moderators(channel.id), Acted(entry))

    async def _change_settings(
        self, channel: ChannelRef, by: Speaker, changes: dict[str, Any]
    ) -> RoomSettings:
        tools = self._tools
        async with tools.writer.lock(channel.id):
            async with tools.database.write() as session:
                await rooms.lock(session, channel.id)
                settings = changed((await rooms.get(session, channel.id)).settings, changes)
                await rooms.set_settings(session, channel.id, settings)
                entry = tools.entry(by, "settings", details=described(changes))
                await rooms.write_log(session, channel.id, entry)
            await tools.outbox.publish(topics.public(channel.id), SettingsChanged(settings))
            await tools.outbox.publish(topics.moderators(channel.id), Acted(entry))
        return settings

    async def _pin(self, channel: ChannelRef, by: Speaker, message_id: str | None) -> None:
        tools = self._tools
        async with tools.writer.lock(channel.id):
            async with tools.database.write() as session:
                await rooms.lock(session, channel.id)
                message = None
                if message_id is not None:
                    line = await lines.get(session, channel.id, message_id)
                    if line is None or not line.is_shown:
                        raise NoSuchMessage
                    message = line.message
                await rooms.set_pinned(session, channel.id, message_id)
                entry = tools.entry(by, "unpin" if message is None else "pin", message=message_id)
                await rooms.write_log(session, channel.id, entry)
            await tools.outbox.publish(topics.public(channel.id), Pinned(message))
            await tools.outbox.publish(topics.moderators(channel.id), Acted(entry))

    async def _set_terms(self, channel: ChannelRef, by: Speaker, terms: Sequence[BlockedTermView]) -> None:
        tools = self._tools
        async with tools.writer.lock(channel.id):
            async with tools.database.write() as session:
                await rooms.lock(session, channel.id)
                await rooms.set_terms(session, channel.id, terms)
                entry = tools.entry(by, "blocked_terms", details=f"{len(terms)} terms")
                await rooms.write_log(session, channel.id, entry)
            await tools.outbox.publish(topics.moderators(channel.id), TermsChanged(list(terms)))
            await tools.outbox.publish(topics.moderators(channel.id), Acted(entry))

    async def _add_note(self, channel: ChannelRef, by: Speaker, target: Speaker, text: str) -> Note:
        tools = self._tools
        note = Note(id=tools.new_id(), user=person(target), by=person(by), text=text, at_ms=tools.now_ms())
        entry = tools.entry(by, "note", user=person(target))
        async with tools.database.write() as session:
            await rooms.lock(session, channel.id)
            if await rooms.count_notes(session, channel.id, target.id) >= NOTES_MAX:
                raise NoteInvalid(f"there are {NOTES_MAX} notes about this person already")
            await rooms.add_note(session, channel.id, note)
            await rooms.write_log(session, channel.id, entry)
        await tools.outbox.publish(topics.moderators(channel.id), NoteAdded(note))
        await tools.outbox.publish(topics.moderators(channel.id), Acted(entry))
        return note

    async def _write_down(self, channel: ChannelRef, entry: LogEntry) -> None:
        async with self._tools.database.write() as session:
            await rooms.write_log(session, channel.id, entry)
        await self._tools.outbox.publish(topics.moderators(channel.id), Acted(entry))


def _described(ranged: Restriction) -> str:
    return f"network {ranged.network}" + (", shut out" if ranged.shut_out else "")

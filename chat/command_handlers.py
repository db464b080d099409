"""Carries out the commands of a room: who may, then the service, then the answer."""

from typing import Any

from aiohttp import web
from msgspec import UNSET, structs

from chat import commands as declared
from chat.app_keys import Chat
from chat.commands import (
    AddNote,
    Announce,
    AnnounceResult,
    Ban,
    BanResult,
    ChangeSettings,
    Clear,
    Decide,
    Delete,
    Guest,
    GuestResult,
    Ignore,
    NoteResult,
    OfUser,
    OpenPoll,
    Pin,
    React,
    SaidResult,
    Say,
    SettingsResult,
    TimeOut,
    Vote,
)
from chat.people import Speaker
from chat.rules import restriction_refusal
from chat.seats import ChatSeat
from chat.slash import is_slash, parse
from chat.slash_commands import carry_out
from chat.text import clean
from infra.command_errors import CommandMalformed, NoSuchRoom
from infra.commands import CommandCall, add_command
from infra.errors import DomainError
from infra.request_errors import NotSignedIn


class CommandHandlers:
    """One method per command."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def say(self, call: CommandCall[Say, ChatSeat]) -> SaidResult:
        seat, body = _public(call), call.body
        if not seat.identity.is_anonymous:
            self._chat.gate.require_chat(seat.identity)
        text = clean(body.text)
        if is_slash(text):
            slash = parse(text, list(seat.room.people().values()))
            return await carry_out(self._chat, self.moderator, seat, slash, body.key)
        line = await self._chat.lines.say(seat, body.text, body.key, reply_to=body.reply_to)
        return SaidResult(message=line.message) if line.state == "shown" else SaidResult(held=True)

    async def guest(self, call: CommandCall[Guest, ChatSeat]) -> GuestResult:
        seat = _public(call)
        speaker = self._chat.viewers.be_guest(seat, call.body.name, call.body.token)
        token, expires_at_ms = self._chat.guests.give(seat.channel.id, speaker.id, seat.room.now_ms())
        return GuestResult(speaker.id, speaker.name, token, expires_at_ms)

    async def react(self, call: CommandCall[React, ChatSeat]) -> None:
        seat, body = _public(call), call.body
        by = await self._unrestricted(seat)
        await self._chat.counts.react(seat.channel, by, body.message, body.emoji, on=body.on)
        for each in seat.room.seats_of(by.id):
            if not each.is_desk:
                each.has_reacted(body.message, body.emoji, on=body.on)

    async def vote(self, call: CommandCall[Vote, ChatSeat]) -> None:
        seat, body = _public(call), call.body
        by = await self._unrestricted(seat)
        await self._chat.counts.vote(seat.channel, by, body.poll, body.option)
        for each in seat.room.seats_of(by.id):
            each.voted = (body.poll, body.option)
            each.refresh()

    async def delete(self, call: CommandCall[Delete, ChatSeat]) -> None:
        seat = _seat(call)
        if not seat.identity.is_anonymous:
            self._chat.gate.require_chat(seat.identity)
        elif not seat.known.id:
            raise NotSignedIn("sign in to delete what you wrote")
        await self._chat.lines.delete(seat, call.body.message)

    async def ignore(self, call: CommandCall[Ignore, ChatSeat]) -> None:
        await self._chat.viewers.ignore(_public(call), call.body.user, on=call.body.on)

    async def announce(self, call: CommandCall[Announce, ChatSeat]) -> AnnounceResult:
        seat = _seat(call)
        by = await self.moderator(seat)
        line = await self._chat.lines.say(seat, call.body.text, call.body.key, kind="announcement")
        if line.is_new:
            await self._chat.moderation.announced(seat.channel, by, line.message)
        return AnnounceResult(line.message)

    async def pin(self, call: CommandCall[Pin, ChatSeat]) -> None:
        seat = _seat(call)
        await self._chat.moderation.pin(seat.channel, await self.moderator(seat), call.body.message)

    async def open_poll(self, call: CommandCall[OpenPoll, ChatSeat]) -> None:
        seat, body = _seat(call), call.body
        by = await self.moderator(seat)
        await self._chat.counts.open_poll(seat.channel, by, body.question, body.options, body.duration_s)

    async def close_poll(self, call: CommandCall[None, ChatSeat]) -> None:
        seat = _seat(call)
        await self._chat.counts.close_poll(seat.channel, await self.moderator(seat))

    async def time_out(self, call: CommandCall[TimeOut, ChatSeat]) -> None:
        seat, body = _seat(call), call.body
        by = await self.moderator(seat)
        await self._chat.moderation.time_out(seat.channel, by, body.user, body.duration_s, body.reason)

    async def ban(self, call: CommandCall[Ban, ChatSeat]) -> BanResult:
        seat, body = _seat(call), call.body
        by = await self.moderator(seat)
        network = await self._chat.moderation.ban(
            seat.channel,
            by,
            body.user,
            body.duration_s,
            body.reason,
            address=body.address or body.shut_out,
            shut_out=body.shut_out,
        )
        return BanResult(network)

    async def unban(self, call: CommandCall[OfUser, ChatSeat]) -> None:
        seat = _seat(call)
        await self._chat.moderation.unban(seat.channel, await self.moderator(seat), call.body.user)

    async def clear(self, call: CommandCall[Clear, ChatSeat]) -> None:
        seat = _seat(call)
        await self._chat.moderation.clear(seat.channel, await self.moderator(seat), call.body.user)

    async def change_settings(self, call: CommandCall[ChangeSettings, ChatSeat]) -> SettingsResult:
        seat = _seat(call)
        # The body also has what every command has.
        named = {each.name for each in structs.fields(ChangeSettings)}
        changes = {
            name: value
            for name, value in structs.asdict(call.body).items()
            if name in named and value is not UNSET
        }
        by = await self.moderator(seat)
        return SettingsResult(await self._chat.moderation.change_settings(seat.channel, by, changes))

    async def decide(self, call: CommandCall[Decide, ChatSeat]) -> None:
        seat = _seat(call)
        await self.moderator(seat)
        await self._chat.lines.decide(seat, call.body.message, approve=call.body.approve)

    async def note(self, call: CommandCall[AddNote, ChatSeat]) -> NoteResult:
        seat = _seat(call)
        by = await self.moderator(seat)
        return NoteResult(
            await self._chat.moderation.add_note(seat.channel, by, call.body.user, call.body.text)
        )

    async def moderator(self, seat: ChatSeat) -> Speaker:
        """Who it is, when they moderate the room at this moment. Raises ``NotSignedIn``, ``NotAllowed``."""
        await self._chat.gate.require(seat.channel, seat.identity)
        return await seat.speaker(at_most_s=0)

    async def _unrestricted(self, seat: ChatSeat) -> Speaker:
        """Raises ``TimedOut``, ``Banned``."""
        speaker, now_ms = await seat.speaker(), seat.room.now_ms()
        restriction = seat.room.desk.restriction_of(speaker.id, speaker.network, now_ms)
        if restriction is not None and not speaker.standing.governs:
            error: DomainError = restriction_refusal(restriction).raised(now_ms)
            raise error
        return speaker


def add_commands(app: web.Application, chat: Chat) -> None:
    """Registers every command of a room."""
    handlers = CommandHandlers(chat)
    add_command(app, declared.SAY, handlers.say)
    add_command(app, declared.GUEST, handlers.guest)
    add_command(app, declared.REACT, handlers.react)
    add_command(app, declared.DELETE, handlers.delete)
    add_command(app, declared.PIN, handlers.pin)
    add_command(app, declared.ANNOUNCE, handlers.announce)
    add_command(app, declared.OPEN_POLL, handlers.open_poll)
    add_command(app, declared.CLOSE_POLL, handlers.close_poll)
    add_command(app, declared.VOTE, handlers.vote)
    add_command(app, declared.TIME_OUT, handlers.time_out)
    add_command(app, declared.BAN, handlers.ban)
    add_command(app, declared.UNBAN, handlers.unban)
    add_command(app, declared.CLEAR, handlers.clear)
    add_command(app, declared.CHANGE_SETTINGS, handlers.change_settings)
    add_command(app, declared.DECIDE, handlers.decide)
    add_command(app, declared.NOTE, handlers.note)
    add_command(app, declared.IGNORE, handlers.ignore)


def _seat(call: CommandCall[Any, ChatSeat]) -> ChatSeat:
    """The seat in a channel's room, or its moderators'."""
    # What the directory gave: also seats in people's own rooms, which take no commands.
    seat: object = call.seat
    if not isinstance(seat, ChatSeat):
        raise NoSuchRoom("this is for a channel's room")
    return seat


def _public(call: CommandCall[Any, ChatSeat]) -> ChatSeat:
    seat = _seat(call)
    if seat.is_desk:
        raise CommandMalformed(f"room: this is for {seat.channel.name}")
    return seat

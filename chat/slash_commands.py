"""Carries out what was typed with a slash, by the same services as the commands of their own."""

from collections.abc import Awaitable, Callable
from typing import assert_never

from chat import slash
from chat.app_keys import Chat
from chat.commands import SaidResult
from chat.errors import NoSuchMessage
from chat.people import Speaker
from chat.rules import in_words
from chat.seats import ChatSeat
from chat.settings import told
from chat.slash import Slash

Moderator = Callable[[ChatSeat], Awaitable[Speaker]]


async def carry_out(chat: Chat, moderator: Moderator, seat: ChatSeat, typed: Slash, key: str) -> SaidResult:
    """What is told to whoever typed it. ``moderator`` gives who it is, or raises when they do not moderate."""
    match typed:
        case slash.Action(text):
            line = await chat.lines.say(seat, text, key, kind="action")
            return SaidResult(message=line.message) if line.state == "shown" else SaidResult(held=True)
        case slash.Help(words):
            return SaidResult(said=words)
        case slash.Ignore(name, on):
            chat.gate.require_chat(seat.identity)
            await chat.viewers.ignore(seat, await _find(chat, seat, name), on=on)
            return SaidResult(said=f"you {'ignore' if on else 'read'} {name} now")
        case _:
            return SaidResult(said=await _moderate(chat, await moderator(seat), seat, typed, key))


async def _moderate(chat: Chat, by: Speaker, seat: ChatSeat, typed: Slash, key: str) -> str:
    channel, moderation = seat.channel, chat.moderation
    match typed:
        case slash.Announce(text):
            line = await chat.lines.say(seat, text, key, kind="announcement")
            if line.is_new:
                await moderation.announced(channel, by, line.message)
            return "announced"
        case slash.TimeOut(name, duration_s, reason):
            await moderation.time_out(channel, by, await _find(chat, seat, name), duration_s, reason)
            return f"{name} is timed out for {in_words(duration_s)}"
        case slash.Ban(name, duration, reason, address):
            user_id = await _find(chat, seat, name)
            network = await moderation.ban(channel, by, user_id, duration, reason, address=address)
            with_network = "" if network is None else f", and with them {network}"
            return f"{name} is banned{'' if duration is None else f' for {in_words(duration)}'}{with_network}"
        case slash.Unban(name):
            await moderation.unban(channel, by, await _find(chat, seat, name))
            return f"{name} may write again"
        case slash.Clear(cleared):
            user = None if cleared is None else await _find(chat, seat, cleared)
            await moderation.clear(channel, by, user)
            return "cleared" if cleared is None else f"what {cleared} wrote is cleared"
        case slash.Set(changes):
            await moderation.change_settings(channel, by, changes)
            return told(changes)
        case slash.Pin(message):
            await moderation.pin(channel, by, message or _last_line(seat, by))
            return "pinned"
        case slash.Unpin():
            await moderation.pin(channel, by, None)
            return "nothing is pinned now"
        case slash.OpenPoll(question, options, duration_s):
            await chat.counts.open_poll(channel, by, question, options, duration_s)
            return "the poll is open"
        case slash.ClosePoll():
            await chat.counts.close_poll(channel, by)
            return "the poll is closed"
        case slash.Note(name, text):
            await moderation.add_note(channel, by, await _find(chat, seat, name), text)
            return "noted"
        case slash.Action() | slash.Help() | slash.Ignore():
            raise AssertionError("these are for everyone")
        case _:
            assert_never(typed)


async def _find(chat: Chat, seat: ChatSeat, name: str) -> str:
    """Whoever wrote lately under this name or is here; else whoever has it."""
    folded = name.casefold()
    here = [user for user, known in seat.room.people().items() if known.casefold() == folded]
    return here[0] if len(here) == 1 else await chat.standings.find(name)


def _last_line(seat: ChatSeat, by: Speaker) -> str:
    line = seat.room.public.last_line_of(by.id)
    if line is None:
        raise NoSuchMessage("write something to pin first")
    return line.id

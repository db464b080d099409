"""What the endpoints of chat answer."""

import msgspec

from chat.messages import Message
from chat.moderation_log import BlockedTermView, Chatter, LogEntry, Note, Restriction
from chat.repository.lines import State


class MessagesView(msgspec.Struct, frozen=True):
    """Lines in order; ``more`` says whether there are more in the direction asked for."""

    messages: list[Message]
    more: bool


class FoundLine(msgspec.Struct, frozen=True):
    """A line with what became of it."""

    message: Message
    state: State
    deleted_by: str | None
    """The id of whoever deleted it."""


class FoundView(msgspec.Struct, frozen=True):
    """Newest first."""

    lines: list[FoundLine]
    more: bool


class LogView(msgspec.Struct, frozen=True):
    """Newest first."""

    entries: list[LogEntry]
    more: bool


class RestrictionsView(msgspec.Struct, frozen=True):
    """Those in force, newest first."""

    restrictions: list[Restriction]


class ChattersView(msgspec.Struct, frozen=True):
    """People with a name who are in the room: how many, and at most 200 of them."""

    count: int
    chatters: list[Chatter]


class TermsView(msgspec.Struct, frozen=True):
    terms: list[BlockedTermView]


class NotesView(msgspec.Struct, frozen=True):
    """Newest first."""

    notes: list[Note]

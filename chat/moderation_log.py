"""What moderators see, as it goes over the wire: held lines, restrictions, the log of actions, notes, blocked terms.

A core: types only. The reducer over the events is ``chat.desk``.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chat.messages import Mention, Message

RestrictionKind = Literal["timeout", "ban"]
TermAction = Literal["block", "hold"]
HoldReason = Literal["link", "blocked_term"]
Done = Literal[
    "timeout",
    "ban",
    "unban",
    "delete",
    "clear",
    "approve",
    "deny",
    "settings",
    "pin",
    "unpin",
    "announce",
    "open_poll",
    "close_poll",
    "blocked_terms",
    "note",
]

Person = Mention
"""An id and a name."""


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, or a range of addresses, who may not write until a moment or for good."""

    id: str
    user: Person | None
    network: Annotated[str | None, Meta(description="A range of addresses, such as `192.0.2.0/24`.")] = None
    kind: RestrictionKind
    until_ms: Annotated[int | None, Meta(description="Null: until it is lifted.")]
    by: Person
    reason: str
    at_ms: int
    shut_out: Annotated[bool, Meta(description="Of a range: whether nobody there may read, either.")] = False


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to whom, for how long, why and when."""

    id: str
    at_ms: int
    by: Person
    action: Done
    user: Person | None = None
    duration_s: int | None = None
    reason: str = ""
    message: Annotated[str | None, Meta(description="The id of the line it was about.")] = None
    details: Annotated[str, Meta(description="What else there is to say, such as changed settings.")] = ""


class HeldMessage(msgspec.Struct, frozen=True):
    message: Message
    reason: HoldReason


class BlockedTermView(msgspec.Struct, frozen=True):
    """A term, and what becomes of lines that hold it."""

    term: str
    action: TermAction = "block"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a moderator wrote down about somebody, for other moderators."""

    id: str
    user: Person
    by: Person
    text: str
    at_ms: int


class Chatter(msgspec.Struct, frozen=True):
    """Somebody signed in who is in the room."""

    id: str
    name: str
    badges: list[str] = []


# Events of a moderators' room.


class Held(msgspec.Struct, frozen=True, tag_field="type", tag="held"):
    message: Message
    reason: HoldReason


class Decided(msgspec.Struct, frozen=True, tag_field="type", tag="decided"):
    id: str
    approved: bool
    by: Person


class Acted(msgspec.Struct, frozen=True, tag_field="type", tag="acted"):
    """``restriction`` holds from now on; those in ``lifted`` hold no more."""

    entry: LogEntry
    restriction: Restriction | None = None
    lifted: list[str] = []


class NoteAdded(msgspec.Struct, frozen=True, tag_field="type", tag="note"):
    note: Note


class TermsChanged(msgspec.Struct, frozen=True, tag_field="type", tag="blocked_terms"):
    terms: list[BlockedTermView]


class RoleChanged(msgspec.Struct, frozen=True, tag_field="type", tag="role"):
    """Somebody has become a moderator, or is none any more."""

    user: str


ModeratorsEvent = Held | Decided | Acted | NoteAdded | TermsChanged | RoleChanged


class ChattersChanged(msgspec.Struct, frozen=True, tag_field="type", tag="chatters"):
    """A signal. ``count`` is of all, ``chatters`` at most 200 of them."""

    count: int
    chatters: list[Chatter]


# Events of a person's own room.


class Restricted(msgspec.Struct, frozen=True, tag_field="type", tag="restricted"):
    channel: str
    kind: RestrictionKind
    until_ms: int | None
    reason: str


class Released(msgspec.Struct, frozen=True, tag_field="type", tag="released"):
    channel: str


class Mentioned(msgspec.Struct, frozen=True, tag_field="type", tag="mentioned"):
    channel: str
    message: Message

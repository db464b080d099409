"""The state of a public room: a reducer over its events.

A core. ``Room`` holds the last lines (a window of ``WINDOW``, deleted ones counted but not shown), settings, the pinned
line, the poll, the viewers. Whoever has a snapshot and applies the events after it has what a fresh snapshot says; an
event that comes again changes nothing.

Lines sort by id. A line that arrives late, after a clearing that covers it, is not shown; ``apply`` tells of it, so
that it can be deleted for those who have no memory of the clearing.
"""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, assert_never

import msgspec

from chat.messages import (
    Anonymised,
    Cleared,
    Deleted,
    Expired,
    Message,
    Pinned,
    Poll,
    PollChanged,
    Reacted,
    Reply,
    RoomEvent,
    RoomSettings,
    Said,
    SettingsChanged,
    Viewers,
    ViewersChanged,
)
from chat.text import fold

WINDOW = 100
RECENT_MAX = 5_000
"""People whose last line is remembered, for slow mode; the one silent longest is forgotten."""
CLEARINGS_MAX = 1_000

DELETED_NAME = "Deleted account"

_TYPES = frozenset(
    {"said", "deleted", "cleared", "reacted", "settings", "pinned", "poll", "anonymised", "expired"}
)


class RoomSnapshot(msgspec.Struct, frozen=True):
    """The part ``chat`` of a public room's snapshot."""

    settings: RoomSettings
    messages: list[Message]
    """The last hundred, oldest first."""
    pinned: Message | None
    poll: Poll | None
    viewers: Viewers


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is stored."""

    message: Message
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A line arrived after it had been cleared away."""

    id: str


Rewrite = Callable[[Message], Message]

Key = TypeVar("Key")
Value = TypeVar("Value")


class Room:
    """Begins with what is stored: the last ``WINDOW`` lines, deleted ones among them, in any order."""

    def __init__(
        self,
        settings: RoomSettings | None = None,
        lines: Iterable[Line] = (),
        pinned: Message | None = None,
        poll: Poll | None = None,
    ) -> None:
        self.settings = settings or RoomSettings()
        self.pinned = pinned
        self.poll = poll
        self.viewers = Viewers(0)
        self._ids: list[str] = []
        self._lines: dict[str, Line] = {}
        self._folds: dict[str, str] = {}
        self._clearings: OrderedDict[str | None, str] = OrderedDict()
        self._said_at_ms: OrderedDict[str, int] = OrderedDict()
        for line in lines:
            self._put(line)
        for line in self._in_order():
            self._note_said(line.message)

    def snapshot(self) -> RoomSnapshot:
        messages = [line.message for line in self._in_order() if not line.deleted]
        return RoomSnapshot(self.settings, messages, self.pinned, self.poll, self.viewers)

    # What rules ask.

    def get(self, message_id: str) -> Message | None:
        """A line that is shown and still remembered here."""
        line = self._lines.get(message_id)
        if line is not None:
            return None if line.deleted else line.message
        return self.pinned if self.pinned is not None and self.pinned.id == message_id else None

    def shown_ids(self) -> set[str]:
        """Of every line a snapshot has."""
        pinned = set() if self.pinned is None else {self.pinned.id}
        return pinned | {line.message.id for line in self._in_order() if not line.deleted}

    def last_said_at_ms(self, user: str) -> int | None:
        """When they last wrote, as far as it is remembered."""
        return self._said_at_ms.get(user)

    def last_line_of(self, user: str) -> Message | None:
        """Their last line that is shown."""
        for line in reversed(list(self._in_order())):
            if not line.deleted and line.message.author is not None and line.message.author.id == user:
                return line.message
        return None

    def said_lately(self, text: str) -> bool:
        """Whether one of the lines remembered says the same."""
        folded = fold(text)
        return any(self._fold(line.message) == folded for line in self._in_order())

    def people(self) -> dict[str, str]:
        """Who wrote lately: names by id, those who wrote last at the end."""
        found = {}
        for line in self._in_order():
            if line.message.author is not None:
                found[line.message.author.id] = line.message.author.name
        return found

    # What happens.

    def apply(self, event: object) -> Sequence[Overtaken]:
        """The next event, as plain dictionaries; what is not of this room is passed over."""
        if not isinstance(event, dict) or event.get("type") not in _TYPES:
            return ()
        typed: RoomEvent = msgspec.convert(event, type=RoomEvent)
        return self.on(typed)

    def hear(self, signal: object) -> None:
        """A signal, as plain dictionaries."""
        if isinstance(signal, dict) and signal.get("type") == "viewers":
            viewers = msgspec.convert(signal, type=ViewersChanged)
            self.viewers = Viewers(viewers.count, viewers.exact)

    def on(self, event: RoomEvent) -> Sequence[Overtaken]:
        match event:
            case Said(message):
                return self._on_said(message)
            case Deleted(ids):
                self._hide(set(ids))
            case Cleared(user, before):
                self._on_cleared(user, before)
            case Reacted(id_, reactions):
                self._replace(id_, reactions=reactions)
            case SettingsChanged(settings):
                self.settings = settings
            case Pinned(message):
                self.pinned = message
            case PollChanged(poll):
                self.poll = poll
            case Anonymised(user):
                self._on_anonymised(user)
            case Expired(before):
                self._on_expired(before)
            case _:
                assert_never(event)
        return ()

    def _on_said(self, message: Message) -> Sequence[Overtaken]:
        if message.id in self._lines:
            return ()
        author = None if message.author is None else message.author.id
        overtaken = any(message.id <= self._clearings.get(who, "") for who in (None, author))
        self._put(Line(message, deleted=overtaken))
        self._note_said(message)
        return (Overtaken(message.id),) if overtaken else ()

    def _on_cleared(self, user: str | None, before: str) -> None:
        self._clearings[user] = max(before, self._clearings.get(user, ""))
        _bound(self._clearings, CLEARINGS_MAX)

        def is_cleared(message: Message) -> bool:
            of_user = user is None or (message.author is not None and message.author.id == user)
            return of_user and message.id <= before

        hidden = {line.message.id for line in self._in_order() if is_cleared(line.message)}
        if self.pinned is not None and is_cleared(self.pinned):
            hidden.add(self.pinned.id)
        self._hide(hidden, user, before)

    def _hide(self, ids: set[str], author: str | None = None, before: str = "") -> None:
        """These lines are deleted, and what other lines quote of them is."""
        for id_ in ids & self._lines.keys():
            self._lines[id_] = Line(self._lines[id_].message, deleted=True)

        def without_quote(message: Message) -> Message:
            reply = message.reply_to
            if reply is None:
                return message
            cleared = reply.id <= before and author is not None and reply.author == author
            if reply.id in ids or cleared or (author is None and reply.id <= before):
                return msgspec.structs.replace(message, reply_to=None)
            return message

        if self.pinned is not None and self.pinned.id in ids:
            self.pinned = None
        self._rewrite(without_quote)

    def _on_anonymised(self, user: str) -> None:
        def without(message: Message) -> Message:
            return anonymised(message, user)

        self._rewrite(without)
        self._said_at_ms.pop(user, None)

    def _on_expired(self, before: str) -> None:
        gone, self._ids = (
            self._ids[: bisect_left(self._ids, before)],
            self._ids[bisect_left(self._ids, before) :],
        )
        for id_ in gone:
            del self._lines[id_]
            self._folds.pop(id_, None)
        if self.pinned is not None and self.pinned.id < before:
            self.pinned = None

    def _rewrite(self, change: Rewrite) -> None:
        for id_, line in self._lines.items():
            self._lines[id_] = Line(change(line.message), line.deleted)
        if self.pinned is not None:
            self.pinned = change(self.pinned)

    def _replace(self, id_: str, **values: Any) -> None:
        line = self._lines.get(id_)
        if line is not None:
            self._lines[id_] = Line(msgspec.structs.replace(line.message, **values), line.deleted)
        if self.pinned is not None and self.pinned.id == id_:
            self.pinned = msgspec.structs.replace(self.pinned, **values)

    def _put(self, line: Line) -> None:
        insort(self._ids, line.message.id)
        self._lines[line.message.id] = line
        if len(self._ids) > WINDOW:
            gone = self._ids.pop(0)
            del self._lines[gone]
            self._folds.pop(gone, None)

    def _note_said(self, message: Message) -> None:
        if message.author is None:
            return
        user = message.author.id
        self._said_at_ms[user] = max(message.at_ms, self._said_at_ms.get(user, 0))
        self._said_at_ms.move_to_end(user)
        _bound(self._said_at_ms, RECENT_MAX)

    def _fold(self, message: Message) -> str:
        folded = self._folds.get(message.id)
        if folded is None:
            folded = self._folds[message.id] = fold(message.text)
        return folded

    def _in_order(self) -> Iterator[Line]:
        return (self._lines[id_] for id_ in self._ids)


def anonymised(message: Message, user: str) -> Message:
    """The line without anything that tells of ``user``."""
    reply = message.reply_to
    if reply is not None and reply.author == user:
        reply = Reply(reply.id, DELETED_NAME, reply.excerpt)
    return msgspec.structs.replace(
        message,
        author=None if message.author is not None and message.author.id == user else message.author,
        reply_to=reply,
        mentions=[each for each in message.mentions if each.id != user],
    )


def _bound(kept: OrderedDict[Key, Value], at_most: int) -> None:
    while len(kept) > at_most:
        kept.popitem(last=False)

"""The state of a channel's moderators' room: a reducer over its events.

A core. Every process that has the public room open follows this one as well, because it holds who may not write and
what may not be written. Bounds: the oldest held line, restriction or log entry goes first; the database knows them all.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from typing import assert_never

import msgspec

from chat.messages import Message
from chat.moderation import covers
from chat.moderation_log import (
    Acted,
    BlockedTermView,
    Chatter,
    ChattersChanged,
    Decided,
    Held,
    HeldMessage,
    LogEntry,
    ModeratorsEvent,
    NoteAdded,
    Restriction,
    RoleChanged,
    TermsChanged,
)
from chat.terms import BlockedTerms

HELD_MAX = 200
RESTRICTIONS_MAX = 10_000
RESTRICTIONS_SHOWN = 500
LOG_MAX = 100

_TYPES = frozenset({"held", "decided", "acted", "note", "blocked_terms", "role"})


class DeskSnapshot(msgspec.Struct, frozen=True):
    """What moderators are shown when they come in."""

    held: list[HeldMessage]
    """Oldest first."""
    restrictions: list[Restriction]
    """Those laid last, newest first; some may have expired since."""
    log: list[LogEntry]
    """The last hundred, newest first."""
    chatters: list[Chatter]
    chatters_count: int
    blocked_terms: list[BlockedTermView]


class Desk:
    """Begins with what is stored."""

    def __init__(
        self,
        held: Iterable[HeldMessage] = (),
        restrictions: Iterable[Restriction] = (),
        log: Iterable[LogEntry] = (),
        terms: Iterable[BlockedTermView] = (),
    ) -> None:
        """``restrictions`` and ``held`` oldest first, ``log`` newest first."""
        self._held = OrderedDict((each.message.id, each) for each in sorted(held, key=_held_id))
        self._restrictions = OrderedDict((each.id, each) for each in restrictions)
        self._by_user = {each.user.id: each for each in self._restrictions.values() if each.user is not None}
        self._ranges = {each.id: each for each in self._restrictions.values() if each.network is not None}
        self._log = deque(log, maxlen=LOG_MAX)
        self._chatters: list[Chatter] = []
        self._chatters_count = 0
        self.terms = BlockedTerms(terms)

    def keep_chatters(self, before: "Desk") -> None:
        """Who is in the room is not stored; it is what the one before knew."""
        self._chatters, self._chatters_count = before._chatters, before._chatters_count

    def snapshot(self) -> DeskSnapshot:
        return DeskSnapshot(
            held=list(self._held.values()),
            restrictions=list(self._restrictions.values())[: -RESTRICTIONS_SHOWN - 1 : -1],
            log=list(self._log),
            chatters=self._chatters,
            chatters_count=self._chatters_count,
            blocked_terms=list(self.terms.terms),
        )

    def get_held(self, message_id: str) -> Message | None:
        held = self._held.get(message_id)
        return None if held is None else held.message

    def restriction_of(self, user: str, network: str | None, now_ms: int) -> Restriction | None:
        """What keeps this person, or whoever comes from their network, from writing now."""
        found = self._by_user.get(user)
        if found is not None and is_in_force(found, now_ms):
            return found
        for each in self._ranges.values():
            if each.network is not None and covers(each.network, network) and is_in_force(each, now_ms):
                return each
        return None

    def shut_out_of(self, network: str | None, now_ms: int) -> Restriction | None:
        """What keeps whoever comes from this network from reading now."""
        return shutting_out(self._ranges.values(), network, now_ms)

    def apply(self, event: object) -> ModeratorsEvent | None:
        """The next event, as plain dictionaries; returns it typed, or ``None`` when it is not of this room."""
        if not isinstance(event, dict) or event.get("type") not in _TYPES:
            return None
        typed: ModeratorsEvent = msgspec.convert(event, type=ModeratorsEvent)
        self.on(typed)
        return typed

    def hear(self, signal: object) -> None:
        if isinstance(signal, dict) and signal.get("type") == "chatters":
            told = msgspec.convert(signal, type=ChattersChanged)
            self._chatters, self._chatters_count = told.chatters, told.count

    def on(self, event: ModeratorsEvent) -> None:
        match event:
            case Held(message, reason):
                self._held[message.id] = HeldMessage(message, reason)
                # A line's place is that of its id, whenever it was heard of.
                self._held = OrderedDict(sorted(self._held.items()))
                while len(self._held) > HELD_MAX:
                    self._held.popitem(last=False)
            case Decided(id_):
                self._held.pop(id_, None)
            case Acted(entry, restriction, lifted):
                self._on_acted(entry, restriction, lifted)
            case TermsChanged(terms):
                self.terms = BlockedTerms(terms)
            case NoteAdded() | RoleChanged():
                pass
            case _:
                assert_never(event)

    def _on_acted(self, entry: LogEntry, restriction: Restriction | None, lifted: Sequence[str]) -> None:
        for id_ in lifted:
            self._forget(id_)
        if restriction is not None and restriction.id not in self._restrictions:
            self._restrictions[restriction.id] = restriction
            if restriction.user is not None:
                self._by_user[restriction.user.id] = restriction
            else:
                self._ranges[restriction.id] = restriction
            while len(self._restrictions) > RESTRICTIONS_MAX:
                self._forget(next(iter(self._restrictions)))
        if all(each.id != entry.id for each in self._log):
            self._log = deque(
                sorted([entry, *self._log], key=_newest, reverse=True)[:LOG_MAX], maxlen=LOG_MAX
            )

    def _forget(self, id_: str) -> None:
        gone = self._restrictions.pop(id_, None)
        self._ranges.pop(id_, None)
        if gone is not None and gone.user is not None and self._by_user.get(gone.user.id) is gone:
            del self._by_user[gone.user.id]


def is_in_force(restriction: Restriction, now_ms: int) -> bool:
    return restriction.until_ms is None or now_ms < restriction.until_ms


def shutting_out(restrictions: Iterable[Restriction], network: str | None, now_ms: int) -> Restriction | None:
    """The one of these that keeps whoever comes from this network from reading."""
    for each in restrictions:
        covered = each.network is not None and covers(each.network, network)
        if each.shut_out and covered and is_in_force(each, now_ms):
            return each
    return None


def _held_id(held: HeldMessage) -> str:
    return held.message.id


def _newest(entry: LogEntry) -> tuple[int, str]:
    return (entry.at_ms, entry.id)

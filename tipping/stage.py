"""The part ``tips`` of a channel's public room: a reducer over its events.

A core. It holds the last tips, what is on its way, the goal and those who tipped most. Whoever has a snapshot and
applies the events after it has what a fresh snapshot says, and an event that comes again changes nothing.

Tips sort by id. One that was withdrawn keeps its place among the last ones without being shown, so that what else is
shown does not depend on who heard of it when.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

import msgspec

from tipping.messages import (
    GoalView,
    PendingView,
    Sender,
    StageEvent,
    StageSnapshot,
    TipConfirmed,
    TipDropped,
    TipForgotten,
    TipGoal,
    TipMessage,
    TipPending,
    TipSeen,
    TipTop,
    TipView,
    TipWithdrawn,
    TopView,
    short,
)

RECENT_MAX = 30
PENDING_MAX = 20
TOP_MAX = 5
PENDING_FOR_MS = 30 * 60_000
"""For how long a tip that no block has yet is shown as on its way."""

_TYPES = frozenset(
    {
        "tip_pending",
        "tip_seen",
        "tip_confirmed",
        "tip_withdrawn",
        "tip_dropped",
        "tip_message",
        "tip_goal",
        "tip_top",
        "tip_forgotten",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A tip, and whether the chain has dropped it."""

    tip: TipView
    withdrawn: bool = False


class Stage:
    """Begins with what is stored: the last ``RECENT_MAX`` tips, withdrawn ones among them, in any order."""

    def __init__(
        self,
        recent: Iterable[Entry] = (),
        pending: Iterable[PendingView] = (),
        goal: GoalView | None = None,
        top: Iterable[TopView] = (),
    ) -> None:
        self.goal = goal
        self.top = list(top)
        self._ids: list[int] = []
        self._entries: dict[int, Entry] = {}
        self._pending: dict[str, PendingView] = {}
        for entry in recent:
            self._put(entry)
        for each in pending:
            self._on_pending(each)

    def snapshot(self, now_ms: int) -> StageSnapshot:
        """What is shown now: what has been on its way for too long is not."""
        entries = (self._entries[id_] for id_ in self._ids)
        return StageSnapshot(
            [entry.tip for entry in entries if not entry.withdrawn],
            [each for each in self._pending.values() if now_ms - each.at_ms < PENDING_FOR_MS],
            self.goal,
            self.top,
        )

    def apply(self, event: object) -> StageEvent | None:
        """The next event, as plain dictionaries; what is not of this part is passed over."""
        if not isinstance(event, dict) or event.get("type") not in _TYPES:
            return None
        typed: StageEvent = msgspec.convert(event, type=StageEvent)
        self.on(typed)
        return typed

    def on(self, event: StageEvent) -> None:
        match event:
            case TipPending(tip):
                self._on_pending(tip)
            case TipSeen(tip):
                self._pending.pop(tip.transaction, None)
                self._put(Entry(tip))
            case TipConfirmed(id_):
                self._change(id_, state="confirmed")
            case TipWithdrawn(id_):
                self._withdraw(id_)
            case TipDropped(transaction):
                self._pending.pop(transaction, None)
            case TipMessage(id_, message, message_state):
                self._change(id_, message=message, message_state=message_state)
            case TipGoal(goal):
                self.goal = goal
            case TipTop(top):
                self.top = list(top)
            case TipForgotten(user):
                self._forget(user)
            case _:
                assert_never(event)

    def _on_pending(self, tip: PendingView) -> None:
        """Events may cross: a tip that is on the chain is not on its way."""
        if any(not each.withdrawn and each.tip.transaction == tip.transaction for each in self._all()):
            return
        self._pending[tip.transaction] = tip
        newest = sorted(self._pending.values(), key=lambda each: (each.at_ms, each.transaction))
        self._pending = {each.transaction: each for each in newest[-PENDING_MAX:]}

    def _put(self, entry: Entry) -> None:
        id_ = int(entry.tip.id)
        if id_ not in self._entries:
            insort(self._ids, id_)
        self._entries[id_] = entry
        if not entry.withdrawn:
            self._pending.pop(entry.tip.transaction, None)
        if len(self._ids) > RECENT_MAX:
            del self._entries[self._ids.pop(0)]

    def _withdraw(self, id_: str) -> None:
        entry = self._entries.get(int(id_))
        if entry is not None:
            self._entries[int(id_)] = Entry(entry.tip, withdrawn=True)

    def _change(self, id_: str, **values: object) -> None:
        entry = self._entries.get(int(id_))
        if entry is not None:
            self._entries[int(id_)] = Entry(msgspec.structs.replace(entry.tip, **values), entry.withdrawn)

    def _forget(self, user: str) -> None:
        for id_, entry in self._entries.items():
            if entry.tip.sender.user == user:
                tip = msgspec.structs.replace(entry.tip, sender=_nobody(entry.tip.sender))
                self._entries[id_] = Entry(tip, entry.withdrawn)
        for transaction, pending in self._pending.items():
            if pending.sender.user == user:
                nobody = msgspec.structs.replace(pending, sender=_nobody(pending.sender))
                self._pending[transaction] = nobody
        self.top = [
            msgspec.structs.replace(each, user=None, name=short(each.wallet)) if each.user == user else each
            for each in self.top
        ]

    def _all(self) -> Iterable[Entry]:
        return self._entries.values()


def _nobody(sender: Sender) -> Sender:
    return Sender(None, short(sender.wallet), sender.wallet)

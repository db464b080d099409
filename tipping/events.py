"""Who is told of tips, and who knows where tips may go: what this room needs of others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from accounts.ethereum import Address
from tipping.shown import NOTHING, Shown
from tipping.tips import MinedTip


class TipState(StrEnum):
    """Where a tip is in its life."""

    SEEN = "seen"
    CONFIRMED = "confirmed"
    FINAL = "final"
    ORPHANED = "orphaned"


class Told(StrEnum):
    """What can be told of a tip."""

    SEEN = "seen"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Tip:
    """A tip as stored. ``seen_at`` is when this server first saw it, ``told`` what was last told of it and noted."""

    id: int
    mined: MinedTip
    state: TipState
    seen_at: datetime
    shown: Shown = NOTHING
    told: Told | None = None
    turn: int = 0
    """How many times something was told of it and noted: whatever is told again in the same turn is the same."""


class TipEvents(Protocol):
    """Is told what happens to tips, after it has been stored.

    Everything is told at least once, and in order for each tip, by one process at a time; after a crash or an error it
    is told again. A tip keeps its ``id`` whatever becomes of it: to be told that it was seen replaces what was told
    of the same id before. An error, of any kind, makes it be told again later.
    """

    async def seen(self, tip: Tip) -> None:
        """It is on the chain: for the first time, or again after it was withdrawn, or saying something else."""

    async def confirmed(self, tip: Tip) -> None:
        """It can be relied upon."""

    async def withdrawn(self, tip: Tip) -> None:
        """The chain has dropped it."""

    async def settled(self, tips: Sequence[Tip]) -> None:
        """All of these were told as seen or withdrawn just now, which is noted after this: for sums over many tips."""


class Payees(Protocol):
    """Knows whose tips are whose."""

    async def is_payee(self, channel: int, artist: Address) -> bool:
        """Whether tips to this address are tips to this channel. Anyone can name any channel in a tip to themselves."""


class NobodyTold:
    """Tells nobody."""

    async def seen(self, tip: Tip) -> None:
        """Nothing."""

    async def confirmed(self, tip: Tip) -> None:
        """Nothing."""

    async def withdrawn(self, tip: Tip) -> None:
        """Nothing."""

    async def settled(self, tips: Sequence[Tip]) -> None:
        """Nothing."""


class AllTold:
    """Tells each of them, in order. When one fails, all are told again: each has to know what it was told before."""

    def __init__(self, *events: TipEvents) -> None:
        self._events = events

    async def seen(self, tip: Tip) -> None:
        for each in self._events:
            await each.seen(tip)

    async def confirmed(self, tip: Tip) -> None:
        for each in self._events:
            await each.confirmed(tip)

    async def withdrawn(self, tip: Tip) -> None:
        for each in self._events:
            await each.withdrawn(tip)

    async def settled(self, tips: Sequence[Tip]) -> None:
        for each in self._events:
            await each.settled(tips)

"""What the recorder asks of its neighbours: what else was seen during a broadcast, by its clock.

``server`` gives chat and tips. The recorder knows nothing of what they show: an event is passed on as it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from accounts.identity import Identity


class Source(IntEnum):
    """In this order at one moment."""

    CHAT = 0
    TIPS = 1


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks."""

    identity: Identity
    address: str


@dataclass(frozen=True, slots=True)
class Place:
    """A broadcast of a channel."""

    channel_id: int
    channel: str
    broadcast: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a moment of the broadcast's clock on, and before another."""

    from_ms: int
    before_ms: int


@dataclass(frozen=True, slots=True)
class Happening:
    clock_ms: int
    key: str
    """Orders what happened at one moment; of no other meaning."""
    event: object
    """As the channel's room sends it; made into JSON by msgspec."""


class Happenings(Protocol):
    """Only what may be shown now: not what was taken away, nor what is kept no longer."""

    async def page(
        self, visitor: Visitor, place: Place, stretch: Stretch, after: str | None, limit: int, /
    ) -> Sequence[Happening]:
        """The first ones by clock and key; ``after`` is a key, and leaves out what is not beyond it at ``from_ms``.

        A key that was never given out leaves out anything. Empty for a visitor who may not see them.
        """

    async def counts(self, place: Place, stretch: Stretch, bin_ms: int, /) -> Mapping[int, int]:
        """How many in each ``bin_ms`` since ``stretch.from_ms``, by the number of the bin; zeros are left out."""

    async def totals(self, broadcasts: Collection[int], /) -> Mapping[int, int]:
        """How many in each broadcast; zeros are left out."""

"""Who is written to next, and from where on: a large room in blocks, each in its own rhythm. A core.

What happens in a room is numbered; here are only the numbers. Members stand in **blocks** of at most ``block_max``, and
a block knows the number up to which it was written to. When its turn comes it gets everything since, so that nothing
waits for longer than writing to everyone once takes, or a tick. Whoever was written to longest ago is next.

Whoever comes is put where nothing is outstanding, so they are never given what happened before. Blocks that have become
small are joined once both have been written to up to the same number.

``now`` is in seconds on one monotonic clock.
"""

from collections import Counter
from collections.abc import Hashable
from typing import Any, Generic, Protocol, TypeVar

from signaling.gateway.pace import tick_s

BLOCK_MAX = 200
"""Connections written to in one step of the event loop."""


class Member(Protocol):
    """Somebody in the room, who remembers their block for it."""

    block: Any


K = TypeVar("K", bound=Hashable)
M = TypeVar("M", bound=Member)


class Block(Generic[K, M]):
    """Some members of one kind: those who get the very same bytes."""

    __slots__ = ("_listed", "cost_s", "key", "members", "next_s", "position")

    def __init__(self, key: K, position: int) -> None:
        self.key = key
        self.members: dict[M, None] = {}
        self.position = position
        """The number of what it has to be given next."""
        self.next_s = 0.0
        """Not before."""
        self.cost_s = 0.0
        """Of writing to it the last time."""
        self._listed: tuple[M, ...] | None = None

    def __len__(self) -> int:
        return len(self.members)

    def put(self, member: M) -> None:
        self.members[member] = None
        member.block = self
        self._listed = None

    def drop(self, member: M) -> None:
        del self.members[member]
        member.block = None
        self._listed = None

    def all(self) -> tuple[M, ...]:
        """The members as they are now, however they change meanwhile."""
        if self._listed is None:
            self._listed = tuple(self.members)
        return self._listed


class Rotation(Generic[K, M]):
    """The blocks of one room. A block that was taken is the caller's until ``wrote``; members may go meanwhile."""

    def __init__(self, *, paced: bool = True, block_max: int = BLOCK_MAX) -> None:
        self.head = 0
        """The number of what will happen next."""
        self.block_max = block_max
        self._paced = paced
        self._blocks: dict[Block[K, M], None] = {}
        """Longest ago first."""
        self._open: dict[K, Block[K, M]] = {}
        """By key, the block that takes in newcomers if it can."""
        self._counts: Counter[K] = Counter()
        self._cost_s = 0.0

    def __len__(self) -> int:
        return self._counts.total()

    def add(self, member: M, key: K) -> None:
        """From now on they get what happens."""
        block = self._open.get(key)
        if block is None or block.position != self.head or len(block) >= self.block_max:
            block = self._open[key] = Block(key, self.head)
            self._blocks[block] = None
        block.put(member)
        self._counts[key] += 1

    def remove(self, member: M) -> bool:
        """They get nothing any more. Whether they were the last of their kind."""
        block: Block[K, M] | None = member.block
        if block is None:
            return False
        block.drop(member)
        if not block:
            self._close(block)
        self._counts[block.key] -= 1
        if self._counts[block.key]:
            return False
        del self._counts[block.key]
        return True

    def happened(self) -> None:
        """One thing more for everyone who is here."""
        self.head += 1

    def skip(self) -> None:
        """Nobody gets what happened until now, unless they have it."""
        for block in self._blocks:
            block.position = self.head

    def take(self, now: float, left: int) -> tuple[Block[K, M], int] | None:
        """The next block that has at most ``left`` members, and the number from which on it is to be written to."""
        if left > 0:
            for block in self._blocks:
                since = block.position
                if since < self.head and block.next_s <= now and len(block) <= left:
                    del self._blocks[block]
                    block.position = self.head
                    return block, since
        return None

    def wrote(self, block: Block[K, M], began: float, ended: float) -> None:
        """It was written to, up to what had happened when it was taken."""
        self._cost_s += (ended - began) - block.cost_s
        block.cost_s = ended - began
        if not block:
            self._close(block)
            return
        block.next_s = began + tick_s(self._cost_s) if self._paced else began
        self._blocks[block] = None
        known = self._open.get(block.key)
        if known is block:
            return
        if known is None or known.position != block.position or len(known) >= self.block_max:
            self._open[block.key] = block
        elif len(known) + len(block) <= self.block_max and known in self._blocks:
            self._join(known, block)

    def look(self) -> tuple[int, float | None]:
        """From which number on something is still to be written, and when; ``None``: nothing is."""
        oldest, due = self.head, None
        for block in self._blocks:
            if block.position < self.head:
                oldest = min(oldest, block.position)
                due = block.next_s if due is None else min(due, block.next_s)
        return oldest, due

    def _join(self, known: Block[K, M], block: Block[K, M]) -> None:
        for member in block.all():
            known.put(member)
        known.next_s = max(known.next_s, block.next_s)
        known.cost_s += block.cost_s
        block.cost_s = 0.0
        block.members.clear()
        self._close(block)

    def _close(self, block: Block[K, M]) -> None:
        self._blocks.pop(block, None)
        self._cost_s -= block.cost_s
        block.cost_s = 0.0
        if self._open.get(block.key) is block:
            del self._open[block.key]

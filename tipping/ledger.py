"""Which tips the chain holds: blocks in, effects out. A core: it asks nobody and knows no clock.

Theory of operation
-------------------

The ledger follows one chain of blocks. It knows the hashes of the last ``window`` of them, down to its **floor**, and
the tips in those. A new head is fetched by its hash, and then its parents one after the other, until one is known:
there the old branch ends and the new one begins, in one step. Tips of the old branch that the new one does not hold are
orphaned; those it holds somewhere else have moved, and were never gone.

A tip is *confirmed* once its block is ``confirmations`` deep, its own block counting as the first, and *final* once its
block is at the floor: then no reorganisation can reach it, and it is forgotten here.

What lies further back than the window when a head comes (after downtime) is fetched by number in ranges, ascending;
it is that deep below the head that it counts as final. First the block the ledger stands on is compared with the
chain's, and given up for a lower one as long as they differ.

A head that is lower than ours and on our own chain changes nothing: it comes from a node that lags behind. If the chain
has really gone back, its next block is one we do not have, and that is a reorganisation as above.

A fork below the floor is told (``ForkTooDeep``); after ``resync`` everything above the floor is read again. What was
final stays so.

The caller answers every ``Need...`` with the method it names before the next ``head``, or calls ``abandon``. Answers
nobody waits for any more are ignored. ``state`` is what has to be stored along with the effects on tips.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tipping.tips import Block, BlockHash, MinedTip, TipKey

UNKNOWN = BlockHash("")
"""Stands for the hash of a block that was never asked for."""


# Effects on tips, to be stored and told


@dataclass(frozen=True, slots=True)
class TipSeen:
    """A tip is on the chain, for the first time or again after it was orphaned."""

    tip: MinedTip


@dataclass(frozen=True, slots=True)
class TipMoved:
    """A tip is in another block than before, and was not gone between; its confirmations count anew."""

    tip: MinedTip


@dataclass(frozen=True, slots=True)
class TipConfirmed:
    """A tip's block is deep enough to be relied upon."""

    key: TipKey


@dataclass(frozen=True, slots=True)
class TipFinal:
    """A tip's block is too deep to be dropped."""

    key: TipKey


@dataclass(frozen=True, slots=True)
class TipOrphaned:
    """A tip is on the chain no more."""

    key: TipKey


TipEffect = TipSeen | TipMoved | TipConfirmed | TipFinal | TipOrphaned


# What the ledger has to be told before it can go on


@dataclass(frozen=True, slots=True)
class NeedBlock:
    """Answer with ``block``, or ``abandon`` when nobody knows it."""

    number: int
    hash: BlockHash


@dataclass(frozen=True, slots=True)
class NeedHash:
    """Which block the chain has at this number: answer with ``hash_at``."""

    number: int


@dataclass(frozen=True, slots=True)
class NeedRange:
    """The tips of blocks ``first`` to ``last``, both included, and the last one's hash: answer with ``range``."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ForkTooDeep:
    """The chain has left ours at or below ``floor``; the caller says so loudly and calls ``resync``."""

    floor: int


Need = NeedBlock | NeedHash | NeedRange | ForkTooDeep
Effect = TipEffect | Need


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What the ledger stands on: hashes of consecutive blocks, of which the first has the number ``floor``."""

    floor: int
    hashes: tuple[BlockHash, ...]


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """How deep is deep enough, in blocks."""

    confirmations: int = 21
    window: int = 64
    """How deep a reorganisation may reach; at least ``confirmations``."""
    range_max: int = 2_000
    """How many blocks to ask for at once when many have been missed."""

    def __post_init__(self) -> None:
        if not 1 <= self.confirmations <= self.window:
            raise ValueError("confirmations are at least 1 and at most the window")


def beginning_at(number: int) -> LedgerState:
    """The state of a ledger that has seen nothing and begins with the block of this number."""
    return LedgerState(number - 1, (UNKNOWN,))


@dataclass(slots=True)
class _Held:
    tip: MinedTip
    confirmed: bool


class Ledger:
    """Follows one chain. ``held`` are the tips above the state's floor, and whether they were confirmed."""

    def __init__(
        self, state: LedgerState, rules: LedgerRules, held: Iterable[tuple[MinedTip, bool]] = ()
    ) -> None:
        self._rules = rules
        self._floor = state.floor
        self._hashes = list(state.hashes)
        self._held = {tip.key: _Held(tip, confirmed) for tip, confirmed in held}
        self._branch: list[Block] = []
        """The branch of the head as far as it is known, from the head down."""
        self._head: tuple[int, BlockHash] | None = None
        self._asked: Need | None = None

    @property
    def state(self) -> LedgerState:
        return LedgerState(self._floor, tuple(self._hashes))

    @property
    def number(self) -> int:
        """Of the block the ledger stands on."""
        return self._floor + len(self._hashes) - 1

    # Inputs

    def head(self, number: int, hash: BlockHash) -> list[Need]:
        """A node says that this is its newest block."""
        self.abandon()
        if number <= self._floor or (number <= self.number and self._hashes[number - self._floor] == hash):
            return []
        self._head = (number, hash)
        return self._approach()

    def block(self, block: Block) -> list[Effect]:
        """Answers ``NeedBlock``."""
        match self._asked:
            case NeedBlock(number, hash) if (number, hash) == (block.number, block.hash):
                self._asked = None
            case _:
                return []
        self._branch.append(block)
        below = block.number - 1
        if below <= self.number and self._hashes[below - self._floor] in (block.parent, UNKNOWN):
            branch, self._branch = self._branch[::-1], []
            return self._switch(below, branch)
        if below == self._floor:
            return [self._ask(ForkTooDeep(self._floor))]
        return [self._ask(NeedBlock(below, block.parent))]

    def hash_at(self, number: int, hash: BlockHash | None) -> list[Effect]:
        """Answers ``NeedHash``; ``None`` when the chain is not that long."""
        if self._asked != NeedHash(number):
            return []
        self._asked = None
        if hash != self._hashes[number - self._floor]:
            if number == self._floor:
                return [self._ask(ForkTooDeep(self._floor))]
            return [self._ask(NeedHash(number - 1))]
        effects: list[Effect] = [*self._switch(number, [])] if number < self.number else []
        return [*effects, *self._approach(compared=True)]

    def range(self, last: int, hash: BlockHash, tips: Sequence[MinedTip]) -> list[Effect]:
        """Answers ``NeedRange`` up to the block ``last``, which may be less far than was asked for."""
        match self._asked:
            case NeedRange(first, most) if first <= last <= most:
                self._asked = None
            case _:
                return []
        effects: list[Effect] = []
        self._floor, self._hashes = last, [hash]
        for tip in tips:
            if tip.key not in self._held:
                self._held[tip.key] = _Held(tip, False)
                effects.append(TipSeen(tip))
        effects += self._settle()
        return [*effects, *self._approach(compared=True)]

    def resync(self) -> list[Effect]:
        """Answers ``ForkTooDeep``: gives up everything above the floor and reads it again."""
        if not isinstance(self._asked, ForkTooDeep):
            return []
        self._asked = None
        self._branch = []
        effects: list[Effect] = [TipOrphaned(key) for key in self._held]
        self._held.clear()
        self._hashes = [UNKNOWN]
        return [*effects, *self._approach()]

    def abandon(self) -> None:
        """Waits for nothing any more; the next head begins anew."""
        self._asked = None
        self._branch = []

    # Within

    def _ask(self, need: Need) -> Need:
        self._asked = need
        return need

    def _approach(self, *, compared: bool = False) -> list[Need]:
        """What is needed next to get to the head; ``compared``: the block we stand on is known to be the chain's."""
        assert self._head is not None
        number, hash = self._head
        if number == self.number and hash == self._hashes[-1]:
            return []
        deep = number - self._rules.window
        if deep <= self.number:
            return [self._ask(NeedBlock(number, hash))]
        if not compared and self._hashes[-1] != UNKNOWN:
            return [self._ask(NeedHash(self.number))]
        first = self.number + 1
        return [self._ask(NeedRange(first, min(first + self._rules.range_max - 1, deep)))]

    def _switch(self, at: int, branch: Sequence[Block]) -> list[Effect]:
        """Leaves the blocks above ``at`` for those of ``branch``, which ascend from there."""
        dropped = {key: held for key, held in self._held.items() if held.tip.place.number > at}
        for key in dropped:
            del self._held[key]
        del self._hashes[at - self._floor + 1 :]
        self._hashes += [block.hash for block in branch]
        effects: list[Effect] = []
        for tip in (tip for block in branch for tip in block.tips):
            if tip.key in self._held:
                # A transaction is mined once; a node that says otherwise is not believed.
                continue
            before = dropped.pop(tip.key, None)
            self._held[tip.key] = _Held(tip, False)
            if before is not None and before.tip.details == tip.details:
                effects.append(TipMoved(tip))
                continue
            if before is not None:
                effects.append(TipOrphaned(tip.key))
            effects.append(TipSeen(tip))
        return [*(TipOrphaned(key) for key in dropped), *effects, *self._settle()]

    def _settle(self) -> list[TipEffect]:
        """Confirms what is deep enough, and moves the floor up."""
        surplus = len(self._hashes) - 1 - self._rules.window
        if surplus > 0:
            del self._hashes[:surplus]
            self._floor += surplus
        effects: list[TipEffect] = []
        for key, held in list(self._held.items()):
            number = held.tip.place.number
            final = number <= self._floor
            if not held.confirmed and (final or self.number - number + 1 >= self._rules.confirmations):
                held.confirmed = True
                effects.append(TipConfirmed(key))
            if final:
                del self._held[key]
                effects.append(TipFinal(key))
        return effects

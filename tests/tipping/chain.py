"""A chain in memory that mines, reorganises and forgets, and what a database would hold of a ledger's effects."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from accounts.ethereum import Address
from tipping.ledger import (
    Effect,
    ForkTooDeep,
    Ledger,
    LedgerRules,
    LedgerState,
    NeedBlock,
    NeedHash,
    NeedRange,
    TipConfirmed,
    TipFinal,
    TipMoved,
    TipOrphaned,
    TipSeen,
    beginning_at,
)
from tipping.tips import (
    NATIVE,
    Block,
    BlockHash,
    ChainId,
    MinedTip,
    Place,
    TipDetails,
    TipKey,
    TransactionHash,
)

CHAIN = ChainId(1116)
ARTIST, FAN = Address("0x" + "a" * 40), Address("0x" + "f" * 40)


@dataclass(frozen=True)
class Sent:
    """One transaction with one tip or more, ready to be mined."""

    name: str
    amounts: tuple[int, ...] = (1,)


class Chain:
    """Block 0 is there from the beginning. Hashes tell nothing; what was once mined stays known."""

    def __init__(self) -> None:
        self._names = itertools.count()
        genesis = Block(0, BlockHash("0xgenesis"), BlockHash("0xnothing"))
        self.canonical = [genesis]
        self.blocks = {genesis.hash: genesis}

    @property
    def head(self) -> Block:
        return self.canonical[-1]

    def mine(self, *sent: Sent) -> Block:
        """One block with these transactions."""
        number, hash = self.head.number + 1, BlockHash(f"0x{next(self._names)}")
        tips = [
            MinedTip(
                TipKey(CHAIN, TransactionHash(each.name), ordinal),
                Place(number, hash, index, 1_000 + number),
                TipDetails(1, None, ARTIST, FAN, NATIVE, amount, 0, each.name),
            )
            for index, (each, ordinal, amount) in enumerate(
                (each, ordinal, amount) for each in sent for ordinal, amount in enumerate(each.amounts)
            )
        ]
        block = Block(number, hash, self.head.hash, tuple(tips))
        self.canonical.append(block)
        self.blocks[hash] = block
        return block

    def mine_empty(self, count: int) -> None:
        for _ in range(count):
            self.mine()

    def drop(self, depth: int) -> list[Block]:
        """The last ``depth`` blocks are gone; returns them."""
        dropped = self.canonical[len(self.canonical) - depth :]
        del self.canonical[len(self.canonical) - depth :]
        return dropped

    def tips(self) -> dict[TipKey, MinedTip]:
        return {tip.key: tip for block in self.canonical for tip in block.tips}

    def fork_point(self, block: Block) -> int:
        """The number of the last block that the canonical chain shares with the branch of ``block``."""
        while block.number >= len(self.canonical) or self.canonical[block.number] != block:
            block = self.blocks[block.parent]
        return block.number


@dataclass
class Stored:
    """What has been committed. ``apply`` insists that no tip is credited twice and none withdrawn that is not there."""

    state: LedgerState = field(default_factory=lambda: beginning_at(1))
    credited: dict[TipKey, MinedTip] = field(default_factory=dict)
    confirmed: set[TipKey] = field(default_factory=set)
    final: set[TipKey] = field(default_factory=set)

    def apply(self, effects: Iterable[Effect], state: LedgerState) -> None:
        for effect in effects:
            match effect:
                case TipSeen(tip):
                    assert tip.key not in self.credited
                    self.credited[tip.key] = tip
                case TipMoved(tip):
                    assert self.credited[tip.key].details == tip.details
                    self.credited[tip.key] = tip
                    self.confirmed.discard(tip.key)
                case TipConfirmed(key):
                    assert key in self.credited
                    assert key not in self.confirmed
                    self.confirmed.add(key)
                case TipFinal(key):
                    assert key in self.confirmed
                    assert key not in self.final
                    self.final.add(key)
                case TipOrphaned(key):
                    assert key not in self.final
                    del self.credited[key]
                    self.confirmed.discard(key)
        self.state = state

    def ledger(self, rules: LedgerRules) -> Ledger:
        """A ledger as a new process would begin with."""
        held = [(tip, key in self.confirmed) for key, tip in self.credited.items() if key not in self.final]
        return Ledger(self.state, rules, held)


def answer(ledger: Ledger, chain: Chain, need: Effect, *, forgetful: bool = False) -> list[Effect]:
    """One answer of a node on ``chain``; a forgetful one knows no block that has been dropped."""
    match need:
        case NeedBlock(_, hash):
            block = chain.blocks[hash]
            if forgetful and block not in chain.canonical:
                ledger.abandon()
                return []
            return ledger.block(block)
        case NeedHash(number):
            known = number < len(chain.canonical)
            return ledger.hash_at(number, chain.canonical[number].hash if known else None)
        case NeedRange(first, last):
            blocks = chain.canonical[first : last + 1]
            if not blocks:
                ledger.abandon()
                return []
            tips = [tip for block in blocks for tip in block.tips]
            return ledger.range(blocks[-1].number, blocks[-1].hash, tips)
        case ForkTooDeep():
            return ledger.resync()
    return []


def needs(effects: Sequence[Effect]) -> list[Effect]:
    return [each for each in effects if isinstance(each, NeedBlock | NeedHash | NeedRange | ForkTooDeep)]


def sync(ledger: Ledger, chain: Chain, head: Block | None = None) -> list[Effect]:
    """Tells the head and answers until nothing is needed; returns all effects on tips, in order."""
    head = head or chain.head
    waiting: list[Effect] = [*ledger.head(head.number, head.hash)]
    effects: list[Effect] = []
    while waiting:
        effects += [each for each in waiting if each not in needs(waiting)]
        asked = needs(waiting)
        assert len(asked) <= 1
        waiting = answer(ledger, chain, asked[0]) if asked else []
    return effects

"""What a tip is: where the chain holds it, and what it says. A core."""

from dataclasses import dataclass
from typing import NewType

from accounts.ethereum import Address

ChainId = NewType("ChainId", int)
BlockHash = NewType("BlockHash", str)
"""``0x`` and 64 small hexadecimal digits."""
TransactionHash = NewType("TransactionHash", str)
"""The same of a transaction."""

NATIVE = Address("0x" + "0" * 40)
"""Stands for the chain's own coin where a token's address is expected."""


@dataclass(frozen=True, slots=True, order=True)
class TipKey:
    """What makes a tip one and the same wherever its transaction is mined.

    A transaction can hold several tips: ``ordinal`` counts them, from 0. The log's index cannot tell them apart for
    good, since it counts the logs of the whole block and changes when a reorganisation moves the transaction.
    """

    chain: ChainId
    transaction: TransactionHash
    ordinal: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tip is mined."""

    number: int
    block: BlockHash
    log_index: int
    mined_at_s: int
    """The block's own time, in seconds since 1970: within what the chain's rules allow, whatever its miner wrote."""


@dataclass(frozen=True, slots=True)
class TipDetails:
    """What a tip says. ``amount`` is what arrived, in base units, ``fee`` the platform's part of it."""

    channel: int
    broadcast: int | None
    artist: Address
    tipper: Address
    token: Address
    amount: int
    fee: int
    message: str


@dataclass(frozen=True, slots=True)
class MinedTip:
    """A tip in a block."""

    key: TipKey
    place: Place
    details: TipDetails


@dataclass(frozen=True, slots=True)
class Block:
    """A block with the tips in it, in the order of their logs."""

    number: int
    hash: BlockHash
    parent: BlockHash
    tips: tuple[MinedTip, ...] = ()

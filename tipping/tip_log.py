"""Reads the contract's event ``Tipped`` out of a log. A core.

Anyone can write logs that look like this: only those of the contract's own address count, and of those only the ones
that are exactly encoded. The layout is the one of the Solidity ABI for

    Tipped(uint64 indexed channel, address indexed artist, address indexed tipper,
           address token, uint256 amount, uint256 fee, uint64 broadcast, string message)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.ethereum import Address, checksum_address, keccak256
from tipping.tips import Block, BlockHash, ChainId, MinedTip, Place, TipDetails, TipKey, TransactionHash

SIGNATURE = "Tipped(uint64,address,address,address,uint256,uint256,uint64,string)"
TOPIC = "0x" + keccak256(SIGNATURE.encode()).hex()
MESSAGE_MAX_BYTES = 500
"""As the contract has it."""

_WORD = 32
_HEAD_WORDS = 5
_HASH = re.compile(r"0x[0-9a-f]{64}")
_DATA = re.compile(r"0x(?:[0-9a-f]{2})*")
STORED_INTEGER = 1 << 63
"""Databases have signed 64-bit integers; numbers beyond are nobody's channel."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log as a node tells it. Texts are lower-case hexadecimal with ``0x``."""

    address: str
    topics: tuple[str, ...]
    data: str
    block: BlockHash
    number: int
    transaction: TransactionHash
    index: int


def tips_in(
    chain: ChainId, contract: Address, logs: Iterable[Log], mined_at_s: dict[BlockHash, int]
) -> list[MinedTip]:
    """The tips among ``logs``, in the chain's order; everything else is left out.

    Counting tips within a transaction counts all that the contract logged there as ``Tipped``.
    """
    tips = []
    counted: dict[TransactionHash, int] = {}
    for log in sorted(logs, key=lambda each: (each.number, each.index)):
        if log.address != contract.lower() or log.topics[:1] != (TOPIC,):
            continue
        ordinal = counted.get(log.transaction, 0)
        counted[log.transaction] = ordinal + 1
        details = decode(log)
        if details is not None:
            key = TipKey(chain, log.transaction, ordinal)
            place = Place(log.number, log.block, log.index, mined_at_s[log.block])
            tips.append(MinedTip(key, place, details))
    return tips


def block_of(
    chain: ChainId,
    contract: Address,
    number: int,
    hash: BlockHash,
    parent: BlockHash,
    time_s: int,
    logs: Iterable[Log],
) -> Block:
    """A block with its tips."""
    return Block(number, hash, parent, tuple(tips_in(chain, contract, logs, {hash: time_s})))


def decode(log: Log) -> TipDetails | None:
    """What the log says; ``None`` when it is not exactly encoded."""
    if len(log.topics) != 4 or not all(map(_HASH.fullmatch, log.topics)) or not _DATA.fullmatch(log.data):
        return None
    channel = int(log.topics[1], 16)
    artist, tipper = _address(int(log.topics[2], 16)), _address(int(log.topics[3], 16))
    data = bytes.fromhex(log.data[2:])
    if len(data) < (_HEAD_WORDS + 1) * _WORD or len(data) % _WORD:
        return None
    token_word, amount, fee, broadcast, offset, length = (
        int.from_bytes(data[at : at + _WORD]) for at in range(0, (_HEAD_WORDS + 1) * _WORD, _WORD)
    )
    token = _address(token_word)
    if artist is None or tipper is None or token is None:
        return None
    if channel >= STORED_INTEGER or broadcast >= STORED_INTEGER or amount == 0 or fee > amount:
        return None
    text = data[(_HEAD_WORDS + 1) * _WORD :]
    if (
        offset != _HEAD_WORDS * _WORD
        or length > MESSAGE_MAX_BYTES
        or len(text) != -(-length // _WORD) * _WORD
    ):
        return None
    if any(text[length:]):
        return None
    # Anyone can put any bytes into a message; what is no text is shown as such and does not make the money vanish.
    message = text[:length].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return TipDetails(channel, broadcast or None, artist, tipper, token, amount, fee, message)


def _address(word: int) -> Address | None:
    return checksum_address(f"0x{word:040x}")

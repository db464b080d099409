"""Reads a call of the contract's tips out of a transaction's input. A core.

Only what is exactly encoded counts, as the Solidity ABI has it for

    tip((address artist, uint64 channel, uint64 broadcast, string message))
    tipToken((...), address token, uint256 amount)
    tipTokenWithPermit((...), address token, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
"""

from dataclasses import dataclass

from accounts.ethereum import Address, checksum_address, keccak256
from tipping.tip_log import MESSAGE_MAX_BYTES, STORED_INTEGER
from tipping.tips import NATIVE

_WORD = 32
_SELECTOR_BYTES = 4
_TIP = "(address,uint64,uint64,string)"
_HEAD_WORDS = {
    keccak256(signature.encode())[:_SELECTOR_BYTES]: words
    for signature, words in (
        (f"tip({_TIP})", 1),
        (f"tipToken({_TIP},address,uint256)", 3),
        (f"tipTokenWithPermit({_TIP},address,uint256,uint256,uint8,bytes32,bytes32)", 7),
    )
}
_TUPLE_WORDS = 4


@dataclass(frozen=True, slots=True)
class TipCall:
    """What a transaction would tip. ``amount`` is what is sent, in base units."""

    artist: Address
    channel: int
    broadcast: int
    message: str
    token: Address
    amount: int


def decode_call(data: bytes, value: int) -> TipCall | None:
    """``value`` is the transaction's; ``None`` when it is no tip."""
    head_words = _HEAD_WORDS.get(data[:_SELECTOR_BYTES])
    body = data[_SELECTOR_BYTES:]
    if head_words is None or len(body) < (head_words + _TUPLE_WORDS + 1) * _WORD or len(body) % _WORD:
        return None
    words = [
        int.from_bytes(body[at : at + _WORD])
        for at in range(0, (head_words + _TUPLE_WORDS + 1) * _WORD, _WORD)
    ]
    artist_word, channel, broadcast, offset, length = words[head_words:]
    if words[0] != head_words * _WORD or offset != _TUPLE_WORDS * _WORD:
        return None
    text = body[(head_words + _TUPLE_WORDS + 1) * _WORD :]
    if length > MESSAGE_MAX_BYTES or len(text) != -(-length // _WORD) * _WORD or any(text[length:]):
        return None
    own = head_words == 1
    token, amount = (NATIVE, value) if own else (_address(words[1]), words[2])
    artist = _address(artist_word)
    if artist is None or token is None or amount == 0 or (not own and (value or token == NATIVE)):
        return None
    if channel >= STORED_INTEGER or broadcast >= STORED_INTEGER:
        return None
    message = text[:length].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return TipCall(artist, channel, broadcast, message, token, amount)


def _address(word: int) -> Address | None:
    return checksum_address(f"0x{word:040x}")

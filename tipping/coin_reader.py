"""Reads what tokens say of themselves from their contracts. What a token says is anybody's text."""

import structlog

from accounts.ethereum import Address, keccak256
from tipping.coins import DECIMALS_MAX, NAME_MAX_CHARACTERS, SYMBOL_MAX_CHARACTERS, Coin, label
from tipping.errors import NodeRefused
from tipping.messages import short
from tipping.nodes import Nodes, Question, read_text

_log = structlog.get_logger("tipping")

_WORD = 32
TEXT_MAX_BYTES = 256


async def read_coin(nodes: Nodes, token: Address) -> Coin | None:
    """``None`` when there is no token at this address. Raises ``ChainUnavailable``."""
    decimals, symbol, name, domain, nonces = await nodes.ask(
        _call(token, "decimals()"),
        _call(token, "symbol()"),
        _call(token, "name()"),
        _call(token, "DOMAIN_SEPARATOR()"),
        _call(token, "nonces(address)", "0" * 64),
    )
    places = _number(decimals)
    if places is None or places > DECIMALS_MAX:
        _log.error("tip_token_unreadable", token=token)
        return None
    return Coin(
        token,
        label(_text(symbol), SYMBOL_MAX_CHARACTERS) or short(token),
        label(_text(name), NAME_MAX_CHARACTERS) or short(token),
        places,
        permit=all(len(_bytes(each)) == _WORD for each in (domain, nonces)),
    )


def _call(token: Address, signature: str, arguments: str = "") -> Question:
    data = "0x" + keccak256(signature.encode())[:4].hex() + arguments
    return Question("eth_call", [{"to": token, "data": data}, "latest"], read_text, refusable=True)


def _bytes(answer: str | NodeRefused) -> bytes:
    if isinstance(answer, NodeRefused):
        return b""
    try:
        return bytes.fromhex(answer.removeprefix("0x"))
    except ValueError:
        return b""


def _number(answer: str | NodeRefused) -> int | None:
    data = _bytes(answer)
    return int.from_bytes(data) if len(data) == _WORD else None


def _text(answer: str | NodeRefused) -> str:
    """A string as the ABI has it; some old tokens answer 32 bytes."""
    data = _bytes(answer)
    if len(data) == _WORD:
        return data.rstrip(b"\0").decode("utf-8", "replace")
    length = int.from_bytes(data[_WORD : 2 * _WORD])
    if len(data) < 2 * _WORD or length > TEXT_MAX_BYTES:
        return ""
    return data[2 * _WORD : 2 * _WORD + length].decode("utf-8", "replace")

"""Transactions as nodes know them, mined or not."""

from dataclasses import dataclass

import msgspec

from accounts.ethereum import Address, checksum_address
from tipping.errors import NodeFailed, NodeRefused
from tipping.following import Fate
from tipping.nodes import Nodes, Question, read_text
from tipping.tip_log import STORED_INTEGER
from tipping.tips import TransactionHash

_FAILED = "0x0"


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction. ``to`` is ``None`` for one that makes a contract."""

    sender: Address
    to: Address | None
    value: int
    data: bytes
    nonce: int
    is_mined: bool


class TransactionReader:
    """Every method raises ``ChainUnavailable``."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    async def get(self, transaction: TransactionHash) -> Sent | None:
        """``None`` when no node that was asked knows it."""
        sent: Sent | None
        (sent,) = await self._nodes.ask(_by_hash(transaction))
        return sent

    async def would_fail(self, sent: Sent) -> bool:
        """Whether it would come to nothing if it were mined now."""
        call = {
            "from": sent.sender,
            "to": sent.to,
            "value": hex(sent.value),
            "data": "0x" + sent.data.hex(),
        }
        (result,) = await self._nodes.ask(Question("eth_call", [call, "latest"], read_text, refusable=True))
        return isinstance(result, NodeRefused)

    async def fate(self, transaction: TransactionHash, sender: Address) -> Fate:
        """What has become of it."""
        sent, receipt, nonce = await self._nodes.ask(
            _by_hash(transaction),
            Question(
                "eth_getTransactionReceipt",
                [transaction],
                lambda raw: msgspec.json.decode(raw, type=_Receipt | None),
            ),
            Question("eth_getTransactionCount", [sender, "latest"], read_text),
        )
        return Fate(
            is_known=sent is not None or receipt is not None,
            has_failed=receipt is not None and receipt.status == _FAILED,
            next_nonce=int(nonce, 16),
        )


class _Transaction(msgspec.Struct, rename="camel"):
    hash: str
    sender: str = msgspec.field(name="from")
    value: str
    input: str
    nonce: str
    to: str | None = None
    block_number: str | None = None


class _Receipt(msgspec.Struct, rename="camel"):
    status: str | None = None


def _by_hash(transaction: TransactionHash) -> Question:
    def read(raw: msgspec.Raw) -> Sent | None:
        found = msgspec.json.decode(raw, type=_Transaction | None)
        if found is None:
            return None
        sender, nonce = checksum_address(found.sender), int(found.nonce, 16)
        if found.hash.lower() != transaction or sender is None or nonce >= STORED_INTEGER:
            raise NodeFailed("it told another transaction")
        return Sent(
            sender,
            None if found.to is None else checksum_address(found.to),
            int(found.value, 16),
            bytes.fromhex(found.input.removeprefix("0x")),
            nonce,
            found.block_number is not None,
        )

    return Question("eth_getTransactionByHash", [transaction], read)

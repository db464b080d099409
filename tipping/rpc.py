"""The chain as the ledger asks for it: heads, blocks with their tips, ranges. Plain JSON-RPC over HTTP.

Everything is asked by hash where the protocol has it, and checked against what was asked: a block that is not the one
with this hash, or a log that is not of this block and this contract, makes the node a failed one.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from accounts.ethereum import Address
from tipping import bloom
from tipping.errors import NodeFailed, NodeRefused
from tipping.nodes import Nodes, Question
from tipping.tip_log import TOPIC, Log, block_of, tips_in
from tipping.tips import Block, BlockHash, ChainId, MinedTip, TransactionHash

HEADERS_AT_ONCE = 8
DOUBT_S = 1.5
"""How long a block is asked for again whose filter says that it may have tips, and for which nodes tell none."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is needed of a block's header."""

    number: int
    hash: BlockHash
    parent: BlockHash
    time_s: int
    bloom: bytes


@dataclass(frozen=True, slots=True)
class Range:
    """The tips of consecutive blocks, up to ``last``."""

    last: int
    hash: BlockHash
    tips: list[MinedTip]


class ChainReader:
    """Reads the tips of one contract. Every method raises ``ChainUnavailable``."""

    def __init__(
        self,
        nodes: Nodes,
        chain: ChainId,
        contract: Address,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._nodes = nodes
        self._chain = chain
        self._contract = contract
        self._filter = {"address": contract, "topics": [TOPIC]}
        self._range_max = 1 << 20
        self._monotonic = monotonic
        self._doubted: tuple[BlockHash, float] | None = None
        """The last block that seemed to have tips which nobody told, and since when."""

    def pass_on(self) -> None:
        """Asks another node from now on: this one seems to stand still."""
        self._nodes.pass_on()

    async def head(self) -> Header:
        """The newest block."""
        header: Header | None
        (header,) = await self._nodes.ask(
            Question("eth_getBlockByNumber", ["latest", False], lambda raw: _must_be(_header(raw)))
        )
        assert header is not None
        return header

    async def hash_at(self, number: int) -> BlockHash | None:
        """Which block the chain has at this number; ``None`` when it is not that long."""
        (header,) = await self._nodes.ask(_by_number(number))
        return None if header is None else header.hash

    async def block(self, number: int, hash: BlockHash) -> Block | None:
        """The block and its tips; ``None`` when it is not known, or not yet all of it: ask again in a moment."""
        for _ in range(max(2, len(self._nodes))):
            header, logs = await self._nodes.ask(
                Question("eth_getBlockByHash", [hash, False], lambda raw: _is_block(raw, number, hash)),
                Question(
                    "eth_getLogs",
                    [{**self._filter, "blockHash": hash}],
                    lambda raw: self._logs_of_block(raw, number, hash),
                    refusable=True,
                ),
            )
            if header is None:
                return None
            told = not isinstance(logs, NodeRefused)
            if told and (logs or not self._may_have_tips(header) or self._doubted_long_enough(hash)):
                return self._with_tips(header, logs)
            # It knows the block, but perhaps not yet its logs: some nodes announce a block before they know them.
            self._nodes.pass_on()
        return None

    async def range(self, first: int, last: int) -> Range:
        """The tips of blocks ``first`` to ``last``, or to a lower one when nodes refuse to tell so much at once."""
        while True:
            last = min(last, first + self._range_max - 1)
            header, logs = await self._nodes.ask(
                _by_number(last, known=True),
                Question(
                    "eth_getLogs",
                    [{**self._filter, "fromBlock": hex(first), "toBlock": hex(last)}],
                    lambda raw, last=last: self._logs_of_range(raw, first, last),  # type: ignore[misc]  # bound now
                    refusable=last > first,
                ),
            )
            if not isinstance(logs, NodeRefused):
                break
            self._range_max = max(1, (last - first + 1) // 2)
        self._range_max *= 2
        times = await self._times(logs)
        tips = tips_in(self._chain, self._contract, [log for log, _ in logs], times)
        return Range(last, header.hash, tips)

    def _with_tips(self, header: Header, logs: "list[tuple[Log, int | None]]") -> Block:
        return block_of(
            self._chain,
            self._contract,
            header.number,
            header.hash,
            header.parent,
            header.time_s,
            [log for log, _ in logs],
        )

    def _doubted_long_enough(self, hash: BlockHash) -> bool:
        """The filter of a block with many logs seems to hold anything, so doubts have to end."""
        now_s = self._monotonic()
        if self._doubted is None or self._doubted[0] != hash:
            self._doubted = (hash, now_s)
        return now_s - self._doubted[1] >= DOUBT_S

    def _may_have_tips(self, header: Header) -> bool:
        return bloom.may_hold(header.bloom, bytes.fromhex(self._contract[2:]), bytes.fromhex(TOPIC[2:]))

    def _logs_of_block(
        self, raw: msgspec.Raw, number: int, hash: BlockHash
    ) -> "list[tuple[Log, int | None]]":
        logs = self._logs(raw)
        if any(log.block != hash or log.number != number for log, _ in logs):
            raise NodeFailed("it told logs of another block")
        return logs

    def _logs_of_range(self, raw: msgspec.Raw, first: int, last: int) -> "list[tuple[Log, int | None]]":
        logs = self._logs(raw)
        if any(not first <= log.number <= last for log, _ in logs):
            raise NodeFailed("it told logs of other blocks")
        if len({log.block for log, _ in logs}) != len({log.number for log, _ in logs}):
            raise NodeFailed("it told logs of two blocks with one number")
        return logs

    def _logs(self, raw: msgspec.Raw) -> "list[tuple[Log, int | None]]":
        logs = [(each.log(), each.time_s()) for each in msgspec.json.decode(raw, type=list[_Log])]
        for log, _ in logs:
            if log.address != self._contract.lower() or log.topics[:1] != (TOPIC,):
                raise NodeFailed("it told logs nobody asked for")
        if len({(log.block, log.index) for log, _ in logs}) != len(logs):
            raise NodeFailed("it told a log twice")
        return logs

    async def _times(self, logs: "Iterable[tuple[Log, int | None]]") -> dict[BlockHash, int]:
        """The time of each block, asked for where the log does not tell it."""
        times: dict[BlockHash, int] = {}
        unknown: dict[BlockHash, int] = {}
        for log, time_s in logs:
            if time_s is None:
                unknown[log.block] = log.number
            else:
                times[log.block] = time_s
        waiting = list(unknown.items())
        for at in range(0, len(waiting), HEADERS_AT_ONCE):
            some = waiting[at : at + HEADERS_AT_ONCE]
            headers = await asyncio.gather(*(self._header_of(number, hash) for hash, number in some))
            times.update((header.hash, header.time_s) for header in headers)
        return times

    async def _header_of(self, number: int, hash: BlockHash) -> Header:
        header: Header
        (header,) = await self._nodes.ask(
            Question("eth_getBlockByHash", [hash, False], lambda raw: _must_be(_is_block(raw, number, hash)))
        )
        return header


class _Block(msgspec.Struct, rename="camel"):
    number: str
    hash: str
    parent_hash: str
    timestamp: str
    logs_bloom: str = "0x"


class _Log(msgspec.Struct, rename="camel"):
    address: str
    topics: list[str]
    data: str
    block_hash: str
    block_number: str
    transaction_hash: str
    log_index: str
    block_timestamp: str | None = None
    removed: bool = False

    def log(self) -> Log:
        if self.removed:
            raise NodeFailed("it told a log that was removed")
        return Log(
            self.address.lower(),
            tuple(topic.lower() for topic in self.topics),
            self.data.lower(),
            BlockHash(_hash(self.block_hash)),
            _quantity(self.block_number),
            TransactionHash(_hash(self.transaction_hash)),
            _quantity(self.log_index),
        )

    def time_s(self) -> int | None:
        return None if self.block_timestamp is None else _quantity(self.block_timestamp)


def _by_number(number: int, *, known: bool = False) -> Question:
    def read(raw: msgspec.Raw) -> Header | None:
        header = _header(raw)
        if header is None and known:
            raise NodeFailed("it lags behind")
        if header is not None and header.number != number:
            raise NodeFailed("it told another block")
        return header

    return Question("eth_getBlockByNumber", [hex(number), False], read)


def _is_block(raw: msgspec.Raw, number: int, hash: BlockHash) -> Header | None:
    header = _header(raw)
    if header is not None and (header.number, header.hash) != (number, hash):
        raise NodeFailed("it told another block")
    return header


def _header(raw: msgspec.Raw) -> Header | None:
    block = msgspec.json.decode(raw, type=_Block | None)
    if block is None:
        return None
    return Header(
        _quantity(block.number),
        BlockHash(_hash(block.hash)),
        BlockHash(_hash(block.parent_hash)),
        _quantity(block.timestamp),
        bytes.fromhex(block.logs_bloom.removeprefix("0x")),
    )


def _must_be(value: Any) -> Any:
    if value is None:
        raise NodeFailed("it does not know its own block")
    return value


def _hash(text: str) -> str:
    if len(text) != 66 or not text.startswith("0x"):
        raise ValueError(text)
    return "0x" + bytes.fromhex(text[2:]).hex()


def _quantity(text: str) -> int:
    """Bounded to what databases hold."""
    value = int(text, 16)
    if not 0 <= value < 1 << 63:
        raise ValueError(text)
    return value

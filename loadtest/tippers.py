"""Tips on a development chain, followed from the block to an event socket.

The node signs for accounts of its own. The contract and whom to tip are asked of the server by its public API.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
from Crypto.Hash import keccak

from loadtest.chat_socket import ChatSocket
from loadtest.errors import LoadtestError, ScenarioError
from loadtest.measures import Measures
from loadtest.scenario import Tippers as TippersPart
from loadtest.stage_time import RunClock

POLL_S = 0.02
SETTLE_S = 5.0
GAS = "0x493e0"


@dataclass(frozen=True, slots=True)
class Payee:
    """Where tips of a channel go."""

    contract: str
    channel: int
    artist: str
    broadcast: int


class Node:
    """A node that signs for accounts of its own."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def call(self, method: str, *parameters: object) -> Any:
        """The result; raises `ScenarioError` with the node's words."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        async with self._http.post(self._url, json=body, timeout=aiohttp.ClientTimeout(total=10)) as response:
            answer = await response.json(content_type=None)
        if "error" in answer:
            raise ScenarioError(f"target.rpc_url: {method}: {answer['error'].get('message', 'an error')}")
        return answer["result"]


async def find_payee(http: aiohttp.ClientSession, base: str, channel: str) -> Payee:
    """Raises `ScenarioError` when the server or the channel takes no tips."""
    async with http.get(f"{base.rstrip('/')}/api/v1/tipping") as response:
        tipping = await response.json(content_type=None) if response.status == 200 else {}
    async with http.get(f"{base.rstrip('/')}/api/v1/channels/{channel}/tipping") as response:
        found = await response.json(content_type=None) if response.status == 200 else {}
    if not tipping.get("enabled") or not found.get("artist"):
        raise ScenarioError("tippers: the server or the channel takes no tips")
    return Payee(
        tipping["contract"], int(found["channel"]), found["artist"], int(found.get("broadcast") or 0)
    )


class Tippers:
    """Sends tips at a rate and waits for each on an event socket."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base: str,
        events_url: str,
        room: str,
        rpc_url: str,
        part: TippersPart,
        measures: Measures,
        clock: RunClock,
    ) -> None:
        self._http = http
        self._base = base
        self._events_url = events_url
        self._room = room
        self._node = Node(http, rpc_url)
        self._part = part
        self._measures = measures
        self._clock = clock
        self._sent: set[str] = set()
        self._seen: set[str] = set()
        self._mined: dict[str, int] = {}
        self._blocks_ns: dict[int, int] = {}
        self._signing: dict[str, asyncio.Lock] = {}

    async def play(self) -> None:
        """Returns a moment after the end."""
        if not self._part.tips_per_s:
            return
        payee = await find_payee(self._http, self._base, self._room)
        accounts = await self._node.call("eth_accounts")
        if not accounts:
            raise ScenarioError("target.rpc_url: the node has no accounts of its own")
        socket = await ChatSocket.connect(self._events_url, self._room, on_messages=self._heard)
        watcher = asyncio.create_task(self._watch_blocks())
        sending: set[asyncio.Task[None]] = set()
        try:
            await self._clock.until(self._part.at_s)
            number = 0
            while not self._clock.is_over:
                task = asyncio.create_task(self._tip(payee, accounts[number % len(accounts)]))
                sending.add(task)
                task.add_done_callback(sending.discard)
                number += 1
                await self._clock.until(self._part.at_s + number / self._part.tips_per_s)
            await asyncio.gather(*sending)
            await asyncio.sleep(SETTLE_S)
            await self._settle()
        finally:
            watcher.cancel()
            socket.close()

    async def _tip(self, payee: Payee, sender: str) -> None:
        transaction = {
            "from": sender,
            "to": payee.contract,
            "value": hex(self._part.amount_wei),
            "gas": GAS,
            "data": encode_tip(payee, self._part.message),
        }
        try:
            async with self._signing.setdefault(sender, asyncio.Lock()):  # or two would get the same nonce
                sent = str(await self._node.call("eth_sendTransaction", transaction))
        except (LoadtestError, aiohttp.ClientError, TimeoutError, OSError) as error:
            self._measures.count(f"tip failure: {str(error) or type(error).__name__}"[:120], time.time())
            return
        self._sent.add(sent)
        self._measures.count("tips_sent", time.time())

    async def _watch_blocks(self) -> None:
        """Notes when each block was first asked for and found to be there: at most `POLL_S` after it was."""
        while True:
            try:
                asked_ns = time.time_ns()
                number = int(await self._node.call("eth_blockNumber"), 16)
                self._blocks_ns.setdefault(number, asked_ns)
            except (LoadtestError, aiohttp.ClientError, TimeoutError, OSError):
                self._measures.count("tip failure: the node did not answer", time.time())
            await asyncio.sleep(POLL_S)

    def _heard(self, messages: list[dict[str, Any]]) -> None:
        now_ns = time.time_ns()
        for message in messages:
            data = message.get("data")
            if message["type"] != "event" or not isinstance(data, dict) or data.get("type") != "tip_seen":
                continue
            tip = data["tip"]
            if tip["transaction"] in self._seen:
                continue
            self._seen.add(tip["transaction"])
            self._measures.count("tips_seen", now_ns / 1e9)
            mined_ns = self._blocks_ns.get(int(tip.get("block") or -1))
            if mined_ns is None:  # shown before this machine saw its block: nothing to measure by
                self._measures.count("tips_not_timed", now_ns / 1e9)
            else:
                self._measures.observe("tip_us", now_ns / 1e9, (now_ns - mined_ns) // 1000)

    async def _settle(self) -> None:
        for transaction in self._sent:
            receipt = await self._node.call("eth_getTransactionReceipt", transaction)
            if receipt is not None and int(receipt["status"], 16) == 1:
                self._measures.count("tips_mined", time.time())
                self._measures.count("tips_missed", time.time(), int(transaction not in self._seen))


def encode_tip(payee: Payee, message: str) -> str:
    """Calldata of ``tip((address,uint64,uint64,string))``: Solidity's ABI, a dynamic tuple behind its offset."""
    words = [
        (32).to_bytes(32, "big"),
        bytes(12) + bytes.fromhex(payee.artist.removeprefix("0x")),
        payee.channel.to_bytes(32, "big"),
        payee.broadcast.to_bytes(32, "big"),
        (4 * 32).to_bytes(32, "big"),
    ]
    text = message.encode()
    words += [len(text).to_bytes(32, "big"), text + bytes(-len(text) % 32)]
    return "0x" + (_SELECTOR + b"".join(words)).hex()


_SELECTOR = keccak.new(digest_bits=256, data=b"tip((address,uint64,uint64,string))").digest()[:4]

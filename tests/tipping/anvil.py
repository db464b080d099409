"""A real chain of the test's own: anvil as a process, and a client that mines, tips and reorganises.

Blocks are mined on demand only, so that nothing happens that the test did not ask for.
"""

import contextlib
import itertools
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from eth_abi.abi import decode, encode

from accounts.ethereum import Address, checksum_address, keccak256
from tipping.artifact import tip_jar

CHAIN_ID = 1116
START_WITHIN_S = 20.0
NATIVE = "0x" + "0" * 40
TIP = "(address,uint64,uint64,string)"


class Reverted(Exception):
    """The contract refused; ``name`` is its error."""

    def __init__(self, data: str, message: str) -> None:
        self.name = _ERRORS.get(data[:10], message)
        super().__init__(self.name)


@dataclass
class AnvilProcess:
    """A running node. ``freeze`` and ``thaw`` stop and continue it as it is."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @classmethod
    @contextlib.contextmanager
    def running(
        cls, binary: Path, *options: str, chain_id: int = CHAIN_ID, port: int = 0
    ) -> Iterator["AnvilProcess"]:
        port = port or _free_port()
        command = [
            *(str(binary), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(chain_id)),
            *("--no-mining", "--silent", "--hardfork", "shanghai", "--balance", "1000000", *options),
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_listening(process, port)
            yield cls(port, process)
        finally:
            process.kill()
            process.wait()


class Node:
    """A client of one node. Every account is unlocked: anvil signs."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http
        self._ids = itertools.count(1)
        self.accounts: list[Address] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, url: str) -> AsyncIterator["Node"]:
        async with aiohttp.ClientSession() as http:
            node = cls(url, http)
            node.accounts = [address(each) for each in await node.call("eth_accounts")]
            yield node

    async def call(self, method: str, *params: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
        async with self._http.post(self._url, json=request) as response:
            answer = await response.json()
        if "error" in answer:
            error = answer["error"]
            raise Reverted(str(error.get("data", "")), error.get("message", ""))
        return answer["result"]

    async def mine(self, count: int = 1) -> None:
        for _ in range(count):
            await self.call("evm_mine")

    async def number(self) -> int:
        return int(await self.call("eth_blockNumber"), 16)

    async def deploy(self, bytecode: str, types: Sequence[str] = (), values: Sequence[Any] = ()) -> Address:
        transaction = await self.send(None, bytecode + encode(types, values).hex())
        await self.mine()
        receipt = await self.call("eth_getTransactionReceipt", transaction)
        assert receipt["status"] == "0x1"
        return address(receipt["contractAddress"])

    async def deploy_jar(self) -> "Jar":
        """Owned by the first account."""
        return Jar(self, await self.deploy(tip_jar().bytecode, ["address"], [self.accounts[0]]))

    async def send(
        self, to: str | None, data: str = "0x", *, sender: int | str = 0, value: int = 0, gas: int = 3_000_000
    ) -> str:
        """A transaction on its way; returns its hash. Nothing is estimated, so it may fail when mined."""
        account = self.accounts[sender] if isinstance(sender, int) else sender
        request = {
            "from": account,
            "data": data,
            "value": hex(value),
            "gas": hex(gas),
            "gasPrice": hex(10**10),
        }
        return str(await self.call("eth_sendTransaction", request | ({"to": to} if to else {})))

    async def receipt(self, transaction: str) -> dict[str, Any]:
        receipt = await self.call("eth_getTransactionReceipt", transaction)
        assert receipt is not None
        return dict(receipt)

    async def raw(self, transaction: str) -> str:
        return str(await self.call("eth_getRawTransactionByHash", transaction))

    async def drop(self, depth: int) -> None:
        """The last blocks are gone, and what was in them."""
        await self.call("anvil_rollback", depth)
        await self.call("anvil_dropAllTransactions")

    async def mine_elsewhere(self, *raws: str) -> None:
        """Mines a block that has never been there, with these transactions."""
        for raw in raws:
            await self.call("eth_sendRawTransaction", raw)
        await self.call("evm_increaseTime", 7)
        await self.mine()


@dataclass
class Contract:
    """A contract somewhere, called by signatures."""

    node: Node
    address: Address

    async def send(
        self, signature: str, *values: Any, sender: int = 0, value: int = 0, gas: int = 3_000_000
    ) -> dict[str, Any]:
        """Mines one transaction; returns the receipt. Raises ``Reverted`` before it is mined."""
        data = call_data(signature, *values)
        await self.node.call(
            "eth_call",
            {"from": self.node.accounts[sender], "to": self.address, "data": data, "value": hex(value)},
            "latest",
        )
        transaction = await self.node.send(self.address, data, sender=sender, value=value, gas=gas)
        await self.node.mine()
        receipt = await self.node.receipt(transaction)
        assert receipt["status"] == "0x1"
        return receipt

    async def read(self, signature: str, *values: Any, returns: str) -> Any:
        result = await self.node.call(
            "eth_call", {"to": self.address, "data": call_data(signature, *values)}, "latest"
        )
        return decode([returns], bytes.fromhex(result[2:]))[0]


@dataclass
class Jar(Contract):
    """The contract under test."""

    async def tip(
        self,
        artist: str,
        amount: int,
        *,
        channel: int = 1,
        broadcast: int = 0,
        message: str = "",
        sender: int = 1,
    ) -> str:
        """A tip on its way, in the native coin; returns the transaction's hash."""
        data = call_data(f"tip({TIP})", (artist, channel, broadcast, message))
        return await self.node.send(self.address, data, sender=sender, value=amount)

    async def owed(self, payee: str, token: str = NATIVE) -> int:
        return int(await self.read("owed(address,address)", payee, token, returns="uint256"))


def call_data(signature: str, *values: Any) -> str:
    types = _split(signature[signature.index("(") + 1 : -1])
    return "0x" + (keccak256(signature.encode())[:4] + encode(types, values)).hex()


def address(text: str) -> Address:
    found = checksum_address(text)
    assert found is not None
    return found


def _split(types: str) -> list[str]:
    """``"a,(b,c)[],d"`` as ``["a", "(b,c)[]", "d"]``."""
    parts, depth = [""], 0
    for character in types:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part]


def _error_names() -> dict[str, str]:
    names = {}
    for each in tip_jar().abi:
        if each["type"] == "error":
            types = ",".join(parameter["type"] for parameter in each["inputs"])
            names["0x" + keccak256(f"{each['name']}({types})".encode())[:4].hex()] = str(each["name"])
    return names


_ERRORS = _error_names()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert process.poll() is None, "anvil ended"
        assert time.monotonic() < deadline, "anvil does not listen"
        time.sleep(0.005)

"""A real EVM chain of a test's own: anvil, which mines what it is sent at once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.polling import eventually

HERE = Path(__file__).parent
CORE_CHAIN_ID = 1116
START_WITHIN_S = 20.0
STOP_WITHIN_S = 10.0


@dataclass
class Anvil:
    """A running chain; ``running`` is the way in."""

    url: str
    process: asyncio.subprocess.Process

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, executable: str, chain_id: int = CORE_CHAIN_ID) -> AsyncIterator[Anvil]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(executable, "--host", "127.0.0.1", "--port", str(port)),
            *("--chain-id", str(chain_id), "--hardfork", "shanghai", "--accounts", "1", "--silent"),
            stdout=asyncio.subprocess.DEVNULL,
        )
        chain = cls(f"http://127.0.0.1:{port}", process)
        try:
            await eventually(chain._answers, timeout_s=START_WITHIN_S, what="a chain")
            yield chain
        finally:
            if process.returncode is None:
                process.terminate()
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)

    async def ask(self, method: str, *params: object) -> Any:
        """The result of a JSON-RPC call."""
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with aiohttp.ClientSession() as http, http.post(self.url, json=question) as response:
            answer = await response.json()
        assert "error" not in answer, answer
        return answer["result"]

    async def deploy(self, contract: str, *addresses: str) -> str:
        """Puts a contract of ``contracts/`` on the chain and returns its address; it is made of ``addresses``."""
        arguments = "".join(address.removeprefix("0x").lower().rjust(64, "0") for address in addresses)
        sender = (await self.ask("eth_accounts"))[0]
        sent = await self.ask(
            "eth_sendTransaction", {"from": sender, "data": f"0x{bytecode(contract)}{arguments}"}
        )
        receipt = await eventually(
            lambda: self.ask("eth_getTransactionReceipt", sent), what=f"{contract} on the chain"
        )
        assert receipt["status"] == "0x1", receipt
        address: str = receipt["contractAddress"]
        return address

    async def _answers(self) -> bool:
        try:
            return bool(await self.ask("eth_chainId"))
        except aiohttp.ClientError:
            return False


def bytecode(contract: str) -> str:
    """What was compiled of a contract's source as it is now."""
    compiled = json.loads((HERE / "contracts" / f"{contract}.json").read_text())
    source = (HERE / "contracts" / f"{contract}.sol").read_bytes()
    assert compiled["source_sha256"] == hashlib.sha256(source).hexdigest(), (
        "compile it again: scripts/contract"
    )
    code: str = compiled["bytecode"]
    return code

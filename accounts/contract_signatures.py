"""Wallets that are contracts: asks the contract on its chain whether a signature is its own (EIP-1271).

Plain JSON-RPC over HTTP. Without a node configured there is nobody to ask, and only key-held wallets sign in.
"""

from typing import Any, Protocol

import aiohttp
import msgspec
import structlog

from accounts.errors import ChainUnavailable
from accounts.ethereum import Address

_log = structlog.get_logger("wallets")

SIGNATURE_MAX_BYTES = 4_096
MAGIC_VALUE = bytes.fromhex("1626ba7e")
"""The selector of ``isValidSignature(bytes32,bytes)``, and what it returns when the signature is valid."""
TIMEOUT_S = 8.0
ANSWER_MAX_BYTES = 64 * 1024
GAS_LIMIT = 1_000_000


class ContractSignatures(Protocol):
    """Knows whether a contract holds a signature to be its own."""

    async def is_valid(self, address: Address, message_hash: bytes, signature: bytes) -> bool:
        """No for an address without a contract. Raises ``ChainUnavailable``."""


class RpcContractSignatures:
    """Asks the node at ``url``, which has to be on the chain ``chain_id``."""

    def __init__(self, url: str, chain_id: int) -> None:
        self._url = url
        self._chain_id = chain_id
        self._chain_checked = False

    async def is_valid(self, address: Address, message_hash: bytes, signature: bytes) -> bool:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as http:
                await self._check_chain(http)
                call = {"to": address, "data": _call_data(message_hash, signature), "gas": hex(GAS_LIMIT)}
                result = await self._ask(http, "eth_call", [call, "latest"])
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.MsgspecError) as error:
            _log.warning("chain_unavailable", reason=type(error).__name__)
            raise ChainUnavailable("the chain's node did not answer; try again later") from None
        # A contract that reverts, or none at all, holds nothing to be its own.
        return isinstance(result, str) and result[:10] == "0x" + MAGIC_VALUE.hex() and len(result) == 66

    async def _check_chain(self, http: aiohttp.ClientSession) -> None:
        if self._chain_checked:
            return
        found = await self._ask(http, "eth_chainId", [])
        if not isinstance(found, str) or int(found, 16) != self._chain_id:
            _log.error("wrong_chain", expected=self._chain_id, found=str(found)[:20])
            raise ChainUnavailable("the chain's node is on another chain")
        self._chain_checked = True

    async def _ask(self, http: aiohttp.ClientSession, method: str, params: list[Any]) -> object:
        """The result, or ``None`` when the node answers with an error."""
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with http.post(self._url, json=question, allow_redirects=False) as response:
            response.raise_for_status()
            body = await response.content.read(ANSWER_MAX_BYTES)
        return msgspec.json.decode(body, type=_RpcAnswer).result


class _RpcAnswer(msgspec.Struct):
    result: Any = None


def _call_data(message_hash: bytes, signature: bytes) -> str:
    padding = bytes(-len(signature) % 32)
    data = (
        MAGIC_VALUE
        + message_hash
        + (64).to_bytes(32)  # where the bytes begin
        + len(signature).to_bytes(32)
        + signature
        + padding
    )
    return "0x" + data.hex()

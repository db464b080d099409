"""Asks the demonstration's own chain, and passes on what a page's demo wallet asks of it."""

import itertools
from typing import Any

import aiohttp
import msgspec

TIMEOUT_S = 10.0


class DemoChainError(Exception):
    """The chain does not answer, or refuses."""


class DemoChainRefused(DemoChainError):
    """It answered with an error."""


class _Refusal(msgspec.Struct):
    message: str = ""


class _Answer(msgspec.Struct):
    result: Any = None
    error: _Refusal | None = None


class DemoRpc:
    """JSON-RPC with the node at ``url``, which is on this machine."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self._ids = itertools.count(1)

    async def ask(self, method: str, *params: object) -> Any:
        """The result. Raises ``DemoChainError``."""
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            answer = msgspec.json.decode(await self.pass_on(msgspec.json.encode(request)), type=_Answer)
        except msgspec.MsgspecError:
            raise DemoChainError(f"{method}: the answer cannot be read") from None
        if answer.error is not None:
            raise DemoChainRefused(f"{method}: {answer.error.message}")
        return answer.result

    async def pass_on(self, body: bytes) -> bytes:
        """The node's answer as it is. Raises ``DemoChainError``."""
        try:
            async with self._http.post(
                self._url,
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as response:
                return await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DemoChainError(type(error).__name__) from None

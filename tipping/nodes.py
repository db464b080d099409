"""Asks one of several JSON-RPC nodes, and another one when it fails.

A node is believed after it has said which chain it is on and that the contract's code is at its address; that is asked
again after each failure and every minute. What a question's reader raises ``NodeFailed`` for counts as a failure.

The addresses of nodes hold secrets: logs and errors name them by their place in the list only.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
import structlog

from tipping.errors import ChainUnavailable, NodeFailed, NodeRefused
from tipping.rotation import Rotation
from tipping.tips import ChainId

_log = structlog.get_logger("tipping")

TIMEOUT_S = 5.0
ANSWER_MAX_BYTES = 16 * 1024 * 1024
VERIFIED_FOR_S = 60.0
RATE_LIMITED_PAUSE_S = 2.0
RATE_LIMITED_MAX_PAUSE_S = 300.0
WRONG_PAUSE_S = 30.0
_RATE_LIMITED = 429


@dataclass(frozen=True, slots=True)
class Question:
    """One call, and what reads its result: returns a value, or raises ``NodeFailed`` for what cannot be true."""

    method: str
    params: list[Any]
    read: Callable[[msgspec.Raw], Any]
    refusable: bool = False
    """A refusal is an answer to this one: ``NodeRefused`` stands in the place of the value."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a node has to have to be believed."""

    chain: ChainId
    contract: str
    runtime: str
    """The contract's code, ``0x...``."""


class Nodes:
    """The nodes at ``urls``, in order of preference."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        urls: Sequence[str],
        expected: Expected,
        *,
        rotation: Rotation | None = None,
        timeout_s: float = TIMEOUT_S,
        wrong_pause_s: float = WRONG_PAUSE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._urls = tuple(urls)
        self._expected = expected
        self._rotation = rotation or Rotation(len(self._urls))
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._wrong_pause_s = wrong_pause_s
        self._monotonic = monotonic
        self._verified_at_s: dict[int, float] = {}
        self._ids = itertools.count(1)
        self.failures = 0
        """How often a node did not answer, or not with the truth."""

    def __len__(self) -> int:
        return len(self._urls)

    async def ask(self, *questions: Question) -> list[Any]:
        """The answers of one node to all ``questions``. Raises ``ChainUnavailable``."""
        for _ in self._urls:
            number = self._rotation.choose(self._monotonic())
            if number is None:
                break
            try:
                await self._verify(number)
                answers = await self._ask_node(number, questions)
            except NodeFailed as failure:
                self.failures += 1
                self._verified_at_s.pop(number, None)
                pause_s = self._rotation.failed(number, self._monotonic(), failure.pause_s)
                _log.warning("node_failed", node=number, reason=str(failure), pause_s=round(pause_s, 1))
            else:
                self._rotation.answered(number)
                return answers
        raise ChainUnavailable(max(0.0, self._rotation.next_at_s() - self._monotonic()))

    def pass_on(self) -> None:
        """Asks another node from now on."""
        self._rotation.pass_on()

    async def _verify(self, number: int) -> None:
        now_s = self._monotonic()
        if now_s - self._verified_at_s.get(number, float("-inf")) < VERIFIED_FOR_S:
            return
        chain, code = await self._ask_node(
            number,
            (
                Question("eth_chainId", [], read_text),
                Question("eth_getCode", [self._expected.contract, "latest"], read_text),
            ),
        )
        if _quantity(chain) != self._expected.chain:
            raise NodeFailed("it is on another chain", self._wrong_pause_s)
        if code.lower() != self._expected.runtime:
            raise NodeFailed("the contract is not at its address", self._wrong_pause_s)
        self._verified_at_s[number] = now_s

    async def _ask_node(self, number: int, questions: Sequence[Question]) -> list[Any]:
        tasks = [asyncio.ensure_future(self._call(number, question)) for question in questions]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def _call(self, number: int, question: Question) -> Any:
        request = {
            "jsonrpc": "2.0",
            "id": next(self._ids),
            "method": question.method,
            "params": question.params,
        }
        try:
            body = await self._post(self._urls[number], msgspec.json.encode(request))
        except TimeoutError:
            raise NodeFailed("it did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            # The error's own words hold the address.
            raise NodeFailed(type(error).__name__) from None
        try:
            answer = msgspec.json.decode(body, type=_Answer)
            if answer.error is not None:
                return _refused(answer.error, question)
            if answer.id != request["id"]:
                raise NodeFailed("it answered something else")
            return question.read(answer.result)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise NodeFailed("its answer cannot be read") from None

    async def _post(self, url: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        async with self._http.post(
            url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
        ) as response:
            if response.status == _RATE_LIMITED:
                raise NodeFailed("it limits our rate", _retry_after_s(response))
            # Some nodes answer errors of JSON-RPC with a status of 400.
            if response.status not in (200, 400):
                raise NodeFailed(f"it answered {response.status}")
            received = bytearray()
            async for chunk in response.content.iter_any():
                received += chunk
                if len(received) > ANSWER_MAX_BYTES:
                    raise NodeFailed("its answer is too long")
            return bytes(received)


class _Error(msgspec.Struct):
    code: int = 0
    message: str = ""


class _Answer(msgspec.Struct):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


def read_text(result: msgspec.Raw) -> str:
    """A reader for a result that is one text."""
    return msgspec.json.decode(result, type=str)


def _quantity(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise NodeFailed("its answer cannot be read") from None


def _refused(error: _Error, question: Question) -> NodeRefused:
    message = error.message.lower()
    if error.code == _RATE_LIMITED or "rate limit" in message or "too many requests" in message:
        raise NodeFailed("it limits our rate", RATE_LIMITED_PAUSE_S)
    if not question.refusable:
        raise NodeFailed(f"it refused {question.method} with code {error.code}")
    return NodeRefused(f"code {error.code}")


def _retry_after_s(response: aiohttp.ClientResponse) -> float:
    try:
        asked_s = float(response.headers.get("Retry-After", ""))
    except ValueError:
        return RATE_LIMITED_PAUSE_S
    return max(0.0, min(asked_s, RATE_LIMITED_MAX_PAUSE_S))

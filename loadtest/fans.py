"""People with an account, for what guests may not do: each signs in with a wallet made for the run (EIP-4361).

By the public API alone, as a page does it. `remove` deletes the accounts again, so that a run leaves nobody behind.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import aiohttp
import msgspec
from eth_account import Account
from eth_account.messages import encode_defunct

from loadtest.bodies import printable, read_body
from loadtest.errors import AnswerError, LoadtestError, SignalingError

T = TypeVar("T")

TIMEOUT = aiohttp.ClientTimeout(total=15)
ANSWER_MAX_BYTES = 64 << 10
AT_ONCE = 8
RENEW_AFTER_S = 8 * 60.0
"""Tokens hold for ten minutes."""


@dataclass(slots=True, repr=False)
class Fan:
    """Somebody signed in."""

    key: bytes
    headers: dict[str, str]
    """Of all its requests."""
    id: str = ""
    token: str = ""
    signed_in_s: float = 0.0

    @property
    def is_stale(self) -> bool:
        return time.monotonic() - self.signed_in_s > RENEW_AFTER_S


class Fans:
    """Signs people in at one server."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._base = base.rstrip("/")
        self._fans: list[Fan] = []
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def sign_in(self, headers: dict[str, str]) -> Fan:
        """A new person. Raises `LoadtestError`s, `aiohttp.ClientError`."""
        fan = Fan(bytes((await asyncio.to_thread(Account.create)).key), headers)
        await self.renew(fan)
        self._fans.append(fan)
        return fan

    async def renew(self, fan: Fan) -> None:
        """Signs the same person in anew. Raises as `sign_in`."""
        async with self._gate:
            account = Account.from_key(fan.key)
            nonce = await self._post("/api/v1/siwe/nonce", None, fan.headers, _Nonce)
            message = (
                f"{nonce.domain} wants you to sign in with your Ethereum account:\n{account.address}\n\n\n"
                f"URI: {nonce.uri}\nVersion: 1\nChain ID: {nonce.chain_id}\nNonce: {nonce.nonce}\n"
                f"Issued At: {datetime.now(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}"
            )
            signed = await asyncio.to_thread(account.sign_message, encode_defunct(text=message))
            proof = {"message": message, "signature": "0x" + bytes(signed.signature).hex()}
            session = (await self._post("/api/v1/session/wallet", proof, fan.headers, _SignedIn)).session
        fan.id, fan.token, fan.signed_in_s = session.user.id, session.access_token, time.monotonic()

    async def remove(self, within_s: float) -> int:
        """Deletes all these accounts; returns how many could not be, in this time."""
        fans, self._fans = self._fans, []
        if not fans:
            return 0
        removing = [asyncio.create_task(self._remove(fan)) for fan in fans]
        done, late = await asyncio.wait(removing, timeout=within_s)
        for task in late:
            task.cancel()
        return len(late) + sum(not task.result() for task in done)

    async def _remove(self, fan: Fan) -> bool:
        """Whether it is gone."""
        try:
            if fan.is_stale:  # deleting asks for a proof of the last ten minutes
                await self.renew(fan)
            headers = {**fan.headers, "Authorization": f"Bearer {fan.token}"}
            async with (
                self._gate,
                self._http.delete(f"{self._base}/api/v1/me", headers=headers, timeout=TIMEOUT) as response,
            ):
                return response.status < 400
        except (LoadtestError, aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def _post(self, path: str, body: object, headers: dict[str, str], type_: type[T]) -> T:
        url = self._base + path
        async with self._http.post(url, json=body, headers=headers, timeout=TIMEOUT) as response:
            told = await read_body(response, ANSWER_MAX_BYTES)
            if response.status >= 400:
                raise SignalingError(response.status, f"{path}: {printable(told)}")
            try:
                return msgspec.json.decode(told, type=type_)
            except msgspec.DecodeError:
                raise AnswerError(f"{path} answered what is no such answer: {printable(told)}") from None


class _Nonce(msgspec.Struct):
    domain: str
    uri: str
    chain_id: int
    nonce: str


class _User(msgspec.Struct):
    id: str


class _Session(msgspec.Struct):
    user: _User
    access_token: str


class _SignedIn(msgspec.Struct):
    session: _Session

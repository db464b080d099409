"""Hashes and checks passwords with Argon2id (RFC 9106), beside the event loop and never too many at once.

``ARGON2`` is the one place with the parameters. A hash made with others still verifies and is replaced at the next
sign-in. Somebody unknown costs exactly what somebody known costs: one verification, against a hash nobody has the
password of.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from accounts.errors import Busy
from accounts.opaque_tokens import new_token
from accounts.password_rules import PASSWORD_MAX_CHARACTERS, check_password, normal_password

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """``memory_kib`` is taken once for each hash under way."""

    time_cost: int = 3
    memory_kib: int = 64 * 1024
    parallelism: int = 1


ARGON2 = Argon2Parameters()
"""The second recommendation of RFC 9106 section 4, with one lane: several hashes run side by side instead."""

CONCURRENCY = 2
MAX_WAITING = 64


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of a check; ``new_hash`` replaces the stored one when it was made with other parameters."""

    right: bool
    new_hash: str | None = None


class Passwords:
    """At most ``concurrency`` at a time, ``max_waiting`` in line; past that ``Busy`` (503)."""

    def __init__(
        self,
        parameters: Argon2Parameters = ARGON2,
        *,
        concurrency: int = CONCURRENCY,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=parameters.time_cost,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.parallelism,
        )
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="argon2")
        self._bound = concurrency + max_waiting
        self._under_way = 0
        self._nobody: str | None = None
        self.verifications = 0
        """How often Argon2 compared; equal for people known and unknown."""
        self.hashes = 0
        """How often Argon2 made a hash for a password somebody chose."""

    async def check_strength(self, password: str, *, address: str) -> None:
        """Raises ``PasswordWeak``."""
        await self._run(lambda: check_password(password, address=address))

    async def hash(self, password: str) -> str:
        """A hash with its salt and parameters, as a string."""
        self.hashes += 1
        return await self._run(lambda: self._hasher.hash(normal_password(password)))

    async def verify(self, password: str, stored: str | None) -> Verified:
        """Whether ``stored`` is a hash of ``password``. ``None`` takes as long and says no."""
        self.verifications += 1
        return await self._run(lambda: self._verify(password, stored))

    def close(self) -> None:
        """Lets the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, stored: str | None) -> Verified:
        if self._nobody is None:
            self._nobody = self._hasher.hash(new_token())
        normal = normal_password(password[: PASSWORD_MAX_CHARACTERS + 1])
        try:
            self._hasher.verify(stored or self._nobody, normal)
        except (VerificationError, InvalidHashError):
            return Verified(False)
        if stored is None:
            return Verified(False)
        return Verified(True, self._hasher.hash(normal) if self._hasher.check_needs_rehash(stored) else None)

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._under_way >= self._bound:
            raise Busy
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

"""The keys that sign access tokens: one current, the ones before it until what they signed has expired.

Kept in the database, sealed with the server's secret, so that every process signs alike. Each process reads them again
once a minute and when it meets a key it does not know, which is how a rotation by command reaches a running server.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import COMMAND_LINE, Action
from accounts.errors import SecretKeyUnusable
from accounts.opaque_tokens import new_id
from accounts.repository import audit, keys
from accounts.server_secret import KEY_BYTES, ServerSecret
from accounts.session_rules import ACCESS_LIFETIME
from accounts.tables import SigningKeyRow
from accounts.tokens import SigningKey
from infra.clock import Clock, utc_now
from infra.database import Database

_log = structlog.get_logger("accounts")

READ_AGAIN_AFTER = timedelta(minutes=1)
UNKNOWN_READ_AGAIN_AFTER = timedelta(seconds=1)
RETIRED_KEPT_FOR = ACCESS_LIFETIME + READ_AGAIN_AFTER
_PURPOSE = "signing-key"


class SigningKeys:
    """Keys by id, remembered; at most the few there are."""

    def __init__(self, database: Database, secret: ServerSecret, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._secret = secret
        self._clock = clock
        self._keys: dict[str, SigningKey] = {}
        self._read_at: datetime | None = None
        self._made_first = False
        """Whether another process may have made a first key in the same moment, which has not been read yet."""

    async def current(self) -> SigningKey:
        """The key to sign with; made when there is none."""
        if self._is_older_than(READ_AGAIN_AFTER):
            await self._read()
        for key in self._keys.values():
            if key.retired_at is None:
                return key
        await self._add()
        return await self.current()

    async def by_id(self, wanted: str | None) -> Mapping[str, SigningKey]:
        """The keys that verify, ``wanted`` among them if it is one."""
        if self._is_older_than(READ_AGAIN_AFTER) or (
            wanted not in self._keys and (self._made_first or self._is_older_than(UNKNOWN_READ_AGAIN_AFTER))
        ):
            self._made_first = False
            await self._read()
        now = self._clock()
        return {
            key.id: key
            for key in self._keys.values()
            if key.retired_at is None or now < key.retired_at + RETIRED_KEPT_FOR
        }

    async def rotate(self, *, at_once: bool = False) -> str:
        """Makes a new key the current one and returns its id.

        Tokens of the ones before stay valid until they expire; with ``at_once`` they do not, and everyone's page
        fetches a new one.
        """
        now = self._clock()
        async with self._database.write() as session:
            await keys.retire_signing_keys(session, now)
            await keys.drop_signing_keys(session, now if at_once else now - RETIRED_KEPT_FOR)
            key_id = await self._insert(session, now)
            await audit.append(
                session, Action.SIGNING_KEY_ROTATED, at=now, actor=COMMAND_LINE, subject=key_id
            )
        await self._read()
        return key_id

    async def _add(self) -> None:
        now = self._clock()
        async with self._database.write() as session:
            await self._insert(session, now)
        await self._read()
        self._made_first = True

    async def _insert(self, session: AsyncSession, now: datetime) -> str:
        key_id = new_id()
        sealed = self._secret.seal(secrets.token_bytes(KEY_BYTES), purpose=_PURPOSE, owner=key_id)
        await keys.add_signing_key(session, key_id, sealed, now)
        return key_id

    async def _read(self) -> None:
        self._read_at = self._clock()
        async with self._database.read() as session:
            rows = await keys.signing_keys(session)
        self._keys = {key.id: key for key in map(self._opened, rows) if key is not None}

    def _opened(self, row: SigningKeyRow) -> SigningKey | None:
        try:
            opened = self._secret.open(row.secret, purpose=_PURPOSE, owner=row.id)
        except SecretKeyUnusable:
            # The operator changed the server's secret: what the key signed no longer holds, and pages refresh.
            _log.warning("signing_key_unreadable", key=row.id)
            return None
        return SigningKey(row.id, opened, row.created_at, row.retired_at)

    def _is_older_than(self, age: timedelta) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= age

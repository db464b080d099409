"""The second factor: set up, confirmed, shown at sign-in, taken away; and the ten codes for when the phone is gone."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.errors import CodeRejected, SecondFactorExists, SecondFactorMissing
from accounts.identity import Identity, SessionId, UserId
from accounts.opaque_tokens import hash_token
from accounts.records import Totp
from accounts.repository import audit, second_factors, sessions, users
from accounts.server_secret import ServerSecret
from accounts.totp import (
    accepted_step,
    new_recovery_codes,
    new_secret,
    normal_recovery_code,
    provisioning_uri,
)
from infra.clock import Clock, utc_now
from infra.database import Database

ISSUER = "Harmonie"
_PURPOSE = "totp"


@dataclass(frozen=True, slots=True)
class SecondFactorProof:
    """What a person shows: a code of their app, or one of their recovery codes."""

    code: str | None = field(default=None, repr=False)
    recovery_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SecondFactorSetup:
    """Shown once, to be put into an authenticator app."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


class SecondFactorService:
    """TOTP secrets are sealed with the server's secret; recovery codes are hashes."""

    def __init__(self, database: Database, secret: ServerSecret, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._secret = secret
        self._clock = clock

    async def status(self, user_id: UserId) -> tuple[bool, int]:
        """Whether it is in force, and how many recovery codes are left."""
        async with self._database.read() as session:
            return (
                await second_factors.is_in_force(session, user_id),
                await second_factors.recovery_codes_left(session, user_id),
            )

    async def begin(self, user_id: UserId) -> SecondFactorSetup:
        """A new secret, not in force until confirmed. Raises ``SecondFactorExists``."""
        secret = new_secret()
        async with self._database.write() as session:
            user = await users.get_for_update(session, user_id)
            if await second_factors.is_in_force(session, user_id):
                raise SecondFactorExists("remove the present one first")
            sealed = self._secret.seal(secret.encode(), purpose=_PURPOSE, owner=user_id)
            await second_factors.begin(session, Totp(user_id, sealed, self._clock()))
        account = (user and (user.email or user.display_name)) or user_id
        return SecondFactorSetup(secret, provisioning_uri(secret, account=account, issuer=ISSUER))

    async def confirm(self, user_id: UserId, session_id: SessionId | None, code: str) -> list[str]:
        """Puts it into force and returns the recovery codes, which nobody can see again.

        Raises ``CodeRejected``, ``SecondFactorMissing``, ``SecondFactorExists``.
        """
        now = self._clock()
        async with self._database.write() as session:
            await users.get_for_update(session, user_id)
            totp = await second_factors.get(session, user_id)
            if totp is None:
                raise SecondFactorMissing("begin the setup first")
            if totp.confirmed_at is not None:
                raise SecondFactorExists
            await self._use_code(session, totp, code, now)
            await second_factors.confirm(session, user_id, now)
            codes = await self._replace_codes(session, user_id)
            if session_id is not None:
                await sessions.step_up(session, session_id, authenticated_at=now, second_factor_at=now)
            await audit.append(session, Action.SECOND_FACTOR_ENABLED, at=now, actor=user_id, subject=user_id)
        return codes

    async def disable(self, user_id: UserId) -> None:
        """Raises ``SecondFactorMissing``."""
        now = self._clock()
        async with self._database.write() as session:
            if not await second_factors.is_in_force(session, user_id):
                raise SecondFactorMissing
            await second_factors.remove(session, user_id)
            await audit.append(session, Action.SECOND_FACTOR_DISABLED, at=now, actor=user_id, subject=user_id)

    async def replace_recovery_codes(self, user_id: UserId) -> list[str]:
        """Ten new ones; the old ones no longer work. Raises ``SecondFactorMissing``."""
        now = self._clock()
        async with self._database.write() as session:
            await users.get_for_update(session, user_id)
            if not await second_factors.is_in_force(session, user_id):
                raise SecondFactorMissing
            codes = await self._replace_codes(session, user_id)
            await audit.append(
                session, Action.RECOVERY_CODES_REPLACED, at=now, actor=user_id, subject=user_id
            )
        return codes

    async def check(
        self, session: AsyncSession, user_id: UserId, proof: SecondFactorProof, now: datetime
    ) -> bool:
        """Takes the proof, in the caller's transaction; whether it was a recovery code. Raises ``CodeRejected``."""
        if proof.recovery_code is not None:
            code_hash = hash_token(normal_recovery_code(proof.recovery_code))
            if not await second_factors.use_recovery_code(session, user_id, code_hash, now):
                raise CodeRejected
            return True
        totp = await second_factors.get(session, user_id)
        if totp is None or totp.confirmed_at is None:
            raise CodeRejected
        await self._use_code(session, totp, proof.code or "", now)
        return False

    async def step_up(self, identity: Identity, proof: SecondFactorProof) -> None:
        """Notes that the person has just shown their second factor. Raises ``CodeRejected``."""
        assert identity.user_id is not None
        assert identity.session_id is not None
        now = self._clock()
        async with self._database.write() as session:
            by_recovery_code = await self.check(session, identity.user_id, proof, now)
            await sessions.step_up(session, identity.session_id, authenticated_at=now, second_factor_at=now)
            await audit.append(
                session,
                Action.RECOVERY_CODE_USED if by_recovery_code else Action.STEPPED_UP,
                at=now,
                actor=identity.user_id,
                subject=identity.user_id,
            )

    async def _use_code(self, session: AsyncSession, totp: Totp, code: str, now: datetime) -> None:
        secret = self._secret.open(totp.sealed_secret, purpose=_PURPOSE, owner=totp.user_id).decode()
        step = accepted_step(secret, code, now=now, last_step=totp.last_step)
        if step is None or not await second_factors.use_step(session, totp.user_id, step):
            raise CodeRejected

    async def _replace_codes(self, session: AsyncSession, user_id: UserId) -> list[str]:
        codes = new_recovery_codes()
        await second_factors.replace_recovery_codes(session, user_id, [hash_token(each) for each in codes])
        return codes

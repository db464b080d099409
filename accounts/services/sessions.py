"""Signed-in devices: opens them, lets them go on, says who a request is from, ends them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.devices import Device
from accounts.errors import NotYours, SessionEnded
from accounts.identity import Identity, SessionId, UserId
from accounts.opaque_tokens import hash_token, new_id, new_token
from accounts.records import Session, SignInMethod, User
from accounts.repository import audit, sessions
from accounts.server_secret import ServerSecret
from accounts.services.signing_keys import SigningKeys
from accounts.session_rules import (
    ACCESS_LIFETIME,
    Rotation,
    Verdict,
    expiry,
    judge,
    read_cookie,
    successor,
    write_cookie,
)
from accounts.tokens import Claims, SigningKey, TokenUse, key_id, read_token, write_token
from infra.clock import Clock, utc_now
from infra.database import Database

_log = structlog.get_logger("accounts")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a device is given. The cookie goes to the browser, the access token to the page."""

    user: User
    session_id: SessionId
    access_token: str = field(repr=False)
    access_expires_at: datetime
    cookie: str = field(repr=False)
    cookie_expires_at: datetime


class SessionService:
    """Sessions over a database."""

    def __init__(
        self, database: Database, secret: ServerSecret, keys: SigningKeys, *, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._secret = secret
        self._keys = keys
        self._clock = clock

    async def signing_key(self) -> SigningKey:
        """The key ``open`` signs with; asked for before a transaction, because it may need one of its own."""
        return await self._keys.current()

    async def open(
        self,
        session: AsyncSession,
        key: SigningKey,
        user: User,
        method: SignInMethod,
        device: Device,
        *,
        second_factor_at: datetime | None = None,
    ) -> SignedIn:
        """A new session, in the caller's transaction, whose last statement this is."""
        now = self._clock()
        token = new_token()
        opened = Session(
            id=SessionId(new_id()),
            user_id=user.id,
            method=method,
            rotation=Rotation(hash_token(token), None, now, now, expiry(now, now), None),
            last_seen_at=now,
            authenticated_at=now,
            second_factor_at=second_factor_at,
            user_agent=device.user_agent,
            network=device.network,
        )
        access = _access(key, user.id, opened.id, now)
        await sessions.add(session, opened)
        await audit.append(
            session,
            Action.SIGNED_IN,
            at=now,
            actor=user.id,
            subject=user.id,
            details={"method": method.value, "second_factor": "yes" if second_factor_at else "no"},
        )
        return _signed_in(user, opened.id, access, token, opened.rotation.expires_at)

    async def refresh(self, cookie: str | None, device: Device) -> SignedIn:
        """The next cookie and a new access token. Raises ``SessionEnded``.

        A cookie that was replaced long ago ends the session for whoever has it.
        """
        parsed = read_cookie(cookie or "")
        if parsed is None:
            raise SessionEnded
        session_id, token = parsed
        key = await self._keys.current()
        now = self._clock()
        access = None
        async with self._database.write() as session:
            held = await sessions.get_for_update(session, session_id)
            found = None if held is None else await sessions.with_user(session, session_id)
            if found is None:
                raise SessionEnded
            known, user, _ = found
            verdict = judge(known.rotation, token, now=now)
            if not user.may_sign_in:
                verdict = Verdict.ENDED
            match verdict:
                case Verdict.ENDED:
                    raise SessionEnded
                case Verdict.REUSED:
                    await sessions.revoke(session, session_id, now)
                    await audit.append(session, Action.COOKIE_REUSED, at=now, actor=user.id, subject=user.id)
                case Verdict.ROTATE | Verdict.REPEAT:
                    access = _access(key, user.id, session_id, now)
            following = successor(token, self._secret.key("refresh-cookie"))
            expires_at = known.rotation.expires_at
            if verdict is Verdict.ROTATE:
                expires_at = expiry(known.rotation.created_at, now)
                await sessions.rotate(
                    session,
                    session_id,
                    token_hash=hash_token(following),
                    previous_hash=hash_token(token),
                    now=now,
                    expires_at=expires_at,
                    user_agent=device.user_agent,
                    network=device.network,
                )
        if access is None:
            _log.warning("refresh_cookie_reused", user=user.id, session=session_id)
            raise SessionEnded("the session was ended, because its cookie was used twice")
        return _signed_in(user, session_id, access, following, expires_at)

    async def identify(self, access_token: str) -> Identity:
        """Who a request with this access token is from, as of now. Raises ``SessionEnded``."""
        identity, _ = await self.identify_until(access_token)
        return identity

    async def identify_until(self, access_token: str) -> tuple[Identity, datetime]:
        """The same, and when the token expires. Raises ``SessionEnded``."""
        claims = read_token(
            access_token, TokenUse.ACCESS, await self._keys.by_id(key_id(access_token)), now=self._clock()
        )
        async with self._database.read() as session:
            found = await sessions.with_user(session, claims.session_id)
        if found is None:
            raise SessionEnded
        known, user, has_second_factor = found
        if known.rotation.revoked_at is not None or user.id != claims.subject or not user.may_sign_in:
            raise SessionEnded
        identity = Identity(
            user_id=user.id,
            role=user.role,
            session_id=known.id,
            authenticated_at=known.authenticated_at,
            second_factor_at=known.second_factor_at,
            has_second_factor=has_second_factor,
        )
        return identity, claims.expires_at

    async def list(self, user_id: UserId) -> Sequence[Session]:
        """The person's devices, the most recently seen first."""
        async with self._database.read() as session:
            return await sessions.active_of_user(session, user_id, self._clock())

    async def revoke(self, user_id: UserId, session_id: SessionId) -> None:
        """Ends one device. Raises ``NotYours``."""
        now = self._clock()
        async with self._database.write() as session:
            known = await sessions.get(session, session_id)
            if known is None or known.user_id != user_id or known.rotation.revoked_at is not None:
                raise NotYours
            await sessions.revoke(session, session_id, now)
            await audit.append(session, Action.SESSION_REVOKED, at=now, actor=user_id, subject=user_id)

    async def revoke_all(self, user_id: UserId) -> None:
        """Signs out everywhere, here too."""
        now = self._clock()
        async with self._database.write() as session:
            await sessions.revoke_all(session, user_id, now)
            await audit.append(session, Action.SIGNED_OUT_EVERYWHERE, at=now, actor=user_id, subject=user_id)

    async def sign_out(self, cookie: str | None, session_id: SessionId | None) -> None:
        """Ends the session of the cookie or the access token; nothing happens when it has ended already."""
        parsed = read_cookie(cookie or "")
        now = self._clock()
        async with self._database.write() as session:
            if parsed is not None:
                known = await sessions.get(session, parsed[0])
                # A cookie that no longer fits ends its session as well: that is what whoever holds it asks for.
                if known is not None and judge(known.rotation, parsed[1], now=now) is not Verdict.ENDED:
                    await self._end(session, known, now)
            if session_id is not None and (parsed is None or parsed[0] != session_id):
                known = await sessions.get(session, session_id)
                if known is not None:
                    await self._end(session, known, now)

    async def write_ticket(self, user_id: UserId, method: SignInMethod, expires_at: datetime) -> str:
        """A token that says the first of two proofs was given."""
        claims = Claims(user_id, method.value, self._clock(), expires_at)
        return write_token(claims, TokenUse.TICKET, await self._keys.current())

    async def read_ticket(self, ticket: str) -> tuple[UserId, SignInMethod]:
        """Raises ``SessionEnded``."""
        keys = await self._keys.by_id(key_id(ticket))
        claims = read_token(ticket, TokenUse.TICKET, keys, now=self._clock())
        return claims.subject, SignInMethod(claims.session)

    async def _end(self, session: AsyncSession, known: Session, now: datetime) -> None:
        await sessions.revoke(session, known.id, now)
        await audit.append(session, Action.SIGNED_OUT, at=now, actor=known.user_id, subject=known.user_id)


def _access(key: SigningKey, user_id: UserId, session_id: SessionId, now: datetime) -> tuple[str, datetime]:
    expires_at = now + ACCESS_LIFETIME
    return write_token(Claims(user_id, session_id, now, expires_at), TokenUse.ACCESS, key), expires_at


def _signed_in(
    user: User, session_id: SessionId, access: tuple[str, datetime], token: str, expires_at: datetime
) -> SignedIn:
    return SignedIn(user, session_id, *access, write_cookie(session_id, token), expires_at)

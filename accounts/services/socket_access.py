"""Who an event socket belongs to, when it is opened and for as long as it lasts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from accounts import socket_cookie
from accounts.api_key_format import looks_like_api_key, parse_api_key
from accounts.errors import SessionEnded
from accounts.identity import Identity, Role, SessionId
from accounts.repository import keys, sessions, users
from accounts.server_secret import ServerSecret
from accounts.services.api_keys import ApiKeyService
from accounts.services.sessions import SessionService, SignedIn
from infra.clock import Clock, utc_now
from infra.database import Database

ASKED_AT_ONCE = 500
"""Ids in one query."""
_SESSION, _KEY = "session:", "key:"

Id = TypeVar("Id", bound=str)


@dataclass(frozen=True, slots=True)
class Grant:
    """A socket's proof of whom it belongs to."""

    identity: Identity
    name: str
    """The person's display name."""
    proof: str
    """The session or API key it rests on: what ``standing`` is asked about."""
    expires_at: datetime | None
    """When it has to be renewed; ``None`` when it lasts as long as what it rests on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a person now."""

    role: Role
    name: str


class SocketAccess:
    """Over the same sessions and keys that requests rest on."""

    def __init__(
        self,
        database: Database,
        secret: ServerSecret,
        session_service: SessionService,
        api_keys: ApiKeyService,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._secret = secret
        self._sessions = session_service
        self._api_keys = api_keys
        self._clock = clock

    def cookie(self, signed_in: SignedIn) -> str:
        """The value of the cookie for the socket."""
        return socket_cookie.from_refresh_cookie(signed_in.cookie, self._key())

    async def by_token(self, token: str, /) -> Grant:
        """By an access token or an API key. Raises ``SessionEnded``."""
        if looks_like_api_key(token):
            return await self._by_api_key(token)
        identity, expires_at = await self._sessions.identify_until(token)
        if identity.session_id is None:
            raise SessionEnded
        standing = await self.standing([_SESSION + identity.session_id])
        found = standing.get(_SESSION + identity.session_id)
        if found is None:
            raise SessionEnded
        return Grant(identity, found.name, _SESSION + identity.session_id, expires_at)

    async def by_cookie(self, value: str, /) -> Grant | None:
        """By the cookie for the socket; nobody when it no longer holds. Nothing is rotated."""
        session_id = socket_cookie.session_of(value)
        if session_id is None:
            return None
        async with self._database.read() as session:
            found = await sessions.with_user(session, session_id)
        if found is None:
            return None
        known, user, has_second_factor = found
        rotation = known.rotation
        if rotation.revoked_at is not None or rotation.expires_at <= self._clock() or not user.may_sign_in:
            return None
        if not socket_cookie.holds(value, rotation, self._key()):
            return None
        identity = Identity(
            user_id=user.id,
            role=user.role,
            session_id=known.id,
            authenticated_at=known.authenticated_at,
            second_factor_at=known.second_factor_at,
            has_second_factor=has_second_factor,
        )
        return Grant(identity, user.display_name, _SESSION + known.id, None)

    async def standing(self, proofs: Collection[str], /) -> Mapping[str, Standing]:
        """What is true now of those that still hold; revoked and expired ones, and whose person may not sign in any
        more, are left out."""
        found: dict[str, Standing] = {}
        of_sessions = [SessionId(each.removeprefix(_SESSION)) for each in proofs if each.startswith(_SESSION)]
        of_keys = [each.removeprefix(_KEY) for each in proofs if each.startswith(_KEY)]
        async with self._database.read() as session:
            for sessions_asked in _in_parts(of_sessions):
                for session_id, now in (
                    await sessions.standing(session, sessions_asked, self._clock())
                ).items():
                    found[_SESSION + session_id] = Standing(*now)
            for keys_asked in _in_parts(of_keys):
                for key_id, now in (await keys.standing(session, keys_asked)).items():
                    found[_KEY + key_id] = Standing(*now)
        return found

    async def _by_api_key(self, text: str) -> Grant:
        identity = await self._api_keys.identify(text)
        parsed = parse_api_key(text)
        assert parsed is not None
        assert identity.user_id is not None
        async with self._database.read() as session:
            key = await keys.api_key_by_prefix(session, parsed.prefix)
            user = await users.get(session, identity.user_id)
        if key is None or user is None:
            raise SessionEnded
        return Grant(identity, user.display_name, _KEY + key.id, None)

    def _key(self) -> bytes:
        return self._secret.key(socket_cookie.KEY_PURPOSE)


def _in_parts(ids: Sequence[Id]) -> Iterator[Sequence[Id]]:
    for start in range(0, len(ids), ASKED_AT_ONCE):
        yield ids[start : start + ASKED_AT_ONCE]

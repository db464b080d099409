"""API keys: a machine acts as the person who made the key, within its scopes."""

from collections.abc import Iterable, Sequence

from accounts.api_key_format import api_key_name, new_api_key, parse_api_key, parse_scopes
from accounts.audit import Action
from accounts.errors import NotYours, SessionEnded, TooMany
from accounts.identity import Identity, UserId
from accounts.opaque_tokens import hash_token, new_id, token_matches
from accounts.records import ApiKey
from accounts.repository import audit, keys, users
from infra.clock import Clock, utc_now
from infra.database import Database

MAX_API_KEYS = 50


class ApiKeyService:
    """Keys over a database; they stop working at once when revoked, or when their person is suspended."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def create(self, user_id: UserId, name: str, scopes: Iterable[str]) -> tuple[ApiKey, str]:
        """The key, and its text, which nobody can see again.

        Raises ``DisplayNameInvalid``, ``ScopeInvalid``, ``TooMany``.
        """
        text = new_api_key()
        now = self._clock()
        key = ApiKey(
            id=new_id(),
            user_id=user_id,
            name=api_key_name(name),
            prefix=text.prefix,
            hash=hash_token(text.secret),
            scopes=parse_scopes(scopes),
            created_at=now,
        )
        async with self._database.write() as session:
            await users.get_for_update(session, user_id)
            if len(await keys.api_keys_of(session, user_id)) >= MAX_API_KEYS:
                raise TooMany(f"an account has at most {MAX_API_KEYS} API keys")
            await keys.add_api_key(session, key)
            await audit.append(
                session,
                Action.API_KEY_CREATED,
                at=now,
                actor=user_id,
                subject=user_id,
                details={"prefix": key.prefix, "scopes": " ".join(sorted(each.value for each in key.scopes))},
            )
        return key, str(text)

    async def list(self, user_id: UserId) -> Sequence[ApiKey]:
        async with self._database.read() as session:
            return await keys.api_keys_of(session, user_id)

    async def revoke(self, user_id: UserId, key_id: str) -> None:
        """Raises ``NotYours``."""
        now = self._clock()
        async with self._database.write() as session:
            if not await keys.revoke_api_key(session, user_id, key_id, now):
                raise NotYours
            await audit.append(
                session,
                Action.API_KEY_REVOKED,
                at=now,
                actor=user_id,
                subject=user_id,
                details={"key": key_id},
            )

    async def identify(self, text: str) -> Identity:
        """Who a request with this key is from. Raises ``SessionEnded``."""
        parsed = parse_api_key(text)
        if parsed is None:
            raise SessionEnded("the API key is not one of ours")
        async with self._database.read() as session:
            key = await keys.api_key_by_prefix(session, parsed.prefix)
            user = None if key is None else await users.get(session, key.user_id)
        if key is None or user is None or not token_matches(parsed.secret, key.hash) or not user.may_sign_in:
            raise SessionEnded("the API key is not one of ours, or was revoked")
        await self._note_use(key)
        return Identity(user_id=user.id, role=user.role, scopes=key.scopes)

    async def _note_use(self, key: ApiKey) -> None:
        now = self._clock()
        if key.last_used_at is not None and now - key.last_used_at < keys.USE_NOTED_EVERY:
            return
        async with self._database.write() as session:
            await keys.note_api_key_use(session, key.id, now)

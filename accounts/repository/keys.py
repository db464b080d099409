"""API keys of people, and the keys that sign access tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import Role, Scope, UserId
from accounts.news import PROOFS_CHANGED
from accounts.records import ApiKey
from accounts.tables import ApiKeyRow, SigningKeyRow, UserRow
from infra.database import note_news

USE_NOTED_EVERY = timedelta(minutes=1)


async def add_api_key(session: AsyncSession, key: ApiKey) -> None:
    session.add(
        ApiKeyRow(
            id=key.id,
            user_id=key.user_id,
            name=key.name,
            prefix=key.prefix,
            hash=key.hash,
            scopes=" ".join(sorted(scope.value for scope in key.scopes)),
            created_at=key.created_at,
        )
    )
    await session.flush()


async def api_key_by_prefix(session: AsyncSession, prefix: str) -> ApiKey | None:
    """One that was not revoked."""
    statement = select(ApiKeyRow).where(ApiKeyRow.prefix == prefix, ApiKeyRow.revoked_at.is_(None))
    row = await session.scalar(statement)
    return None if row is None else _api_key(row)


async def api_keys_of(session: AsyncSession, user_id: UserId) -> Sequence[ApiKey]:
    """Those not revoked, the oldest first."""
    statement = select(ApiKeyRow).where(ApiKeyRow.user_id == user_id, ApiKeyRow.revoked_at.is_(None))
    rows = await session.scalars(statement.order_by(ApiKeyRow.created_at, ApiKeyRow.id))
    return [_api_key(row) for row in rows]


async def note_api_key_use(session: AsyncSession, key_id: str, now: datetime) -> None:
    """At most once a minute."""
    old = or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < now - USE_NOTED_EVERY)
    await session.execute(
        update(ApiKeyRow)
        .where(ApiKeyRow.id == key_id, old)
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


async def revoke_api_key(session: AsyncSession, user_id: UserId, key_id: str, now: datetime) -> bool:
    """Whether the user had such a key."""
    statement = (
        update(ApiKeyRow)
        .where(ApiKeyRow.id == key_id, ApiKeyRow.user_id == user_id, ApiKeyRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiKeyRow.id)
        .execution_options(synchronize_session=False)
    )
    note_news(session, PROOFS_CHANGED)
    return await session.scalar(statement) is not None


async def standing(session: AsyncSession, key_ids: Sequence[str]) -> dict[str, tuple[Role, str]]:
    """Role and display name of whoever has these keys; those that were revoked are left out."""
    statement = (
        select(ApiKeyRow.id, UserRow.role, UserRow.display_name)
        .join(UserRow, UserRow.id == ApiKeyRow.user_id)
        .where(
            ApiKeyRow.id.in_(key_ids),
            ApiKeyRow.revoked_at.is_(None),
            UserRow.suspended_at.is_(None),
            UserRow.deleted_at.is_(None),
        )
    )
    return {row[0]: (Role(row[1]), row[2]) for row in await session.execute(statement)}


async def remove_api_keys(session: AsyncSession, user_id: UserId) -> None:
    note_news(session, PROOFS_CHANGED)
    await session.execute(delete(ApiKeyRow).where(ApiKeyRow.user_id == user_id))


async def add_signing_key(session: AsyncSession, key_id: str, sealed: bytes, now: datetime) -> None:
    session.add(SigningKeyRow(id=key_id, secret=sealed, created_at=now))
    await session.flush()


async def signing_keys(session: AsyncSession) -> Sequence[SigningKeyRow]:
    """The newest first."""
    statement = select(SigningKeyRow).order_by(SigningKeyRow.created_at.desc(), SigningKeyRow.id)
    return (await session.scalars(statement)).all()


async def retire_signing_keys(session: AsyncSession, now: datetime) -> None:
    """Every one that is current."""
    await session.execute(
        update(SigningKeyRow).where(SigningKeyRow.retired_at.is_(None)).values(retired_at=now)
    )


async def drop_signing_keys(session: AsyncSession, retired_before: datetime) -> None:
    await session.execute(delete(SigningKeyRow).where(SigningKeyRow.retired_at <= retired_before))


def _api_key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        user_id=UserId(row.user_id),
        name=row.name,
        prefix=row.prefix,
        hash=row.hash,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )

"""Signed-in devices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import Role, SessionId, UserId
from accounts.news import PROOFS_CHANGED
from accounts.records import Session, SignInMethod, User
from accounts.repository.users import user_of
from accounts.session_rules import Rotation
from accounts.tables import SessionRow, TotpRow, UserRow
from infra.database import note_news


async def add(session: AsyncSession, device: Session) -> None:
    rotation = device.rotation
    session.add(
        SessionRow(
            id=device.id,
            user_id=device.user_id,
            token_hash=rotation.token_hash,
            previous_hash=rotation.previous_hash,
            method=device.method.value,
            created_at=rotation.created_at,
            rotated_at=rotation.rotated_at,
            last_seen_at=device.last_seen_at,
            expires_at=rotation.expires_at,
            revoked_at=rotation.revoked_at,
            authenticated_at=device.authenticated_at,
            second_factor_at=device.second_factor_at,
            user_agent=device.user_agent,
            network=device.network,
        )
    )
    await session.flush()


async def get(session: AsyncSession, session_id: SessionId) -> Session | None:
    row = await session.scalar(select(SessionRow).where(SessionRow.id == session_id))
    return None if row is None else _session(row)


async def get_for_update(session: AsyncSession, session_id: SessionId) -> Session | None:
    """Held until the transaction ends: of two refreshes at once, the second sees what the first did."""
    row = await session.scalar(select(SessionRow).where(SessionRow.id == session_id).with_for_update())
    return None if row is None else _session(row)


async def with_user(session: AsyncSession, session_id: SessionId) -> tuple[Session, User, bool] | None:
    """The device, its person, and whether they have a second factor: all a request needs, in one query."""
    statement = (
        select(SessionRow, UserRow, TotpRow.user_id)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .outerjoin(TotpRow, (TotpRow.user_id == UserRow.id) & TotpRow.confirmed_at.is_not(None))
        .where(SessionRow.id == session_id)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (_session(row[0]), user_of(row[1]), row[2] is not None)


async def active_of_user(session: AsyncSession, user_id: UserId, now: datetime) -> Sequence[Session]:
    """The most recently seen first."""
    statement = select(SessionRow).where(_active(user_id), SessionRow.expires_at > now)
    rows = await session.scalars(statement.order_by(SessionRow.last_seen_at.desc(), SessionRow.id))
    return [_session(row) for row in rows]


async def rotate(
    session: AsyncSession,
    session_id: SessionId,
    *,
    token_hash: bytes,
    previous_hash: bytes,
    now: datetime,
    expires_at: datetime,
    user_agent: str,
    network: str | None,
) -> None:
    await _update(
        session,
        SessionRow.id == session_id,
        token_hash=token_hash,
        previous_hash=previous_hash,
        rotated_at=now,
        last_seen_at=now,
        expires_at=expires_at,
        user_agent=user_agent,
        network=network,
    )


async def step_up(
    session: AsyncSession,
    session_id: SessionId,
    *,
    authenticated_at: datetime,
    second_factor_at: datetime | None,
) -> None:
    """The person proved who they are; with their second factor, when a time is given for it."""
    values: dict[str, Any] = {"authenticated_at": authenticated_at}
    if second_factor_at is not None:
        values["second_factor_at"] = second_factor_at
    await _update(session, SessionRow.id == session_id, **values)


async def standing(
    session: AsyncSession, session_ids: Sequence[SessionId], now: datetime
) -> dict[SessionId, tuple[Role, str]]:
    """Role and display name of whoever has these devices; those that have ended are left out."""
    statement = (
        select(SessionRow.id, UserRow.role, UserRow.display_name)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(
            SessionRow.id.in_(session_ids),
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > now,
            UserRow.suspended_at.is_(None),
            UserRow.deleted_at.is_(None),
        )
    )
    return {SessionId(row[0]): (Role(row[1]), row[2]) for row in await session.execute(statement)}


async def revoke(session: AsyncSession, session_id: SessionId, now: datetime) -> None:
    note_news(session, PROOFS_CHANGED)
    await _update(
        session, (SessionRow.id == session_id) & SessionRow.revoked_at.is_(None), revoked_at=now, network=None
    )


async def revoke_all(
    session: AsyncSession, user_id: UserId, now: datetime, *, but: SessionId | None = None
) -> None:
    """Every device of the user, but the one named."""
    among = _active(user_id)
    if but is not None:
        among = among & (SessionRow.id != but)
    note_news(session, PROOFS_CHANGED)
    await _update(session, among, revoked_at=now, network=None)


async def remove_all(session: AsyncSession, user_id: UserId) -> None:
    note_news(session, PROOFS_CHANGED)
    await session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))


async def forget_networks(session: AsyncSession, seen_before: datetime) -> int:
    """Drops the truncated addresses of devices not seen since; returns how many there were."""
    statement = (
        update(SessionRow)
        .where(SessionRow.last_seen_at < seen_before, SessionRow.network.is_not(None))
        .values(network=None)
        .returning(SessionRow.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.scalars(statement)).all())


async def drop_ended(session: AsyncSession, before: datetime) -> None:
    """Those that were revoked or expired before then."""
    ended = (SessionRow.revoked_at < before) | (SessionRow.expires_at < before)
    await session.execute(delete(SessionRow).where(ended))


def _active(user_id: UserId) -> ColumnElement[bool]:
    return (SessionRow.user_id == user_id) & SessionRow.revoked_at.is_(None)


async def _update(session: AsyncSession, among: ColumnElement[bool], **values: Any) -> None:
    await session.execute(
        update(SessionRow).where(among).values(**values).execution_options(synchronize_session=False)
    )


def _session(row: SessionRow) -> Session:
    return Session(
        id=SessionId(row.id),
        user_id=UserId(row.user_id),
        method=SignInMethod(row.method),
        rotation=Rotation(
            row.token_hash, row.previous_hash, row.rotated_at, row.created_at, row.expires_at, row.revoked_at
        ),
        last_seen_at=row.last_seen_at,
        authenticated_at=row.authenticated_at,
        second_factor_at=row.second_factor_at,
        user_agent=row.user_agent,
        network=row.network,
    )

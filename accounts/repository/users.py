"""People."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.display_names import DELETED_NAME
from accounts.emails import Email
from accounts.errors import EmailTaken
from accounts.identity import Role, UserId
from accounts.news import PROOFS_CHANGED
from accounts.records import User
from accounts.tables import UserRow
from infra.database import note_news


async def add(session: AsyncSession, user: User) -> None:
    """Raises ``EmailTaken``; the transaction is then spent."""
    session.add(
        UserRow(
            id=user.id,
            email=user.email,
            email_verified_at=user.email_verified_at,
            password_hash=user.password_hash,
            display_name=user.display_name,
            role=user.role.value,
            created_at=user.created_at,
            suspended_at=user.suspended_at,
            deleted_at=user.deleted_at,
        )
    )
    try:
        await session.flush()
    except IntegrityError:
        raise EmailTaken from None


async def get(session: AsyncSession, user_id: UserId) -> User | None:
    row = await session.scalar(select(UserRow).where(UserRow.id == user_id))
    return None if row is None else user_of(row)


async def get_for_update(session: AsyncSession, user_id: UserId) -> User | None:
    """Held until the transaction ends, so that two changes of one person come one after the other."""
    row = await session.scalar(select(UserRow).where(UserRow.id == user_id).with_for_update())
    return None if row is None else user_of(row)


async def by_email(session: AsyncSession, address: Email) -> User | None:
    row = await session.scalar(select(UserRow).where(UserRow.email == address))
    return None if row is None else user_of(row)


async def page(session: AsyncSession, after: tuple[datetime, str] | None, limit: int) -> Sequence[User]:
    """By the time they joined; deleted ones left out."""
    statement = select(UserRow).where(UserRow.deleted_at.is_(None))
    if after is not None:
        key = tuple_(UserRow.created_at, UserRow.id)
        statement = statement.where(key > tuple_(*after, types=[UserRow.created_at.type, UserRow.id.type]))
    rows = await session.scalars(statement.order_by(UserRow.created_at, UserRow.id).limit(limit))
    return [user_of(row) for row in rows]


async def active_admins(session: AsyncSession) -> int:
    """How many could still administer. The rows are held, so that two cannot be the last at once."""
    rows = await session.scalars(
        select(UserRow.id)
        .where(UserRow.role == Role.ADMIN.value, UserRow.suspended_at.is_(None), UserRow.deleted_at.is_(None))
        .with_for_update()
    )
    return len(rows.all())


async def count(session: AsyncSession) -> int:
    return (
        await session.scalar(select(func.count()).select_from(UserRow).where(UserRow.deleted_at.is_(None)))
    ) or 0


async def set_password_hash(session: AsyncSession, user_id: UserId, password_hash: str) -> None:
    await _update(session, user_id, password_hash=password_hash)


async def set_display_name(session: AsyncSession, user_id: UserId, name: str) -> None:
    note_news(session, PROOFS_CHANGED)
    await _update(session, user_id, display_name=name)


async def set_email(
    session: AsyncSession, user_id: UserId, address: Email, verified_at: datetime | None
) -> None:
    """Raises ``EmailTaken``; the transaction is then spent."""
    try:
        await _update(session, user_id, email=address, email_verified_at=verified_at)
    except IntegrityError:
        raise EmailTaken from None


async def set_role(session: AsyncSession, user_id: UserId, role: Role) -> None:
    note_news(session, PROOFS_CHANGED)
    await _update(session, user_id, role=role.value)


async def set_suspended(session: AsyncSession, user_id: UserId, at: datetime | None) -> None:
    note_news(session, PROOFS_CHANGED)
    await _update(session, user_id, suspended_at=at)


async def anonymise(session: AsyncSession, user_id: UserId, at: datetime) -> None:
    """Leaves a row that says nothing of the person."""
    await _update(
        session,
        user_id,
        email=None,
        email_verified_at=None,
        password_hash=None,
        display_name=DELETED_NAME,
        role=Role.USER.value,
        deleted_at=at,
    )


async def _update(session: AsyncSession, user_id: UserId, **values: object) -> None:
    await session.execute(
        update(UserRow)
        .where(UserRow.id == user_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def user_of(row: UserRow) -> User:
    """The value of a row."""
    return User(
        id=UserId(row.id),
        email=None if row.email is None else Email(row.email),
        email_verified_at=row.email_verified_at,
        password_hash=row.password_hash,
        display_name=row.display_name,
        role=Role(row.role),
        created_at=row.created_at,
        suspended_at=row.suspended_at,
        deleted_at=row.deleted_at,
    )

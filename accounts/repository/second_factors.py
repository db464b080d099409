"""Second factors and recovery codes."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import UserId
from accounts.records import Totp
from accounts.tables import RecoveryCodeRow, TotpRow


async def begin(session: AsyncSession, totp: Totp) -> None:
    """Stores one to be confirmed, in place of an unconfirmed one."""
    await session.execute(
        delete(TotpRow).where(TotpRow.user_id == totp.user_id, TotpRow.confirmed_at.is_(None))
    )
    session.add(TotpRow(user_id=totp.user_id, secret=totp.sealed_secret, created_at=totp.created_at))
    await session.flush()


async def get(session: AsyncSession, user_id: UserId) -> Totp | None:
    row = await session.scalar(select(TotpRow).where(TotpRow.user_id == user_id))
    if row is None:
        return None
    return Totp(UserId(row.user_id), row.secret, row.created_at, row.confirmed_at, row.last_step)


async def is_in_force(session: AsyncSession, user_id: UserId) -> bool:
    statement = select(TotpRow.user_id).where(TotpRow.user_id == user_id, TotpRow.confirmed_at.is_not(None))
    return await session.scalar(statement) is not None


async def confirm(session: AsyncSession, user_id: UserId, at: datetime) -> None:
    await session.execute(update(TotpRow).where(TotpRow.user_id == user_id).values(confirmed_at=at))


async def use_step(session: AsyncSession, user_id: UserId, step: int) -> bool:
    """Remembers the step of a code that was taken; ``False`` when somebody used it, or a later one, first."""
    statement = (
        update(TotpRow)
        .where(TotpRow.user_id == user_id, or_(TotpRow.last_step.is_(None), TotpRow.last_step < step))
        .values(last_step=step)
        .returning(TotpRow.user_id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(statement) is not None


async def remove(session: AsyncSession, user_id: UserId) -> None:
    """The second factor and its recovery codes."""
    await session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
    await session.execute(delete(TotpRow).where(TotpRow.user_id == user_id))


async def drop_unconfirmed(session: AsyncSession, before: datetime) -> None:
    """Setups begun before then that were not put into force."""
    await session.execute(delete(TotpRow).where(TotpRow.confirmed_at.is_(None), TotpRow.created_at < before))


async def replace_recovery_codes(session: AsyncSession, user_id: UserId, hashes: Iterable[bytes]) -> None:
    await session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
    session.add_all(RecoveryCodeRow(user_id=user_id, hash=each) for each in hashes)
    await session.flush()


async def use_recovery_code(session: AsyncSession, user_id: UserId, code_hash: bytes, now: datetime) -> bool:
    """Whether it was one of theirs and unused; it no longer is."""
    statement = (
        update(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.user_id == user_id,
            RecoveryCodeRow.hash == code_hash,
            RecoveryCodeRow.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCodeRow.user_id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(statement) is not None


async def recovery_codes_left(session: AsyncSession, user_id: UserId) -> int:
    statement = (
        select(func.count())
        .select_from(RecoveryCodeRow)
        .where(RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.used_at.is_(None))
    )
    return (await session.scalar(statement)) or 0

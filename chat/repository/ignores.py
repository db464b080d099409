"""Named queries over who does not want to read whom."""

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chat.tables import IgnoreRow
from infra.database import upsert


async def of(session: AsyncSession, user_id: str) -> list[str]:
    """Whom somebody ignores, in order."""
    query = select(IgnoreRow.ignored_id).where(IgnoreRow.user_id == user_id).order_by(IgnoreRow.ignored_id)
    return list(await session.scalars(query))


async def ignoring(session: AsyncSession, ignored_id: str, among: list[str]) -> set[str]:
    """Who of these people ignores somebody."""
    query = select(IgnoreRow.user_id).where(IgnoreRow.ignored_id == ignored_id, IgnoreRow.user_id.in_(among))
    return set(await session.scalars(query))


async def add(session: AsyncSession, user_id: str, ignored_id: str, now_ms: int) -> None:
    await session.execute(
        upsert(session, IgnoreRow)
        .values(user_id=user_id, ignored_id=ignored_id, at_ms=now_ms)
        .on_conflict_do_nothing()
    )


async def count(session: AsyncSession, user_id: str) -> int:
    return await session.scalar(select(func.count()).where(IgnoreRow.user_id == user_id)) or 0


async def remove(session: AsyncSession, user_id: str, ignored_id: str) -> None:
    await session.execute(
        delete(IgnoreRow).where(IgnoreRow.user_id == user_id, IgnoreRow.ignored_id == ignored_id)
    )


async def forget(session: AsyncSession, user_id: str) -> None:
    """Both whom they ignore and who ignores them."""
    await session.execute(
        delete(IgnoreRow).where(or_(IgnoreRow.user_id == user_id, IgnoreRow.ignored_id == user_id))
    )

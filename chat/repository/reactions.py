"""Named queries over reactions: who gave which emoji to which line."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chat.tables import ReactionRow
from infra.database import upsert


async def counts(session: AsyncSession, ids: Collection[str]) -> Mapping[str, Mapping[str, int]]:
    """How many gave each emoji, by line; in a steady order."""
    if not ids:
        return {}
    query = (
        select(ReactionRow.message_id, ReactionRow.emoji, func.count())
        .where(ReactionRow.message_id.in_(ids))
        .group_by(ReactionRow.message_id, ReactionRow.emoji)
    )
    found: dict[str, dict[str, int]] = {}
    rows = [(id_, -count, emoji) for id_, emoji, count in await session.execute(query)]
    for id_, minus, emoji in sorted(rows):
        found.setdefault(id_, {})[emoji] = -minus
    return found


async def add(session: AsyncSession, message_id: str, emoji: str, user_id: str) -> bool:
    """Whether it is new."""
    statement = (
        upsert(session, ReactionRow)
        .values(message_id=message_id, emoji=emoji, user_id=user_id)
        .on_conflict_do_nothing()
        .returning(ReactionRow.message_id)
    )
    return await session.scalar(statement) is not None


async def remove(session: AsyncSession, message_id: str, emoji: str, user_id: str) -> bool:
    """Whether it was there."""
    statement = (
        delete(ReactionRow)
        .where(
            ReactionRow.message_id == message_id, ReactionRow.emoji == emoji, ReactionRow.user_id == user_id
        )
        .returning(ReactionRow.message_id)
    )
    return await session.scalar(statement) is not None


async def kinds(session: AsyncSession, message_id: str) -> int:
    """How many different emoji a line has."""
    query = select(func.count(func.distinct(ReactionRow.emoji))).where(ReactionRow.message_id == message_id)
    return await session.scalar(query) or 0


async def given_to(
    session: AsyncSession, user_id: str, ids: Collection[str]
) -> Mapping[str, Collection[str]]:
    """What somebody gave to these lines, by line."""
    if not ids:
        return {}
    query = (
        select(ReactionRow.message_id, ReactionRow.emoji)
        .where(ReactionRow.user_id == user_id, ReactionRow.message_id.in_(ids))
        .order_by(ReactionRow.message_id)
    )
    found: dict[str, list[str]] = {}
    for message_id, emoji in await session.execute(query):
        found.setdefault(message_id, []).append(emoji)
    return found


async def given_by(session: AsyncSession, user_id: str) -> list[tuple[str, str]]:
    """Line and emoji."""
    query = (
        select(ReactionRow.message_id, ReactionRow.emoji)
        .where(ReactionRow.user_id == user_id)
        .order_by(ReactionRow.message_id, ReactionRow.emoji)
    )
    return [(message_id, emoji) for message_id, emoji in await session.execute(query)]


async def remove_of(session: AsyncSession, user_id: str) -> None:
    await session.execute(delete(ReactionRow).where(ReactionRow.user_id == user_id))

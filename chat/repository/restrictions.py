"""Named queries over who may not write."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chat.moderation_log import Person, Restriction
from chat.tables import RestrictionRow


async def add(session: AsyncSession, channel_id: int, user: Person, restriction: Restriction) -> None:
    """``user`` is also whose address range it is, so that lifting finds it."""
    session.add(
        RestrictionRow(
            id=restriction.id,
            channel_id=channel_id,
            user_id=user.id,
            user_name=user.name,
            network=restriction.network,
            kind=restriction.kind,
            until_ms=restriction.until_ms,
            by_id=restriction.by.id,
            by_name=restriction.by.name,
            reason=restriction.reason,
            at_ms=restriction.at_ms,
            shut_out=restriction.shut_out,
        )
    )
    await session.flush()


async def lift(session: AsyncSession, channel_id: int, user_id: str) -> Sequence[str]:
    """Removes everything laid on somebody, address ranges too; returns the ids."""
    statement = (
        delete(RestrictionRow)
        .where(RestrictionRow.channel_id == channel_id, RestrictionRow.user_id == user_id)
        .returning(RestrictionRow.id)
    )
    return sorted(await session.scalars(statement))


async def in_force(session: AsyncSession, channel_id: int, now_ms: int, limit: int) -> Sequence[Restriction]:
    """Oldest first; of too many the last ones."""
    query = (
        select(RestrictionRow)
        .where(RestrictionRow.channel_id == channel_id, _holds(now_ms))
        .order_by(RestrictionRow.id.desc())
        .limit(limit)
    )
    return [restriction_of(row) for row in list(await session.scalars(query))[::-1]]


async def of(
    session: AsyncSession, channel_id: int, users: Collection[str], now_ms: int
) -> Sequence[Restriction]:
    """What is in force for these people, and every address range."""
    query = (
        select(RestrictionRow)
        .where(
            RestrictionRow.channel_id == channel_id,
            or_(RestrictionRow.user_id.in_(users), RestrictionRow.network.is_not(None)),
            _holds(now_ms),
        )
        .order_by(RestrictionRow.id)
    )
    return [restriction_of(row) for row in await session.scalars(query)]


async def shutting_out(session: AsyncSession, channel_id: int, now_ms: int) -> Sequence[Restriction]:
    """Ranges of addresses nobody of which may read."""
    query = select(RestrictionRow).where(
        RestrictionRow.channel_id == channel_id, RestrictionRow.shut_out, _holds(now_ms)
    )
    return [restriction_of(row) for row in await session.scalars(query)]


async def laid_on(session: AsyncSession, user_id: str) -> Sequence[tuple[int, Restriction]]:
    """In every room, with the channel's id."""
    query = select(RestrictionRow).where(RestrictionRow.user_id == user_id).order_by(RestrictionRow.id)
    return [(row.channel_id, restriction_of(row)) for row in await session.scalars(query)]


async def drop_expired(session: AsyncSession, before_ms: int) -> None:
    await session.execute(delete(RestrictionRow).where(RestrictionRow.until_ms < before_ms))


def restriction_of(row: RestrictionRow) -> Restriction:
    return Restriction(
        id=row.id,
        user=None if row.network is not None else Person(row.user_id, row.user_name),
        network=row.network,
        kind=row.kind,  # type: ignore[arg-type]  # written by this module only
        until_ms=row.until_ms,
        by=Person(row.by_id, row.by_name),
        reason=row.reason,
        at_ms=row.at_ms,
        shut_out=row.shut_out,
    )


def _holds(now_ms: int) -> ColumnElement[bool]:
    return or_(RestrictionRow.until_ms.is_(None), RestrictionRow.until_ms > now_ms)

"""Named queries over lines that are stored and not known to be published."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chat.tables import UnpublishedRow
from infra.database import upsert


async def add(session: AsyncSession, channel_id: int, ids: Collection[str], now_ms: int) -> None:
    """Their publishing begins."""
    if ids:
        rows = [
            {"id": id_, "channel_id": channel_id, "at_ms": now_ms, "claimed": False} for id_ in sorted(ids)
        ]
        await session.execute(upsert(session, UnpublishedRow).on_conflict_do_nothing(), rows)


async def forget(session: AsyncSession, ids: Collection[str]) -> None:
    """They are published, or there is nothing to publish any more."""
    if ids:
        await session.execute(delete(UnpublishedRow).where(UnpublishedRow.id.in_(ids)))


async def give_up(session: AsyncSession, ids: Collection[str]) -> set[str]:
    """The same, by who was to publish them; returns those that nobody else has claimed."""
    statement = delete(UnpublishedRow).where(UnpublishedRow.id.in_(ids))
    return set(await session.scalars(statement.where(~UnpublishedRow.claimed).returning(UnpublishedRow.id)))


async def is_any(session: AsyncSession, before_ms: int) -> bool:
    """Whether there is something to ``claim``."""
    query = select(UnpublishedRow.id).where(UnpublishedRow.at_ms < before_ms).limit(1)
    return await session.scalar(query) is not None


async def claim(session: AsyncSession, before_ms: int, limit: int) -> Mapping[int, Sequence[str]]:
    """The oldest of those whose publishing began before then, in order by channel; also such as others claimed."""
    oldest = (
        select(UnpublishedRow.id)
        .where(UnpublishedRow.at_ms < before_ms)
        .order_by(UnpublishedRow.id)
        .limit(limit)
    )
    statement = update(UnpublishedRow).where(UnpublishedRow.id.in_(oldest)).values(claimed=True)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for channel_id, id_ in await session.execute(
        statement.returning(UnpublishedRow.channel_id, UnpublishedRow.id)
    ):
        found[channel_id].append(id_)
    return {channel_id: sorted(ids) for channel_id, ids in found.items()}

"""Named queries over goals. The service that calls them owns the transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from infra.database import upsert
from tipping.artist_tables import TipGoalRow
from tipping.goal import Goal, Unit
from tipping.tables import TipRow
from tipping.tips import ChainId


async def get(session: AsyncSession, chain: ChainId, channel: int) -> Goal | None:
    """What the channel collects for."""
    query = select(TipGoalRow).where(TipGoalRow.chain_id == chain, TipGoalRow.channel_id == channel)
    row = (await session.scalars(query)).one_or_none()
    if row is None:
        return None
    unit = Unit(None if row.token is None else Address(row.token), row.currency)
    return Goal(row.id, row.title, row.target, unit, row.after_tip)


async def put(
    session: AsyncSession,
    chain: ChainId,
    channel: int,
    title: str,
    target: int,
    unit: Unit,
    after_tip: int,
    now: datetime,
) -> None:
    """In place of what there was."""
    values = {
        "title": title,
        "target": target,
        "token": unit.token,
        "currency": unit.currency,
        "after_tip": after_tip,
    }
    await session.execute(
        upsert(session, TipGoalRow)
        .values(chain_id=chain, channel_id=channel, created_at=now, **values)
        .on_conflict_do_update(index_elements=["chain_id", "channel_id"], set_=values)
    )


async def remove(session: AsyncSession, chain: ChainId, channel: int) -> bool:
    """Whether there was one."""
    statement = delete(TipGoalRow).where(TipGoalRow.chain_id == chain, TipGoalRow.channel_id == channel)
    return bool((await session.execute(statement.returning(TipGoalRow.id))).first())


async def last_tip(session: AsyncSession) -> int:
    """The highest id there is."""
    return await session.scalar(select(func.max(TipRow.id))) or 0


async def channels(session: AsyncSession) -> set[int]:
    """Those that have a goal."""
    return set(await session.scalars(select(TipGoalRow.channel_id)))


async def drop(session: AsyncSession, gone: Collection[int]) -> None:
    """Of channels that are no more."""
    await session.execute(delete(TipGoalRow).where(TipGoalRow.channel_id.in_(gone)))

"""Named queries over the tips of a broadcast that stand, by its clock."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from tipping.events import Tip, TipState
from tipping.repository import tip_of
from tipping.tables import TipRow
from tipping.tips import ChainId

_TIPS: Table = TipRow.__table__  # type: ignore[assignment]  # declared as a wider type


async def page(
    session: AsyncSession,
    chain: ChainId,
    channel: int,
    broadcast: int,
    from_ms: int,
    before_ms: int,
    limit: int,
    after: int | None,
) -> Sequence[Tip]:
    """In order; ``after`` leaves out tips of the moment ``from_ms`` up to that number."""
    query = (
        select(*_TIPS.c)
        .where(_standing(chain, channel, broadcast, from_ms, before_ms))
        .order_by(_TIPS.c.clock_ms, _TIPS.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(or_(_TIPS.c.clock_ms > from_ms, _TIPS.c.id > after))
    return [tip_of(row) for row in await session.execute(query)]


async def counts(
    session: AsyncSession,
    chain: ChainId,
    channel: int,
    broadcast: int,
    from_ms: int,
    before_ms: int,
    bin_ms: int,
) -> Mapping[int, int]:
    """How many in each ``bin_ms`` since ``from_ms``."""
    number = ((_TIPS.c.clock_ms - from_ms) // bin_ms).label("number")
    query = (
        select(number, func.count())
        .where(_standing(chain, channel, broadcast, from_ms, before_ms))
        .group_by(number)
    )
    return {int(each): count for each, count in await session.execute(query)}


async def totals(session: AsyncSession, chain: ChainId, broadcasts: Collection[int]) -> Mapping[int, int]:
    """How many in each of these broadcasts."""
    query = (
        select(_TIPS.c.broadcast_id, func.count().label("tips"))
        .where(
            _TIPS.c.broadcast_id.in_(broadcasts),
            _TIPS.c.clock_ms.is_not(None),
            _TIPS.c.chain_id == chain,
            _TIPS.c.recognised.is_(True),
            _TIPS.c.state != TipState.ORPHANED.value,
        )
        .group_by(_TIPS.c.broadcast_id)
    )
    return {row.broadcast_id: row.tips for row in await session.execute(query)}


def _standing(
    chain: ChainId, channel: int, broadcast: int, from_ms: int, before_ms: int
) -> ColumnElement[bool]:
    return and_(
        _TIPS.c.broadcast_id == broadcast,
        _TIPS.c.clock_ms >= from_ms,
        _TIPS.c.clock_ms < before_ms,
        _TIPS.c.chain_id == chain,
        _TIPS.c.channel_id == channel,
        _TIPS.c.recognised.is_(True),
        _TIPS.c.state != TipState.ORPHANED.value,
    )

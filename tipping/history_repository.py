"""Named queries over tips that count, as those concerned see them: artists what they got, fans what they gave."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from tipping.events import Tip, TipState
from tipping.goal import Goal
from tipping.repository import tip_of
from tipping.sums import amount_of, amount_parts
from tipping.tables import TipRow
from tipping.tips import ChainId

_STANDS = TipRow.state != TipState.ORPHANED.value
_TIPS = TipRow.__table__.c


@dataclass(frozen=True, slots=True)
class Range:
    """When tips were first seen: from ``since`` on, before ``until``; both are aware, or open."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DaySum:
    """What came of one coin on one day (UTC)."""

    day: date
    token: Address
    tips: int
    amount: int
    minor: int | None
    """What those were worth that had a price in the currency; ``None`` when none had."""


async def of_channel(
    session: AsyncSession, chain: ChainId, channel: int, within: Range, limit: int, before: int | None
) -> Sequence[Tip]:
    """Newest first, also what the chain has dropped; ``before`` is the id of the last of the page before."""
    return await _page(session, and_(_recognised(chain, channel), _within(within)), limit, before)


async def given(
    session: AsyncSession,
    chain: ChainId,
    user_id: str,
    wallets: Collection[Address],
    limit: int,
    before: int | None,
) -> Sequence[Tip]:
    """From these wallets, or by this person from one they had then; newest first, with what the chain has dropped."""
    theirs = or_(TipRow.user_id == user_id, TipRow.tipper.in_(wallets))
    return await _page(session, and_(TipRow.chain_id == chain, TipRow.recognised, theirs), limit, before)


async def days(
    session: AsyncSession, chain: ChainId, channel: int, within: Range, currency: str | None
) -> Sequence[DaySum]:
    """By day and coin, the newest day first."""
    day = _day(session)
    worth = func.sum(case((TipRow.currency == currency, TipRow.worth_minor)))
    query = (
        select(
            day.label("day"),
            TipRow.token,
            func.count().label("tips"),
            worth.label("minor"),
            *amount_parts(),
        )
        .where(_recognised(chain, channel), _STANDS, _within(within))
        .group_by(day, TipRow.token)
        .order_by(day.desc(), TipRow.token)
    )
    return [
        DaySum(
            date.fromisoformat(row.day),
            Address(row.token),
            row.tips,
            amount_of(row),
            None if row.minor is None else int(row.minor),
        )
        for row in await session.execute(query)
    ]


async def raised(session: AsyncSession, chain: ChainId, channel: int, goal: Goal) -> int:
    """What has come for a goal, in its unit."""
    counting = and_(_recognised(chain, channel), _STANDS, TipRow.id > goal.after_tip)
    if goal.unit.token is None:
        worth = func.coalesce(func.sum(TipRow.worth_minor), 0)
        return int(
            await session.scalar(select(worth).where(counting, TipRow.currency == goal.unit.currency)) or 0
        )
    row = await session.execute(select(*amount_parts()).where(counting, TipRow.token == goal.unit.token))
    return amount_of(row.one())


async def _page(
    session: AsyncSession, which: ColumnElement[bool], limit: int, before: int | None
) -> Sequence[Tip]:
    query: Select[Any] = select(*_TIPS).where(which).order_by(TipRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(TipRow.id < before)
    return [tip_of(row) for row in await session.execute(query)]


def _recognised(chain: ChainId, channel: int) -> ColumnElement[bool]:
    return and_(TipRow.chain_id == chain, TipRow.channel_id == channel, TipRow.recognised)


def _within(within: Range) -> ColumnElement[bool]:
    bounds = []
    if within.since is not None:
        bounds.append(TipRow.seen_at >= within.since)
    if within.until is not None:
        bounds.append(TipRow.seen_at < within.until)
    return and_(True, *bounds)


def _day(session: AsyncSession) -> ColumnElement[str]:
    """``2026-11-21``, in UTC."""
    if session.get_bind().dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", TipRow.seen_at), "YYYY-MM-DD")
    return func.substr(cast(TipRow.seen_at, String), 1, 10)

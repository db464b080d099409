"""Named queries over tips as people see them: the last ones, pages, those who tipped most. Only tips that count."""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from accounts.identity import UserId
from infra.database import upsert
from tipping.coins import Coin
from tipping.events import Tip, TipState
from tipping.messages import MessageState
from tipping.repository import tip_of
from tipping.shown import From
from tipping.sums import amount_of, amount_parts
from tipping.tables import TipCoinRow, TipRow
from tipping.tips import NATIVE, ChainId

_TIPS: Table = TipRow.__table__  # type: ignore[assignment]  # declared as a wider type


@dataclass(frozen=True, slots=True)
class Since:
    """Tips first seen since then; ``None`` for all of them."""

    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class During:
    """Tips that belong to this broadcast."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class Total:
    """What one has tipped. ``minor`` counts what was worth something in the currency, ``amount`` the own coin only."""

    by: From
    wallet: Address
    minor: int
    amount: int
    tips: int


async def recent(session: AsyncSession, chain: ChainId, channel: int, limit: int) -> Sequence[Tip]:
    """The last ones, newest first; among them those that were shown and then dropped by the chain."""
    query = (
        select(*_TIPS.c)
        .where(
            _TIPS.c.chain_id == chain,
            _TIPS.c.channel_id == channel,
            _TIPS.c.recognised.is_(True),
            or_(_TIPS.c.state != TipState.ORPHANED.value, _TIPS.c.told.is_not(None)),
        )
        .order_by(_TIPS.c.id.desc())
        .limit(limit)
    )
    return [tip_of(row) for row in await session.execute(query)]


async def page(
    session: AsyncSession, chain: ChainId, channel: int, limit: int, before: int | None
) -> Sequence[Tip]:
    """Newest first; ``before`` is the id of the last of the page before."""
    query = _standing(chain, channel).order_by(_TIPS.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_TIPS.c.id < before)
    return [tip_of(row) for row in await session.execute(query)]


async def by_clock(
    session: AsyncSession, chain: ChainId, channel: int, broadcast: int, limit: int, after: int | None
) -> Sequence[Tip]:
    """Of a broadcast, in the order of its clock; ``after`` is the id of the last of the page before."""
    query = (
        _standing(chain, channel)
        .where(_of_broadcast(broadcast))
        .order_by(_TIPS.c.clock_ms, _TIPS.c.id)
        .limit(limit)
    )
    if after is not None:
        at = select(_TIPS.c.clock_ms).where(_TIPS.c.id == after, _of_broadcast(broadcast)).scalar_subquery()
        query = query.where(
            or_(_TIPS.c.clock_ms > at, and_(_TIPS.c.clock_ms == at, _TIPS.c.id > after)),
        )
    return [tip_of(row) for row in await session.execute(query)]


async def withheld(
    session: AsyncSession, chain: ChainId, channel: int, limit: int, before: int | None
) -> Sequence[Tip]:
    """Those whose message is not shown, newest first."""
    query = (
        _standing(chain, channel)
        .where(_TIPS.c.message_state != "shown", _TIPS.c.text != "")
        .order_by(_TIPS.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_TIPS.c.id < before)
    return [tip_of(row) for row in await session.execute(query)]


async def set_message_state(
    session: AsyncSession, chain: ChainId, channel: int, id_: int, state: MessageState
) -> Tip | None:
    """The tip as it is then; ``None`` when there is no such tip."""
    changed = await session.execute(
        update(_TIPS)
        .where(
            _TIPS.c.id == id_,
            _TIPS.c.chain_id == chain,
            _TIPS.c.channel_id == channel,
            _TIPS.c.recognised.is_(True),
        )
        .values(message_state=state)
        .returning(*_TIPS.c)
    )
    row = changed.first()
    return None if row is None else tip_of(row)


async def forget(session: AsyncSession, user_id: str) -> Sequence[int]:
    """Nothing tells any more that tips were theirs; returns the channels concerned."""
    statement = (
        update(_TIPS)
        .where(_TIPS.c.user_id == user_id)
        .values(user_id=None, user_name=None, badges="")
        .returning(_TIPS.c.channel_id)
    )
    return sorted(set(await session.scalars(statement)))


async def people(session: AsyncSession, after: str, limit: int) -> Sequence[UserId]:
    """Those whom tips are known to be from, by id; ``after`` is the last of those asked before."""
    query = (
        select(_TIPS.c.user_id)
        .where(_TIPS.c.user_id > after)
        .distinct()
        .order_by(_TIPS.c.user_id)
        .limit(limit)
    )
    return [UserId(each) for each in await session.scalars(query)]


async def totals(
    session: AsyncSession,
    chain: ChainId,
    channel: int,
    of: Since | During,
    currency: str | None,
    limit: int,
) -> Sequence[Total]:
    """Who has tipped most, first. People count with all of their wallets."""
    query = (
        _sums(currency, func.max(_TIPS.c.id).label("last"))
        .where(_counting(chain, channel), _within(of))
        .group_by(func.coalesce(_TIPS.c.user_id, _TIPS.c.tipper))
    )
    rows = list(await session.execute(query))
    best = heapq.nlargest(limit, rows, key=lambda row: (row.minor, amount_of(row), -row.last))
    last = await session.execute(
        select(_TIPS.c.id, _TIPS.c.user_id, _TIPS.c.user_name, _TIPS.c.badges, _TIPS.c.tipper).where(
            _TIPS.c.id.in_([row.last for row in best])
        )
    )
    known = {row.id: row for row in last}
    return [
        Total(
            From(known[row.last].user_id, known[row.last].user_name, tuple(known[row.last].badges.split())),
            Address(known[row.last].tipper),
            int(row.minor),
            amount_of(row),
            row.tips,
        )
        for row in best
    ]


async def given(
    session: AsyncSession, chain: ChainId, channel: int, user_id: str, currency: str | None
) -> tuple[int, int, datetime | None]:
    """What somebody has given a channel in all: minor units, own coin, and when last."""
    query = _sums(currency, func.max(_TIPS.c.seen_at).label("last")).where(
        _counting(chain, channel), _TIPS.c.user_id == user_id
    )
    row = (await session.execute(query)).one()
    return int(row.minor or 0), amount_of(row), row.last


async def coins(session: AsyncSession, chain: ChainId) -> Mapping[Address, Coin]:
    """Every coin that was ever read of this chain."""
    rows = await session.execute(select(*_COINS.c).where(_COINS.c.chain_id == chain))
    return {
        Address(row.token): Coin(Address(row.token), row.symbol, row.name, row.decimals, row.permit)
        for row in rows
    }


async def put_coins(session: AsyncSession, chain: ChainId, found: Collection[Coin]) -> None:
    """What was read last counts."""
    for coin in found:
        values = {
            "symbol": coin.symbol,
            "name": coin.name,
            "decimals": coin.decimals,
            "permit": coin.permit,
        }
        await session.execute(
            upsert(session, TipCoinRow)
            .values(chain_id=chain, token=coin.token, **values)
            .on_conflict_do_update(index_elements=[_COINS.c.chain_id, _COINS.c.token], set_=values)
        )


_COINS: Table = TipCoinRow.__table__  # type: ignore[assignment]  # declared as a wider type


def _counting(chain: ChainId, channel: int) -> ColumnElement[bool]:
    return and_(
        _TIPS.c.chain_id == chain,
        _TIPS.c.channel_id == channel,
        _TIPS.c.recognised.is_(True),
        _TIPS.c.state != TipState.ORPHANED.value,
    )


def _standing(chain: ChainId, channel: int) -> "Select[Any]":
    return select(*_TIPS.c).where(_counting(chain, channel))


def _of_broadcast(broadcast: int) -> ColumnElement[bool]:
    return and_(_TIPS.c.broadcast_id == broadcast, _TIPS.c.clock_ms.is_not(None))


def _within(of: Since | During) -> ColumnElement[bool]:
    if isinstance(of, During):
        return _of_broadcast(of.broadcast)
    return and_(True) if of.at is None else _TIPS.c.seen_at >= of.at


def _sums(currency: str | None, *columns: ColumnElement[Any]) -> "Select[Any]":
    minor = case((_TIPS.c.currency == currency, _TIPS.c.worth_minor), else_=0)
    return select(
        func.count().label("tips"),
        func.coalesce(func.sum(minor), 0).label("minor"),
        *amount_parts(_TIPS.c.token == NATIVE),
        *columns,
    )

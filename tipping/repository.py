"""Named queries over tips. The service that calls them owns the transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, Update, and_, bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from catalog.repository import utc
from infra.database import upsert
from tipping.events import Tip, TipState, Told
from tipping.messages import Worth
from tipping.shown import NOTHING, From, Shown
from tipping.tables import TipRow
from tipping.tips import BlockHash, ChainId, MinedTip, Place, TipDetails, TipKey, TransactionHash

_TIPS: Table = TipRow.__table__  # type: ignore[assignment]  # declared as a wider type
_DETAILS = ("channel_id", "broadcast_id", "artist", "tipper", "token", "amount", "fee", "message")
_SHOWN = (
    "user_id",
    "user_name",
    "badges",
    "text",
    "message_state",
    "price",
    "worth_minor",
    "currency",
    "clock_ms",
)
_PLACE = ("block_number", "block_hash", "log_index", "mined_at_s")


@dataclass(frozen=True, slots=True)
class NewTip:
    """A tip to be written, with whether it counts and what is shown of it."""

    tip: MinedTip
    state: TipState
    recognised: bool
    shown: Shown = NOTHING


async def put(session: AsyncSession, contract: Address, tips: Sequence[NewTip], now: datetime) -> None:
    """Writes tips that are on the chain. One that was there before and says the same keeps what was told and shown."""
    if not tips:
        return
    statement = upsert(session, TipRow)
    new, old = statement.excluded, _TIPS.c
    same = and_(*(new[name].is_not_distinct_from(old[name]) for name in _DETAILS))
    statement = statement.on_conflict_do_update(
        index_elements=[old.chain_id, old.transaction_hash, old.ordinal],
        set_={
            **{name: new[name] for name in (*_DETAILS, *_PLACE, "contract", "state", "recognised", "due")},
            **{name: case((same, old[name]), else_=new[name]) for name in _SHOWN},
            "told": case((same, old.told), else_=None),
        },
    )
    await (await session.connection()).execute(statement, [_values(each, contract, now) for each in tips])


async def move(session: AsyncSession, tips: Sequence[tuple[MinedTip, TipState]]) -> None:
    """Notes where tips are now that are mined elsewhere than before."""
    if tips:
        statement = _by_key().values(
            **{name: bindparam(name) for name in (*_PLACE, "state")}, due=_TIPS.c.recognised
        )
        await _execute(
            session,
            statement,
            [{**_key(tip.key), **_place(tip.place), "state": state.value} for tip, state in tips],
        )


async def set_states(session: AsyncSession, states: Sequence[tuple[TipKey, TipState]]) -> None:
    """Notes what has become of tips."""
    if states:
        statement = _by_key().values(state=bindparam("state"), due=_TIPS.c.recognised)
        await _execute(session, statement, [{**_key(key), "state": state.value} for key, state in states])


async def held(session: AsyncSession, chain: ChainId, contract: Address) -> list[tuple[MinedTip, bool]]:
    """Tips that a reorganisation may still drop, and whether they are confirmed."""
    query = select(*_TIPS.c).where(
        _TIPS.c.chain_id == chain,
        _TIPS.c.contract == contract,
        _TIPS.c.state.in_((TipState.SEEN.value, TipState.CONFIRMED.value)),
    )
    rows = await session.execute(query)
    return [(_mined(row), row.state == TipState.CONFIRMED) for row in rows]


async def due(
    session: AsyncSession, chain: ChainId, contract: Address, limit: int
) -> list[tuple[Tip, Told | None]]:
    """Tips of which something may have to be told, in the chain's order, and what was told last."""
    query = (
        select(*_TIPS.c)
        .where(_TIPS.c.due.is_(True), _TIPS.c.chain_id == chain, _TIPS.c.contract == contract)
        .order_by(_TIPS.c.block_number, _TIPS.c.log_index, _TIPS.c.id)
        .limit(limit)
    )
    rows = await session.execute(query)
    tips = [tip_of(row) for row in rows]
    return [(tip, tip.told) for tip in tips]


async def note_told(session: AsyncSession, told: Collection[tuple[Tip, Told | None]]) -> None:
    """What was told last; a tip whose state has changed meanwhile stays due."""
    if told:
        statement = (
            update(_TIPS)
            .where(_TIPS.c.id == bindparam("_id"))
            .values(
                told=bindparam("last"),
                turn=_TIPS.c.turn + 1,
                due=case((_TIPS.c.state == bindparam("was"), False), else_=True),
            )
        )
        await _execute(
            session,
            statement,
            [
                {"_id": tip.id, "last": None if last is None else last.value, "was": tip.state.value}
                for tip, last in told
            ],
        )


async def tips_of_channel(
    session: AsyncSession, channel: int, limit: int, before: int | None = None
) -> list[Tip]:
    """Tips that count, newest first; ``before`` is the id of the last of the page before."""
    query = (
        select(*_TIPS.c)
        .where(
            _TIPS.c.channel_id == channel,
            _TIPS.c.recognised.is_(True),
            _TIPS.c.state != TipState.ORPHANED.value,
        )
        .order_by(_TIPS.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_TIPS.c.id < before)
    return [tip_of(row) for row in await session.execute(query)]


def _by_key() -> Update:
    return update(_TIPS).where(
        _TIPS.c.chain_id == bindparam("_chain"),
        _TIPS.c.transaction_hash == bindparam("_transaction"),
        _TIPS.c.ordinal == bindparam("_ordinal"),
    )


async def _execute(session: AsyncSession, statement: Update, rows: list[dict[str, object]]) -> None:
    # Not the session's own way, which would look for entities to keep up to date.
    await (await session.connection()).execute(statement, rows)


def tip_of(row: "Row[Any]") -> Tip:
    """A row of all of the table's columns."""
    return Tip(
        row.id,
        _mined(row),
        TipState(row.state),
        utc(row.seen_at),
        shown_of(row),
        None if row.told is None else Told(row.told),
        row.turn,
    )


def shown_of(row: "Row[Any]") -> Shown:
    worth = None if row.worth_minor is None or row.currency is None else Worth(row.worth_minor, row.currency)
    return Shown(
        From(row.user_id, row.user_name, tuple(row.badges.split())),
        row.text,
        row.message_state,
        row.price,
        worth,
        row.clock_ms,
    )


def _mined(row: "Row[Any]") -> MinedTip:
    return MinedTip(
        TipKey(ChainId(row.chain_id), TransactionHash(row.transaction_hash), row.ordinal),
        Place(row.block_number, BlockHash(row.block_hash), row.log_index, row.mined_at_s),
        TipDetails(
            row.channel_id,
            row.broadcast_id,
            Address(row.artist),
            Address(row.tipper),
            Address(row.token),
            row.amount,
            row.fee,
            row.message,
        ),
    )


def _values(each: NewTip, contract: Address, now: datetime) -> dict[str, object]:
    key, details = each.tip.key, each.tip.details
    return {
        "chain_id": key.chain,
        "transaction_hash": key.transaction,
        "ordinal": key.ordinal,
        "contract": contract,
        **_place(each.tip.place),
        "channel_id": details.channel,
        "broadcast_id": details.broadcast,
        "artist": details.artist,
        "tipper": details.tipper,
        "token": details.token,
        "amount": details.amount,
        "fee": details.fee,
        "message": details.message,
        "state": each.state.value,
        "recognised": each.recognised,
        "told": None,
        "due": each.recognised,
        "seen_at": now,
        "turn": 0,
        **_shown(each.shown),
    }


def _shown(shown: Shown) -> dict[str, object]:
    return {
        "user_id": shown.by.user,
        "user_name": shown.by.name,
        "badges": " ".join(shown.by.badges),
        "text": shown.text,
        "message_state": shown.message_state,
        "price": shown.price,
        "worth_minor": None if shown.worth is None else shown.worth.minor,
        "currency": None if shown.worth is None else shown.worth.currency,
        "clock_ms": shown.clock_ms,
    }


def _place(place: Place) -> dict[str, object]:
    return {
        "block_number": place.number,
        "block_hash": place.block,
        "log_index": place.log_index,
        "mined_at_s": place.mined_at_s,
    }


def _key(key: TipKey) -> dict[str, object]:
    return {"_chain": key.chain, "_transaction": key.transaction, "_ordinal": key.ordinal}

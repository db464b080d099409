"""Named queries over tips that were announced and that no block had yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from infra.database import upsert
from tipping.coins import Coin
from tipping.events import TipState
from tipping.messages import DropReason, MessageState, PendingView, Worth
from tipping.shown import From
from tipping.tables import TipPendingRow, TipRow
from tipping.tips import ChainId, TransactionHash

_PENDING: Table = TipPendingRow.__table__  # type: ignore[assignment]  # declared as a wider type


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTip:
    """``id`` is 0 until it is stored; ``dropped`` says why it came to nothing, until that has been told."""

    id: int = 0
    transaction: TransactionHash
    channel: int
    wallet: Address
    nonce: int
    token: Address
    amount: int
    by: From
    text: str
    message_state: MessageState
    worth: Worth | None
    at_ms: int
    dropped: DropReason | None = None

    def view(self, coin: Coin) -> PendingView:
        return PendingView(
            sender=self.by.sender(self.wallet),
            amount=str(self.amount),
            token=self.token,
            symbol=coin.symbol,
            decimals=coin.decimals,
            worth=self.worth,
            message=self.text if self.message_state == "shown" else "",
            message_state=self.message_state,
            at_ms=self.at_ms,
            broadcast=None,
            clock_ms=None,
            transaction=self.transaction,
        )


async def add(session: AsyncSession, chain: ChainId, tip: PendingTip) -> PendingTip | None:
    """The tip with its id; ``None`` when it was announced already."""
    statement = (
        upsert(session, TipPendingRow)
        .values(
            chain_id=chain,
            transaction_hash=tip.transaction,
            channel_id=tip.channel,
            tipper=tip.wallet,
            nonce=tip.nonce,
            token=tip.token,
            amount=tip.amount,
            user_id=tip.by.user,
            user_name=tip.by.name,
            badges=" ".join(tip.by.badges),
            text=tip.text,
            message_state=tip.message_state,
            worth_minor=None if tip.worth is None else tip.worth.minor,
            currency=None if tip.worth is None else tip.worth.currency,
            at_ms=tip.at_ms,
            dropped=None,
        )
        .on_conflict_do_nothing(index_elements=[_PENDING.c.chain_id, _PENDING.c.transaction_hash])
        .returning(*_PENDING.c)
    )
    row = (await session.execute(statement)).first()
    return None if row is None else _pending(row)


async def get(session: AsyncSession, chain: ChainId, transaction: TransactionHash) -> PendingTip | None:
    query = select(*_PENDING.c).where(
        _PENDING.c.chain_id == chain, _PENDING.c.transaction_hash == transaction
    )
    row = (await session.execute(query)).first()
    return None if row is None else _pending(row)


async def of_channel(
    session: AsyncSession, chain: ChainId, channel: int, since_ms: int, limit: int
) -> Sequence[PendingTip]:
    """Those that are shown, oldest first; of too many the last ones."""
    query = (
        select(*_PENDING.c)
        .where(
            _PENDING.c.chain_id == chain,
            _PENDING.c.channel_id == channel,
            _PENDING.c.at_ms > since_ms,
            _PENDING.c.dropped.is_(None),
        )
        .order_by(_PENDING.c.at_ms.desc(), _PENDING.c.transaction_hash.desc())
        .limit(limit)
    )
    return [_pending(row) for row in list(await session.execute(query))[::-1]]


async def oldest(session: AsyncSession, chain: ChainId, limit: int) -> Sequence[PendingTip]:
    """Of every channel, whatever has become of them."""
    query = select(*_PENDING.c).where(_PENDING.c.chain_id == chain).order_by(_PENDING.c.id).limit(limit)
    return [_pending(row) for row in await session.execute(query)]


async def count(session: AsyncSession, chain: ChainId, channel: int, wallet: Address) -> tuple[int, int, int]:
    """How many there are: in all, of the channel, and of the wallet."""
    of_channel = func.count().filter(_PENDING.c.channel_id == channel)
    of_wallet = func.count().filter(_PENDING.c.tipper == wallet)
    query = select(func.count(), of_channel, of_wallet).where(_PENDING.c.chain_id == chain)
    total, channels, wallets = (await session.execute(query)).one()
    return total, channels, wallets


async def mined_of(
    session: AsyncSession, chain: ChainId, transactions: Collection[TransactionHash]
) -> set[TransactionHash]:
    """Those of which a tip is on the chain, as far as it is known here."""
    query = select(TipRow.transaction_hash).where(
        TipRow.chain_id == chain,
        TipRow.transaction_hash.in_(transactions),
        TipRow.state != TipState.ORPHANED.value,
    )
    return {TransactionHash(each) for each in await session.scalars(query)}


async def drop(session: AsyncSession, ids: Sequence[int], reason: DropReason) -> None:
    """They come to nothing, which is still to be told."""
    await session.execute(update(_PENDING).where(_PENDING.c.id.in_(ids)).values(dropped=reason))


async def remove(session: AsyncSession, ids: Collection[int]) -> None:
    await session.execute(delete(_PENDING).where(_PENDING.c.id.in_(ids)))


async def remove_mined(
    session: AsyncSession, chain: ChainId, transactions: Collection[TransactionHash]
) -> None:
    """Tips of these are on the chain."""
    await session.execute(
        delete(_PENDING).where(_PENDING.c.chain_id == chain, _PENDING.c.transaction_hash.in_(transactions))
    )


async def forget(session: AsyncSession, user_id: str) -> None:
    """Nothing tells any more that they were theirs."""
    await session.execute(
        update(_PENDING).where(_PENDING.c.user_id == user_id).values(user_id=None, user_name=None, badges="")
    )


def _pending(row: "Row[Any]") -> PendingTip:
    worth = None if row.worth_minor is None or row.currency is None else Worth(row.worth_minor, row.currency)
    return PendingTip(
        id=row.id,
        transaction=TransactionHash(row.transaction_hash),
        channel=row.channel_id,
        wallet=Address(row.tipper),
        nonce=row.nonce,
        token=Address(row.token),
        amount=row.amount,
        by=From(row.user_id, row.user_name, tuple(row.badges.split())),
        text=row.text,
        message_state=row.message_state,
        worth=worth,
        at_ms=row.at_ms,
        dropped=row.dropped,
    )

"""Tips as those concerned look back at them: pages, days, and all of it as a table."""

import datetime
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from accounts.identity import UserId
from catalog.service import ChannelService
from infra.database import Database
from tipping import history_repository
from tipping.artist_views import CoinSumView, DayView, GivenTipView, PastState, ReceivedTipView
from tipping.coin_book import CoinBook
from tipping.events import Tip, TipState
from tipping.history_repository import Range
from tipping.messages import Worth
from tipping.money import minor_digits
from tipping.showing import view
from tipping.spreadsheet import csv_lines, units
from tipping.tips import ChainId

ROWS_AT_ONCE = 500
_DAY = datetime.timedelta(days=1)
_RECEIVED = (
    *("id", "time", "state", "from", "wallet", "message", "amount", "coin", "token", "fee"),
    *("worth", "currency", "broadcast", "block", "transaction"),
)
_GIVEN = (
    *("id", "time", "state", "channel", "message", "amount", "coin", "token"),
    *("worth", "currency", "wallet", "transaction"),
)


class Wallets(Protocol):
    """Knows whose wallets are whose; ``accounts`` is the real one."""

    async def of(self, user_id: UserId, /) -> Collection[Address]: ...


class NoWallets:
    """Nobody has one."""

    async def of(self, _user_id: UserId, /) -> Collection[Address]:
        return ()


class HistoryService:
    """Reads only."""

    def __init__(
        self,
        database: Database,
        chain: ChainId,
        coins: CoinBook,
        channels: ChannelService,
        wallets: Wallets,
        *,
        currency: str | None = None,
    ) -> None:
        self._database = database
        self._chain = chain
        self._coins = coins
        self._channels = channels
        self._wallets = wallets
        self._currency = currency

    async def received(
        self, channel: int, within: Range, limit: int, before: int | None
    ) -> Sequence[ReceivedTipView]:
        """Newest first."""
        return [self._received(tip) for tip in await self._of_channel(channel, within, limit, before)]

    async def given(self, user_id: UserId, limit: int, before: int | None) -> Sequence[GivenTipView]:
        """Newest first."""
        tips = await self._given_by(user_id, limit, before)
        names = await self._names()
        return [self._given(tip, names) for tip in tips]

    async def days(self, channel: int, within: Range) -> Sequence[DayView]:
        """The newest first."""
        async with self._database.read() as session:
            sums = await history_repository.days(session, self._chain, channel, within, self._currency)
            await self._coins.know(session, {each.token for each in sums})
        days = []
        for day, grouped in groupby(sums, key=lambda each: each.day):
            of_day = list(grouped)
            minors = [each.minor for each in of_day if each.minor is not None]
            worth = Worth(sum(minors), self._currency) if minors and self._currency is not None else None
            amounts = []
            for each in of_day:
                coin = self._coins.of(each.token)
                amounts.append(CoinSumView(each.token, coin.symbol, coin.decimals, str(each.amount)))
            days.append(DayView(day, sum(each.tips for each in of_day), worth, amounts))
        return days

    async def received_table(self, channel: int, within: Range) -> AsyncIterator[str]:
        """All of them as CSV, in pieces."""
        yield csv_lines([_RECEIVED])

        async def page(before: int | None) -> Sequence[Tip]:
            return await self._of_channel(channel, within, ROWS_AT_ONCE, before)

        async for tips in _pages(page):
            yield csv_lines(_received_row(self._received(tip)) for tip in tips)

    async def given_table(self, user_id: UserId) -> AsyncIterator[str]:
        """All of them as CSV, in pieces."""
        yield csv_lines([_GIVEN])
        names = await self._names()

        async def page(before: int | None) -> Sequence[Tip]:
            return await self._given_by(user_id, ROWS_AT_ONCE, before)

        async for tips in _pages(page):
            yield csv_lines(_given_row(self._given(tip, names)) for tip in tips)

    async def _of_channel(self, channel: int, within: Range, limit: int, before: int | None) -> Sequence[Tip]:
        async with self._database.read() as session:
            tips = await history_repository.of_channel(session, self._chain, channel, within, limit, before)
            await self._know(session, tips)
        return tips

    async def _given_by(self, user_id: UserId, limit: int, before: int | None) -> Sequence[Tip]:
        wallets = await self._wallets.of(user_id)
        async with self._database.read() as session:
            tips = await history_repository.given(session, self._chain, user_id, wallets, limit, before)
            await self._know(session, tips)
        return tips

    async def _know(self, session: AsyncSession, tips: Sequence[Tip]) -> None:
        await self._coins.know(session, {tip.mined.details.token for tip in tips})

    async def _names(self) -> Mapping[int, str]:
        return {channel.id: channel.name for channel in await self._channels.list()}

    def _received(self, tip: Tip) -> ReceivedTipView:
        fields = self._past(tip) | {"message": tip.shown.text, "fee": str(tip.mined.details.fee)}
        return ReceivedTipView(**fields)

    def _given(self, tip: Tip, names: Mapping[int, str]) -> GivenTipView:
        details = tip.mined.details
        own = {"message": details.message, "channel": names.get(details.channel)}
        return GivenTipView(**(self._past(tip) | own))

    def _past(self, tip: Tip) -> dict[str, Any]:
        shown = view(tip, self._coins.of(tip.mined.details.token))
        state: PastState = "orphaned" if tip.state is TipState.ORPHANED else shown.state
        return msgspec.structs.asdict(shown) | {"state": state}


def within_days(since: datetime.date | None, until: datetime.date | None) -> Range:
    """From the beginning of the first day to the end of the last, in UTC."""
    last = None if until is None or until == datetime.date.max else until + _DAY
    return Range(_midnight(since), _midnight(last))


def _midnight(day: datetime.date | None) -> datetime.datetime | None:
    if day is None:
        return None
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


async def _pages(
    page: Callable[[int | None], Awaitable[Sequence[Tip]]],
) -> AsyncIterator[Sequence[Tip]]:
    before = None
    while tips := await page(before):
        yield tips
        if len(tips) < ROWS_AT_ONCE:
            return
        before = tips[-1].id


def _received_row(tip: ReceivedTipView) -> Sequence[str]:
    return (
        tip.id,
        _time(tip.at_ms),
        tip.state,
        tip.sender.name,
        tip.sender.wallet,
        tip.message,
        units(int(tip.amount), tip.decimals),
        tip.symbol,
        tip.token,
        units(int(tip.fee), tip.decimals),
        *_worth(tip.worth),
        tip.broadcast or "",
        str(tip.block),
        tip.transaction,
    )


def _given_row(tip: GivenTipView) -> Sequence[str]:
    return (
        tip.id,
        _time(tip.at_ms),
        tip.state,
        tip.channel or "",
        tip.message,
        units(int(tip.amount), tip.decimals),
        tip.symbol,
        tip.token,
        *_worth(tip.worth),
        tip.sender.wallet,
        tip.transaction,
    )


def _worth(worth: Worth | None) -> tuple[str, str]:
    return ("", "") if worth is None else (units(worth.minor, minor_digits(worth.currency)), worth.currency)


def _time(at_ms: int) -> str:
    moment = datetime.datetime.fromtimestamp(at_ms / 1_000, datetime.UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

"""What a channel's stage shows of tips, read from the database: for rooms that open, for HTTP, for what has changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from infra.clock import Clock, utc_now
from infra.database import Database
from tipping import pending_repository, stage_repository
from tipping.coin_book import CoinBook
from tipping.errors import NoSuchTip
from tipping.events import Tip, TipState
from tipping.messages import GoalView, MessageState, TipView, TopView, Worth, short
from tipping.neighbours import Broadcasts, NothingOn
from tipping.showing import view
from tipping.stage import PENDING_FOR_MS, PENDING_MAX, RECENT_MAX, TOP_MAX, Entry, Stage
from tipping.stage_repository import During, Since
from tipping.tips import ChainId

Period = Literal["broadcast", "month", "all"]


class Goals(Protocol):
    """Knows what artists collect for."""

    async def goal(self, session: AsyncSession, channel: int, /) -> GoalView | None: ...


class NoGoals:
    async def goal(self, _session: AsyncSession, _channel: int, /) -> GoalView | None:
        return None


class Stages:
    """Of every channel. Every method raises what the database raises."""

    def __init__(
        self,
        database: Database,
        chain: ChainId,
        coins: CoinBook,
        *,
        currency: str | None = None,
        broadcasts: Broadcasts | None = None,
        goals: Goals | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._chain = chain
        self._coins = coins
        self._currency = currency
        self._broadcasts = broadcasts or NothingOn()
        self.goals: Goals = goals or NoGoals()
        self._clock = clock

    async def load(self, channel: int) -> Stage:
        """As a room begins with it."""
        since_ms = round(self._clock().timestamp() * 1_000) - PENDING_FOR_MS
        of = await self._top_of(channel)
        async with self._database.read() as session:
            tips = await stage_repository.recent(session, self._chain, channel, RECENT_MAX)
            await self._coins.know(session, [tip.mined.details.token for tip in tips])
            pending = await pending_repository.of_channel(
                session, self._chain, channel, since_ms, PENDING_MAX
            )
            await self._coins.know(session, [each.token for each in pending])
            goal = await self.goals.goal(session, channel)
            top = await self._totals(session, channel, of, TOP_MAX)
        entries = [Entry(self._view(tip), tip.state is TipState.ORPHANED) for tip in tips]
        on_their_way = [each.view(self._coins.of(each.token)) for each in pending]
        return Stage(entries, on_their_way, goal, top)

    async def top(self, channel: int) -> Sequence[TopView]:
        """Of the broadcast that is on, else of the month."""
        of = await self._top_of(channel)
        async with self._database.read() as session:
            return await self._totals(session, channel, of, TOP_MAX)

    async def leaderboard(self, channel: int, period: Period, limit: int) -> Sequence[TopView]:
        """Of a broadcast: the one that is on; empty when none is."""
        of: Since | During
        match period:
            case "broadcast":
                running = await self._broadcasts.running(channel)
                if running is None:
                    return []
                of = During(running)
            case "month":
                of = Since(month_of(self._clock()))
            case "all":
                of = Since()
        async with self._database.read() as session:
            return await self._totals(session, channel, of, limit)

    async def page(self, channel: int, limit: int, before: int | None) -> Sequence[TipView]:
        """Newest first."""
        async with self._database.read() as session:
            tips = await stage_repository.page(session, self._chain, channel, limit, before)
            return await self._views(session, tips)

    async def by_clock(
        self, channel: int, broadcast: int, limit: int, after: int | None
    ) -> Sequence[TipView]:
        """Of a broadcast, in the order of its clock."""
        async with self._database.read() as session:
            tips = await stage_repository.by_clock(session, self._chain, channel, broadcast, limit, after)
            return await self._views(session, tips)

    async def withheld(self, channel: int, limit: int, before: int | None) -> Sequence[tuple[TipView, str]]:
        """Tips whose message is not shown, newest first, with the message."""
        async with self._database.read() as session:
            tips = await stage_repository.withheld(session, self._chain, channel, limit, before)
            views = await self._views(session, tips)
        return [(each, tip.shown.text) for each, tip in zip(views, tips, strict=True)]

    async def set_message_state(self, channel: int, id_: int, state: MessageState) -> TipView:
        """Raises ``NoSuchTip``."""
        async with self._database.write() as session:
            tip = await stage_repository.set_message_state(session, self._chain, channel, id_, state)
            if tip is None or tip.state is TipState.ORPHANED:
                raise NoSuchTip
            (changed,) = await self._views(session, [tip])
        return changed

    async def view(self, tip: Tip) -> TipView:
        """One tip as everyone may see it."""
        if not self._coins.knows(tip.mined.details.token):
            async with self._database.read() as session:
                await self._coins.know(session, [tip.mined.details.token])
        return self._view(tip)

    def _view(self, tip: Tip) -> TipView:
        return view(tip, self._coins.of(tip.mined.details.token))

    async def _views(self, session: AsyncSession, tips: Sequence[Tip]) -> Sequence[TipView]:
        await self._coins.know(session, [tip.mined.details.token for tip in tips])
        return [self._view(tip) for tip in tips]

    async def _top_of(self, channel: int) -> Since | During:
        running = await self._broadcasts.running(channel)
        return Since(month_of(self._clock())) if running is None else During(running)

    async def _totals(
        self, session: AsyncSession, channel: int, of: Since | During, limit: int
    ) -> list[TopView]:
        currency = self._currency
        totals = await stage_repository.totals(session, self._chain, channel, of, currency, limit)
        return [
            TopView(
                user=each.by.user,
                name=each.by.name or short(each.wallet),
                wallet=each.wallet,
                worth=None if currency is None else Worth(each.minor, currency),
                amount=str(each.amount),
                tips=each.tips,
            )
            for each in totals
        ]


def month_of(now: datetime) -> datetime:
    """When its month began, in UTC."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

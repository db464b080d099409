"""What artists collect for: sets goals, and tells of their progress as tips come and go. Owns the transactions.

The progress is never counted along: it is what the tips that stand add up to, read whenever something has changed, so
that a reorganisation, a crash or telling twice cannot make it wrong.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from infra.clock import Clock, utc_now
from infra.database import Database
from tipping import goal_repository, history_repository
from tipping.coin_book import CoinBook
from tipping.errors import GoalInvalid
from tipping.events import Tip
from tipping.goal import Unit, goal_target, goal_title, standing
from tipping.messages import GoalView
from tipping.tips import ChainId

TELL_MAX = 5
"""How often at most a goal is told in a row because it has changed meanwhile."""


class GoalNews(Protocol):
    """Is told how a channel's goal stands."""

    async def goal_stands(self, channel: int, goal: GoalView | None, /) -> None:
        """Raises ``BusUnavailable``, or sees to it later."""


class GoalService:
    """The goals of channels; meets ``stages.Goals``, and ``TipEvents`` to hear of tips."""

    def __init__(
        self,
        database: Database,
        chain: ChainId,
        coins: CoinBook,
        *,
        news: GoalNews,
        currency: str | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._chain = chain
        self._coins = coins
        self._news = news
        self._currency = currency
        self._clock = clock

    async def goal(self, session: AsyncSession, channel: int, /) -> GoalView | None:
        """How it stands now; ``None`` when there is none."""
        goal = await goal_repository.get(session, self._chain, channel)
        if goal is None:
            return None
        coin = None
        if goal.unit.token is not None:
            await self._coins.know(session, [goal.unit.token])
            coin = self._coins.of(goal.unit.token)
        return standing(goal, await history_repository.raised(session, self._chain, channel, goal), coin)

    async def read(self, channel: int) -> GoalView | None:
        """The same, in a transaction of its own."""
        async with self._database.read() as session:
            return await self.goal(session, channel)

    async def set(self, channel: int, title: str, target: int, token: Address | None) -> GoalView:
        """Instead of the one there was; what has come for that one counts on when the unit stays.

        Raises ``GoalInvalid``.
        """
        unit = self._unit(token)
        title, target = goal_title(title), goal_target(target, unit)
        async with self._database.write() as session:
            before = await goal_repository.get(session, self._chain, channel)
            if before is not None and before.unit == unit:
                after_tip = before.after_tip
            else:
                after_tip = await goal_repository.last_tip(session)
            await goal_repository.put(
                session, self._chain, channel, title, target, unit, after_tip, self._clock()
            )
            goal = await self.goal(session, channel)
        await self.tell(channel)
        assert goal is not None
        return goal

    async def end(self, channel: int) -> None:
        """Does nothing when there is none."""
        async with self._database.write() as session:
            there_was = await goal_repository.remove(session, self._chain, channel)
        if there_was:
            await self.tell(channel)

    async def tell(self, channel: int) -> None:
        """Tells how it stands. Whoever changes it at the same time tells it too; the last word is the right one."""
        goal = await self.read(channel)
        for _ in range(TELL_MAX):
            await self._news.goal_stands(channel, goal)
            told, goal = goal, await self.read(channel)
            if goal == told:
                return

    def _unit(self, token: Address | None) -> Unit:
        if token is None:
            if self._currency is None:
                raise GoalInvalid("there is no display currency; name the coin the goal is in")
            return Unit(None, self._currency)
        if token not in {coin.token for coin in self._coins.listed()}:
            raise GoalInvalid("tips in this coin do not count")
        return Unit(token, None)

    # TipEvents

    async def seen(self, tip: Tip) -> None:
        """Nothing: many may come at once."""

    async def confirmed(self, tip: Tip) -> None:
        """Nothing."""

    async def withdrawn(self, tip: Tip) -> None:
        """Nothing."""

    async def settled(self, tips: Sequence[Tip]) -> None:
        """Tells of each channel that collects for something."""
        for channel in sorted({tip.mined.details.channel for tip in tips}):
            if await self.read(channel) is not None:
                await self.tell(channel)

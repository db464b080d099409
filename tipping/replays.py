"""The tips of a past broadcast, by its clock: those that stand, as everyone may see them now."""

from collections.abc import Collection, Mapping, Sequence

from infra.database import Database
from tipping import replay_repository
from tipping.coin_book import CoinBook
from tipping.messages import TipView
from tipping.showing import view
from tipping.tips import ChainId


class TipReplays:
    """Reads only. Every method raises what the database raises."""

    def __init__(self, database: Database, chain: ChainId, coins: CoinBook) -> None:
        self._database = database
        self._chain = chain
        self._coins = coins

    async def page(
        self, channel: int, broadcast: int, from_ms: int, before_ms: int, limit: int, after: int | None
    ) -> Sequence[TipView]:
        """In order; ``after`` leaves out tips of the moment ``from_ms`` up to that number."""
        async with self._database.read() as session:
            tips = await replay_repository.page(
                session, self._chain, channel, broadcast, from_ms, before_ms, limit, after
            )
            await self._coins.know(session, {tip.mined.details.token for tip in tips})
        return [view(tip, self._coins.of(tip.mined.details.token)) for tip in tips]

    async def counts(
        self, channel: int, broadcast: int, from_ms: int, before_ms: int, bin_ms: int
    ) -> Mapping[int, int]:
        """How many in each ``bin_ms`` since ``from_ms``."""
        async with self._database.read() as session:
            return await replay_repository.counts(
                session, self._chain, channel, broadcast, from_ms, before_ms, bin_ms
            )

    async def totals(self, broadcasts: Collection[int]) -> Mapping[int, int]:
        async with self._database.read() as session:
            return await replay_repository.totals(session, self._chain, broadcasts)

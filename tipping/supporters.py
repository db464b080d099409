"""Who supports a channel, for those who treat supporters differently."""

from dataclasses import dataclass
from datetime import timedelta

from catalog.repository import utc
from infra.clock import Clock, utc_now
from infra.database import Database
from tipping import stage_repository
from tipping.money import minor_units
from tipping.stage_repository import Since
from tipping.stages import month_of
from tipping.tips import ChainId

SUPPORTER_FOR = timedelta(days=30)
"""Since the last tip."""
TIERS = (10, 100, 1_000)
"""What one has to have given in all for tiers 2, 3 and 4: units of the display currency, or of the chain's coin."""


@dataclass(frozen=True, slots=True)
class Supporter:
    """``tier`` is from 1; ``is_top``: nobody has tipped more this month."""

    tier: int
    is_top: bool


class TipSupporters:
    """Asks the database each time; tips of wallets that belong to nobody support nobody's standing."""

    def __init__(
        self,
        database: Database,
        chain: ChainId,
        decimals: int,
        currency: str | None,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._chain = chain
        self._decimals = decimals
        self._currency = currency
        self._clock = clock

    async def support(self, user_id: str, channel: int, /) -> Supporter | None:
        """``None`` when they have not tipped, or not for a while."""
        now = self._clock()
        async with self._database.read() as session:
            minor, amount, last = await stage_repository.given(
                session, self._chain, channel, user_id, self._currency
            )
            if last is None or utc(last) < now - SUPPORTER_FOR:
                return None
            first = await stage_repository.totals(
                session, self._chain, channel, Since(month_of(now)), self._currency, 1
            )
        is_top = bool(first) and first[0].by.user == user_id
        return Supporter(tier_of(minor, amount, self._decimals, self._currency), is_top)


def tier_of(minor: int, amount: int, decimals: int, currency: str | None) -> int:
    """From 1 to 4."""
    unit, given = (10**decimals, amount) if currency is None else (minor_units(currency), minor)
    return 1 + sum(given >= step * unit for step in TIERS)

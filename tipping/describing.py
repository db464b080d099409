"""Puts together what is shown of tips that are seen for the first time: many at once, since a backfill brings many."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.ethereum import Address
from tipping.coins import Coin
from tipping.messages import Worth
from tipping.money import worth_minor
from tipping.neighbours import (
    Broadcasts,
    FixedPrices,
    Judged,
    Messages,
    NobodyKnown,
    NoRules,
    NothingOn,
    Prices,
    Senders,
    Span,
)
from tipping.shown import From, Shown
from tipping.tips import MinedTip

LATE_S = 60.0
"""A tip seen later than this after its block stands where its block's own time puts it."""
AFTER_END_S = 600.0
"""How long after its broadcast a tip may be mined to still belong to its end."""


class Describer:
    """``coins`` by token; one that is missing has no worth."""

    def __init__(
        self,
        coins: Mapping[Address, Coin],
        *,
        senders: Senders | None = None,
        messages: Messages | None = None,
        broadcasts: Broadcasts | None = None,
        prices: Prices | None = None,
    ) -> None:
        self._coins = coins
        self._senders = senders or NobodyKnown()
        self._messages = messages or NoRules()
        self._broadcasts = broadcasts or NothingOn()
        self._prices = prices or FixedPrices()

    async def describe(self, tips: Sequence[MinedTip], now: datetime) -> list[Shown]:
        """What is shown of each, in order. Raises what the database raises."""
        spans = await self._spans(tips)
        shown: dict[int, Shown] = {}
        for channel in {tip.details.channel for tip in tips}:
            places = [at for at, tip in enumerate(tips) if tip.details.channel == channel]
            said = await self.introduce(
                channel, [(tips[at].details.tipper, tips[at].details.message) for at in places]
            )
            for at, (by, judged) in zip(places, said, strict=True):
                details = tips[at].details
                price = self._prices.of(details.token)
                shown[at] = Shown(
                    by,
                    judged.text,
                    judged.state,
                    None if price is None else str(price),
                    self.worth(details.token, details.amount),
                    clock_ms(tips[at], spans.get((channel, details.broadcast)), now.timestamp()),
                )
        return [shown[at] for at in range(len(tips))]

    async def introduce(
        self, channel: int, said: Sequence[tuple[Address, str]]
    ) -> Sequence[tuple[From, Judged]]:
        """Who sends from these wallets, and what becomes of what they say."""
        known = await self._senders.known(channel, {wallet for wallet, _ in said})
        by = [known.get(wallet, From()) for wallet, _ in said]
        judged = await self._messages.judge(
            channel, [(each.user, text) for each, (_, text) in zip(by, said, strict=True)]
        )
        return list(zip(by, judged, strict=True))

    def worth(self, token: Address, amount: int) -> Worth | None:
        """At the present price."""
        coin, price = self._coins.get(token), self._prices.of(token)
        if coin is None or price is None:
            return None
        minor = worth_minor(amount, coin.decimals, price)
        return None if minor is None else Worth(minor, price.currency)

    async def _spans(self, tips: Sequence[MinedTip]) -> dict[tuple[int, int | None], Span]:
        spans = {}
        for channel, broadcast in {(tip.details.channel, tip.details.broadcast) for tip in tips}:
            span = None if broadcast is None else await self._broadcasts.span(channel, broadcast)
            if span is not None:
                spans[channel, broadcast] = span
        return spans


def clock_ms(tip: MinedTip, span: Span | None, now_s: float) -> int | None:
    """Where in the broadcast it names a tip stands that is seen now; ``None`` when it does not belong there.

    Blocks have whole seconds, and their miners write them, so what is seen at once stands at the moment it is seen.
    """
    if span is None:
        return None
    mined_s = float(tip.place.mined_at_s)
    at_s = mined_s if now_s - mined_s > LATE_S else now_s
    if span.ended_at_s is not None:
        if at_s > span.ended_at_s + AFTER_END_S:
            return None
        at_s = min(at_s, span.ended_at_s)
    return max(0, round((at_s - span.started_at_s) * 1_000))

"""What this room asks of others: who a wallet belongs to, what of a message may be shown, what is on, what coins cost.

The Protocols are met by ``server/``; what stands in for them here knows nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from accounts.ethereum import Address
from tipping.messages import MessageState
from tipping.money import Price
from tipping.shown import From


class Senders(Protocol):
    """Knows whose wallets are whose."""

    async def known(self, channel: int, wallets: Collection[Address], /) -> Mapping[Address, From]:
        """Those of them that belong to somebody, with what they are to the channel."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A message as it may be shown, and whether it is."""

    text: str
    state: MessageState


class Messages(Protocol):
    """The rules that hold for what people write to a channel."""

    async def judge(self, channel: int, said: Sequence[tuple[str | None, str]], /) -> Sequence[Judged]:
        """Each of these, in order: who said it (``None``: nobody that is known) and what."""


@dataclass(frozen=True, slots=True)
class Span:
    """A broadcast, in Unix seconds. ``ended_at_s`` is ``None`` while it is on."""

    started_at_s: float
    ended_at_s: float | None


class Broadcasts(Protocol):
    """What has been on, whichever process carries it."""

    async def span(self, channel: int, broadcast: int, /) -> Span | None:
        """When this broadcast was; ``None`` when it is none of the channel's."""

    async def running(self, channel: int, /) -> int | None:
        """The one that is on."""


class Prices(Protocol):
    """What coins cost in the display currency; knows it at once, or not at all."""

    @property
    def currency(self) -> str | None: ...

    def of(self, token: Address, /) -> Price | None:
        """Of one whole coin."""


class NobodyKnown:
    async def known(self, _channel: int, _wallets: Collection[Address], /) -> Mapping[Address, From]:
        return {}


class NoRules:
    """Everything may be shown as it is."""

    async def judge(self, _channel: int, said: Sequence[tuple[str | None, str]], /) -> Sequence[Judged]:
        return [Judged(text, "shown") for _, text in said]


class NothingOn:
    async def span(self, _channel: int, _broadcast: int, /) -> Span | None:
        return None

    async def running(self, _channel: int, /) -> int | None:
        return None


class FixedPrices:
    """Prices that the operator has set."""

    def __init__(self, currency: str | None = None, prices: Mapping[Address, Price] | None = None) -> None:
        self.currency = currency
        self._prices = dict(prices or {})

    def of(self, token: Address, /) -> Price | None:
        return self._prices.get(token)

"""What artists and fans are answered about tips of theirs."""

import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tipping.messages import AmountText, TipView, Worth
from tipping.overlay import OverlaySettings

PastState = Literal["seen", "confirmed", "orphaned"]


class ReceivedTipView(TipView, frozen=True, kw_only=True):
    """A tip as its artist sees it: also one that the chain has dropped, and with the message that is withheld."""

    state: PastState  # type: ignore[assignment]  # one more than everyone is shown
    fee: Annotated[AmountText, Meta(description="The platform's part of the amount.")]


class GivenTipView(TipView, frozen=True, kw_only=True):
    """A tip as the fan who gave it sees it."""

    state: PastState  # type: ignore[assignment]  # one more than everyone is shown
    channel: Annotated[str | None, Meta(description="The channel's name now; null when it is no more.")]


class ReceivedTipsView(msgspec.Struct, frozen=True):
    """``next`` is the id to go on after; null at the end."""

    tips: list[ReceivedTipView]
    next: str | None


class GivenTipsView(msgspec.Struct, frozen=True):
    """``next`` is the id to go on after; null at the end."""

    tips: list[GivenTipView]
    next: str | None


class CoinSumView(msgspec.Struct, frozen=True):
    """What came of one coin."""

    token: str
    symbol: str
    decimals: int
    amount: AmountText


class DayView(msgspec.Struct, frozen=True):
    """What came on one day."""

    date: Annotated[datetime.date, Meta(description="In UTC.")]
    tips: int
    worth: Annotated[Worth | None, Meta(description="Of those that had a price.")]
    amounts: list[CoinSumView]


class DaysView(msgspec.Struct, frozen=True):
    """Days on which something came, the newest first."""

    days: list[DayView]


class OverlayView(msgspec.Struct, frozen=True):
    """An overlay as its artist runs it."""

    settings: OverlaySettings
    paused: bool
    muted: bool
    has_token: bool


class OverlayTokenView(msgspec.Struct, frozen=True):
    """Shown once."""

    token: Annotated[str, Meta(description="The overlay's address is `/overlay/{token}`.")]

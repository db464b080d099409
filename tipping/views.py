"""What the endpoints of tips answer."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tipping.messages import AmountText, PendingView, TipView, TopView


class TipsView(msgspec.Struct, frozen=True):
    """``next`` is the id to go on after; null at the end."""

    tips: list[TipView]
    next: str | None


class LeaderboardView(msgspec.Struct, frozen=True):
    """Who has tipped most, first."""

    period: Literal["broadcast", "month", "all"]
    top: list[TopView]


class ChannelTippingView(msgspec.Struct, frozen=True):
    """What a wallet needs for a tip to this channel."""

    channel: Annotated[int, Meta(description="The channel's number for the contract.")]
    artist: Annotated[str | None, Meta(description="Null: the artist takes no tips yet.")]
    broadcast: Annotated[int, Meta(description="The broadcast that is on, for the contract; 0: none.")]
    minimum: AmountText = "0"


class AnnouncedView(msgspec.Struct, frozen=True):
    """Null when nothing is shown: no node knows the transaction, or it is no tip to this channel."""

    tip: PendingView | None

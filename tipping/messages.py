"""What a channel's room holds of tips, as it goes over the wire: tips, what is on its way, goal, top, and their events.

A core: types only. The reducer over the events is ``tipping.stage``. Amounts are decimal digits of base units, since
JSON's readers lose digits of large numbers.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from accounts.ethereum import Address

MessageState = Literal["shown", "held", "hidden"]
DropReason = Literal["failed", "dropped", "replaced", "expired"]

AmountText = Annotated[str, Meta(pattern="^[0-9]{1,78}$", description="Base units, in decimal digits.")]


class Worth(msgspec.Struct, frozen=True):
    """An amount in the display currency, at the price of the moment it was seen."""

    minor: Annotated[int, Meta(description="In minor units of the currency, such as cents.")]
    currency: str


class Sender(msgspec.Struct, frozen=True):
    """Who a tip is from, as they were known when it was seen."""

    user: Annotated[str | None, Meta(description="Null when the wallet is nobody's that is known here.")]
    name: Annotated[str, Meta(description="Their name, or the wallet's address shortened.")]
    wallet: str
    badges: list[str] = []


class TipView(msgspec.Struct, frozen=True, kw_only=True):
    """A tip that is on the chain."""

    id: str
    state: Literal["seen", "confirmed"]
    sender: Sender = msgspec.field(name="from")
    amount: AmountText
    token: Annotated[str, Meta(description="The zero address is the chain's own coin.")]
    symbol: str
    decimals: int
    worth: Worth | None
    message: Annotated[str, Meta(description="Plain text; empty while it is withheld.")]
    message_state: MessageState
    at_ms: Annotated[int, Meta(description="When it was first seen here, in Unix milliseconds.")]
    broadcast: Annotated[str | None, Meta(description="The broadcast it was sent in.")]
    clock_ms: Annotated[int | None, Meta(description="Milliseconds since that broadcast went live.")]
    transaction: str
    block: int


class PendingView(msgspec.Struct, frozen=True, kw_only=True):
    """A tip that its sender has announced and a node knows; no block has it, and perhaps none ever will."""

    state: Literal["pending"] = "pending"
    sender: Sender = msgspec.field(name="from")
    amount: AmountText
    token: str
    symbol: str
    decimals: int
    worth: Worth | None
    message: str
    message_state: MessageState
    at_ms: int
    broadcast: str | None
    clock_ms: int | None
    transaction: str


class GoalView(msgspec.Struct, frozen=True, kw_only=True):
    """What the artist collects for."""

    id: str
    title: str
    target: AmountText
    raised: AmountText
    token: Annotated[str | None, Meta(description="Null: counted in minor units of `currency`.")]
    symbol: str
    decimals: int
    currency: str
    reached: bool


class TopView(msgspec.Struct, frozen=True, kw_only=True):
    """One who has tipped much."""

    user: str | None
    name: str
    wallet: str
    worth: Worth | None
    amount: Annotated[AmountText, Meta(description="Of the chain's own coin only.")]
    tips: int


class StageSnapshot(msgspec.Struct, frozen=True):
    """The part ``tips`` of a public room's snapshot."""

    recent: Annotated[list[TipView], Meta(description="At most 30, newest last.")]
    pending: Annotated[list[PendingView], Meta(description="At most 20, newest last.")]
    goal: GoalView | None
    top: Annotated[
        list[TopView], Meta(description="Of the broadcast that is on, else of the month; at most 5.")
    ]


# Events of a public room.


class TipPending(msgspec.Struct, frozen=True, tag_field="type", tag="tip_pending"):
    tip: PendingView


class TipSeen(msgspec.Struct, frozen=True, tag_field="type", tag="tip_seen"):
    """Takes the place of what was pending of the transaction, and of any tip with this id."""

    tip: TipView


class TipConfirmed(msgspec.Struct, frozen=True, tag_field="type", tag="tip_confirmed"):
    id: str


class TipWithdrawn(msgspec.Struct, frozen=True, tag_field="type", tag="tip_withdrawn"):
    """The chain has dropped it."""

    id: str


class TipDropped(msgspec.Struct, frozen=True, tag_field="type", tag="tip_dropped"):
    """What was pending comes to nothing."""

    transaction: str
    reason: DropReason


class TipMessage(msgspec.Struct, frozen=True, tag_field="type", tag="tip_message"):
    """A moderator has hidden or released a message."""

    id: str
    message: str
    message_state: MessageState


class TipGoal(msgspec.Struct, frozen=True, tag_field="type", tag="tip_goal"):
    goal: GoalView | None


class TipTop(msgspec.Struct, frozen=True, tag_field="type", tag="tip_top"):
    top: list[TopView]


class TipForgotten(msgspec.Struct, frozen=True, tag_field="type", tag="tip_forgotten"):
    """Somebody's account was deleted: their tips come from a wallet and nobody."""

    user: str


StageEvent = (
    TipPending
    | TipSeen
    | TipConfirmed
    | TipWithdrawn
    | TipDropped
    | TipMessage
    | TipGoal
    | TipTop
    | TipForgotten
)


def short(wallet: Address | str) -> str:
    """``0x12ab…cd34``: how a wallet is called that is nobody's."""
    return f"{wallet[:6]}…{wallet[-4:]}"


def sender_of(wallet: Address, user: str | None, name: str | None, badges: list[str]) -> Sender:
    """Who to show for a wallet."""
    if user is None:
        return Sender(None, short(wallet), wallet)
    return Sender(user, name or short(wallet), wallet, badges)

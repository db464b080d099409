"""A stored tip as everyone may see it. A core."""

from tipping.coins import Coin
from tipping.events import Tip, TipState, Told
from tipping.messages import TipView


def view(tip: Tip, coin: Coin) -> TipView:
    """The tip as everyone may see it."""
    details, shown = tip.mined.details, tip.shown
    in_broadcast = details.broadcast is not None and shown.clock_ms is not None
    return TipView(
        id=str(tip.id),
        state="confirmed" if is_confirmed(tip) else "seen",
        sender=shown.by.sender(details.tipper),
        amount=str(details.amount),
        token=details.token,
        symbol=coin.symbol,
        decimals=coin.decimals,
        worth=shown.worth,
        message=shown.text if shown.message_state == "shown" else "",
        message_state=shown.message_state,
        at_ms=round(tip.seen_at.timestamp() * 1_000),
        broadcast=str(details.broadcast) if in_broadcast else None,
        clock_ms=shown.clock_ms,
        transaction=tip.mined.key.transaction,
        block=tip.mined.place.number,
    )


def is_confirmed(tip: Tip) -> bool:
    """Also one that a reorganisation has moved since: it is confirmed again without a word."""
    return tip.state in (TipState.CONFIRMED, TipState.FINAL) or tip.told is Told.CONFIRMED

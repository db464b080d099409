"""What remains to be told of a tip. A core."""

from tipping.events import TipState, Told


def to_tell(told: Told | None, state: TipState) -> list[Told]:
    """What has to be told in this state, in order, when ``told`` was the last (``None``: nothing).

    A confirmed tip that was mined again elsewhere is confirmed again without a word.
    """
    match state:
        case TipState.SEEN:
            return [Told.SEEN] if told in (None, Told.WITHDRAWN) else []
        case TipState.CONFIRMED | TipState.FINAL:
            if told is Told.CONFIRMED:
                return []
            return [Told.CONFIRMED] if told is Told.SEEN else [Told.SEEN, Told.CONFIRMED]
        case TipState.ORPHANED:
            return [Told.WITHDRAWN] if told in (Told.SEEN, Told.CONFIRMED) else []

"""What becomes of a tip that was announced and that no block has. A core: it is told what a node says, and when.

A node that lags may not know a transaction, or know that its sender has gone on without it before it knows that it was
mined; so it is believed only when it says so twice, or for a while.
"""

from dataclasses import dataclass

from tipping.messages import DropReason
from tipping.stage import PENDING_FOR_MS

MISSING_FOR_MS = 60_000
"""A transaction that no node knows for so long is not on its way any more."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What a node says. ``next_nonce`` is the sender's: every lower one is used."""

    is_known: bool
    has_failed: bool
    next_nonce: int


class Following:
    """One transaction, announced at ``at_ms``."""

    def __init__(self, nonce: int, at_ms: int) -> None:
        self._nonce = nonce
        self._at_ms = at_ms
        self._missing_since_ms: int | None = None
        self._seemed_replaced = False

    def told(self, fate: Fate, now_ms: int) -> DropReason | None:
        """Why it comes to nothing; ``None`` while it may still come."""
        if fate.has_failed:
            return "failed"
        replaced_before, self._seemed_replaced = self._seemed_replaced, self._is_replaced(fate)
        if self._seemed_replaced and replaced_before:
            return "replaced"
        if fate.is_known:
            self._missing_since_ms = None
        elif self._missing_since_ms is None:
            self._missing_since_ms = now_ms
        elif now_ms - self._missing_since_ms >= MISSING_FOR_MS:
            return "dropped"
        return "expired" if now_ms - self._at_ms >= PENDING_FOR_MS else None

    def _is_replaced(self, fate: Fate) -> bool:
        return not fate.is_known and fate.next_nonce > self._nonce

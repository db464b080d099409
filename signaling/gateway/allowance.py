"""How many frames one connection may send: a token bucket, and a second one for what was past it. A core.

Kept in four numbers, because there is one for every connection. ``now`` is in seconds on one monotonic clock.
"""

from enum import Enum

from signaling.gateway.protocol import COMMANDS_AT_ONCE, COMMANDS_PER_S, REFUSALS_AT_ONCE


class Verdict(Enum):
    ALLOWED = "allowed"
    REFUSED = "refused"
    FLOODING = "flooding"
    """Told to slow down many times, and did not."""


class Allowance:
    """The allowance of one connection, full at first."""

    __slots__ = ("_at", "_patience", "_tokens")

    def __init__(self, now: float) -> None:
        self._at = now
        self._tokens = float(COMMANDS_AT_ONCE)
        self._patience = float(REFUSALS_AT_ONCE)

    def spend(self, now: float) -> Verdict:
        """For one frame that has come."""
        gained = max(0.0, now - self._at) * COMMANDS_PER_S
        self._at = now
        self._tokens = min(COMMANDS_AT_ONCE, self._tokens + gained)
        self._patience = min(REFUSALS_AT_ONCE, self._patience + gained)
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return Verdict.ALLOWED
        self._patience -= 1.0
        return Verdict.REFUSED if self._patience >= 0.0 else Verdict.FLOODING

    @property
    def retry_after_s(self) -> float:
        """Until one frame is allowed."""
        return max(0.0, 1.0 - self._tokens) / COMMANDS_PER_S

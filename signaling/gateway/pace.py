"""When the events of a room leave: at once when it is quiet, together once per tick when it is not. A core.

The tick grows with what writing costs, so that a large room in an uproar does not take the event loop for itself.
``now`` is in seconds on one monotonic clock.
"""

TICK_MIN_S = 0.020
TICK_MAX_S = 0.040
REST = 2.0
"""A tick is at least this many times as long as the writing took, up to ``TICK_MAX_S``."""


class Pace:
    """The pace of one room."""

    def __init__(self, *, coalesce: bool = True) -> None:
        self._coalesce = coalesce
        self._next_s = 0.0

    def due(self, now: float) -> float:
        """When what has come may be written: now, or at the next tick."""
        return max(now, self._next_s) if self._coalesce else now

    def wrote(self, began: float, ended: float) -> None:
        """A round of writing began and ended then."""
        tick_s = min(max(REST * (ended - began), TICK_MIN_S), TICK_MAX_S)
        self._next_s = began + tick_s

"""When the news about a topic may go out: at once when it matters, at most twice a second when it is only a count.

A core: it is told of changes and the time, and says when to publish. Only "something changed" is remembered, so a
burst of any size is one piece of news; there is nothing to overflow.
"""

from dataclasses import dataclass

MINOR_INTERVAL_S = 0.5


@dataclass(slots=True)
class Pacer:
    """For one topic. Times are seconds on one monotonic clock."""

    interval_s: float = MINOR_INTERVAL_S
    _published_at: float = float("-inf")
    _due_at: float | None = None

    def changed(self, now: float, *, urgent: bool) -> None:
        """Something changed. ``urgent`` news (live, offline, title) does not wait for the interval."""
        due_at = now if urgent else max(now, self._published_at + self.interval_s)
        self._due_at = due_at if self._due_at is None else min(self._due_at, due_at)

    def deadline(self) -> float | None:
        """When ``take`` will next say yes, or ``None`` while nothing has changed."""
        return self._due_at

    def take(self, now: float) -> bool:
        """Whether to publish now; if so, the news counts as published."""
        if self._due_at is None or now < self._due_at:
            return False
        self._due_at = None
        self._published_at = now
        return True

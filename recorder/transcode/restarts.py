"""When a process that has died is started again: after a second, and later each time it does not live long. No I/O."""

FIRST_S, MOST_S = 1.0, 30.0
LIVED_S = 60.0
"""A process that has lived this long has done nothing wrong before."""


class Restarts:
    """Told when a process starts and dies."""

    def __init__(self) -> None:
        self.count = 0
        """How many have died."""
        self._wait_s = FIRST_S
        self._started_s = 0.0

    def started(self, now_s: float) -> None:
        self._started_s = now_s

    def died(self, now_s: float) -> float:
        """When the next one may start."""
        self.count += 1
        if now_s - self._started_s >= LIVED_S:
            self._wait_s = FIRST_S
        wait_s, self._wait_s = self._wait_s, min(2 * self._wait_s, MOST_S)
        return now_s + wait_s

"""Which of several nodes to ask. A core.

The one that answered last is asked again. One that failed is left alone for a while, twice as long each time it fails
in a row, and the next in order is asked. It knows nodes by their numbers only, since their addresses hold secrets.
"""

from dataclasses import dataclass

FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = 60.0


@dataclass(slots=True)
class _Node:
    failures: int = 0
    paused_until_s: float = float("-inf")


class Rotation:
    """Chooses between ``count`` nodes. Every ``now_s`` is of one clock that only goes forward."""

    def __init__(
        self, count: int, *, first_pause_s: float = FIRST_PAUSE_S, max_pause_s: float = MAX_PAUSE_S
    ) -> None:
        self._nodes = [_Node() for _ in range(count)]
        self._present = 0
        self._first_pause_s = first_pause_s
        self._max_pause_s = max_pause_s

    def choose(self, now_s: float) -> int | None:
        """Whom to ask; ``None`` when all have failed too recently."""
        count = len(self._nodes)
        for number in ((self._present + step) % count for step in range(count)):
            if self._nodes[number].paused_until_s <= now_s:
                self._present = number
                return number
        return None

    def next_at_s(self) -> float:
        """When ``choose`` has somebody again, at the latest."""
        return min(node.paused_until_s for node in self._nodes)

    def answered(self, number: int) -> None:
        """It gave an answer that can be used."""
        self._nodes[number].failures = 0

    def failed(self, number: int, now_s: float, at_least_s: float = 0.0) -> float:
        """It did not answer, or not with the truth; returns for how many seconds it is left alone."""
        node = self._nodes[number]
        pause_s = max(at_least_s, min(self._first_pause_s * 2.0**node.failures, self._max_pause_s))
        node.failures = min(node.failures + 1, 30)
        node.paused_until_s = now_s + pause_s
        return pause_s

    def pass_on(self) -> None:
        """Asks the next one from now on, without holding anything against this one."""
        self._present = (self._present + 1) % len(self._nodes)

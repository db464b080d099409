"""Reactions of one process, and whether all of them arrived. No I/O.

Everybody gives a line the process's emoji at most once, so the count the room is told in the end has to be how many
were accepted here.
"""

from __future__ import annotations

from collections import deque

EMOJI = ("👏", "🎉", "🔥", "😍", "🎵", "🙌", "😮", "😂", "🥁", "🎸", "🎹", "🎺")
LINES_KEPT = 50
"""Reactions go to what was said last."""


class Reactions:
    """With the emoji of process number `worker`; those of more than twelve share some, and only lower bounds hold."""

    def __init__(self, worker: int, workers: int) -> None:
        self.emoji = EMOJI[worker % len(EMOJI)]
        self._is_ours_alone = workers <= len(EMOJI)
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._given: dict[str, set[int]] = {}
        self._accepted: dict[str, int] = {}
        self._told: dict[str, int] = {}

    def said(self, line: str) -> None:
        """There is a line to react to."""
        self._lines.append(line)

    def choose(self, person: int) -> str | None:
        """The newest line this one has not reacted to; counts as given from now on. None when there is none."""
        for line in reversed(self._lines):
            given = self._given.setdefault(line, set())
            if person not in given:
                given.add(person)
                return line
        return None

    def accepted(self, line: str) -> None:
        """The server took one."""
        self._accepted[line] = self._accepted.get(line, 0) + 1

    def told(self, line: str, counts: dict[str, int]) -> None:
        """The room was told how many a line has now."""
        if self.emoji in counts:
            self._told[line] = counts[self.emoji]

    @property
    def missed(self) -> int:
        """Accepted, and not in what the room was told."""
        return sum(max(0, count - self._told.get(line, 0)) for line, count in self._accepted.items())

    @property
    def too_many(self) -> int:
        """Told, and not accepted."""
        if not self._is_ours_alone:
            return 0
        return sum(max(0, count - self._accepted.get(line, 0)) for line, count in self._told.items())

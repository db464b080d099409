"""Which lost packets a viewer asks for, and when again: as browsers do, not before an answer could be here. No I/O."""

from __future__ import annotations

import math

from loadtest.sequence import SequenceCounter

MAX_AGE_PACKETS = 300
"""Older ones would come too late to be shown."""
AT_ONCE_MAX = 64
AGAIN_AFTER_S = 0.1
TIMES_MAX = 10
NEVER = (-math.inf, 0)


class Nacks:
    """Of one stream."""

    def __init__(self) -> None:
        self._asked: dict[int, tuple[float, int]] = {}

    def due(self, counter: SequenceCounter, now_s: float) -> list[int]:
        """The 16-bit numbers to ask for now, ascending without a wrap (aiortc packs only such lists)."""
        oldest = max(counter.highest - MAX_AGE_PACKETS, counter.highest & ~0xFFFF)
        self._asked = {number: asked for number, asked in self._asked.items() if number in counter.missing}
        found: list[int] = []
        for number in sorted(counter.missing):
            asked_s, times = self._asked.get(number, NEVER)
            if number >= oldest and now_s - asked_s >= AGAIN_AFTER_S and times < TIMES_MAX:
                self._asked[number] = (now_s, times + 1)
                found.append(number & 0xFFFF)
                if len(found) == AT_ONCE_MAX:
                    break
        return found

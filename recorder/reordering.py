"""Packets of one source in order, within a bounded window; what does not come in time is given up as lost.

No I/O; times are seconds of any monotone clock.
"""

from typing import NamedTuple

from .frames import Packet

WINDOW_S = 0.4
"""How long a missing packet is waited for: a few retransmissions over most paths. Files are behind by as much, and only
after a loss.
"""
WINDOW_PACKETS = 2048
BEGINNING_S = 0.05
"""How long a source's first packets are waited for that were overtaken: nothing says which one is the first."""


class Ordered(NamedTuple):
    """`after_gap`: packets between the one before and this one are lost."""

    packet: Packet
    after_gap: bool


class Reordering:
    """Holds packets back while one before them is missing."""

    def __init__(self) -> None:
        self.lost = 0
        self._next: int | None = None
        self._held: dict[int, tuple[Packet, float]] = {}

    def push(self, packet: Packet, now_s: float) -> list[Ordered]:
        """Take a packet; returns those that are in order now. Duplicates and latecomers are dropped."""
        if packet.number == self._next and not self._held:
            self._next += 1
            return [Ordered(packet, False)]
        if self._next is None or packet.number >= self._next:
            self._held.setdefault(packet.number, (packet, now_s))
        return self.poll(now_s)

    def poll(self, now_s: float) -> list[Ordered]:
        """Let time pass."""
        result: list[Ordered] = []
        if self._next is None:
            if not self._held or now_s - next(iter(self._held.values()))[1] < BEGINNING_S:
                return result
            self._next = min(self._held)
        self._take_contiguous(result, False)
        while self._held and self._overdue(now_s):
            first = min(self._held)
            self.lost += first - self._next
            self._next = first
            self._take_contiguous(result, True)
        return result

    def flush(self) -> list[Ordered]:
        """Nothing more will come: everything that is held."""
        return self.poll(float("inf"))

    def _overdue(self, now_s: float) -> bool:
        if len(self._held) > WINDOW_PACKETS:
            return True
        return now_s - next(iter(self._held.values()))[1] >= WINDOW_S

    def _take_contiguous(self, result: list[Ordered], after_gap: bool) -> None:
        while self._next is not None and self._next in self._held:
            packet, _ = self._held.pop(self._next)
            result.append(Ordered(packet, after_gap))
            self._next += 1
            after_gap = False

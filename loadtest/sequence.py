"""Exact accounting of RTP sequence numbers: what came, what is missing, what came late or twice. No I/O."""

from __future__ import annotations

MAX_MISSING = 5_000  # a longer gap is a new beginning (RFC 3550 appendix A.1 uses 3,000)


class SequenceCounter:
    """Fed the 16-bit sequence number of each received packet of one stream."""

    __slots__ = ("_before", "_first", "duplicates", "highest", "late", "missing", "received", "restarts")

    def __init__(self) -> None:
        self.received = 0
        self.duplicates = 0
        self.late = 0
        """Packets that came after later ones."""
        self.restarts = 0
        self.highest = -1  # extended: counts on past 65,535
        self.missing: set[int] = set()
        self._first = 0
        self._before: set[int] = set()
        """Those from before the first one that came; nobody missed them."""

    @property
    def lost(self) -> int:
        """Packets that should have come and have not (yet)."""
        return len(self.missing)

    def receive(self, sequence: int) -> None:
        """Count one packet."""
        highest = self.highest
        step = (sequence - highest) & 0xFFFF
        if step == 1 and highest >= 0:  # the next in order: all but a few packets
            self.highest = highest + 1
            self.received += 1
        else:
            self._receive_out_of_order(sequence, step)

    def receive_run(self, first: int, count: int) -> bool:
        """Count so many that follow one another, if they are the next in order; False when they are not."""
        if self.highest < 0 or (first - self.highest) & 0xFFFF != 1:
            return False
        self.highest += count
        self.received += count
        return True

    def recover(self, sequence: int) -> bool:
        """Note that a missing packet came by retransmission; False when it was not missing."""
        extended = self.highest - ((self.highest - sequence) & 0xFFFF)
        if extended in self.missing:
            self.missing.discard(extended)
            return True
        return False

    def forget_losses(self) -> None:
        """Begin to count losses anew from here."""
        self.missing.clear()

    def _receive_out_of_order(self, sequence: int, step: int) -> None:
        if self.highest < 0:
            self._begin(sequence)
        elif step == 0:
            self.duplicates += 1
        elif step < MAX_MISSING:
            self.missing.update(range(self.highest + 1, self.highest + step))
            if len(self.missing) > MAX_MISSING:
                self.missing = set(sorted(self.missing)[-MAX_MISSING:])
            self.highest += step
            self.received += 1
        elif self.recover(sequence):
            self.received += 1
            self.late += 1
        elif 0x10000 - step < MAX_MISSING:
            self._receive_former(self.highest - (0x10000 - step))
        else:
            self.restarts += 1
            self.missing.clear()
            self._begin(sequence)

    def _begin(self, sequence: int) -> None:
        self.highest = self._first = sequence
        self._before.clear()
        self.received += 1

    def _receive_former(self, number: int) -> None:
        """One that is not missing: it came before, or is of the time before the first that came."""
        if number >= self._first or number in self._before:
            self.duplicates += 1
        else:
            self._before.add(number)
            self.received += 1
            self.late += 1

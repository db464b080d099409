"""What a receiver tells of arrivals, for the sender's congestion control. No I/O.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1. As browsers do: when a packet comes after it
was told lost, the next report begins with it and tells once more what came after it.
"""

from __future__ import annotations

import struct

TICK_US = 250
REFERENCE_US = 64_000
STATUSES_MAX = 400
"""In one report, which then fits a datagram whatever the arrivals are."""
KEPT = 1_000
"""Numbers behind the highest whose arrivals are remembered; what is older and comes late is not told."""
_NOT_RECEIVED, _SMALL, _LARGE = 0, 1, 2
_RUN_MAX = 0x1FFF
_HEAD = struct.Struct("!BBHIIHHI")


class TransportFeedback:
    """`receive` as packets come, `take` every 50 to 100 ms."""

    def __init__(self, sender_ssrc: int) -> None:
        self._sender_ssrc = sender_ssrc
        self._arrived_us: dict[int, int] = {}
        self._highest = -1
        self._next = 0
        self._reports = 0

    def receive(self, sequence: int, arrived_us: int) -> None:
        """A packet with this transport-wide number (16 bits) came, by any clock that all calls share."""
        step = (sequence - self._highest) & 0xFFFF
        number = self._highest + step
        if step > 0x7FFF:
            number -= 0x10000
        if self._highest < 0 or abs(number - self._highest) > KEPT:  # the first, or a new beginning
            self._arrived_us.clear()
            number = self._next = self._highest = sequence + 0x10000
        if number in self._arrived_us:
            return
        self._arrived_us[number] = arrived_us
        self._highest = max(self._highest, number)
        self._next = min(self._next, number)

    def take(self, media_ssrc: int) -> list[bytes]:
        """RTCP packets that tell of all that came since the last call; none when nothing did."""
        reports: list[bytes] = []
        while self._next <= self._highest and self._arrived_us:
            reports.append(self._report(media_ssrc))
        if len(self._arrived_us) > 2 * KEPT:
            oldest = self._highest - KEPT
            self._arrived_us = {number: at for number, at in self._arrived_us.items() if number >= oldest}
        return reports

    def _report(self, media_ssrc: int) -> bytes:
        first = self._next
        numbers = range(first, min(self._highest, first + STATUSES_MAX - 1) + 1)
        came = range(first, self._highest + 1)
        reference = next(self._arrived_us[number] for number in came if number in self._arrived_us)
        reference //= REFERENCE_US
        clock_us = reference * REFERENCE_US
        statuses = bytearray()
        deltas = bytearray()
        for number in numbers:
            arrived_us = self._arrived_us.get(number)
            if arrived_us is None:
                statuses.append(_NOT_RECEIVED)
                continue
            ticks = (arrived_us - clock_us) // TICK_US
            if 0 <= ticks <= 0xFF:
                statuses.append(_SMALL)
                deltas.append(ticks)
            elif -0x8000 <= ticks <= 0x7FFF:
                statuses.append(_LARGE)
                deltas += struct.pack("!h", ticks)
            else:  # farther than a delta can say: the next report has a reference of its own
                break
            clock_us += ticks * TICK_US
        self._next = first + len(statuses)
        body = bytes(_chunks(statuses) + deltas)
        body += bytes(-len(body) % 4)
        head = _HEAD.pack(
            *(0x80 | 15, 205, (_HEAD.size + len(body)) // 4 - 1, self._sender_ssrc, media_ssrc),
            *(first & 0xFFFF, len(statuses), (reference & 0xFFFFFF) << 8 | self._reports & 0xFF),
        )
        self._reports += 1
        return head + body


def _chunks(statuses: bytearray) -> bytearray:
    """Sections 3.1.3 and 3.1.4: a run of one status, or 14 statuses of one bit, or 7 of two."""
    chunks = bytearray()
    at = 0
    while at < len(statuses):
        status = statuses[at]
        run = len(statuses) - at - len(statuses[at:].lstrip(bytes((status,))))
        window = statuses[at : at + 14]
        if run >= len(window) or (run > 6 and _LARGE in window):
            run = min(run, _RUN_MAX)
            chunks += struct.pack("!H", status << 13 | run)
            at += run
        elif _LARGE in window:
            chunks += struct.pack("!H", _vector(0b11, window[:7].ljust(7, b"\0"), 2))
            at += 7
        else:
            chunks += struct.pack("!H", _vector(0b10, window.ljust(14, b"\0"), 1))
            at += 14
    return chunks


def _vector(kind: int, statuses: bytearray, bits: int) -> int:
    vector = kind
    for status in statuses:
        vector = vector << bits | status
    return vector

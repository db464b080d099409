"""Transport-wide congestion control feedback: which packets arrived when.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01. The sender's estimator (libwebrtc's GoogCC) works
from these reports; we only tell the truth about arrivals, early and regularly.
"""

import struct

from aiortc import rtp as _rtp

from .rtp import SEQUENCE_MODULUS, unwrap

_FORMAT = 15
_DELTA_US = 250
_REFERENCE_US = 64_000
_MAX_STATUSES = 256
"""Packets reported at once; the rest follows in the next report of the same poll."""
_MAX_GAP = 1024
"""A jump in numbering beyond this is a new start, not a loss."""
_MAX_LATE = 64
"""Packets told of after they were reported lost, per call of `poll`; further ones stay lost."""
_NOT_RECEIVED, _SMALL, _LARGE = 0, 1, 2
_SYMBOLS_PER_VECTOR = 7
_MAX_RUN = 0x1FFF


class TransportFeedback:
    """Collects arrivals of one peer's packets and writes feedback packets.

    A packet that was reported lost and arrives after all, because it was overtaken, is told of in a report of its own:
    senders keep what was reported lost for a while. Waiting for such packets instead would delay every report.

    Bounded: arrivals of at most `_MAX_GAP` numbers are kept between two calls of `poll`, and as many losses; older
    ones are given up.
    """

    def __init__(self, sender_ssrc: int) -> None:
        self._sender_ssrc = sender_ssrc
        self._arrivals_us: dict[int, int] = {}
        self._lost: set[int] = set()
        self._late_us: dict[int, int] = {}
        self._highest: int | None = None
        self._next: int = 0
        self._count = 0

    def receive(self, sequence: int, arrival_us: int) -> None:
        """Note the arrival (any monotone clock) of the packet with this 16-bit transport-wide `sequence`."""
        if self._highest is None:
            extended = sequence
            self._next = sequence
        else:
            extended = unwrap(sequence, self._highest, SEQUENCE_MODULUS)
        if self._highest is not None and abs(extended - self._highest) > _MAX_GAP:
            self._arrivals_us.clear()
            self._lost.clear()
            self._late_us.clear()
            self._next = extended
            self._highest = extended
        if extended < self._next:
            if extended in self._lost and len(self._late_us) < _MAX_LATE:
                self._lost.remove(extended)
                self._late_us[extended] = arrival_us
            return
        self._highest = extended if self._highest is None else max(extended, self._highest)
        if extended - self._next > _MAX_GAP:
            self._next = extended - _MAX_GAP
            self._arrivals_us = {
                number: at for number, at in self._arrivals_us.items() if number >= self._next
            }
        self._arrivals_us.setdefault(extended, arrival_us)

    def poll(self, media_ssrc: int) -> list[bytes]:
        """Feedback packets for everything that arrived since the last call; none when nothing did."""
        packets = []
        for first, last in _runs(sorted(self._late_us)):
            while first <= last:
                packet, count = self._write(media_ssrc, first, last, self._late_us)
                packets.append(packet)
                first += count
        while self._arrivals_us and self._highest is not None:
            packets.append(self._report(media_ssrc, self._highest))
        return packets

    def _report(self, media_ssrc: int, highest: int) -> bytes:
        before = first = self._next
        last = min(highest, first + _MAX_STATUSES - 1)
        if not any(number in self._arrivals_us for number in range(first, last + 1)):
            first = min(self._arrivals_us)
            last = min(highest, first + _MAX_STATUSES - 1)
        arrived = self._arrivals_us.keys() & range(first, last + 1)
        packet, count = self._write(media_ssrc, first, last, self._arrivals_us)
        self._next = first + count
        self._lost.update(number for number in range(before, self._next) if number not in arrived)
        if len(self._lost) > _MAX_GAP:
            self._lost = {number for number in self._lost if number >= self._next - _MAX_GAP}
        return packet

    def _write(
        self, media_ssrc: int, first: int, last: int, arrivals_us: dict[int, int]
    ) -> tuple[bytes, int]:
        """A feedback packet for numbers from `first` to at most `last`, and how many it tells of. Takes what it tells
        out of `arrivals_us`, which holds one of them at least.
        """
        reference_us = (
            next(arrivals_us[n] for n in range(first, last + 1) if n in arrivals_us)
        ) // _REFERENCE_US
        clock_us = reference_us * _REFERENCE_US
        statuses: list[int] = []
        deltas = bytearray()
        for number in range(first, last + 1):
            arrival_us = arrivals_us.get(number)
            if arrival_us is None:
                statuses.append(_NOT_RECEIVED)
                continue
            ticks = (arrival_us - clock_us + _DELTA_US // 2) // _DELTA_US
            if 0 <= ticks <= 0xFF:
                statuses.append(_SMALL)
                deltas.append(ticks)
            elif -0x8000 <= ticks <= 0x7FFF:
                statuses.append(_LARGE)
                deltas += struct.pack("!h", ticks)
            else:  # the clock jumped by more than 8 s: begin a new report with a new reference time
                break
            clock_us += ticks * _DELTA_US
            del arrivals_us[number]
        body = struct.pack(
            "!IIHHI",
            self._sender_ssrc,
            media_ssrc,
            first & 0xFFFF,
            len(statuses),
            (reference_us & 0xFFFFFF) << 8 | self._count & 0xFF,
        )
        self._count += 1
        body += _chunks(statuses) + deltas
        body += bytes(-len(body) % 4)
        return bytes(_rtp.pack_rtcp_packet(_rtp.RTCP_RTPFB, _FORMAT, body)), len(statuses)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """First and last of each stretch of sorted numbers that follow each other."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _chunks(statuses: list[int]) -> bytes:
    """Status symbols as run-length chunks where they repeat, else as two-bit vectors (sections 3.1.3 and
    3.1.4).
    """
    chunks = bytearray()
    pos = 0
    while pos < len(statuses):
        run = 1
        while pos + run < len(statuses) and statuses[pos + run] == statuses[pos] and run < _MAX_RUN:
            run += 1
        if run >= _SYMBOLS_PER_VECTOR or pos + run == len(statuses):
            chunks += struct.pack("!H", statuses[pos] << 13 | run)
            pos += run
            continue
        vector = 0b11 << 14
        for index, status in enumerate(statuses[pos : pos + _SYMBOLS_PER_VECTOR]):
            vector |= status << (12 - 2 * index)
        chunks += struct.pack("!H", vector)
        pos += _SYMBOLS_PER_VECTOR
    return bytes(chunks)

"""Reception of one inbound SSRC: numbering, losses to ask for again, and statistics for receiver reports.

No I/O; times are seconds of any monotone clock. Sources: RFC 3550 appendix A (sequence numbers, jitter), RFC
4585 (NACK).
"""

from dataclasses import dataclass

from aiortc import rtp as _rtp

from .rtp import SEQUENCE_MODULUS, unwrap

_MAX_GAP = 1000
"""A jump beyond this is a restart of the sender's numbering, not a loss. No more losses are waited for; the
oldest is given up.
"""
_NACK_TRIES = 10
_NACK_MAX_AGE_S = 1.0


@dataclass(slots=True)
class _Missing:
    since_s: float
    next_try_s: float
    tries: int = 0


class Reception:
    """Follows the sequence numbers of one SSRC."""

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self.ssrc = ssrc
        self.clock_rate = clock_rate
        self.received = 0
        self.highest: int | None = None
        self._base = 0
        self._missing: dict[int, _Missing] = {}
        self._jitter = 0.0
        self._transit: float | None = None
        self._expected_prior = 0
        self._received_prior = 0
        self._report: tuple[int, float] | None = None

    def receive(self, sequence: int, timestamp: int, arrival_s: float, now_s: float) -> int | None:
        """Take the packet with this 16-bit `sequence`; `arrival_s` may be of a more exact clock than
        `now_s`, for the jitter.

        Returns its extended number, or `None` for a duplicate or one too old.
        """
        if self.highest is None:
            self._restart(sequence)
            number = sequence
        else:
            number = unwrap(sequence, self.highest, SEQUENCE_MODULUS)
            if number > self.highest:
                if number - self.highest > _MAX_GAP:
                    self._restart(number)
                else:
                    for lost in range(self.highest + 1, number):
                        self._missing[lost] = _Missing(now_s, now_s)
                    while len(self._missing) > _MAX_GAP:
                        del self._missing[next(iter(self._missing))]
                    self.highest = number
            elif self._missing.pop(number, None) is None:
                return None
        self.received += 1
        self._measure_jitter(timestamp, arrival_s)
        return number

    def _restart(self, number: int) -> None:
        self.highest = self._base = number
        self._missing.clear()
        self._expected_prior = self._received_prior = self.received = 0

    def recover(self, sequence: int) -> int | None:
        """Like `receive`, for a retransmitted packet (RTX): only a number that was missing is taken, and
        jitter is left alone.
        """
        if self.highest is None:
            return None
        number = unwrap(sequence, self.highest, SEQUENCE_MODULUS)
        if self._missing.pop(number, None) is None:
            return None
        self.received += 1
        return number

    def due_nacks(self, now_s: float, round_trip_s: float) -> list[int]:
        """Extended numbers to ask for now, ascending. Each is asked for again after a round trip, a bounded
        number of times, and waited for until it is too old: over a slow path the answer comes after the last try.
        """
        due = []
        given_up = []
        for number, missing in self._missing.items():
            if now_s - missing.since_s > _NACK_MAX_AGE_S:
                given_up.append(number)
            elif missing.tries < _NACK_TRIES and now_s >= missing.next_try_s:
                missing.tries += 1
                missing.next_try_s = now_s + max(round_trip_s, 0.02)
                due.append(number)
        for number in given_up:
            del self._missing[number]
        return sorted(due)

    @property
    def missing(self) -> int:
        """How many packets are being waited for."""
        return len(self._missing)

    def sender_report(self, ntp: int, now_s: float) -> None:
        """Note the arrival of a sender report, for LSR and DLSR."""
        self._report = (ntp >> 16 & 0xFFFFFFFF, now_s)

    def report(self, now_s: float) -> _rtp.RtcpReceiverInfo | None:
        """The report block since the last call, or `None` before the first packet."""
        if self.highest is None:
            return None
        expected = self.highest - self._base + 1
        expected_interval = expected - self._expected_prior
        lost_interval = expected_interval - (self.received - self._received_prior)
        self._expected_prior, self._received_prior = expected, self.received
        fraction = (
            min(255, (lost_interval << 8) // expected_interval)
            if expected_interval and lost_interval > 0
            else 0
        )
        lsr, at_s = self._report or (0, now_s)
        return _rtp.RtcpReceiverInfo(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            packets_lost=_rtp.clamp_packets_lost(expected - self.received),
            highest_sequence=self.highest & 0xFFFFFFFF,
            jitter=int(self._jitter) & 0xFFFFFFFF,
            lsr=lsr,
            dlsr=int((now_s - at_s) * 65536) & 0xFFFFFFFF if self._report else 0,
        )

    def _measure_jitter(self, timestamp: int, arrival_s: float) -> None:
        transit = arrival_s * self.clock_rate - timestamp
        if self._transit is not None:
            deviation = abs(transit - self._transit)
            if deviation < self.clock_rate * 10:  # else the timestamp wrapped or jumped
                self._jitter += (deviation - self._jitter) / 16
        self._transit = transit

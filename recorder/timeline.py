"""One clock for a broadcast: from RTP timestamps and sender reports to seconds since it went live.

No I/O; arrival times are seconds since the broadcast began, of one steady clock.

A publisher's tracks have clocks of their own, which drift against each other and against ours. Two steps keep sound and
picture together and both with the chat:

- A *track* is moved along its publisher's wall clock, as sender reports tell it (RFC 3550 section 6.4.1): the median
  of the last few, so that one odd report changes nothing. Until the first one comes, arrival has to do.
- The publisher's wall clock is moved along ours, the same for its tracks, by the quickest arrivals of the last
  half minute: the network only ever adds to a packet's way.

Nothing jumps unless it is off by more than `STEP_S`: times are led to where they belong, by at most `SLEW` of the time
that passes, and rather the picture to the sound than the other way round.
"""

from collections import deque
from statistics import median

from media.description import Kind
from media.rtp import TIMESTAMP_MODULUS, unwrap

SLEW = {Kind.AUDIO: 0.02, Kind.VIDEO: 0.25}
"""How much quicker or slower than real time a track may go while it is being led. Nobody sees a picture a few
milliseconds early; sound suffers.
"""
CREEP = 0.001
"""How much a publisher's wall clock may be led: far more than crystals drift, far less than networks waver."""
STEP_S = 0.5
RESTART_S = 5.0
"""A timestamp so far from its arrival is of a clock that was set anew."""
REPORTS = 9
NTP_UNITS = 1 << 32
_BUCKET_S = 10.0
_BUCKETS = 3


class _Floor:
    """The least value of the last half minute, in a few buckets."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[int, float]] = deque(maxlen=_BUCKETS)

    def add(self, value: float, now_s: float) -> float:
        number = int(now_s // _BUCKET_S)
        if not self._buckets or self._buckets[-1][0] < number:
            self._buckets.append((number, value))
        elif value < self._buckets[-1][1]:
            self._buckets[-1] = (number, value)
        return min(least for _, least in self._buckets)


class _Track:
    """One source's clock. `offset_s` leads from its timestamps, in seconds, to the broadcast's."""

    def __init__(self, slew: float, clock_hz: int, timestamp: int, arrival_s: float) -> None:
        self._slew = slew
        self.clock_hz = clock_hz
        self.last_timestamp = timestamp
        self.last_arrival: tuple[int, int, float] | None = None
        """The 32-bit timestamp of the last packet, extended, and when it came."""
        self.offset_s = arrival_s - timestamp / clock_hz
        self.floor = _Floor()
        self.earliest_s = self.offset_s
        self._reports: deque[float] = deque(maxlen=REPORTS)
        self.wall_offset_s: float | None = None
        """From its timestamps, in seconds, to the publisher's wall clock; `None` before the first report."""

    def report(self, wall_s: float, timestamp: int) -> None:
        self._reports.append(wall_s - timestamp / self.clock_hz)
        self.wall_offset_s = median(self._reports)

    def lead_to(self, offset_s: float, passed_s: float) -> None:
        error_s = offset_s - self.offset_s
        allowed_s = passed_s * self._slew
        if abs(error_s) > STEP_S:
            self.offset_s = offset_s
        else:
            self.offset_s += max(-allowed_s, min(allowed_s, error_s))


class Timeline:
    """Times of all packets of one broadcast, over successive publishers."""

    def __init__(self) -> None:
        self._tracks: dict[Kind, _Track] = {}
        self._wall_origin: int | None = None
        self._shared_s: float | None = None
        """From the publisher's wall clock to the broadcast's."""

    def change_publisher(self) -> None:
        """Whoever publishes next has clocks of its own."""
        self._tracks.clear()
        self._wall_origin = None
        self._shared_s = None

    def change_source(self, kind: Kind) -> None:
        """The next packets of this kind are of another SSRC: same publisher, another RTP clock."""
        self._tracks.pop(kind, None)

    def extend(self, kind: Kind, timestamp: int) -> int:
        """A 32-bit timestamp extended over wraps."""
        track = self._tracks.get(kind)
        return timestamp if track is None else unwrap(timestamp, track.last_timestamp, TIMESTAMP_MODULUS)

    def arrive(self, kind: Kind, timestamp: int, clock_hz: int, arrival_s: float) -> int:
        """Take a packet's 32-bit timestamp and when it came. Returns the timestamp extended over wraps."""
        track = self._tracks.get(kind)
        if track is not None:
            last = track.last_arrival
            if last is not None and last[0] == timestamp and 0 <= arrival_s - last[2] < STEP_S:
                return last[
                    1
                ]  # the same frame, later: it says nothing of clocks that its first packet did not say
            extended = unwrap(timestamp, track.last_timestamp, TIMESTAMP_MODULUS)
            late_s = arrival_s - extended / clock_hz - track.offset_s
            if track.clock_hz == clock_hz and abs(late_s) < RESTART_S:
                passed_s = max(extended - track.last_timestamp, 0) / clock_hz
                track.last_timestamp = max(extended, track.last_timestamp)
                track.earliest_s = track.floor.add(arrival_s - extended / clock_hz, arrival_s)
                self._lead(kind, track, passed_s)
                track.last_arrival = (timestamp, extended, arrival_s)
                return extended
            timestamp = extended  # goes on, so that what is gathered of this source stays in order
        self._tracks[kind] = _Track(SLEW[kind], clock_hz, timestamp, arrival_s)
        return timestamp

    def report(self, kind: Kind, ntp: int, timestamp: int) -> None:
        """Take a sender report: at `ntp` (1/2^32 s) the RTP clock showed the 32-bit `timestamp`."""
        track = self._tracks.get(kind)
        if track is None or ntp == 0:  # the publisher has no wall clock
            return
        if self._wall_origin is None:
            self._wall_origin = ntp
        extended = unwrap(timestamp, track.last_timestamp, TIMESTAMP_MODULUS)
        first = track.wall_offset_s is None
        track.report((ntp - self._wall_origin) / NTP_UNITS, extended)
        if (self._shared_s is None or (first and kind is Kind.AUDIO)) and track.wall_offset_s is not None:
            self._shared_s = track.offset_s - track.wall_offset_s

    def time_s(self, kind: Kind, timestamp: int) -> float:
        """Where an extended timestamp lies, in seconds since the broadcast began. `arrive` has seen this kind."""
        track = self._tracks[kind]
        return timestamp / track.clock_hz + track.offset_s

    def _lead(self, kind: Kind, track: _Track, passed_s: float) -> None:
        if self._shared_s is None or track.wall_offset_s is None:
            track.lead_to(track.earliest_s, passed_s)
            return
        if kind is self._reference():
            target_s = track.earliest_s - track.wall_offset_s
            self._shared_s = target_s if abs(target_s - self._shared_s) > STEP_S else self._shared_s
            # Arrivals say little of a few milliseconds; following them slowly is quick enough for any crystal.
            allowed_s = passed_s * CREEP
            self._shared_s += max(-allowed_s, min(allowed_s, target_s - self._shared_s))
        track.lead_to(self._shared_s + track.wall_offset_s, passed_s)

    def _reference(self) -> Kind | None:
        """Whose arrivals tell the publisher's wall clock: sound is sent evenly, pictures in bursts."""
        for kind in (Kind.AUDIO, Kind.VIDEO):
            track = self._tracks.get(kind)
            if track is not None and track.wall_offset_s is not None:
                return kind
        return None

"""One track's frames to parts of its segments.

No I/O. Where segments begin is decided for all tracks together (`cuts`); here a track follows. A frame leaves when the
next one of its track has come, since only then it is known how long it lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from media.description import Kind

from ..frames import Frame
from ..opus import samples
from .codec_config import Format, format_of
from .mp4 import Sample, clock_hz, fragment, sample_data
from .tracks import TrackFrame

MAX_LASTING_S = 2.0
"""A frame that would last longer lasts as long as the one before it, and a hole follows."""
EPSILON_S = 0.001
_FIRST_LASTING_S = 1 / 30
SILENCE_FROM_S = 0.1
LONGEST_SILENCE_S = 10.0
SILENCE = TrackFrame("", 0.0, Frame("opus", 0, True, b"\xfc\xff\xfe"))
"""20 ms of nothing (RFC 6716 section 3.1: CELT, full band, stereo)."""


@dataclass(slots=True)
class Cut:
    """Where the segment `msn` (its media sequence number) of every track begins. `discontinuities` is its discontinuity
    sequence number. `end_s` is known once it has ended.
    """

    msn: int
    start_s: float
    discontinuities: int
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class InitMade:
    """From the next segment on, the track is of this format."""

    track: str
    kind: Kind
    number: int
    format: Format


@dataclass(frozen=True, slots=True)
class PartMade:
    """The next part of a track. `segment_start_s` is since the broadcast began; `init` numbers its init segment."""

    track: str
    msn: int
    index: int
    segment_start_s: float
    duration_s: float
    independent: bool
    discontinuities: int
    init: int
    frames: int
    data: bytes


@dataclass(frozen=True, slots=True)
class SegmentEnded:
    """`parts` is 0 when there is nothing in it. `begins_independent`: a decoder can start with its first frame."""

    track: str
    msn: int
    start_s: float
    duration_s: float
    parts: int
    begins_independent: bool
    discontinuities: int


TrackEffect = InitMade | PartMade | SegmentEnded


class TrackSegments:
    """`cuts` is shared between the tracks and grows; the first segment of this one is that of `first`."""

    def __init__(
        self,
        track: str,
        kind: Kind,
        cuts: Sequence[Cut],
        first: Cut,
        part_target_s: float,
        first_init: int,
    ) -> None:
        self._track = track
        self._kind = kind
        self._cuts = cuts
        self._part_target_s = part_target_s
        self._cut = first
        self._format: Format | None = None
        self._told: tuple[object, ...] = ()
        self._clock_hz = 1
        self._init = first_init - 1
        self._held: tuple[int, TrackFrame] | None = None
        self._lasted = 0
        self._fragments = 0
        self._samples: list[Sample] = []
        self._part_at = 0
        self._part_ticks = 0
        self._index = 0
        self._begins_independent = False
        self._ended_s = 0.0

    @property
    def msn(self) -> int:
        """Of the segment that is being made."""
        return self._cut.msn

    @property
    def end_s(self) -> float:
        """Where what has been taken ends, as far as it is known."""
        if self._held is None:
            return self._ended_s
        return (self._held[0] + self._lasting()) / self._clock_hz

    def changes_format(self, frame: TrackFrame) -> bool:
        """Whether another init segment would be needed. Raises `MalformedPayload`."""
        told = (frame.frame.codec, frame.frame.picture, frame.frame.sound)
        if self._format is None or not _tells_format(frame) or told == self._told:
            return False
        return format_of(frame.frame) != self._format

    def push(self, frame: TrackFrame) -> list[TrackEffect]:
        """Take the next frame; a cut at its time is in `cuts`. Raises `MalformedPayload`."""
        effects: list[TrackEffect] = []
        if frame.time_s + EPSILON_S < self._cut.start_s:
            return effects  # too late
        if self._format is None:
            effects += self._set_format(frame)
        at = round(frame.time_s * self._clock_hz)
        if self._held is not None:
            at = max(at, self._held[0] + 1)
            if frame.frame.codec == "opus":
                effects += self._fill(at)
            effects += self._emit(self._until(at))
        effects += self.advance(at / self._clock_hz)
        if self.changes_format(frame):
            effects += self._set_format(frame)
            at = round(frame.time_s * self._clock_hz)
        self._held = (at, frame)
        return effects

    def advance(self, reached_s: float) -> list[TrackEffect]:
        """End the segments before the one that `reached_s` lies in; no frame before it follows."""
        effects: list[TrackEffect] = []
        while (following := self._following()) is not None and following.start_s <= reached_s + EPSILON_S:
            if self._held is not None and self._held[0] / self._clock_hz + EPSILON_S < following.start_s:
                effects += self._emit(self._lasting())
            effects += self._end_segment()
            self._cut = following
        return effects

    def end(self) -> list[TrackEffect]:
        """Nothing follows."""
        effects = self._emit(self._lasting()) if self._held is not None else []
        effects += self.advance(float("inf"))
        return [*effects, *self._end_segment()]

    def _following(self) -> Cut | None:
        index = self._cut.msn - self._cuts[0].msn + 1
        return self._cuts[index] if index < len(self._cuts) else None

    def _until(self, at: int) -> int:
        """How long the frame that is held lasts when the next one is at `at`."""
        assert self._held is not None
        lasts = at - self._held[0]
        if lasts > MAX_LASTING_S * self._clock_hz:
            return self._lasting()
        end_s, following = self._cut.end_s, self._following()
        if end_s is not None and following is not None and end_s < following.start_s:
            return max(1, min(lasts, round(end_s * self._clock_hz) - self._held[0]))
        return lasts

    def _fill(self, until: int) -> list[TrackEffect]:
        """Silence for sound that was lost or never sent: players stop at holes."""
        effects: list[TrackEffect] = []
        assert self._held is not None
        if until - self._held[0] > LONGEST_SILENCE_S * self._clock_hz:
            return effects
        while until - self._held[0] >= SILENCE_FROM_S * self._clock_hz:
            at, frame = self._held
            lasts = samples(frame.frame.data)
            effects += self._emit(lasts)
            effects += self.advance((at + lasts) / self._clock_hz)
            self._held = (at + lasts, SILENCE)
        return effects

    def _lasting(self) -> int:
        return self._lasted or round(_FIRST_LASTING_S * self._clock_hz)

    def _set_format(self, frame: TrackFrame) -> list[TrackEffect]:
        self._format = format_of(frame.frame)
        self._told = (frame.frame.codec, frame.frame.picture, frame.frame.sound)
        self._clock_hz = clock_hz(self._format)
        self._lasted = 0
        self._init += 1
        return [InitMade(self._track, self._kind, self._init, self._format)]

    def _emit(self, lasts: int) -> list[TrackEffect]:
        assert self._held is not None
        at, timed = self._held
        self._held = None
        self._lasted = lasts
        self._ended_s = (at + lasts) / self._clock_hz
        effects: list[TrackEffect] = []
        if self._samples and self._part_ticks + lasts > self._most_ticks():
            effects += self._end_part()
        if not self._samples:
            self._part_at = at
            if not self._index:
                self._begins_independent = timed.frame.keyframe
        frame = timed.frame
        self._samples.append(
            Sample(lasts, frame.keyframe, sample_data(frame.codec, frame.keyframe, frame.data))
        )
        self._part_ticks += lasts
        if self._part_ticks + lasts > self._most_ticks():  # another one like this does not fit
            effects += self._end_part()
        return effects

    def _most_ticks(self) -> float:
        return (self._part_target_s + EPSILON_S / 10) * self._clock_hz

    def _end_part(self) -> list[TrackEffect]:
        if not self._samples:
            return []
        self._fragments += 1
        part = PartMade(
            self._track,
            self._cut.msn,
            self._index,
            self._cut.start_s,
            self._part_ticks / self._clock_hz,
            any(sample.keyframe for sample in self._samples),
            self._cut.discontinuities,
            self._init,
            len(self._samples),
            fragment(self._fragments, self._part_at, self._samples),
        )
        self._samples, self._part_ticks = [], 0
        self._index += 1
        return [part]

    def _end_segment(self) -> list[TrackEffect]:
        effects = self._end_part()
        end_s = self._ended_s if self._cut.end_s is None else self._cut.end_s
        ended = SegmentEnded(
            self._track,
            self._cut.msn,
            self._cut.start_s,
            max(0.0, end_s - self._cut.start_s),
            self._index,
            self._begins_independent,
            self._cut.discontinuities,
        )
        self._index = 0
        self._begins_independent = False
        return [*effects, ended]


def _tells_format(frame: TrackFrame) -> bool:
    return frame.frame.picture is not None or frame.kind is Kind.AUDIO

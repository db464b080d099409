"""What a viewer that decodes sees and hears: pictures that moved on or stood still, and sound that fits. No I/O.

Every picture of the material carries its number, and the sound at every moment its time, so what is missing is known
exactly. A player brings sound and picture together by the sender reports of both (RFC 3550 section 6.4.1); how far
their clocks are apart then is the lip-sync.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

FREEZE_LEAST_S = 0.15
AVERAGED = 30
VIDEO_HZ, AUDIO_HZ = 90_000, 48_000
COUNTER_WRAPS = 1 << 16


@dataclass(frozen=True, slots=True)
class SenderReport:
    """That this moment (seconds of the sender's clock) is this RTP timestamp."""

    ntp_s: float
    timestamp: int


@dataclass(slots=True)
class Seen:
    """Since it was asked last; lists are single values."""

    pictures: int = 0
    skipped: int = 0
    """Pictures that were published between two that were shown."""
    unread: int = 0
    """Decoded, but with no number that fits."""
    freezes: int = 0
    frozen_ms: int = 0
    sounds: int = 0
    gaps_us: list[int] = field(default_factory=list)
    """From one picture to the next."""
    sync_us: list[int] = field(default_factory=list)
    """How much later (below zero: earlier) the picture is than the sound that belongs to it."""


class Playback:
    """Of one viewer. `turn_s` is how long the material is, `pictures` how many it has."""

    def __init__(self, *, turn_s: float, pictures: int) -> None:
        self._turn_s = turn_s
        self._pictures = pictures
        self._frame_s = turn_s / pictures
        self._number: int | None = None
        self._shown_s: float | None = None
        self._gaps_s: deque[float] = deque(maxlen=AVERAGED)
        self._reports: dict[str, SenderReport] = {}
        self._sound: tuple[int, float] | None = None
        self._seen = Seen()

    def report(self, kind: str, report: SenderReport) -> None:
        """A sender report of "audio" or "video"."""
        self._reports[kind] = report

    def picture(self, number: int, timestamp: int, shown_s: float) -> None:
        """A decoded picture with the number in it."""
        seen = self._seen
        seen.pictures += 1
        if number >= self._pictures:
            seen.unread += 1
            return
        if self._number is not None:
            seen.skipped += (number - self._number - 1) % self._pictures
        self._number = number
        self._note_gap(shown_s)
        self._compare(number * self._frame_s, timestamp)

    def sound(self, clock_s: float | None, timestamp: int) -> None:
        """A decoded packet of sound; `clock_s` is the material's time in it, if it could be read."""
        self._seen.sounds += 1
        if clock_s is not None:
            self._sound = (timestamp, clock_s)

    def take(self) -> Seen:
        """What was seen since it was asked last."""
        seen, self._seen = self._seen, Seen()
        return seen

    def _note_gap(self, shown_s: float) -> None:
        """A freeze as browsers count it (webrtc-stats `freezeCount`): three times the usual gap, or 150 ms more."""
        if self._shown_s is not None:
            gap_s = max(0.0, shown_s - self._shown_s)
            usual_s = sum(self._gaps_s) / len(self._gaps_s) if self._gaps_s else self._frame_s
            if gap_s > max(3 * usual_s, usual_s + FREEZE_LEAST_S):
                self._seen.freezes += 1
                self._seen.frozen_ms += int(gap_s * 1000)
            self._gaps_s.append(gap_s)
            self._seen.gaps_us.append(int(gap_s * 1e6))
        self._shown_s = shown_s

    def _compare(self, picture_s: float, timestamp: int) -> None:
        video, audio = self._reports.get("video"), self._reports.get("audio")
        if video is None or audio is None or self._sound is None:
            return
        sound_timestamp, sound_s = self._sound
        picture_at_s = video.ntp_s + _apart(timestamp, video.timestamp) / VIDEO_HZ
        sound_at_s = audio.ntp_s + _apart(sound_timestamp, audio.timestamp) / AUDIO_HZ
        late_s = (picture_at_s - picture_s) - (sound_at_s - sound_s)
        half_s = self._turn_s / 2
        self._seen.sync_us.append(int(((late_s + half_s) % self._turn_s - half_s) * 1e6))


def _apart(one: int, other: int) -> int:
    """`one - other`, of timestamps that wrap."""
    return ((one - other + 0x80000000) & 0xFFFFFFFF) - 0x80000000

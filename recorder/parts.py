"""Which frames go into which file: a recording is one part after another, each with one picture size and codec.

No I/O. Times are seconds since the broadcast began. Sound is held back until the picture of its time is there, so that
a part begins and ends with both.
"""

from collections import deque
from dataclasses import dataclass

from media.description import Kind

from .frames import Frame, Picture

WAIT_S = 0.7
"""How long a part waits for its second track before it begins without."""
HOLD_S = 0.3
"""How long sound waits for the picture of its time."""
MAX_PENDING = 2_000
"""Frames that wait for a part to begin; the oldest is dropped."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The tracks of a part. `video_codec` and `picture` are both set or both `None`."""

    video_codec: str | None
    picture: Picture | None
    audio: bool


@dataclass(frozen=True, slots=True)
class PartBegins:
    """`first` is the keyframe a part with pictures begins with."""

    start_s: float
    layout: Layout
    first: Frame | None


@dataclass(frozen=True, slots=True)
class FrameOfPart:
    """`at_s` is since the part began. Frames of one kind come in order."""

    kind: Kind
    at_s: float
    frame: Frame


@dataclass(frozen=True, slots=True)
class PartEnds:
    """Every part that begins ends, before the next one does."""


Effect = PartBegins | FrameOfPart | PartEnds


class Parts:
    """Frames in, parts out."""

    def __init__(self) -> None:
        self._layout: Layout | None = None
        self._start_s = 0.0
        self._pending: deque[tuple[float, Frame]] = deque(maxlen=MAX_PENDING)
        self._waiting_since_s: float | None = None
        self._sound: deque[tuple[float, Frame, float]] = deque(maxlen=MAX_PENDING)
        self._sound_heard = False
        self._last_s: dict[Kind, float] = {}

    def video(self, frame: Frame, time_s: float, now_s: float) -> list[Effect]:
        """Take a frame; the first ever is a keyframe. `now_s` is the time of now on the same clock."""
        layout = self._layout
        if layout is None:
            if frame.keyframe and not any(held.picture for _, held in self._pending):
                return self._wait(frame, time_s, now_s)
            self._pending.append((time_s, frame))
            return self.poll(now_s)
        if frame.picture is not None and layout != self._layout_with(frame):
            return [*self._end(time_s), *self._begin(time_s, self._layout_with(frame), frame)]
        if layout.picture is None:
            return []
        effects = self._release(time_s, now_s)
        return [*effects, *self._frame(Kind.VIDEO, frame, time_s)]

    def audio(self, frame: Frame, time_s: float, now_s: float) -> list[Effect]:
        self._sound_heard = True
        layout = self._layout
        if layout is None:
            return self._wait(frame, time_s, now_s)
        if not layout.audio:
            return []  # it has a place from the next keyframe on
        if layout.picture is None:
            return self._frame(Kind.AUDIO, frame, time_s)
        self._sound.append((time_s, frame, now_s))
        return self._release(self._last_s.get(Kind.VIDEO, self._start_s), now_s)

    def poll(self, now_s: float) -> list[Effect]:
        """Let time pass."""
        if self._layout is not None:
            return self._release(self._last_s.get(Kind.VIDEO, self._start_s), now_s)
        if self._waiting_since_s is None:
            return []
        key = next(((time_s, frame) for time_s, frame in self._pending if frame.picture is not None), None)
        patient = now_s - self._waiting_since_s < WAIT_S
        if patient and (key is None or not self._sound_heard):
            return []
        pending, self._pending = sorted(self._pending, key=lambda each: each[0]), deque(maxlen=MAX_PENDING)
        self._waiting_since_s = None
        start_s, layout = pending[0][0], Layout(None, None, True)
        if key is not None:
            start_s, layout = key[0], self._layout_with(key[1])
        effects = self._begin(start_s, layout, key[1] if key else None, written=False)
        for time_s, frame in pending:
            if time_s >= start_s:
                take = self.audio if frame.codec == "opus" else self.video
                effects += take(frame, time_s, now_s)
        return effects

    def end(self, now_s: float) -> list[Effect]:
        """Nothing follows."""
        effects: list[Effect] = []
        if self._layout is None and self._pending:
            effects = self.poll(now_s + WAIT_S)
        return [*effects, *self._end(float("inf"))]

    def _wait(self, frame: Frame, time_s: float, now_s: float) -> list[Effect]:
        self._pending.append((time_s, frame))
        if self._waiting_since_s is None:
            self._waiting_since_s = now_s
        return self.poll(now_s)

    def _layout_with(self, frame: Frame) -> Layout:
        return Layout(frame.codec, frame.picture, self._sound_heard)

    def _begin(
        self, start_s: float, layout: Layout, first: Frame | None, *, written: bool = True
    ) -> list[Effect]:
        self._layout, self._start_s = layout, start_s
        self._last_s = {}
        effects: list[Effect] = [PartBegins(start_s, layout, first)]
        if first is not None and written:
            effects += self._frame(Kind.VIDEO, first, start_s)
        return effects

    def _end(self, until_s: float) -> list[Effect]:
        if self._layout is None:
            return []
        effects: list[Effect] = []
        while self._sound and self._sound[0][0] < until_s:
            time_s, frame, _ = self._sound.popleft()
            effects += self._frame(Kind.AUDIO, frame, time_s)
        self._layout = None
        return [*effects, PartEnds()]

    def _release(self, reached_s: float, now_s: float) -> list[Effect]:
        effects: list[Effect] = []
        while self._sound and (self._sound[0][0] <= reached_s or now_s - self._sound[0][2] >= HOLD_S):
            time_s, frame, _ = self._sound.popleft()
            effects += self._frame(Kind.AUDIO, frame, time_s)
        return effects

    def _frame(self, kind: Kind, frame: Frame, time_s: float) -> list[Effect]:
        if time_s < self._start_s:
            return []
        last_s = self._last_s.get(kind)
        if last_s is not None and time_s <= last_s:
            time_s = last_s + 1e-4  # led back by its clock, or another publisher came in early
        self._last_s[kind] = time_s
        return [FrameOfPart(kind, time_s - self._start_s, frame)]

"""Where segments of all tracks begin, and how long segments and parts may be: frames of tracks in, parts out.

No I/O. One track *leads*, the publisher's pictures if there are any: a segment begins with one of its keyframes, and
the other tracks' segments with their first frame at or after it. So every track has the same media sequence numbers and
the same discontinuities; a track that has nothing for a segment has a gap there.

The longest segment there may ever be has to be told in the first playlist. So nothing leaves before it is known how
often keyframes come: until the second one, or until a publisher who was asked for one has not sent it.
"""

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from media.description import Kind

from ..errors import MalformedPayload
from .codec_config import format_of
from .track_segments import EPSILON_S, Cut, TrackEffect, TrackSegments
from .tracks import AUDIO, CARRIED, VIDEO, TrackFrame

PART_TARGET_S = 0.4
SHORTEST_PART = 0.85
"""Of the target (RFC 8216bis section 4.4.4.9)."""
SHORT_SEGMENT_S = 1.9
"""A keyframe that comes earlier begins no segment."""
FIRST_SEGMENT_S, FIRST_FORCED_S = 0.9, 2.4
"""The first segment is short, without a keyframe after it if need be: players begin with whole segments."""
TARGET_S, LONG_TARGET_S, LONGEST_TARGET_S = 6, 10, 12
ASK_AFTER_S = 2.2
"""How old a segment is when a keyframe is asked for."""
ASK_FIRST_AFTER_S = 1.0
ASK_INTERVAL_S = 1.0
DECIDE_AFTER_S = 2.6
WAIT_S = 0.7
"""How long the first track waits for others that nobody has announced."""
EXPECT_S = 12.0
"""How long those that were announced are waited for."""
HOLD_S = 0.3
"""How long sound waits for the picture of its time."""
LAG_S = 1.5
"""A track that is so far behind the leading one has nothing for the segments in between."""
HOLE_S = 2.0
MAX_WAITING = 4_000
"""Frames; the oldest is dropped."""
MAX_TRACKS = 16
MAX_CUTS = 64
END_EARLY_S = 0.15
"""So much sooner than the longest duration a segment is ended, though there is no keyframe."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Comes once, and first. `target_duration_s` is what no segment is longer than."""

    target_duration_s: int
    part_target_s: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """What another segmenter has made: segments before `msn`, init segments before `init`, so many discontinuities."""

    msn: int
    init: int
    discontinuities: int
    begun: Begun


Effect = Begun | TrackEffect


class Segmenter:
    """Frames of one broadcast. `now_s` is seconds since it began. `expected` names tracks that are sure to come."""

    def __init__(self, expected: Collection[str] = (), resumed: Resumed | None = None) -> None:
        self._expected = set(expected)
        self._resumed = resumed
        self._begun: Begun | None = None
        self._pending: deque[tuple[TrackFrame, float]] = deque(maxlen=MAX_WAITING)
        self._since_s: float | None = None
        self._leader = ""
        self._cuts: list[Cut] = []
        self._cut_at_s: list[float] = []
        self._tracks: dict[str, TrackSegments] = {}
        self._held: dict[str, deque[tuple[TrackFrame, float]]] = {}
        self._led_s = 0.0
        """Up to where the leading track has come."""
        self._discontinuity = False
        self._keyframe_at_s = 0.0
        self._asked_s = -math.inf

    def expect(self, track: str) -> None:
        """Frames of this track are going to come; nothing begins without it."""
        self._expected.add(track)

    def wants_keyframe(self, now_s: float) -> bool:
        """Whether the publisher is to be asked for a keyframe now."""
        if self._begun is None:
            first_s = self._first_keyframe_s()
            due = first_s is not None and now_s - first_s >= ASK_FIRST_AFTER_S
        else:
            due = self._leader == VIDEO and now_s - self._keyframe_at_s >= ASK_AFTER_S
        if not due or now_s - self._asked_s < ASK_INTERVAL_S:
            return False
        self._asked_s = now_s
        return True

    def discontinuity(self) -> None:
        """What follows is of other sources, or of another time."""
        self._discontinuity = True

    def push(self, frame: TrackFrame, now_s: float) -> list[Effect]:
        """Take a frame. Frames of codecs that HLS does not carry are ignored."""
        if frame.frame.codec not in CARRIED:
            return []
        if self._begun is None:
            self._pending.append((frame, now_s))
            if self._since_s is None:
                self._since_s = now_s
            return self.poll(now_s)
        return self._route(frame, now_s)

    def poll(self, now_s: float) -> list[Effect]:
        """Let time pass."""
        if self._begun is None:
            return self._begin(now_s) if self._may_begin(now_s) else []
        return [*self._release(now_s), *self._leave_behind(now_s)]

    def end(self, now_s: float) -> list[Effect]:
        """Nothing follows."""
        effects: list[Effect] = []
        if self._begun is None:
            if not self._pending:
                return []
            effects += self._begin(now_s)
        effects += self._release(math.inf)
        for track in self._tracks.values():
            effects += track.end()
        return effects

    # The beginning

    def _first_keyframe_s(self) -> float | None:
        """When it came, of the pictures that lead."""
        return next((came_s for frame, came_s in self._pending if frame.frame.picture is not None), None)

    def _may_begin(self, now_s: float) -> bool:
        if self._since_s is None:
            return False
        seen = {frame.track for frame, _ in self._pending}
        waited_s = now_s - self._since_s
        if waited_s < EXPECT_S and not self._expected <= seen:
            return False
        if waited_s < WAIT_S and not {VIDEO, AUDIO} <= seen:
            return False
        first_s = self._first_keyframe_s()
        if first_s is None or self._resumed is not None:
            return True
        return self._keyframe_interval_s() is not None or now_s - first_s >= DECIDE_AFTER_S

    def _begin(self, now_s: float) -> list[Effect]:
        pending = list(self._pending)
        self._pending.clear()
        pictures = [frame for frame, _ in pending if frame.kind is Kind.VIDEO]
        names = [frame.track for frame in pictures]
        self._leader = VIDEO if VIDEO in names else names[0] if names else pending[0][0].track
        if self._resumed is not None:
            self._begun = self._resumed.begun
            self._discontinuity = True
        else:
            self._begun = Begun(self._target_s(pending), self._part_target_of(pending))
        effects: list[Effect] = [] if self._resumed is not None else [self._begun]
        start_s = next(frame.time_s for frame, _ in pending if frame.track == self._leader)
        self._keyframe_at_s = now_s
        for frame, came_s in sorted(pending, key=lambda each: each[0].time_s):
            if frame.time_s >= start_s:
                effects += self._route(frame, came_s)
        return effects

    def _keyframe_interval_s(self) -> float | None:
        keys = [frame for frame, _ in self._pending if frame.frame.picture is not None]
        times = [frame.time_s for frame in keys if frame.track == keys[0].track]
        return times[1] - times[0] if len(times) > 1 else None

    def _target_s(self, pending: list[tuple[TrackFrame, float]]) -> int:
        keys = [frame.time_s for frame, _ in pending if frame.track == self._leader and frame.frame.picture]
        if not keys:
            return TARGET_S
        if len(keys) == 1:
            return LONG_TARGET_S
        return min(max(TARGET_S, math.ceil(keys[1] - keys[0]) + 1), LONGEST_TARGET_S)

    def _part_target_of(self, pending: list[tuple[TrackFrame, float]]) -> float:
        """A little more than a whole number of frames, if they are so few that `PART_TARGET_S` may not be."""
        times = [frame.time_s for frame, _ in pending if frame.track == self._leader]
        if len(times) < 3:
            return PART_TARGET_S
        interval_s = median(later - earlier for earlier, later in pairwise(times))
        if interval_s <= PART_TARGET_S * (1 - SHORTEST_PART):
            return PART_TARGET_S
        frames = max(1, round(PART_TARGET_S / interval_s))
        return min(math.ceil(frames * interval_s * 1.05 * 1000) / 1000, 1.0)

    # What follows

    def _route(self, frame: TrackFrame, now_s: float) -> list[Effect]:
        if frame.track == VIDEO and self._leader != VIDEO and frame.frame.picture is not None:
            self._leader = VIDEO  # pictures have come late
        if frame.track != self._leader:
            self._held.setdefault(frame.track, deque(maxlen=MAX_WAITING)).append((frame, now_s))
            return self._release(now_s)
        effects = self._take(frame, now_s)
        self._led_s = frame.time_s
        if frame.frame.keyframe:
            self._keyframe_at_s = now_s
        return [*effects, *self._release(now_s)]

    def _release(self, now_s: float) -> list[Effect]:
        effects: list[Effect] = []
        for held in self._held.values():
            while held and (held[0][0].time_s <= self._led_s or now_s - held[0][1] >= HOLD_S):
                effects += self._take(held.popleft()[0], now_s)
        return effects

    def _take(self, frame: TrackFrame, now_s: float) -> list[Effect]:
        try:
            track = self._tracks.get(frame.track)
            if self._needs_cut(frame, track):
                self._cut(frame, track, now_s)
            if track is None:
                track = self._add_track(frame)
            return [] if track is None else list(track.push(frame))
        except MalformedPayload:
            return []  # a decoder could do nothing with it

    def _add_track(self, frame: TrackFrame) -> TrackSegments | None:
        first = next((cut for cut in reversed(self._cuts) if cut.start_s <= frame.time_s + EPSILON_S), None)
        if first is None or len(self._tracks) >= MAX_TRACKS:
            return None
        format_of(frame.frame)
        assert self._begun is not None
        first_init = 0 if self._resumed is None else self._resumed.init
        track = TrackSegments(
            frame.track, frame.kind, self._cuts, first, self._begun.part_target_s, first_init
        )
        self._tracks[frame.track] = track
        return track

    def _needs_cut(self, frame: TrackFrame, track: TrackSegments | None) -> bool:
        assert self._begun is not None
        if not self._cuts:
            return True
        age_s = frame.time_s - self._cuts[-1].start_s
        if age_s <= EPSILON_S:
            return False
        changes = track is not None and track.changes_format(frame)
        if changes or age_s >= self._begun.target_duration_s - END_EARLY_S:
            return True
        if frame.track != self._leader:
            return False
        if self._discontinuity or frame.time_s - self._led_s > self._begun.part_target_s:
            return True
        if len(self._cuts) == 1 and self._resumed is None:
            return age_s >= (FIRST_SEGMENT_S if frame.frame.keyframe else FIRST_FORCED_S)
        return frame.frame.keyframe and age_s >= SHORT_SEGMENT_S

    def _cut(self, frame: TrackFrame, track: TrackSegments | None, now_s: float) -> None:
        assert self._begun is not None
        msn = discontinuities = 0
        if self._resumed is not None:
            msn, discontinuities = self._resumed.msn, self._resumed.discontinuities
        discontinuity = self._discontinuity
        if self._cuts:
            last = self._cuts[-1]
            msn, discontinuities = last.msn + 1, last.discontinuities
            last.end_s = self._ending_s(frame)
            discontinuity |= last.end_s < frame.time_s
            discontinuity |= track is not None and track.changes_format(frame)
        self._cuts.append(Cut(msn, frame.time_s, discontinuities + discontinuity))
        self._cut_at_s.append(now_s)
        if len(self._cuts) > MAX_CUTS:
            del self._cuts[0], self._cut_at_s[0]
        self._discontinuity = False

    def _ending_s(self, frame: TrackFrame) -> float:
        """Where the last segment ends when another one begins with this frame: there, unless there is a hole."""
        assert self._begun is not None
        last = self._cuts[-1]
        end_s = frame.time_s
        leader = self._tracks.get(self._leader)
        if frame.track == self._leader and leader is not None and end_s - self._led_s > HOLE_S:
            end_s = leader.end_s
        return min(end_s, last.start_s + self._begun.target_duration_s)

    def _leave_behind(self, now_s: float) -> list[Effect]:
        """Tracks that have nothing to give have gaps."""
        late = [cut for cut, at_s in zip(self._cuts, self._cut_at_s, strict=True) if now_s - at_s >= LAG_S]
        if not late:
            return []
        return [
            effect
            for track in self._tracks.values()
            if track.msn < late[-1].msn
            for effect in track.advance(late[-1].start_s)
        ]

"""What waits for the process that transcodes a broadcast, and what is dropped when it falls behind.

No I/O. The process answers every message, so what it has not answered is known, wherever it waits. When that is more
than a second, pictures are dropped up to the next keyframe after it has caught up: whole groups of pictures. Sound has
a lane of its own, and is dropped when that is full. Frames are taken once the process has answered for the first time,
which is when it has started.
"""

from collections import deque

from media.description import Kind
from recorder.frames import TimedFrame

from .wire import Take, message

MAX_BEHIND_S = 1.2
"""Less than what the packager waits for a track before it leaves a gap (`hls.segmenter.LAG_S`)."""
RESUME_BEHIND_S = 0.4
MAX_BYTES = 8 << 20
"""Whatever it lasts: some ten seconds at 6 Mbit/s."""
RESERVE = 0.5
"""For sound, beyond both."""


class Backlog:
    """Messages for the worker, oldest first."""

    def __init__(self) -> None:
        self.dropped_groups = 0
        """How often pictures were dropped up to a keyframe."""
        self.dropped_frames = 0
        self._unsent: deque[bytes] = deque()
        self._unanswered: dict[Kind, deque[tuple[float | None, int]]] = {kind: deque() for kind in Kind}
        self._bytes = 0
        self._newest_s = dict.fromkeys(Kind, 0.0)
        self._dropping = True  # a decoder begins with a keyframe
        self.ready = False
        """Whether the process has started."""

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether it has caught up, and pictures can go on with a keyframe."""
        return self.ready and self._dropping and self.behind_s < RESUME_BEHIND_S

    @property
    def behind_s(self) -> float:
        """How much older than the newest picture the oldest one is that has not been answered."""
        return self._behind_s(Kind.VIDEO)

    @property
    def size_bytes(self) -> int:
        """What waits here and in the worker."""
        return self._bytes

    def command(self, kind: Kind, data: bytes) -> None:
        """Take a message that is never dropped; there are few of them."""
        self._put(kind, None, data)

    def frame(self, timed: TimedFrame) -> bool:
        """Take a frame, or drop it; whether pictures have begun to be dropped because of it."""
        if not self.ready:
            return False
        self._newest_s[timed.kind] = max(self._newest_s[timed.kind], timed.time_s)
        began = False
        if timed.kind is Kind.VIDEO:
            if self._dropping:
                caught_up = self.behind_s < RESUME_BEHIND_S and self._bytes < MAX_BYTES // 2
                self._dropping = not (timed.frame.keyframe and caught_up)
            elif self._full(Kind.VIDEO, 1):
                self._dropping = began = True
                self.dropped_groups += 1
            if self._dropping:
                self.dropped_frames += 1
                return began
        elif self._full(Kind.AUDIO, 1 + RESERVE):
            self.dropped_frames += 1
            return False
        self._put(timed.kind, timed.time_s, message(Take(timed)))
        return began

    def take(self) -> bytes:
        """The oldest message that has not been sent; empty when there is none."""
        return self._unsent.popleft() if self._unsent else b""

    def answered(self, kind: Kind) -> None:
        """The worker is done with the oldest message of this kind."""
        self.ready = True
        if self._unanswered[kind]:
            self._bytes -= self._unanswered[kind].popleft()[1]

    def _behind_s(self, kind: Kind) -> float:
        newest_s = self._newest_s[kind]
        oldest_s = next((time_s for time_s, _ in self._unanswered[kind] if time_s is not None), newest_s)
        return max(0.0, newest_s - oldest_s)

    def _full(self, kind: Kind, part: float) -> bool:
        return self._behind_s(kind) > MAX_BEHIND_S * part or self._bytes > MAX_BYTES * part

    def _put(self, kind: Kind, time_s: float | None, data: bytes) -> None:
        self._unsent.append(data)
        self._unanswered[kind].append((time_s, len(data)))
        self._bytes += len(data)

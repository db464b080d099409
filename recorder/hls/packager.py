"""One broadcast's records in, parts of its tracks out.

No I/O. Puts two cores together: records to frames with times (`intake`), frames to parts (`segmenter`).
"""

import math
from collections.abc import Iterable

from media.description import Kind

from ..frames import TimedFrame
from ..intake import Intake
from ..wire import PacketRecord, PublisherRecord, Record
from .segmenter import Effect, Resumed, Segmenter
from .tracks import AUDIO, CARRIED, VIDEO, TrackFrame

KEYFRAME_INTERVAL_S = 1.0


class Packager:
    """Records of one broadcast. `now_s` is seconds since it began. With `encodes`, somebody makes further tracks of
    what `published` tells.
    """

    def __init__(self, resumed: Resumed | None = None, *, encodes: bool = False) -> None:
        self._intake = Intake()
        self._segmenter = Segmenter((), resumed)
        self._asked_s = -math.inf
        self._encodes = encodes
        self._published: list[TimedFrame] = []

    def published(self) -> list[TimedFrame]:
        """The publisher's frames since this was asked for last, also of codecs that HLS does not carry."""
        published, self._published = self._published, []
        return published

    def expect(self, track: str) -> None:
        """Frames of this track are going to come from others; nothing begins without it."""
        self._segmenter.expect(track)

    def unexpect(self, track: str) -> None:
        self._segmenter.unexpect(track)

    def take(self, record: Record, now_s: float) -> list[Effect]:
        """Take what came next."""
        match record:
            case PublisherRecord():
                effects = self._push(self._intake.take(record), now_s)
                self._segmenter.discontinuity()
                return effects
            case PacketRecord():
                if record.kind is Kind.VIDEO and record.codec in CARRIED:
                    self._segmenter.expect(VIDEO)
                return self._push(self._intake.take(record), record.arrival_s)
            case _:
                return self._push(self._intake.take(record), now_s)

    def push(self, frame: TrackFrame, now_s: float) -> list[Effect]:
        """Take a frame of a track that is encoded anew."""
        return self._segmenter.push(frame, now_s)

    def poll(self, now_s: float) -> list[Effect]:
        """Let time pass."""
        return [*self._push(self._intake.poll(now_s), now_s), *self._segmenter.poll(now_s)]

    def end(self, now_s: float) -> list[Effect]:
        """Nothing follows."""
        return [*self._push(self._intake.flush(), now_s), *self._segmenter.end(now_s)]

    def wants_keyframe(self, now_s: float) -> bool:
        """Whether the publisher is to be asked for a keyframe now."""
        if self._segmenter.wants_keyframe(now_s):
            return True
        if not self._intake.awaiting_keyframe or now_s - self._asked_s < KEYFRAME_INTERVAL_S:
            return False
        self._asked_s = now_s
        return True

    def _push(self, frames: Iterable[TimedFrame], now_s: float) -> list[Effect]:
        frames = list(frames)
        if self._encodes:
            self._published += frames
        return [
            effect
            for each in frames
            for effect in self._segmenter.push(
                TrackFrame(VIDEO if each.kind is Kind.VIDEO else AUDIO, each.time_s, each.frame), now_s
            )
        ]

"""One broadcast's records in, frames of parts out.

No I/O. Puts two cores together: records to frames with times (`intake`), frames to files (`parts`).
"""

from collections.abc import Iterable

from media.description import Kind

from .frames import TimedFrame
from .intake import Intake
from .parts import Effect, Parts
from .wire import PacketRecord, Record


class Recording:
    """Records of one broadcast. `now_s` is seconds since it began."""

    def __init__(self) -> None:
        self._intake = Intake()
        self._parts = Parts()

    @property
    def lost_packets(self) -> int:
        """Packets that never came."""
        return self._intake.lost_packets

    @property
    def dropped_frames(self) -> int:
        """Frames that were not whole, or that nothing could be decoded from."""
        return self._intake.dropped_frames

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether pictures come that cannot be kept before a keyframe does."""
        return self._intake.awaiting_keyframe

    def take(self, record: Record, now_s: float) -> list[Effect]:
        """Take what came next."""
        arrived_s = record.arrival_s if isinstance(record, PacketRecord) else now_s
        return self._part(self._intake.take(record), arrived_s)

    def poll(self, now_s: float) -> list[Effect]:
        """Let time pass."""
        return [*self._part(self._intake.poll(now_s), now_s), *self._parts.poll(now_s)]

    def end(self, now_s: float) -> list[Effect]:
        """Nothing follows."""
        return [*self._part(self._intake.flush(), now_s), *self._parts.end(now_s)]

    def _part(self, frames: Iterable[TimedFrame], now_s: float) -> list[Effect]:
        return [
            effect
            for timed in frames
            for effect in (self._parts.video if timed.kind is Kind.VIDEO else self._parts.audio)(
                timed.frame, timed.time_s, now_s
            )
        ]

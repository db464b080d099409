"""One broadcast's records in, frames of parts out.

No I/O. Puts the cores together: packets to frames (`assembler`), timestamps to one clock (`timeline`), frames to files
(`parts`).
"""

from media.description import Kind

from .assembler import Assembler
from .frames import Frame, Packet
from .parts import Effect, Parts
from .timeline import Timeline
from .wire import PacketRecord, PublisherRecord, Record, ReportRecord


class Recording:
    """Records of one broadcast. `now_s` is seconds since it began."""

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._assemblers: dict[Kind, Assembler] = {}
        self._parts = Parts()
        self._lost = 0
        self._dropped = 0

    @property
    def lost_packets(self) -> int:
        """Packets that never came."""
        return self._lost + sum(assembler.lost for assembler in self._assemblers.values())

    @property
    def dropped_frames(self) -> int:
        """Frames that were not whole, or that nothing could be decoded from."""
        return self._dropped + sum(assembler.dropped for assembler in self._assemblers.values())

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether pictures come that cannot be kept before a keyframe does."""
        video = self._assemblers.get(Kind.VIDEO)
        return video is not None and video.awaiting_keyframe

    def take(self, record: Record, now_s: float) -> list[Effect]:
        """Take what came next."""
        match record:
            case PacketRecord():
                return self._packet(record)
            case ReportRecord(kind, ntp, timestamp):
                self._timeline.report(kind, ntp, timestamp)
                return []
            case PublisherRecord():
                effects = self._flush(tuple(self._assemblers), now_s)
                self._timeline.change_publisher()
                return effects

    def poll(self, now_s: float) -> list[Effect]:
        """Let time pass."""
        effects: list[Effect] = []
        for kind, assembler in self._assemblers.items():
            effects += self._frames(kind, assembler.poll(now_s), now_s)
        return [*effects, *self._parts.poll(now_s)]

    def end(self, now_s: float) -> list[Effect]:
        """Nothing follows."""
        return [*self._flush(tuple(self._assemblers), now_s), *self._parts.end(now_s)]

    def _packet(self, record: PacketRecord) -> list[Effect]:
        kind, now_s = record.kind, record.arrival_s
        effects: list[Effect] = []
        assembler = self._assemblers.get(kind)
        if assembler is not None and (record.new_source or assembler.codec != record.codec):
            effects = self._flush((kind,), now_s)
            if record.new_source:
                self._timeline.change_source(kind)
            assembler = None
        if assembler is None:
            assembler = self._assemblers[kind] = Assembler(record.codec)
        timestamp = self._timeline.arrive(kind, record.timestamp, record.clock_hz, now_s)
        packet = Packet(record.number, timestamp, record.marker, record.payload)
        return [*effects, *self._frames(kind, assembler.push(packet, now_s), now_s)]

    def _frames(self, kind: Kind, frames: list[Frame], now_s: float) -> list[Effect]:
        take = self._parts.video if kind is Kind.VIDEO else self._parts.audio
        return [
            effect
            for frame in frames
            for effect in take(frame, self._timeline.time_s(kind, frame.timestamp), now_s)
        ]

    def _flush(self, kinds: tuple[Kind, ...], now_s: float) -> list[Effect]:
        """The sources of these kinds have ended."""
        effects: list[Effect] = []
        for kind in kinds:
            assembler = self._assemblers.pop(kind)
            effects += self._frames(kind, assembler.flush(), now_s)
            self._lost += assembler.lost
            self._dropped += assembler.dropped
        return effects

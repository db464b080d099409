"""One broadcast's records in, encoded frames with their times out: what every consumer of frames begins with.

No I/O. Puts two cores together: packets to frames (`assembler`), timestamps to one clock (`timeline`).
"""

from media.description import Kind

from .assembler import Assembler
from .frames import Frame, Packet, TimedFrame
from .timeline import Timeline
from .wire import AskRecord, PacketRecord, PublisherRecord, Record, ReportRecord


class Intake:
    """Records of one broadcast. `now_s` is seconds since it began."""

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._assemblers: dict[Kind, Assembler] = {}
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
        """Whether pictures come that cannot be had before a keyframe does."""
        video = self._assemblers.get(Kind.VIDEO)
        return video is not None and video.awaiting_keyframe

    def take(self, record: Record) -> list[TimedFrame]:
        """Take what came next; returns the frames it completes."""
        match record:
            case PacketRecord():
                return self._packet(record)
            case ReportRecord(kind, ntp, timestamp):
                self._timeline.report(kind, ntp, timestamp)
                return []
            case PublisherRecord():
                frames = self._flush(tuple(self._assemblers))
                self._timeline.change_publisher()
                return frames
            case AskRecord():
                return []  # is not made of packets

    def poll(self, now_s: float) -> list[TimedFrame]:
        """Let time pass: losses are given up."""
        return [
            timed
            for kind, assembler in self._assemblers.items()
            for timed in self._timed(kind, assembler.poll(now_s))
        ]

    def flush(self) -> list[TimedFrame]:
        """Nothing follows."""
        return self._flush(tuple(self._assemblers))

    def _packet(self, record: PacketRecord) -> list[TimedFrame]:
        kind, now_s = record.kind, record.arrival_s
        frames: list[TimedFrame] = []
        assembler = self._assemblers.get(kind)
        if assembler is not None and (record.new_source or assembler.codec != record.codec):
            frames = self._flush((kind,))
            if record.new_source:
                self._timeline.change_source(kind)
            assembler = None
        if assembler is None:
            assembler = self._assemblers[kind] = Assembler(record.codec)
        timestamp = self._timeline.arrive(kind, record.timestamp, record.clock_hz, now_s)
        packet = Packet(record.number, timestamp, record.marker, record.payload)
        return [*frames, *self._timed(kind, assembler.push(packet, now_s))]

    def _timed(self, kind: Kind, frames: list[Frame]) -> list[TimedFrame]:
        return [TimedFrame(kind, self._timeline.time_s(kind, frame.timestamp), frame) for frame in frames]

    def _flush(self, kinds: tuple[Kind, ...]) -> list[TimedFrame]:
        """The sources of these kinds have ended."""
        frames: list[TimedFrame] = []
        for kind in kinds:
            assembler = self._assemblers.pop(kind)
            frames += self._timed(kind, assembler.flush())
            self._lost += assembler.lost
            self._dropped += assembler.dropped
        return frames

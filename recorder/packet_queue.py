"""What waits on its way from the media plane to the recorder's process, for one recording.

No I/O. Bounded: when it is full, pictures are dropped up to the next keyframe after there is room again, so that whole
groups of pictures are lost; sound goes on as long as a reserve lasts. Putting something in costs the media path one
small allocation, and never waits.
"""

from collections import deque

from media.description import Kind
from media.keyframes import starts_keyframe
from media.publisher import Incoming
from media.rtcp import SenderReport

from . import wire

MAX_BYTES = 8 << 20
"""Some ten seconds at 6 Mbit/s."""
RESERVE = 0.25
"""For sound, beyond `MAX_BYTES`."""


class PacketQueue:
    """Records of one recording, oldest first, ready for the wire."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.size_bytes = 0
        self.dropped_packets = 0
        self.dropped_groups = 0
        """How often pictures were dropped up to a keyframe."""
        self._max_bytes = max_bytes
        self._records: deque[bytes] = deque()
        self._dropping = False

    @property
    def dropping(self) -> bool:
        """Whether pictures are dropped until a keyframe comes and there is room."""
        return self._dropping

    def __len__(self) -> int:
        return len(self._records)

    def packet(self, incoming: Incoming, arrival_s: float) -> None:
        """Take a packet, or drop it."""
        packet, fmt = incoming.packet, incoming.format
        if incoming.kind is Kind.VIDEO:
            if self._dropping:
                room = self.size_bytes < self._max_bytes // 2
                self._dropping = not (room and starts_keyframe(fmt.name, packet.payload))
            elif self.size_bytes > self._max_bytes:
                self._dropping = True
                self.dropped_groups += 1
            if self._dropping:
                self.dropped_packets += 1
                return
        elif self.size_bytes > self._max_bytes * (1 + RESERVE):
            self.dropped_packets += 1
            return
        self._put(
            wire.packet_record(
                wire.PacketRecord(
                    incoming.kind,
                    fmt.name,
                    fmt.clock_rate,
                    incoming.number,
                    packet.timestamp,
                    packet.marker,
                    incoming.new_source,
                    arrival_s,
                    packet.payload,
                )
            )
        )

    def report(self, kind: Kind, report: SenderReport) -> None:
        """Take a sender report; dropped when there is no room even for sound."""
        if self.size_bytes > self._max_bytes * (1 + RESERVE):
            return
        self._put(wire.report_record(wire.ReportRecord(kind, report.ntp, report.rtp_timestamp)))

    def ask(self, track: str) -> None:
        """Somebody wants a track that is only made when asked for."""
        self._put(wire.ask_record(track))

    def publisher_changed(self) -> None:
        self._put(wire.publisher_record())

    def take(self, max_bytes: int) -> bytes:
        """The oldest records, as many as fit, but at least one; empty when there are none."""
        taken: list[bytes] = []
        size = 0
        while self._records and (not taken or size + len(self._records[0]) <= max_bytes):
            record = self._records.popleft()
            taken.append(record)
            size += len(record)
        self.size_bytes -= size
        return b"".join(taken)

    def clear(self) -> None:
        """Forget everything: whoever was to have it is gone. Pictures go on with a keyframe."""
        self._records.clear()
        self.size_bytes = 0

    def _put(self, record: bytes) -> None:
        self._records.append(record)
        self.size_bytes += len(record)

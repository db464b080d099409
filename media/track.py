"""One forwarded track: numbering that survives a change of publisher, packets kept for retransmission and
for joiners.

No I/O. All viewers of a track see the same SSRC, sequence numbers and timestamps, so a packet is written
once for all of them.
"""

from dataclasses import dataclass

from .description import CodecFormat, Kind
from .keyframes import begins_picture, starts_keyframe
from .rtcp import SenderReport
from .rtp import TIMESTAMP_MODULUS

RING_PACKETS = {Kind.VIDEO: 2048, Kind.AUDIO: 128}
"""Packets kept for retransmission: about a second at 16 Mbit/s of video, two and a half of audio. The oldest
is overwritten.
"""
HELD_PACKETS = 256
"""Packets kept of a source whose first keyframe has not begun: its first packet may have been overtaken. The oldest is
forgotten.
"""
MEMORY_MAX_BYTES = 6 << 20
MEMORY_MAX_PACKETS = 6000
MEMORY_MAX_S = 12.0
"""Bounds of the keyframe memory. OBS by default makes a keyframe every 8 s or so."""


Arrived = tuple[int, int, bool, bytes, CodecFormat]
"""A packet as `ForwardedTrack.accept` takes it."""


@dataclass(frozen=True, slots=True)
class ForwardedPacket:
    """A packet as viewers get it, save what differs between them. `number` is the extended sequence
    number.
    """

    number: int
    timestamp: int
    marker: bool
    payload: bytes
    format: CodecFormat


class KeyframeMemory:
    """The packets since the last keyframe, in order of arrival.

    Bounded by bytes, packets and age; when a bound is passed it forgets everything and is `overflowed` until
    the next keyframe.
    """

    def __init__(self) -> None:
        self.packets: list[ForwardedPacket] = []
        self.overflowed = False
        self.since_s = 0.0
        """When the keyframe came."""
        self._bytes = 0

    def start(self, packet: ForwardedPacket, now_s: float) -> None:
        """A keyframe begins with `packet`. Later packets that overtook it are kept; a keyframe older than the
        kept one is ignored.
        """
        if self.packets and packet.number < self.packets[0].number:
            return
        self.packets = [packet, *(kept for kept in self.packets if kept.number > packet.number)]
        self.overflowed = False
        self._bytes = sum(len(kept.payload) for kept in self.packets)
        self.since_s = now_s

    def append(self, packet: ForwardedPacket, now_s: float) -> None:
        """Keep a packet of the keyframe's picture or a later one. Ignored before the first keyframe."""
        if not self.packets:
            return
        start = self.packets[0]
        if packet.number < start.number and packet.timestamp != start.timestamp:
            return
        self._bytes += len(packet.payload)
        if (
            self._bytes > MEMORY_MAX_BYTES
            or len(self.packets) >= MEMORY_MAX_PACKETS
            or now_s - self.since_s > MEMORY_MAX_S
        ):
            self.packets = []
            self.overflowed = True
            return
        self.packets.append(packet)

    def keyframe(self) -> list[ForwardedPacket] | None:
        """The packets of the kept keyframe's own picture, in order; `None` unless all of them are here."""
        if not self.packets:
            return None
        timestamp = self.packets[0].timestamp
        picture = sorted(
            (kept for kept in self.packets if kept.timestamp == timestamp), key=lambda kept: kept.number
        )
        first, last = picture[0], picture[-1]
        gapless = last.number - first.number + 1 == len(picture)
        ended = last.marker or any(kept.number == last.number + 1 for kept in self.packets)
        return picture if gapless and ended else None

    def holds_start_of(self, timestamp: int) -> bool:
        """Whether the kept keyframe is the picture with this timestamp (it may begin with several packets
        that look like a start).
        """
        return bool(self.packets) and self.packets[0].timestamp == timestamp


class ForwardedTrack:
    """Maps the packets of successive publishers onto one continuous outgoing track."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.memory = KeyframeMemory()
        self.packets = 0
        self.octets = 0
        self.format: CodecFormat | None = None
        self._ring: list[ForwardedPacket | None] = [None] * RING_PACKETS[kind]
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._first_number = 0
        self._highest: ForwardedPacket | None = None
        self._highest_at_s = 0.0
        self._awaiting_source = True
        self._held: dict[int, Arrived] = {}
        self._released: list[Arrived] = []
        self._report: tuple[SenderReport, float] | None = None

    def change_source(self) -> None:
        """The next packets come from another publisher or SSRC, with numbering of its own."""
        self._awaiting_source = True
        self._held.clear()
        self._report = None

    @property
    def awaiting_keyframe(self) -> bool:
        """Whether packets are held back until the new source sends a keyframe."""
        return self._awaiting_source and self.kind is Kind.VIDEO

    def accept(
        self, number: int, timestamp: int, marker: bool, payload: bytes, fmt: CodecFormat, now_s: float
    ) -> ForwardedPacket | None:
        """Take a packet (extended `number` of its source). Returns what to forward, or `None` when nothing
        is.

        The first packet of a new source continues the numbering of the last one; video waits for a keyframe. When it
        begins with packets that were overtaken, `take_released` has what is to be taken once more, in order.
        """
        keyframe = self.kind is Kind.VIDEO and starts_keyframe(fmt.name, payload)
        if self._awaiting_source:
            if self.kind is Kind.VIDEO:
                self._held[number] = (number, timestamp, marker, payload, fmt)
                self._released = self._beginning()
                if len(self._released) != 1:
                    return None
            self._adopt(number, timestamp, fmt, now_s)
        if number < self._first_number:
            return None
        packet = ForwardedPacket(
            number + self._sequence_offset,
            (timestamp + self._timestamp_offset) % TIMESTAMP_MODULUS,
            marker,
            payload,
            fmt,
        )
        self.format = fmt
        self.packets += 1
        self.octets += len(payload)
        if self._highest is None or packet.number > self._highest.number:
            self._highest, self._highest_at_s = packet, now_s
        self._ring[packet.number % len(self._ring)] = packet
        if self.kind is Kind.VIDEO:
            if keyframe and not self.memory.holds_start_of(packet.timestamp):
                self.memory.start(packet, now_s)
            else:
                self.memory.append(packet, now_s)
        return packet

    def take_released(self, now_s: float) -> list[Arrived]:
        """Packets held back until it was known where their source begins, to be taken now."""
        released, self._released = self._released, []
        if released:
            number, timestamp, _, _, fmt = released[0]
            self._adopt(number, timestamp, fmt, now_s)
        return released

    def _beginning(self) -> list[Arrived]:
        """What is held from the beginning of the first keyframe on, once that is known for sure."""
        held = self._held
        if len(held) > HELD_PACKETS:
            del held[min(held)]
        starts = [n for n, (_, _, _, payload, fmt) in held.items() if starts_keyframe(fmt.name, payload)]
        if not starts:
            return []
        picture = held[max(starts)][1]
        first = min(n for n in starts if held[n][1] == picture)
        onward = [held[n] for n in sorted(held) if n >= first]
        _, _, _, payload, fmt = held[first]
        complete = any(marker or timestamp != picture for _, timestamp, marker, _, _ in onward)
        return onward if complete or begins_picture(fmt.name, payload) else []

    def _adopt(self, number: int, timestamp: int, fmt: CodecFormat, now_s: float) -> None:
        self._awaiting_source = False
        self._held.clear()
        self._released = []
        self._first_number = number
        if self._highest is None:
            self._sequence_offset = self._timestamp_offset = 0
            return
        elapsed = max(1, round((now_s - self._highest_at_s) * fmt.clock_rate))
        self._sequence_offset = self._highest.number + 1 - number
        self._timestamp_offset = (self._highest.timestamp + elapsed - timestamp) % TIMESTAMP_MODULUS

    def find(self, sequence: int) -> ForwardedPacket | None:
        """The kept packet with this 16-bit sequence number."""
        packet = self._ring[sequence % len(self._ring)]
        return packet if packet is not None and packet.number & 0xFFFF == sequence else None

    def note_report(self, report: SenderReport, ntp: int, now_s: float) -> None:
        """Keep the publisher's sender report, its NTP time already moved to our clock as `ntp`."""
        if not self._awaiting_source:
            self._report = (SenderReport(report.ssrc, ntp, report.rtp_timestamp), now_s)

    def report(self, ssrc: int, now_s: float) -> SenderReport | None:
        """A sender report for viewers, of this instant: the publisher's last one, moved on by the time
        since.
        """
        if self._report is None or self.format is None:
            return None
        last, at_s = self._report
        elapsed_s = now_s - at_s
        return SenderReport(
            ssrc,
            last.ntp + int(elapsed_s * (1 << 32)),
            (last.rtp_timestamp + self._timestamp_offset + round(elapsed_s * self.format.clock_rate))
            % TIMESTAMP_MODULUS,
        )

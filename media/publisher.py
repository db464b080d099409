"""What a publisher sends, and what it must be told: losses, arrivals, reports, the wish for a keyframe.

No I/O; datagrams come in clear, and RTCP to send comes out in clear. Times are seconds of one monotone clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from . import rtcp, rtp
from .bitrate import LossBasedEstimate
from .description import CodecFormat, InboundTrack, Kind
from .reception import Reception
from .transport_feedback import TransportFeedback

KEYFRAME_INTERVAL_S = 0.5
"""A publisher is asked for a keyframe at most this often per layer, however many viewers need one."""
REPORT_INTERVAL_S = 1.0
FEEDBACK_INTERVAL_S = 0.05
POLL_INTERVAL_S = 0.025
_NACK_INTERVAL_S = 0.05
_NACK_SEQUENCES = 200
"""Losses named in one packet: 800 bytes when they lie far apart."""
_MAX_SSRCS = 16
"""SSRCs followed per publisher; packets of further ones are ignored."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A packet to forward: `number` is its extended sequence number; `new_source` marks the first one of an
    SSRC.
    """

    kind: Kind
    number: int
    packet: rtp.RtpPacket
    format: CodecFormat
    new_source: bool


class _Source:
    """One SSRC: media of a track, or the RTX that repairs another SSRC."""

    def __init__(self, track: InboundTrack, reception: Reception, repairs: int | None) -> None:
        self.track = track
        self.reception = reception
        self.repairs = repairs


class Publisher:
    """The inbound half of one publishing session."""

    def __init__(self, tracks: Sequence[InboundTrack], sender_ssrc: int) -> None:
        self.tracks = tuple(tracks)
        self._ssrc = sender_ssrc
        self._sources: dict[int, _Source] = {}
        self._current: dict[Kind, int] = {}
        self._formats = {fmt.payload_type: (track, fmt) for track in tracks for fmt in track.formats}
        self._repairs = {
            fmt.rtx_payload_type: (track, fmt)
            for track in tracks
            for fmt in track.formats
            if fmt.rtx_payload_type is not None
        }
        self._announced = {ssrc: repaired for track in tracks for ssrc, repaired in track.ssrcs}
        self._transport_cc_id = next(
            (t.transport_cc_id for t in tracks if t.transport_cc_id is not None), None
        )
        self._feedback = TransportFeedback(sender_ssrc) if self._transport_cc_id is not None else None
        self._feedback_due_s = 0.0
        self._estimate = LossBasedEstimate()
        self._reported_s: float | None = None
        self._received_bytes = 0
        self._keyframe_asked_s: dict[Kind, float] = {}
        self._keyframe_wanted: set[Kind] = set()

    def receive_rtp(self, data: bytes, arrival_us: int, now_s: float) -> Incoming | None:
        """Take an RTP packet in clear. Returns what to forward, if anything. Raises `MalformedPacket`."""
        packet = rtp.parse(data, self._transport_cc_id)
        if self._feedback is not None and packet.transport_sequence is not None:
            self._feedback.receive(packet.transport_sequence, arrival_us)
        self._received_bytes += len(data)
        if packet.payload_type in self._repairs:
            return self._receive_repair(packet, now_s)
        entry = self._formats.get(packet.payload_type)
        if entry is None:
            return None
        track, fmt = entry
        source = self._sources.get(packet.ssrc)
        if source is None:
            if len(self._sources) >= _MAX_SSRCS:
                return None
            source = self._sources[packet.ssrc] = _Source(track, Reception(packet.ssrc, fmt.clock_rate), None)
        if source.track is not track:
            return None  # an SSRC belongs to one track
        new_source = self._current.get(track.kind) != packet.ssrc
        if new_source and not packet.payload:
            return None  # padding to probe the path, sent before media: no source yet
        number = source.reception.receive(packet.sequence, packet.timestamp, arrival_us / 1e6, now_s)
        if number is None:
            return None
        self._current[track.kind] = packet.ssrc
        return Incoming(track.kind, number, packet, fmt, new_source)

    def _receive_repair(self, packet: rtp.RtpPacket, now_s: float) -> Incoming | None:
        """An RTX packet (RFC 4588): the original sequence number, then the original payload."""
        track, fmt = self._repairs[packet.payload_type]
        repaired = self._announced.get(packet.ssrc, self._current.get(track.kind))
        source = self._sources.get(repaired) if repaired is not None else None
        if source is None or len(packet.payload) < 2 or self._current.get(track.kind) != repaired:
            return None  # also padding, which browsers send as RTX
        sequence = int.from_bytes(packet.payload[:2], "big")
        number = source.reception.recover(sequence)
        if number is None:
            return None
        packet.sequence, packet.payload = sequence, packet.payload[2:]
        return Incoming(track.kind, number, packet, fmt, False)

    def receive_rtcp(self, data: bytes, now_s: float) -> list[tuple[Kind, rtcp.SenderReport]]:
        """Take a compound RTCP packet in clear. Returns sender reports of current tracks. Raises
        `MalformedPacket`.
        """
        reports = []
        for message in rtcp.parse(data):
            if isinstance(message, rtcp.SenderReport):
                source = self._sources.get(message.ssrc)
                if source is not None:
                    source.reception.sender_report(message.ntp, now_s)
                    if self._current.get(source.track.kind) == message.ssrc:
                        reports.append((source.track.kind, message))
        return reports

    def request_keyframe(self, kind: Kind) -> None:
        """Ask for a keyframe at every poll that the limit allows, until one comes: a request may be lost."""
        if kind is Kind.VIDEO:
            self._keyframe_wanted.add(kind)

    def keyframe_received(self, kind: Kind) -> None:
        """A keyframe has begun to arrive: nobody needs to ask for one any more."""
        self._keyframe_wanted.discard(kind)

    def poll(self, now_s: float) -> tuple[list[bytes], int]:
        """RTCP to send now, and how many keyframe requests are among it. Call every `POLL_INTERVAL_S`."""
        packets: list[bytes] = []
        for ssrc in self._current.values():
            source = self._sources[ssrc]
            lost = source.reception.due_nacks(now_s, _NACK_INTERVAL_S)
            if lost and any("nack" in fmt.feedback for fmt in source.track.formats):
                packets += [
                    rtcp.nack(self._ssrc, ssrc, lost[start : start + _NACK_SEQUENCES])
                    for start in range(0, len(lost), _NACK_SEQUENCES)
                ]
        asked = self._keyframe_requests(now_s, packets)
        if self._feedback is not None and now_s >= self._feedback_due_s and self._current:
            self._feedback_due_s = now_s + FEEDBACK_INTERVAL_S
            packets += self._feedback.poll(next(iter(self._current.values())))
        if self._current and (self._reported_s is None or now_s - self._reported_s >= REPORT_INTERVAL_S):
            packets.append(self._reports(now_s))
        return packets, asked

    def _keyframe_requests(self, now_s: float, packets: list[bytes]) -> int:
        asked = 0
        for kind in self._keyframe_wanted:
            ssrc = self._current.get(kind)
            if (
                ssrc is None
                or now_s - self._keyframe_asked_s.get(kind, -KEYFRAME_INTERVAL_S) < KEYFRAME_INTERVAL_S
            ):
                continue
            self._keyframe_asked_s[kind] = now_s
            packets.append(rtcp.picture_loss(self._ssrc, ssrc))
            asked += 1
        return asked

    def _reports(self, now_s: float) -> bytes:
        elapsed_s = now_s - self._reported_s if self._reported_s is not None else REPORT_INTERVAL_S
        self._reported_s = now_s
        blocks = [
            block
            for ssrc in self._current.values()
            if (block := self._sources[ssrc].reception.report(now_s)) is not None
        ]
        compound = rtcp.receiver_report(self._ssrc, blocks)
        if self._feedback is None:
            fraction = max((block.fraction_lost for block in blocks), default=0) / 256
            received_bps = int(self._received_bytes * 8 / max(elapsed_s, 0.1))
            compound += rtcp.remb(
                self._ssrc, self._estimate.update(fraction, received_bps), list(self._current.values())
            )
        self._received_bytes = 0
        return compound

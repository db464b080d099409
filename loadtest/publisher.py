"""A paced synthetic publisher: plays material in a loop over WHIP, as an encoder would.

It keeps an absolute schedule (a late wake-up does not shift what follows), sends a sender report each second,
answers NACKs from a short history (as RTX where negotiated), and either ignores keyframe requests, as OBS
does, or jumps to the next keyframe. A frame's packets leave together unless `pacing_bps` spreads them. Layers of
material that has several are offered as simulcast; those that the server takes are sent, each by an SSRC of its own.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

from aiortc.clock import current_ntp_time
from aiortc.rtp import (
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)

from loadtest.dtls import PeerCertificate, SrtpError
from loadtest.ice import CONSENT_EXPIRY_S
from loadtest.media import Material, MediaFrame, Track
from loadtest.peer import Peer
from loadtest.receive import BatchReceiver
from loadtest.rtp import RtpHeader
from loadtest.sdp import ABS_SEND_TIME, AUDIO, TRANSPORT_CC, VIDEO, Offer, RemoteMedia, parse_answer
from loadtest.signaling import Session, SignalingClient
from loadtest.simulcast import MID, REPAIRED_RID, RID

HISTORY_PACKETS = 512
REPORT_INTERVAL_S = 1.0


class SendLog(Protocol):
    """Is told of each first sending of a payload, just before the system call (CLOCK_MONOTONIC)."""

    def record(self, index: int, sent_ns: int) -> None: ...


@dataclass(slots=True)
class PublisherStats:
    """Counters since the start."""

    packets: int = 0
    pictures: int = 0
    payload_bytes: int = 0
    dropped: int = 0
    retransmitted: int = 0
    keyframe_requests: int = 0
    feedback_packets: int = 0
    worst_lateness_s: float = 0.0
    is_forgotten: bool = False
    """Whether the server knew nothing of it any more at its end, as after a crash."""
    layers: dict[str, int] = field(default_factory=dict)
    """Packets of each simulcast layer that the server took."""


class Publisher:
    """One WHIP broadcast of `material`: `start`, then `stop`; `closed` is set when the server ended it."""

    def __init__(
        self,
        signaling: SignalingClient,
        material: Material,
        *,
        certificate: PeerCertificate | None = None,
        answer_keyframe_requests: bool = False,
        pacing_bps: int | None = None,
        send_log: SendLog | None = None,
        patience_s: float = CONSENT_EXPIRY_S,
    ) -> None:
        self._patience_s = patience_s
        self._signaling = signaling
        self._material = material
        self._certificate = certificate or PeerCertificate.generate()
        self._answer_keyframe_requests = answer_keyframe_requests
        self._pacing_bps = pacing_bps
        self._send_log = send_log
        self._session: Session | None = None
        self._peer: Peer | None = None
        self._outgoing: list[_Outgoing] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._transport_sequence = 0
        self.stats = PublisherStats()
        self.closed = asyncio.Event()

    async def start(self, endpoint: str, *, bearer: str | None = None, local_host: str = "127.0.0.1") -> None:
        """Connect and begin to send; raises `LoadtestError`s."""
        peer = self._peer = Peer(
            certificate=self._certificate,
            on_media=self._received,
            local_host=local_host,
            patience_s=self._patience_s,
        )
        try:
            ssrcs = {kind: _new_ssrcs() for kind in (AUDIO, VIDEO)}
            offer = Offer(
                direction="sendonly",
                credentials=peer.credentials,
                fingerprint=self._certificate.fingerprint,
                codecs=(self._material.audio.codec, self._material.video.codec),
                ssrcs=ssrcs,
                candidate=peer.local_address,
                layers=[name for name, _ in self._material.layers],
            )
            self._session = await self._signaling.post_offer(endpoint, offer.render(), bearer=bearer)
            answer = parse_answer(self._session.answer)
            self._outgoing = [
                _Outgoing(self._material.audio, answer.accepted(AUDIO), ssrcs[AUDIO]),
                *self._pictures(answer.accepted(VIDEO), ssrcs[VIDEO]),
            ]
            peer.on_closed = self.closed.set
            await peer.connect(answer)
        except BaseException:
            await self.stop()
            raise
        started = asyncio.get_running_loop().time()
        self._tasks = [asyncio.create_task(self._play(o, started)) for o in self._outgoing]
        self._tasks.append(asyncio.create_task(self._report(started)))

    @property
    def silent_s(self) -> float:
        """How long nothing has come from the server."""
        return 0.0 if self._peer is None else self._peer.silent_s

    async def stop(self, *, notify: bool = True) -> None:
        """End the broadcast; without `notify` neither DELETE nor close_notify is sent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        session, self._session = self._session, None
        try:
            if notify and session is not None:
                self.stats.is_forgotten = not await self._signaling.delete(session)
        finally:
            if self._peer is not None:
                await self._peer.close(notify=notify)

    def _pictures(self, remote: RemoteMedia, ssrcs: tuple[int, int]) -> list[_Outgoing]:
        """Of the layers those that the server takes; the best one alone where it knows nothing of layers."""
        layers = self._material.layers
        taken = [(name, track) for name, track in layers if name in remote.layers]
        self.stats.layers = dict.fromkeys([name for name, _ in taken or layers[:1]], 0)
        if not taken:
            return [_Outgoing(self._material.video, remote, ssrcs, layer=layers[0][0] if layers else "")]
        return [_Outgoing(track, remote, _new_ssrcs(), layer=name, is_named=True) for name, track in taken]

    async def _play(self, outgoing: _Outgoing, started: float) -> None:
        loop = asyncio.get_running_loop()
        frame_s = outgoing.track.frame_s
        tick = 0
        while not self.closed.is_set():
            due = started + tick * frame_s
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            self.stats.worst_lateness_s = max(self.stats.worst_lateness_s, loop.time() - due)
            await self._send_frame(outgoing, outgoing.next_frame(), tick * outgoing.track.frame_ticks)
            tick += 1

    async def _send_frame(self, outgoing: _Outgoing, frame: MediaFrame, ticks: int) -> None:
        last = len(frame.payloads) - 1
        is_video = outgoing.remote.kind == VIDEO
        self.stats.pictures += outgoing is self._outgoing[1]
        for position, payload in enumerate(frame.payloads):
            sent_ns = time.monotonic_ns()
            packet = outgoing.packet(
                payload,
                ticks,
                marker=is_video and position == last,
                transport_sequence=self._next_transport(),
            )
            if self._send_log is not None:
                self._send_log.record(frame.first_index + position, sent_ns)
            self._send(packet, len(payload))
            if outgoing.layer:
                self.stats.layers[outgoing.layer] += 1
            if self._pacing_bps is not None and position < last:
                await asyncio.sleep(len(payload) * 8 / self._pacing_bps)

    def _send(self, packet: bytes, payload_bytes: int) -> None:
        assert self._peer is not None
        if self._peer.send_rtp(packet):
            self.stats.packets += 1
            self.stats.payload_bytes += payload_bytes
        else:
            self.stats.dropped += 1

    def _next_transport(self) -> int:
        self._transport_sequence = (self._transport_sequence + 1) & 0xFFFF
        return self._transport_sequence

    async def _report(self, started: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(REPORT_INTERVAL_S)
            assert self._peer is not None
            for outgoing in self._outgoing:
                self._peer.send_rtcp(bytes(outgoing.sender_report(loop.time() - started)))

    def _received(self, receiver: BatchReceiver, start: int) -> None:
        if not 192 <= receiver.memory[start + 1] <= 223:
            return
        assert self._peer is not None
        try:
            packets = RtcpPacket.parse(self._peer.unprotect_rtcp(receiver.datagram(start)))
        except (SrtpError, ValueError):
            return
        self.stats.feedback_packets += len(packets)
        for packet in packets:
            if isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
                self.stats.keyframe_requests += 1
                if self._answer_keyframe_requests:
                    for outgoing in self._outgoing[1:]:  # all layers, which so stay in step
                        outgoing.jump_to_keyframe()
            elif isinstance(packet, RtcpRrPacket):
                for outgoing in self._outgoing:
                    outgoing.note_known({report.ssrc for report in packet.reports})
            elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
                self._retransmit(packet)

    def _retransmit(self, nack: RtcpRtpfbPacket) -> None:
        for outgoing in self._outgoing:
            if outgoing.header.ssrc == nack.media_ssrc:
                for sequence in nack.lost:
                    packet = outgoing.retransmission(sequence, self._next_transport())
                    if packet is not None:
                        self._send(packet, 0)
                        self.stats.retransmitted += 1


class _Outgoing:
    """The state of one sent SSRC: numbering, history, position in the material.

    With `is_named` its packets, and those that repair it, say which layer they are of until the server reports their
    SSRC, as browsers do.
    """

    def __init__(
        self,
        track: Track,
        remote: RemoteMedia,
        ssrcs: tuple[int, int],
        *,
        layer: str = "",
        is_named: bool = False,
    ) -> None:
        self.track = track
        self.remote = remote
        self.layer = layer
        names = {MID: remote.mid, RID: layer} if is_named else {}
        repair_names = {MID: remote.mid, REPAIRED_RID: layer} if is_named else {}
        ids = {
            "send_time_id": remote.extensions.get(ABS_SEND_TIME),
            "transport_cc_id": remote.extensions.get(TRANSPORT_CC),
        }
        self.header = RtpHeader(ssrcs[0], remote.payload_type, **ids, names=_negotiated(remote, names))
        self._rtx_header: RtpHeader | None = None
        if remote.rtx_payload_type is not None:
            known = _negotiated(remote, repair_names)
            self._rtx_header = RtpHeader(ssrcs[1], remote.rtx_payload_type, **ids, names=known)
        self._sequence = secrets.randbits(15)
        self._rtx_sequence = secrets.randbits(15)
        self._first_timestamp = secrets.randbits(32)
        self._timestamp = self._first_timestamp
        self._position = 0
        self._packets = 0
        self._octets = 0
        self._history: OrderedDict[int, tuple[bytes, int, bool]] = OrderedDict()

    def note_known(self, ssrcs: set[int]) -> None:
        """The server reports on these."""
        for header in (self.header, self._rtx_header):
            if header is not None and header.ssrc in ssrcs:
                header.drop_names()

    def next_frame(self) -> MediaFrame:
        frame = self.track.frames[self._position % len(self.track.frames)]
        self._position += 1
        return frame

    def jump_to_keyframe(self) -> None:
        """Skip the material to its next keyframe; where the next one comes anyway, nothing changes."""
        frames = self.track.frames
        while not frames[self._position % len(frames)].keyframe:
            self._position += 1

    def packet(self, payload: bytes, ticks: int, *, marker: bool, transport_sequence: int) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._first_timestamp + ticks) & 0xFFFFFFFF
        self._packets += 1
        self._octets += len(payload)
        self._history[self._sequence] = (payload, self._timestamp, marker)
        if len(self._history) > HISTORY_PACKETS:
            self._history.popitem(last=False)
        return self._build(self.header, self._sequence, self._timestamp, marker, transport_sequence) + payload

    def retransmission(self, sequence: int, transport_sequence: int) -> bytes | None:
        kept = self._history.get(sequence)
        if kept is None:
            return None
        payload, timestamp, marker = kept
        if self._rtx_header is None:
            return self._build(self.header, sequence, timestamp, marker, transport_sequence) + payload
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        header = self._build(self._rtx_header, self._rtx_sequence, timestamp, marker, transport_sequence)
        return (
            header + sequence.to_bytes(2, "big") + payload
        )  # RFC 4588 section 4: the original number comes first

    def sender_report(self, elapsed_s: float) -> RtcpSrPacket:
        """That now, `elapsed_s` after the beginning, is this RTP timestamp: between two frames as well."""
        ticks = int(elapsed_s * self.track.clock_rate_hz)
        info = RtcpSenderInfo(
            ntp_timestamp=current_ntp_time(),
            rtp_timestamp=(self._first_timestamp + ticks) & 0xFFFFFFFF,
            packet_count=self._packets,
            octet_count=self._octets & 0xFFFFFFFF,
        )
        return RtcpSrPacket(ssrc=self.header.ssrc, sender_info=info)

    def _build(
        self, header: RtpHeader, sequence: int, timestamp: int, marker: bool, transport_sequence: int
    ) -> bytes:
        return header.build(
            sequence=sequence,
            timestamp=timestamp,
            marker=marker,
            now_s=time.time(),
            transport_sequence=transport_sequence,
        )


def _new_ssrcs() -> tuple[int, int]:
    """Of a stream and of what repairs it."""
    return (secrets.randbits(32) or 1, secrets.randbits(32) or 1)


def _negotiated(remote: RemoteMedia, names: dict[str, str]) -> dict[int, str]:
    """By the numbers that the server gave their extensions; those that it does not know are left out."""
    return {remote.extensions[uri]: name for uri, name in names.items() if uri in remote.extensions}

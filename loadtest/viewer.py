"""A cheap synthetic viewer over WHEP: receives, counts, and decrypts only a sample.

Losses are exact, because the sequence number of an SRTP packet is in the clear. Every `SAMPLE_EVERY`th packet
is authenticated, decrypted and shown to the probe, if there is one. What it tells the server is in
`viewer_feedback`. One that is given a `Screen` decrypts everything and shows it that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiortc import rtcdtlstransport
from aiortc.rtp import RtcpPacket, RtcpSrPacket

from loadtest.dtls import ALL_PROFILES, PeerCertificate, SrtpError
from loadtest.ice import CONSENT_EXPIRY_S
from loadtest.packetize import starts_keyframe
from loadtest.peer import Peer
from loadtest.playback import SenderReport
from loadtest.receive import BatchReceiver
from loadtest.rtp import extension_at, one_stream, payload_of
from loadtest.sdp import VIDEO, Offer, RemoteMedia, parse_answer
from loadtest.sequence import SequenceCounter
from loadtest.signaling import Session, SignalingClient
from loadtest.ticks import TickPoller
from loadtest.viewer_feedback import ViewerFeedback

SAMPLE_EVERY = 61  # a prime, so that it does not keep step with the packets of a frame


class Probe(Protocol):
    """Is shown sampled payloads with the time they reached the socket (CLOCK_MONOTONIC)."""

    def observe(self, payload: bytes, received_ns: int) -> None: ...


class Screen(Protocol):
    """Is shown every packet and every sender report."""

    def receive(self, kind: str, codec: str, packet: bytes, payload: bytes, sequence: int) -> None: ...

    def report(self, kind: str, report: SenderReport) -> None: ...


@dataclass(frozen=True, slots=True)
class ViewerOptions:
    """How a viewer behaves."""

    nack: bool = False
    request_keyframe: bool = True
    codecs: Sequence[str] = ("opus", "H264", "VP8")
    profiles: Sequence[rtcdtlstransport.SRTPProtectionProfile] = ALL_PROFILES
    local_host: str = "127.0.0.1"
    connect_timeout_s: float = 15.0
    patience_s: float = CONSENT_EXPIRY_S
    """With a server that does not answer any more."""
    level_after_s: float = 0.0
    """After the first keyframe, before which the probe is shown nothing."""


@dataclass(slots=True)
class ViewerTimes:
    """Seconds since the viewer began to join, None until it happened."""

    answered_s: float | None = None
    connected_s: float | None = None
    first_packet_s: float | None = None
    first_keyframe_s: float | None = None


@dataclass(slots=True)
class ViewerStats:
    """Counters; losses are in the `SequenceCounter`s."""

    rtcp_packets: int = 0
    unknown_packets: int = 0
    sampled: int = 0
    sampled_bytes: int = 0
    rejected: int = 0
    recovered: int = 0
    is_forgotten: bool = False
    """Whether the server knew nothing of it any more when it left."""
    times: ViewerTimes = field(default_factory=ViewerTimes)


class Viewer:
    """One WHEP session: `join`, read `stats` and `counters`, `leave`. The server's end sets `closed`."""

    def __init__(
        self,
        signaling: SignalingClient,
        *,
        certificate: PeerCertificate,
        options: ViewerOptions | None = None,
        probe: Probe | None = None,
        receiver: BatchReceiver | None = None,
        poller: TickPoller | None = None,
        screen: Screen | None = None,
    ) -> None:
        self._screen = screen
        self._signaling = signaling
        self._certificate = certificate
        self._options = options or ViewerOptions()
        self._probe = probe
        self._receiver = receiver
        self._poller = poller
        self._session: Session | None = None
        self._peer: Peer | None = None
        self.began_s = 0.0
        """When it began to join, on the monotonic clock."""
        self._media: dict[int, RemoteMedia] = {}
        self._rtx: dict[int, RemoteMedia] = {}
        self._ssrcs: dict[str, int] = {}
        self._feedback: ViewerFeedback | None = None
        self._transport_cc_id = 0
        self._nack = self._options.nack
        self._until_sample = 1
        self.counters: dict[int, SequenceCounter] = {}
        self.stats = ViewerStats()
        self.first_media = asyncio.Event()
        self.first_keyframe = asyncio.Event()
        self.closed = asyncio.Event()

    @property
    def packets(self) -> int:
        """Media packets received, without retransmissions."""
        return sum(counter.received for counter in self.counters.values())

    @property
    def lost(self) -> int:
        """Packets that are missing now, over all streams."""
        return sum(counter.lost for counter in self.counters.values())

    def lost_of(self, kind: str) -> int:
        """Of these, those of the sound or of the picture."""
        return sum(
            counter.lost
            for payload_type, counter in self.counters.items()
            if self._media[payload_type].kind == kind
        )

    @property
    def feedback_sent(self) -> int:
        """Reports of arrivals, for congestion control."""
        return 0 if self._feedback is None else self._feedback.sent

    @property
    def descriptor(self) -> int:
        """The media socket's file descriptor; -1 when there is none."""
        return -1 if self._peer is None else self._peer.socket.fileno()

    def kind_of(self, payload_type: int) -> str:
        """Of a payload type in `counters`."""
        return self._media[payload_type].kind

    async def join(
        self, endpoint: str, *, bearer: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Connect; raises `LoadtestError`s. Media may have arrived when this returns."""
        options = self._options
        self.began_s = time.monotonic()
        peer = self._peer = Peer(
            certificate=self._certificate,
            local_host=options.local_host,
            on_media=self._received,
            receiver=self._receiver,
            profiles=options.profiles,
            patience_s=options.patience_s,
        )
        try:
            offer = Offer(
                direction="recvonly",
                credentials=peer.credentials,
                fingerprint=self._certificate.fingerprint,
                codecs=options.codecs,
                candidate=peer.local_address,
            )
            self._session = await self._signaling.post_offer(
                endpoint, offer.render(), bearer=bearer, headers=headers
            )
            self.stats.times.answered_s = self._since()
            answer = parse_answer(self._session.answer)
            for media in answer.media.values():
                self._media[media.payload_type] = media
                self.counters[media.payload_type] = SequenceCounter()
                if media.rtx_payload_type is not None:
                    self._rtx[media.rtx_payload_type] = media
            ids = {media.transport_cc_id for media in answer.media.values()} - {None}
            tells_arrivals = (
                len(ids) == 1
            )  # else there is none, or it cannot be told without looking up each packet's section
            self._feedback = ViewerFeedback(
                peer, self._media, self.counters, self._ssrcs, tells_arrivals=tells_arrivals
            )
            if tells_arrivals:
                self._transport_cc_id = ids.pop() or 0
                peer.on_media = self._received_and_told
            else:
                peer.on_run = self._received_run
            peer.on_closed = self.closed.set
            await peer.connect(answer, timeout_s=options.connect_timeout_s)
        except BaseException:
            await self.leave()
            raise
        self.stats.times.connected_s = self._since()
        self._feedback.start(
            wants_keyframe=self._options.request_keyframe and not self.first_keyframe.is_set()
        )

    async def leave(self, *, notify: bool = True) -> None:
        """End the session; without `notify` it vanishes without a word."""
        if self._feedback is not None:
            self._feedback.stop()
        session, self._session = self._session, None
        try:
            if notify and session is not None:
                self.stats.is_forgotten = not await self._signaling.delete(session)
        finally:
            if self._peer is not None:
                await self._peer.close(notify=notify)

    def _since(self) -> float:
        return time.monotonic() - self.began_s

    def _received(self, receiver: BatchReceiver, start: int) -> None:
        memory = receiver.memory
        counter = self.counters.get(memory[start + 1] & 0x7F)
        if counter is None:
            self._received_other(receiver.datagram(start))
            return
        counter.receive(memory[start + 2] << 8 | memory[start + 3])
        self._until_sample -= 1
        if self._until_sample <= 0:
            self._sample(receiver, start)
        if self._nack and counter.missing and self._feedback is not None:
            self._feedback.ask_soon()

    def _received_run(self, receiver: BatchReceiver, run: range) -> bool:
        """What `_received` does for each, for all at once: of nearly all runs."""
        ahead = self._until_sample
        if ahead <= 1 or (found := one_stream(receiver.memory, run)) is None:
            return False
        payload_type, sequence = found
        counter = self.counters.get(payload_type)
        if counter is None or not counter.receive_run(sequence, len(run)):
            return False
        self._until_sample = ahead - len(run)
        if self._until_sample <= 0:
            self._sample(receiver, run[ahead - 1])
        if self._nack and counter.missing and self._feedback is not None:
            self._feedback.ask_soon()
        return True

    def _received_and_told(self, receiver: BatchReceiver, start: int) -> None:
        """In the place of `_received` where the server wants to know of each arrival."""
        memory = receiver.memory
        at = extension_at(memory, start, receiver.end(start), self._transport_cc_id)
        if at is not None and not 192 <= memory[start + 1] <= 223:
            assert self._feedback is not None
            arrived_ns = receiver.arrived_ns(start)
            arrived_us = (time.time_ns() if arrived_ns is None else arrived_ns) // 1_000
            self._feedback.arrived(memory[at] << 8 | memory[at + 1], arrived_us)
        self._received(receiver, start)

    def _sample(self, receiver: BatchReceiver, start: int) -> None:
        self._look_into(receiver.datagram(start), receiver.arrived_ns(start))
        # Until the first keyframe every packet is looked into; for a screen always.
        seeking = self.stats.times.first_keyframe_s is None or self._screen is not None
        self._until_sample = 1 if seeking else SAMPLE_EVERY
        if self._poller is not None and not seeking:
            assert self._peer is not None
            self._peer.read_at_ticks(self._poller)

    def _look_into(self, packet: bytes, arrived_ns: int | None) -> None:
        assert self._peer is not None
        media = self._media[packet[1] & 0x7F]
        received_ns = 0 if self._probe is None else _steady_ns(arrived_ns)
        self._ssrcs[media.kind] = int.from_bytes(packet[8:12], "big")
        self.stats.sampled += 1
        self.stats.sampled_bytes += len(packet)
        try:
            payload = payload_of(self._peer.unprotect_rtp(packet))
        except (SrtpError, ValueError):
            self.stats.rejected += 1
            return
        self._note_first(media, payload)
        if self._screen is not None:
            sequence = int.from_bytes(packet[2:4], "big")
            self._screen.receive(media.kind, media.codec, packet, payload, sequence)
            return
        if self._probe is not None and payload and self.is_level:
            self._probe.observe(payload, received_ns)

    @property
    def is_level(self) -> bool:
        """Whether it has long had what was remembered for joiners, which says nothing of latency."""
        first_s = self.stats.times.first_keyframe_s
        return not (after_s := self._options.level_after_s) or (
            first_s is not None and self._since() - first_s > after_s
        )

    def _note_first(self, media: RemoteMedia, payload: bytes) -> None:
        times = self.stats.times
        if times.first_packet_s is None:
            times.first_packet_s = self._since()
            self.first_media.set()
        if times.first_keyframe_s is None and (
            # Of sound alone every packet can be played.
            starts_keyframe(media.codec, payload) if media.kind == VIDEO else len(self._media) == 1
        ):
            times.first_keyframe_s = self._since()
            self.first_keyframe.set()
            if self._feedback is not None:
                self._feedback.wants_keyframe = False

    def _received_other(self, packet: bytes) -> None:
        if 192 <= packet[1] <= 223:
            self.stats.rtcp_packets += 1
            if self._screen is not None:
                self._show_reports(packet, self._screen)
            return
        media = self._rtx.get(packet[1] & 0x7F)
        if media is None:
            self.stats.unknown_packets += 1
            return
        assert self._peer is not None
        try:
            payload = payload_of(self._peer.unprotect_rtp(packet))
        except (SrtpError, ValueError):
            self.stats.rejected += 1
            return
        if len(payload) > 2 and self.counters[media.payload_type].recover(int.from_bytes(payload[:2], "big")):
            self.stats.recovered += 1
            if self._screen is not None:
                sequence = int.from_bytes(payload[:2], "big")
                self._screen.receive(media.kind, media.codec, packet, payload[2:], sequence)

    def _show_reports(self, packet: bytes, screen: Screen) -> None:
        assert self._peer is not None
        try:
            parts = RtcpPacket.parse(self._peer.unprotect_rtcp(packet))
        except (SrtpError, ValueError):
            return
        kinds = {ssrc: kind for kind, ssrc in self._ssrcs.items()}
        for part in parts:
            if isinstance(part, RtcpSrPacket) and part.ssrc in kinds:
                info = part.sender_info
                screen.report(kinds[part.ssrc], SenderReport(info.ntp_timestamp / 2**32, info.rtp_timestamp))


def _steady_ns(arrived_ns: int | None) -> int:
    """On the monotonic clock when a packet reached the socket; now, where the kernel does not tell."""
    now_ns = time.monotonic_ns()
    return now_ns if arrived_ns is None else now_ns - (time.time_ns() - arrived_ns)

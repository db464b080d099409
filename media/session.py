"""A peer's session: ICE, then DTLS, then SRTP, and the role (publisher or viewer) that its packets are for.

Datagrams come from the plane, already assigned to this session.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from . import rtcp
from .description import LocalPeer
from .destinations import Destination
from .dtls import DtlsConnection, SrtpPair
from .errors import DtlsFailed, MalformedPacket
from .ice import Address, IceLite, Nominated, Respond
from .publisher import POLL_INTERVAL_S, Publisher
from .rtp import is_rtcp
from .srtp import SrtpError
from .stats import Counters
from .stream import Stream
from .udp import UdpEndpoint
from .viewer import Viewer

RETIRE_AFTER_S = 5.0
"""How long a viewer's DTLS state is kept for a peer that missed our last flight."""
_MAX_EARLY = 128
"""Datagrams of media kept from a publisher whose handshake is about to end: one that is the DTLS server may send as
soon as its last flight is out. Later ones are dropped.
"""
ICE_TIMEOUT_S = 20.0
"""A session whose peer sends no connectivity check for this long is given up."""


class Role(Protocol):
    """What a session is for. Methods may raise `MalformedPacket`, nothing else."""

    publishing: bool

    def connected(self, destination: Destination) -> None:
        """Keys are there; send to `destination`."""

    def moved(self, destination: Destination) -> None:
        """The peer's address changed."""

    def receive_rtp(self, data: bytes, arrival_us: int) -> None: ...

    def receive_rtcp(self, data: bytes) -> None: ...

    def ended(self) -> None:
        """The session is over. Called once; says goodbye where the protocol has a word for it."""


class Session:
    """One peer."""

    def __init__(
        self,
        local: LocalPeer,
        channel: str,
        client_address: str,
        ice: IceLite,
        role: Role,
        counters: Counters,
    ) -> None:
        self.local = local
        self.channel = channel
        self.client_address = client_address
        self.ice = ice
        self.role = role
        self.dtls: DtlsConnection | None = None
        self.srtp: SrtpPair | None = None
        self.endpoint: UdpEndpoint | None = None
        self.address: Address | None = None
        self.handshake: asyncio.Task[None] | None = None
        self._nominated = asyncio.Event()
        self._early: list[tuple[bytes, int]] = []
        self._counters = counters
        self._heard = False
        self._farewell = b""
        self._retire_after_s: float | None = None

    def send(self, datagram: bytes) -> None:
        """Send to where the peer is now; dropped while that is unknown."""
        if self.endpoint is not None and self.address is not None:
            self.endpoint.send(datagram, self.address)

    async def connect(self, dtls: DtlsConnection) -> None:
        """Wait for ICE to nominate, shake hands, and start the role. Raises `DtlsFailed`."""
        self.dtls = dtls
        await asyncio.wait_for(self._nominated.wait(), ICE_TIMEOUT_S)
        self.ice.bind()  # the handshake itself proves that this address answers
        self.srtp = await dtls.connect()
        self._retire_after_s = asyncio.get_running_loop().time() + RETIRE_AFTER_S
        self.role.connected(self._destination(self.srtp))
        early, self._early = self._early, []
        for datagram, arrival_us in early:
            self.receive_media(datagram, arrival_us)

    def apply(self, effect: Respond | Nominated, endpoint: UdpEndpoint) -> None:
        """Carry out what the ICE agent decided about this session."""
        match effect:
            case Respond(datagram, address):
                endpoint.send(datagram, address)
            case Nominated(address):
                self.endpoint, self.address = endpoint, address
                self._nominated.set()
                if self.srtp is not None:
                    self.role.moved(self._destination(self.srtp))

    def receive_dtls(self, datagram: bytes, address: Address, endpoint: UdpEndpoint) -> None:
        """Take a DTLS datagram from a validated address."""
        if self.address is None:  # the ClientHello may overtake the nomination
            self.endpoint, self.address = endpoint, address
            self.ice.bind()
            self._nominated.set()
        if self.dtls is not None:
            self.dtls.receive(datagram)
        elif (
            self.srtp is not None
        ):  # retired: perhaps the peer's close, which cannot be authenticated any more
            self.ice.doubt(asyncio.get_running_loop().time())

    def retire_dtls(self, now_s: float) -> None:
        """Free the DTLS state of a viewer that is connected for a while and has shown that it has its keys."""
        settled = self._retire_after_s is not None and now_s >= self._retire_after_s
        if self.dtls is not None and settled and self._heard and not self.role.publishing:
            self._farewell = self.dtls.retire()
            self.dtls = None

    def receive_media(self, datagram: bytes, arrival_us: int) -> None:
        """Take an SRTP or SRTCP datagram. What is not authentic or not well formed is counted and dropped."""
        if self.srtp is None:
            if self.role.publishing and len(self._early) < _MAX_EARLY:
                self._early.append((datagram, arrival_us))
            return
        try:
            if is_rtcp(datagram):
                self.role.receive_rtcp(self.srtp.inbound.unprotect_rtcp(datagram))
                self._heard = True
            else:
                self.role.receive_rtp(self.srtp.inbound.unprotect(datagram), arrival_us)
        except (SrtpError, MalformedPacket):
            self._counters.malformed += 1

    async def end(self) -> None:
        """Say goodbye, close DTLS and stop the handshake if it still runs."""
        self.role.ended()
        if self.dtls is not None:
            await self.dtls.close()
        elif self._farewell:
            self.send(self._farewell)
        if self.handshake is not None and self.handshake is not asyncio.current_task():
            self.handshake.cancel()

    def _destination(self, srtp: SrtpPair) -> Destination:
        if self.endpoint is None or self.address is None:
            raise DtlsFailed("no address was nominated")
        return Destination(self.endpoint, self.address, srtp.outbound)


class PublisherRole:
    """Feeds a `Publisher` core, polls it, and hands its packets to the stream it is attached to."""

    publishing = True

    def __init__(
        self, publisher: Publisher, attach: Callable[["PublisherRole"], Stream], counters: Counters
    ) -> None:
        self.publisher = publisher
        self.stream: Stream | None = None
        self._attach = attach
        self._counters = counters
        self._destination: Destination | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connected(self, destination: Destination) -> None:
        self._destination = destination
        self.stream = self._attach(self)
        self._poll()

    def moved(self, destination: Destination) -> None:
        self._destination = destination

    def receive_rtp(self, data: bytes, arrival_us: int) -> None:
        self._counters.packets_in += 1
        self._counters.bytes_in += len(data)
        incoming = self.publisher.receive_rtp(data, arrival_us, asyncio.get_running_loop().time())
        if incoming is not None and self.stream is not None:
            self.stream.forward(incoming)

    def receive_rtcp(self, data: bytes) -> None:
        now_s = asyncio.get_running_loop().time()
        for kind, report in self.publisher.receive_rtcp(data, now_s):
            if self.stream is not None:
                self.stream.report(kind, report, rtcp.ntp_from_unix(time.time()))
        if self.stream is not None:
            self.stream.broadcast.activity(now_s)

    def detach(self) -> None:
        """Another publisher took over."""
        self.stream = None

    def ended(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(POLL_INTERVAL_S, self._poll)
        packets, asked = self.publisher.poll(loop.time())
        self._counters.keyframe_requests += asked
        destination = self._destination
        if destination is not None:
            for packet in packets:
                destination.endpoint.send(destination.srtp.protect_rtcp(packet), destination.address)


class ViewerRole:
    """Connects a `Viewer` to its session."""

    publishing = False

    def __init__(self, viewer: Viewer, stream: Stream, connected: Callable[[], None]) -> None:
        self.viewer = viewer
        self.stream = stream
        self._connected = connected

    def connected(self, destination: Destination) -> None:
        self._connected()
        self.stream.join(self.viewer)
        self.viewer.start(destination)

    def moved(self, destination: Destination) -> None:
        self.viewer.move(destination)

    def receive_rtp(self, data: bytes, arrival_us: int) -> None:
        """A viewer has nothing to send; what it sends is ignored."""

    def receive_rtcp(self, data: bytes) -> None:
        self.viewer.receive_rtcp(rtcp.parse(data), asyncio.get_running_loop().time())

    def ended(self) -> None:
        self.viewer.goodbye()
        self.viewer.stop()
        self.stream.leave(self.viewer)

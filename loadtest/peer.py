"""One WebRTC association of a synthetic peer: a UDP socket, ICE, DTLS, SRTP.

The adapter between the socket and the cores: it feeds `IceClient` and `DtlsSession` and arms one timer. RTP
and RTCP go to the handlers untouched and still encrypted, because most viewers of a load test never decrypt
them. Publisher and viewer are built on top; this module knows nothing of codecs or statistics.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Callable, Sequence

from aiortc import rtcdtlstransport

from loadtest.dtls import ALL_PROFILES, DtlsSession, PeerCertificate
from loadtest.errors import ConnectError
from loadtest.ice import (
    CONSENT_EXPIRY_S,
    Address,
    ConsentLost,
    Credentials,
    Effect,
    IceClient,
    Selected,
    Transmit,
)
from loadtest.receive import BatchReceiver, enlarge, prepare
from loadtest.sdp import Answer
from loadtest.ticks import TickPoller

MAX_READS_PER_WAKE_UP = 4  # then the loop gets its turn; the socket stays readable
MAX_HELD_PACKETS = 4096
BUFFER_BYTES = 1 << 20  # about a second of a 2.5 Mbit/s stream, as the kernel counts

UNCONNECTED_BYTES = 2048  # STUN and DTLS

MediaHandler = Callable[[BatchReceiver, int], None]
RunHandler = Callable[[BatchReceiver, range], bool]


class Peer:
    """Connects to the server an `Answer` describes and carries SRTP.

    `on_media(receiver, start)` is called for each received RTP or RTCP packet, `on_closed()` once when the
    server ends the association, has been silent for `patience_s` or denies consent. The receiver's memory is
    reused for the next packet. Peers of one process may share one `certificate` and one `receiver`. Handlers may
    be replaced until it is connected.
    """

    def __init__(
        self,
        *,
        certificate: PeerCertificate,
        on_media: MediaHandler,
        local_host: str = "127.0.0.1",
        receiver: BatchReceiver | None = None,
        profiles: Sequence[rtcdtlstransport.SRTPProtectionProfile] = ALL_PROFILES,
        patience_s: float = CONSENT_EXPIRY_S,
    ) -> None:
        self._patience_s = patience_s
        self._heard = asyncio.get_running_loop().time()
        self.credentials = Credentials(secrets.token_urlsafe(6), secrets.token_urlsafe(24))
        self.certificate = certificate
        self.on_closed: Callable[[], None] = lambda: None
        self.closed = False
        self.socket = _open_socket(local_host)
        self.on_media = on_media
        self.on_run: RunHandler | None = None
        """Is asked first to take packets that came together; True when it did."""
        self._handle_run: RunHandler | None = None
        self._handle_media: MediaHandler = self._hold
        self._held: list[bytes] = []
        self._receiver = receiver or BatchReceiver()
        self._dtls = DtlsSession(certificate, self._send_record, profiles=profiles)
        self._loop = asyncio.get_running_loop()
        self._ice: IceClient | None = None
        self._selected: asyncio.Future[Address] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._poller: TickPoller | None = None

    @property
    def local_address(self) -> Address:
        """The address this peer sends from."""
        host, port = self.socket.getsockname()[:2]
        return (host, port)

    @property
    def silent_s(self) -> float:
        """How long nothing has come."""
        return self._loop.time() - self._heard

    async def connect(self, answer: Answer, *, timeout_s: float = 10.0) -> None:
        """ICE, then DTLS; raises `ConnectError` after `timeout_s`."""
        self._ice = IceClient(
            local=self.credentials,
            remote=answer.credentials,
            addresses=[
                a for a in answer.addresses if (":" in a[0]) == (self.socket.family == socket.AF_INET6)
            ],
            random_bytes=os.urandom,
            patience_s=self._patience_s,
        )
        self._loop.add_reader(self.socket, self._readable_unconnected)
        self._apply(self._ice.start(self._loop.time()))
        try:
            async with asyncio.timeout(timeout_s):
                await self._selected
                await self._dtls.handshake(answer.dtls_role, answer.dtls)
        except TimeoutError:
            stage = "ICE" if self._ice.selected is None else "DTLS"
            raise ConnectError(f"{stage} did not complete within {timeout_s} s") from None
        self._dtls.on_closed(self._ended)
        self._deliver_held()

    def send_rtp(self, packet: bytes) -> bool:
        """Protect and send; False when the socket had no room (the packet is lost, as on any network)."""
        return self._send(self._dtls.protect_rtp(packet))

    def send_rtcp(self, packet: bytes) -> bool:
        """Protect and send a compound RTCP packet."""
        return self._send(self._dtls.protect_rtcp(packet))

    def unprotect_rtp(self, packet: bytes) -> bytes:
        """Authenticate and decrypt; raises `dtls.SrtpError`."""
        return self._dtls.unprotect_rtp(packet)

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """Authenticate and decrypt; raises `dtls.SrtpError`."""
        return self._dtls.unprotect_rtcp(packet)

    def read_at_ticks(self, poller: TickPoller) -> None:
        """From now on let `poller` say when to read, instead of the event loop."""
        if self._poller is None and not self.closed:
            self._loop.remove_reader(self.socket)
            self._poller = poller
            poller.add(self.socket, self._readable)

    async def close(self, *, notify: bool = True) -> None:
        """Release everything; without `notify` the peer vanishes as a pulled cable does."""
        if self.socket.fileno() == -1:
            return
        self.closed = True
        await self._dtls.close(notify=notify)
        if self._timer is not None:
            self._timer.cancel()
        if self._poller is None:
            self._loop.remove_reader(self.socket)
        else:
            self._poller.remove(self.socket)
        self.socket.close()

    def _readable(self) -> None:
        receiver, on_run = self._receiver, self._handle_run
        for _ in range(MAX_READS_PER_WAKE_UP):
            runs = receiver.receive(self.socket)
            if runs:
                self._heard = self._loop.time()
            for run in runs:
                if on_run is not None and len(run) > 1 and on_run(receiver, run):
                    continue
                self._read_run(run)
            if receiver.drained:
                break

    def _read_run(self, run: range) -> None:
        receiver, on_media = self._receiver, self._handle_media
        memory = receiver.memory
        for start in run:
            if 127 < memory[start] < 192:
                on_media(receiver, start)
            else:
                self._handle_control(receiver.datagram(start))

    def _hold(self, receiver: BatchReceiver, start: int) -> None:
        """Keep media that overtook the end of the handshake for later; when too much comes, the rest is lost."""
        if len(self._held) < MAX_HELD_PACKETS:
            self._held.append(receiver.datagram(start))

    def _deliver_held(self) -> None:
        self._handle_media = self.on_media
        self._handle_run = self.on_run
        held, self._held = self._held, []
        for packet in held:
            self.on_media(self._receiver, self._receiver.place(packet))

    def _readable_unconnected(self) -> None:
        # Until ICE has chosen an address the sender matters, and there is no media.
        try:
            while not self._selected.done():
                data, address = self.socket.recvfrom(UNCONNECTED_BYTES)
                self._handle_control(data, (address[0], address[1]))
        except OSError:  # nothing more to read, or an ICMP error of a candidate that cannot be reached
            pass

    def _handle_control(self, data: bytes, source: Address | None = None) -> None:
        if not data or self._ice is None:
            return
        if data[0] < 4:
            address = source or self._ice.selected
            assert address is not None
            self._apply(self._ice.receive(data, address, self._loop.time()))
        elif 19 < data[0] < 64:
            self._dtls.feed(data)

    def _apply(self, effects: list[Effect]) -> None:
        assert self._ice is not None
        for effect in effects:
            match effect:
                case Transmit(data, address):
                    with contextlib.suppress(
                        OSError
                    ):  # unreachable candidates and full buffers: ICE tries again
                        if self._ice.selected is None:
                            self.socket.sendto(data, address)
                        else:
                            self.socket.send(data)
                case Selected(address):
                    self.socket.connect(address)
                    self._loop.add_reader(self.socket, self._readable)  # replaces the reader
                    if not self._selected.done():
                        self._selected.set_result(address)
                case ConsentLost():
                    self._ended()
        self._arm()

    def _arm(self) -> None:
        assert self._ice is not None
        if self._timer is not None:
            self._timer.cancel()
        if self._ice.deadline is not None and not self.closed:
            self._timer = self._loop.call_at(self._ice.deadline, self._timeout)

    def _timeout(self) -> None:
        assert self._ice is not None
        if self._ice.selected is not None:
            self._readable()  # whoever has no time to read must not take it for silence
        if not self.closed:
            self._apply(self._ice.handle_timeout(self._loop.time(), self._heard))

    def _ended(self) -> None:
        if not self.closed:
            self.closed = True
            self.on_closed()

    def _send_record(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self.socket.send(data)

    def _send(self, data: bytes) -> bool:
        try:
            self.socket.send(data)
        except OSError:
            return False
        return True


def _open_socket(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    enlarge(sock, BUFFER_BYTES)
    prepare(sock)
    sock.bind((host, 0))
    return sock

"""DTLS and SRTP of a synthetic peer: the one module here that uses aiortc's private seams.

aiortc's `RTCDtlsTransport` needs of its ICE transport only `role`, `_recv()` and `_send()` (a `DatagramPipe`
here), and after the handshake it holds the two libsrtp sessions. Its own receive loop stays, but sees DTLS
records only. tests/loadtest/test_dtls.py fails when a seam changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pylibsrtp
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsParameters, RTCDtlsTransport
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from loadtest.errors import ConnectError

SrtpError = pylibsrtp.Error
AES_128_GCM = rtcdtlstransport.SRTP_AEAD_AES_128_GCM
ALL_PROFILES = tuple(rtcdtlstransport.SRTP_PROFILES)
MAX_QUEUED_RECORDS = 32


class PeerCertificate(RTCCertificate):
    """A certificate that keeps its OpenSSL context, so that a thousand peers of one process share it."""

    _context: SSL.Context | None = None

    @classmethod
    def generate(cls) -> PeerCertificate:
        """A fresh self-signed P-256 certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key=key, cert=rtcdtlstransport.generate_certificate(key))

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint as the value of an `a=fingerprint` line."""
        digest = next(f for f in self.getFingerprints() if f.algorithm == "sha-256")
        return f"{digest.algorithm} {digest.value}"

    def _create_ssl_context(self, srtp_profiles: list[rtcdtlstransport.SRTPProtectionProfile]) -> SSL.Context:
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
        return self._context


class DatagramPipe:
    """Stands in for aiortc's ICE transport: DTLS records in from `feed`, out through `send`."""

    role = "controlling"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_now = send
        self._records: asyncio.Queue[bytes] = asyncio.Queue(MAX_QUEUED_RECORDS)
        self._closed = False

    def feed(self, record: bytes) -> None:
        """Hand in one received record; when the queue is full it is dropped (DTLS retransmits)."""
        if not self._records.full():
            self._records.put_nowait(record)

    def close(self) -> None:
        """Make the waiting side end as on a lost connection."""
        self._closed = True
        self.feed(b"")

    async def _recv(self) -> bytes:
        record = await self._records.get()
        if self._closed:
            raise ConnectionError("the peer is closed")
        return record

    async def _send(self, data: bytes) -> None:
        self._send_now(data)


class DtlsSession:
    """One DTLS association and the SRTP keys that come out of it."""

    def __init__(
        self,
        certificate: PeerCertificate,
        send: Callable[[bytes], None],
        *,
        profiles: Sequence[rtcdtlstransport.SRTPProtectionProfile] = ALL_PROFILES,
    ) -> None:
        self._pipe = DatagramPipe(send)
        # The pipe offers the three members of RTCIceTransport that are used, not the class.
        self._transport = RTCDtlsTransport(self._pipe, [certificate])  # type: ignore[arg-type]
        self._transport._srtp_profiles = list(profiles)
        self._on_closed: Callable[[], None] | None = None

    def feed(self, record: bytes) -> None:
        """Hand in one received datagram that is a DTLS record (first byte 20 to 63)."""
        self._pipe.feed(record)

    async def handshake(self, role: str, remote: RTCDtlsParameters) -> None:
        """Run the handshake as "client" or "server"; raises `ConnectError` when it ends without keys."""
        self._transport._set_role(role)
        await self._transport.start(remote)
        if self._transport.state != "connected":
            raise ConnectError(f"the DTLS handshake ended as {self._transport.state}")

    def on_closed(self, callback: Callable[[], None]) -> None:
        """Call back once when the server ends the association (close_notify)."""

        def state_changed() -> None:
            if self._transport.state == "closed":
                self._transport.remove_all_listeners()
                callback()

        self._transport.on("statechange", state_changed)

    def protect_rtp(self, packet: bytes) -> bytes:
        """SRTP of one RTP packet."""
        return self._transport._tx_srtp.protect(packet)

    def protect_rtcp(self, packet: bytes) -> bytes:
        """SRTCP of one compound RTCP packet."""
        return self._transport._tx_srtp.protect_rtcp(packet)

    def unprotect_rtp(self, packet: bytes) -> bytes:
        """The RTP packet in an SRTP packet; raises `SrtpError` when it is not authentic."""
        return self._transport._rx_srtp.unprotect(packet)

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """The RTCP packet in an SRTCP packet; raises `SrtpError` when it is not authentic."""
        return self._transport._rx_srtp.unprotect_rtcp(packet)

    async def close(self, *, notify: bool = True) -> None:
        """End the association; with `notify` the server is told by a close_notify record."""
        self._transport.remove_all_listeners()
        if notify:
            await self._transport.stop()
        self._pipe.close()
        if (task := self._transport._task) is not None:
            task.cancel()

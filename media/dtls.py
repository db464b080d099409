"""DTLS-SRTP (RFC 5763, RFC 5764) by aiortc, and the only module that uses aiortc's private seams.

`RTCDtlsTransport` is given an object with `role`, `_recv()` and `_send()` in place of its ICE transport. Its
handshake, timers and certificate check are used; its per-packet receive loop is not: once connected, SRTP is
read from the socket by the session, and only DTLS records (a retransmitted last flight, the peer's close)
come here. aiortc is pinned exactly; tests/media/test_seams.py fails when a seam changes.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiortc import rtcdtlstransport as _aiortc
from OpenSSL import SSL

from .description import DtlsRole, Fingerprint
from .errors import DtlsFailed
from .native.gcm import open_gcm
from .srtp import InboundSrtp, OutboundSrtp

HANDSHAKE_TIMEOUT_S = 15.0
_MAX_QUEUED_RECORDS = 32
"""DTLS datagrams waiting to be read; further ones are dropped, and the peer retransmits."""

# Ours is an ECDSA certificate; the RSA suites matter when we are the client of a peer with an RSA
# certificate.
_CIPHERS = b":".join(
    b"ECDHE-" + signature + b"-" + cipher
    for signature in (b"ECDSA", b"RSA")
    for cipher in (
        b"AES128-GCM-SHA256",
        b"AES256-GCM-SHA384",
        b"CHACHA20-POLY1305",
        b"AES128-SHA",
        b"AES256-SHA",
    )
)
_RELEASE_BUFFERS = 0x10  # SSL_MODE_RELEASE_BUFFERS, which pyOpenSSL has no name for
_P224_HINT = (
    " (a peer with a P-224 certificate, as FFmpeg's GnuTLS builds make by default, needs a P-256 one: "
    "cert_file and key_file)"
)
_GCM_TAG_BYTES, _SHA1_80_TAG_BYTES = 16, 10
# AES-128-GCM first: as strong as the handshake, and the cheapest to forward.
_GCM_PROFILES = [_aiortc.SRTP_AEAD_AES_128_GCM, _aiortc.SRTP_AEAD_AES_256_GCM]
_PROFILES = [*_GCM_PROFILES, _aiortc.SRTP_AES128_CM_SHA1_80]
_KEYING_LABEL = b"EXTRACTOR-dtls_srtp"  # RFC 5764 section 4.2


class Certificate(_aiortc.RTCCertificate):
    """The process's certificate, with one OpenSSL context for all its connections."""

    def _create_ssl_context(self, srtp_profiles: list[_aiortc.SRTPProtectionProfile]) -> SSL.Context:
        context: SSL.Context | None = self.__dict__.get("_context")
        if context is None:
            context = super()._create_ssl_context(srtp_profiles)
            context.set_cipher_list(_CIPHERS)
            # Nobody resumes a DTLS-SRTP session: keep none, and no record buffers of idle connections.
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
            context.set_mode(_RELEASE_BUFFERS)
            self._context = context
        return context

    @property
    def fingerprint(self) -> Fingerprint:
        """SHA-256 of the certificate."""
        return next(
            Fingerprint(f.algorithm, f.value) for f in self.getFingerprints() if f.algorithm == "sha-256"
        )


@dataclass(frozen=True, slots=True)
class SrtpPair:
    """The two SRTP sessions of a connected peer, and the name of their protection profile."""

    inbound: InboundSrtp
    outbound: OutboundSrtp
    profile: str


class _Wire:
    """What aiortc takes for an ICE transport."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self.role = "controlled"
        self.records: asyncio.Queue[bytes | None] = asyncio.Queue(_MAX_QUEUED_RECORDS)
        self._send_datagram = send

    async def _recv(self) -> bytes:
        record = await self.records.get()
        if record is None:
            raise ConnectionError
        return record

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)


class _Transport(_aiortc.RTCDtlsTransport):
    """Reports the end of the connection, and the reason why a handshake failed, to its owner."""

    def __init__(self, wire: _Wire, certificate: Certificate, closed: Callable[[], None]) -> None:
        super().__init__(wire, [certificate])  # type: ignore[arg-type]  # a _Wire stands in for the ICE transport
        self._srtp_profiles = _PROFILES
        self._closed = closed
        self.failure = ""

    async def _do_handshake(self) -> None:
        connection = self.connection
        try:
            while not self.encrypted:
                try:
                    connection.do_handshake()
                except SSL.WantReadError:
                    await self._write_ssl()
                    await self._receive_record()
                else:
                    self.encrypted = True
                    await self._write_ssl()
        except SSL.Error as error:
            self.failure = _openssl_reason(error)
            await self._write_ssl()  # the alert that tells the peer
            self._set_state(_aiortc.State.FAILED)
        except ConnectionError:
            self.failure = "the peer closed the connection"
            self._set_state(_aiortc.State.FAILED)

    def forget_owner(self) -> None:
        """Report no end of the connection any more."""
        self._closed = _nothing

    def release(self) -> None:
        """End the receive loop and free OpenSSL's objects."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._ssl = None

    async def _receive_record(self) -> None:
        """Give OpenSSL the next datagram of the handshake, or let its timer send ours again. `_recv_next` would read
        as well, and with it swallow the reason of a failure.
        """
        connection = self.connection
        try:
            record = await asyncio.wait_for(self.transport._recv(), connection.DTLSv1_get_timeout())
        except TimeoutError:
            connection.DTLSv1_handle_timeout()
        else:
            connection.bio_write(record)

    @property
    def connection(self) -> SSL.Connection:
        """OpenSSL's connection; there is one from `start` on."""
        connection = self._ssl
        if connection is None:
            raise DtlsFailed("the handshake has not begun")
        return connection

    def _set_state(self, state: _aiortc.State) -> None:
        super()._set_state(state)
        if state == _aiortc.State.CLOSED:
            self._closed()


class DtlsConnection:
    """One peer's DTLS connection.

    Feed every DTLS datagram to `receive`; `send` is called with those to send; `closed` once, when the peer
    closes a connected session.
    """

    def __init__(
        self,
        certificate: Certificate,
        role: DtlsRole,
        fingerprints: tuple[Fingerprint, ...],
        send: Callable[[bytes], None],
        closed: Callable[[], None],
    ) -> None:
        self._wire = _Wire(send)
        self._transport = _Transport(self._wire, certificate, closed)
        self._transport._set_role(role.value)
        self._fingerprints = fingerprints

    def receive(self, datagram: bytes) -> None:
        """Take a DTLS datagram. Dropped when too many wait."""
        with contextlib.suppress(asyncio.QueueFull):
            self._wire.records.put_nowait(datagram)

    async def connect(self) -> SrtpPair:
        """Do the handshake and check the peer's certificate. Raises `DtlsFailed`."""
        if not self._fingerprints:
            raise DtlsFailed("the offer names no certificate fingerprint")
        parameters = _aiortc.RTCDtlsParameters(
            fingerprints=[_aiortc.RTCDtlsFingerprint(f.algorithm, f.value) for f in self._fingerprints]
        )
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                await self._transport.start(parameters)
        except TimeoutError:
            raise DtlsFailed(f"no DTLS handshake within {HANDSHAKE_TIMEOUT_S:g} s") from None
        if self._transport.state != "connected":
            raise DtlsFailed(
                self._transport.failure or "the peer's certificate or SRTP profiles do not fit the offer"
            )
        profile: bytes = self._transport.connection.get_selected_srtp_profile()
        inbound: Any = self._transport._rx_srtp
        return SrtpPair(InboundSrtp(inbound), self._outbound(profile), profile.decode())

    def _outbound(self, profile: bytes) -> OutboundSrtp:
        session: Any = self._transport._tx_srtp
        for each in _GCM_PROFILES:
            if each.openssl_profile == profile:
                library = open_gcm()
                gcm = library.sender(self._sending_key(each)) if library is not None else None
                return OutboundSrtp(session, _GCM_TAG_BYTES, gcm)
        return OutboundSrtp(session, _SHA1_80_TAG_BYTES)

    def _sending_key(self, profile: _aiortc.SRTPProtectionProfile) -> bytes:
        """The master key and salt that aiortc gave the session for what is sent."""
        size = 2 * (profile.key_length + profile.salt_length)
        material = self._transport.connection.export_keying_material(_KEYING_LABEL, size)
        return profile.get_key_and_salt(material, 1 if self._transport._role == "server" else 0)

    async def close(self) -> None:
        """Tell the peer (close_notify) and stop."""
        await self._transport.stop()

    def retire(self) -> bytes:
        """Let go of OpenSSL's state, some 90 KB, and return the datagram that closes the connection later.

        For a connected peer that is known to have its keys: nothing but the close is left to say. The peer's own
        close can no longer be authenticated.
        """
        transport = self._transport
        transport.forget_owner()
        connection = transport.connection
        farewell = b""
        with contextlib.suppress(SSL.Error):
            connection.shutdown()
        with contextlib.suppress(SSL.Error):
            farewell = connection.bio_read(1500)
        transport.release()
        return farewell


def _nothing() -> None:
    pass


def _openssl_reason(error: SSL.Error) -> str:
    """OpenSSL's words, with a hint where the cause is known."""
    reasons = [
        str(entry[-1]) for entry in (error.args[0] if error.args and isinstance(error.args[0], list) else [])
    ]
    text = "; ".join(reason for reason in reasons if reason) or "the peer aborted the handshake"
    if any(word in text for word in ("wrong curve", "unsupported", "illegal parameter", "bad ecpoint")):
        text += _P224_HINT
    return text

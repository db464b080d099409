"""The private seams of aiortc that loadtest/dtls.py stands on."""

from __future__ import annotations

import asyncio

import pytest
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters

from loadtest.dtls import AES_128_GCM, DtlsSession, PeerCertificate, SrtpError
from loadtest.errors import ConnectError

RTP = bytes((0x80, 111, 0, 1)) + bytes(8) + b"music"


def pair() -> tuple[DtlsSession, DtlsSession, PeerCertificate]:
    """Two sessions whose records reach each other at once."""
    certificate = PeerCertificate.generate()
    client = DtlsSession(certificate, lambda data: server.feed(data), profiles=[AES_128_GCM])
    server = DtlsSession(certificate, client.feed, profiles=[AES_128_GCM])
    return client, server, certificate


def parameters(certificate: PeerCertificate) -> RTCDtlsParameters:
    algorithm, value = certificate.fingerprint.split()
    return RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value)])


async def test_both_roles_agree_on_keys_and_the_close_is_noticed() -> None:
    client, server, certificate = pair()
    remote = parameters(certificate)
    await asyncio.gather(client.handshake("client", remote), server.handshake("server", remote))

    assert server.unprotect_rtp(client.protect_rtp(RTP)) == RTP
    assert client.unprotect_rtp(server.protect_rtp(RTP)) == RTP
    with pytest.raises(SrtpError):
        server.unprotect_rtp(client.protect_rtp(RTP)[:-1] + b"?")

    closed = asyncio.Event()
    client.on_closed(closed.set)
    await server.close()
    await asyncio.wait_for(closed.wait(), 5)
    await client.close()


async def test_a_peer_with_another_fingerprint_is_refused() -> None:
    client, server, certificate = pair()
    stranger = parameters(PeerCertificate.generate())
    results = await asyncio.gather(
        client.handshake("client", stranger),
        server.handshake("server", parameters(certificate)),
        return_exceptions=True,
    )
    assert isinstance(results[0], ConnectError)
    await client.close()
    await server.close()

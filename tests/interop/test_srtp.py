"""Every SRTP profile and certificate kind that a peer may bring."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiortc import rtcdtlstransport as aiortc

from loadtest.dtls import PeerCertificate
from loadtest.media import Material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from loadtest.viewer import Viewer, ViewerOptions
from tests.interop.certificates import make_certificate, make_key
from tests.interop.conftest import Stage
from tests.polling import eventually

TIMEOUT_S = 40.0
PROFILES = {
    "SRTP_AEAD_AES_128_GCM": aiortc.SRTP_AEAD_AES_128_GCM,
    "SRTP_AEAD_AES_256_GCM": aiortc.SRTP_AEAD_AES_256_GCM,
    "SRTP_AES128_CM_SHA1_80": aiortc.SRTP_AES128_CM_SHA1_80,
}


def _certificate(kind: str) -> PeerCertificate:
    key = make_key(kind)
    # aiortc's type says elliptic curves; it hands the key to OpenSSL, which takes both.
    return PeerCertificate(key=key, cert=make_certificate(key))  # type: ignore[arg-type, unused-ignore]


@pytest.mark.parametrize("kind", ["P-256", "RSA"])
async def test_viewers_of_every_profile_decrypt_the_same_broadcast(
    stage: Stage, http: aiohttp.ClientSession, material: Material, kind: str
) -> None:
    publisher = Publisher(SignalingClient(http), material, certificate=_certificate(kind))
    await publisher.start(stage.whip, bearer=stage.key)
    await stage.server.until_live(stage.channel)
    viewers = {
        name: Viewer(
            SignalingClient(http), certificate=_certificate(kind), options=ViewerOptions(profiles=(profile,))
        )
        for name, profile in PROFILES.items()
    }
    for viewer in viewers.values():
        await viewer.join(stage.whep)
        await asyncio.wait_for(viewer.first_keyframe.wait(), TIMEOUT_S)
    await eventually(
        lambda: all(viewer.packets > 100 and viewer.lost == 0 for viewer in viewers.values()),
        what="100 packets each, and none missing",
    )
    assert not any(viewer.stats.rejected for viewer in viewers.values())
    connected = stage.server.events("session_connected")
    assert {event["srtp"] for event in connected if event["role"] == "viewer"} == set(PROFILES)
    for viewer in viewers.values():
        await viewer.leave()
    await publisher.stop()

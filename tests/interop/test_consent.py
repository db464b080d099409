"""A viewer that vanishes without a word is forgotten when its consent expires (RFC 7675)."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from loadtest.dtls import PeerCertificate
from loadtest.media import Material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from loadtest.viewer import Viewer
from tests.interop.conftest import Stage
from tests.polling import eventually

CONSENT_S = 30.0


@pytest.mark.slow
async def test_a_viewer_that_stops_answering_is_forgotten_and_others_stay(
    stage: Stage, http: aiohttp.ClientSession, material: Material
) -> None:
    publisher = Publisher(SignalingClient(http), material)
    await publisher.start(stage.whip, bearer=stage.key)
    await stage.server.until_live(stage.channel)
    staying, vanishing = (
        Viewer(SignalingClient(http), certificate=PeerCertificate.generate()) for _ in range(2)
    )
    for viewer in (staying, vanishing):
        await viewer.join(stage.whep)
        await asyncio.wait_for(viewer.first_keyframe.wait(), 40)
    assert (await stage.server.channel(stage.channel))["viewers"] == 2

    await vanishing.leave(notify=False)
    await eventually(
        lambda: stage.server.channel(stage.channel),
        lambda seen: seen["viewers"] == 1,
        what="one viewer",
        timeout_s=CONSENT_S + 60,
    )
    assert any(event["reason"] == "consent expired" for event in stage.server.events("peer_gone"))
    assert not staying.closed.is_set()
    await staying.leave()
    await publisher.stop()

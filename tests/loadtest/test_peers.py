"""The synthetic peers against a WebRTC implementation of another make (aiortc's RTCPeerConnection)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import numpy as np
import pytest

from loadtest.dtls import PeerCertificate
from loadtest.errors import SignalingError
from loadtest.media import Material, read_counter
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from loadtest.viewer import Viewer

if TYPE_CHECKING:
    from tests.loadtest.conftest import Front

TIMEOUT_S = 20


async def test_a_published_picture_and_sound_are_decoded_at_the_other_side(
    front: Front, http: aiohttp.ClientSession, material: Material
) -> None:
    publisher = Publisher(SignalingClient(http), material)
    await publisher.start(f"{front.url}/whip/demo", bearer="secret")
    await asyncio.wait_for(front.media_seen.wait(), TIMEOUT_S)
    await publisher.stop()

    planes = [np.asarray(picture.to_ndarray(), np.uint8)[: picture.height] for picture in front.pictures[:6]]
    counters = [read_counter(plane) for plane in planes]
    assert counters == list(range(counters[0], counters[0] + 6))
    assert front.sounds[0].sample_rate == 48_000
    assert front.bearers == ["Bearer secret"]
    assert front.deleted == ["0"]
    assert publisher.stats.dropped == 0


async def test_a_viewer_counts_every_packet_and_sees_the_first_keyframe(
    front: Front, http: aiohttp.ClientSession
) -> None:
    viewer = Viewer(SignalingClient(http), certificate=PeerCertificate.generate())
    await viewer.join(f"{front.url}/whep/demo")
    await asyncio.wait_for(viewer.first_keyframe.wait(), TIMEOUT_S)
    await viewer.leave()

    times = viewer.stats.times
    assert times.answered_s is not None
    assert times.connected_s is not None
    assert times.first_keyframe_s is not None
    assert 0 < times.answered_s < times.connected_s <= times.first_keyframe_s
    assert viewer.stats.packets == sum(counter.received for counter in viewer.counters.values())
    assert viewer.lost == 0
    assert viewer.stats.rejected == 0
    assert front.deleted == ["0"]


async def test_a_viewer_notices_that_the_server_ended_its_session(
    front: Front, http: aiohttp.ClientSession
) -> None:
    viewer = Viewer(SignalingClient(http), certificate=PeerCertificate.generate())
    await viewer.join(f"{front.url}/whep/demo")
    await asyncio.wait_for(viewer.first_media.wait(), TIMEOUT_S)
    await front.connections["0"].close()
    await asyncio.wait_for(viewer.closed.wait(), TIMEOUT_S)
    await viewer.leave()


async def test_a_refusal_carries_the_status_and_the_problem_detail(
    front: Front, http: aiohttp.ClientSession, material: Material
) -> None:
    publisher = Publisher(SignalingClient(http), material)
    with pytest.raises(SignalingError) as refused:
        await publisher.start(f"{front.url}/whip/nothing", bearer="secret")
    assert refused.value.status == 404
    assert refused.value.detail == "no such channel"

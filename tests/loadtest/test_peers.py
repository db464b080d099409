"""The synthetic peers against a WebRTC implementation of another make (aiortc's RTCPeerConnection)."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
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
    assert viewer.packets > 0
    assert viewer.lost == 0
    assert viewer.stats.rejected == 0
    assert viewer.feedback_sent == 0, "this server wants none"
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


async def test_a_server_of_another_make_is_played_by_templates(front: Front, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text("duration_s = 3\n[publishers]\nwidth = 320\nheight = 180\nvideo_bps = 300_000\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest", str(scenario), "--target", "custom", "--url", front.url),
        *("--whip-url", "/whip/{channel}", "--whep-url", front.url + "/whep/{channel}", "--bearer", "secret"),
        *("--channel", "a b", "--viewers", "1", "--workers", "1", "--json", "-"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, words = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0, words.decode()
    counters = json.loads(output)["counters"]
    assert counters["joins_done"] == 1
    assert counters["packets"] > 50
    assert "secret" not in output.decode() + words.decode()
    assert front.bearers == ["Bearer secret", None], "the publisher's key is nothing for viewers"
    assert sorted(front.deleted) == ["0", "1"]


async def test_a_refusal_carries_the_status_and_the_problem_detail(
    front: Front, http: aiohttp.ClientSession, material: Material
) -> None:
    publisher = Publisher(SignalingClient(http), material)
    with pytest.raises(SignalingError) as refused:
        await publisher.start(f"{front.url}/whip/nothing", bearer="secret")
    assert refused.value.status == 404
    assert refused.value.detail == "no such channel"

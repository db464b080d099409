"""FFmpeg's WHIP muxer publishes real H264 and Opus; a viewer of another make receives them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import av
import pytest

from loadtest.dtls import PeerCertificate
from loadtest.signaling import SignalingClient
from loadtest.viewer import Viewer
from tests.conftest import Need
from tests.interop.certificates import write_certificate
from tests.interop.conftest import Stage
from tests.polling import eventually

TIMEOUT_S = 40.0
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def whip_muxer(need: Need) -> None:
    need("whip" in av.formats_available, "a PyAV whose FFmpeg has the whip muxer (8.0 or newer, with DTLS)")


@contextlib.asynccontextmanager
async def ffmpeg(stage: Stage, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """FFmpeg publishing to the stage; ended by the end of its input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.interop.ffmpeg_publisher", "--url", stage.whip, *options),
        env={**os.environ, "HARMONIE_STREAM_KEY": stage.key},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), TIMEOUT_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _watch(stage: Stage, http: aiohttp.ClientSession) -> Viewer:
    viewer = Viewer(SignalingClient(http), certificate=PeerCertificate.generate())
    await viewer.join(stage.whep)
    await asyncio.wait_for(viewer.first_keyframe.wait(), TIMEOUT_S)
    await eventually(lambda: viewer.packets > 100, what="100 packets")
    return viewer


@pytest.mark.parametrize("role", ["passive", "active"])
@pytest.mark.parametrize("kind", ["P-256", "RSA"])
async def test_ffmpeg_is_watched_in_either_dtls_role_with_either_certificate(
    stage: Stage, http: aiohttp.ClientSession, tmp_path: Path, role: str, kind: str
) -> None:
    files = write_certificate(tmp_path, kind)
    options = ["--certificate", str(files.certificate), "--private-key", str(files.private_key)]
    if role == "active":
        options.append("--dtls-active")
    async with ffmpeg(stage, *options) as publisher:
        channel = await stage.server.until_live(stage.channel)
        assert (channel["video_codec"], channel["audio_codec"]) == ("H264", "opus")
        viewer = await _watch(stage, http)
        await eventually(lambda: viewer.lost == 0, what="every packet")
        assert all(counter.received for counter in viewer.counters.values())
        await viewer.leave()
    # FFmpeg says goodbye (DELETE), so the broadcast ends at once and not after the grace period.
    assert publisher.returncode == 0
    await eventually(
        lambda: stage.server.channel(stage.channel), lambda seen: not seen["live"], what="the end"
    )


async def test_a_broadcast_without_sound_is_watched(
    stage: Stage, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    files = write_certificate(tmp_path, "P-256")
    options = ("--certificate", str(files.certificate), "--private-key", str(files.private_key))
    async with ffmpeg(stage, "--video-only", *options):
        channel = await stage.server.until_live(stage.channel)
        assert (channel["video"], channel["audio"]) == (True, False)
        viewer = await _watch(stage, http)
        await eventually(lambda: viewer.lost == 0, what="every packet")
        await viewer.leave()


@pytest.mark.parametrize("role", ["passive", "active"])
async def test_the_log_says_why_ffmpegs_own_certificate_does_not_do(stage: Stage, role: str) -> None:
    async with ffmpeg(stage, *(["--dtls-active"] if role == "active" else [])):
        failures = await eventually(lambda: stage.server.events("dtls_failed"), what="the reason in the log")
    assert "cert_file" in failures[0]["reason"]
    assert not (await stage.server.channel(stage.channel))["live"]


async def test_ffmpeg_is_told_that_its_key_is_wrong(stage: Stage) -> None:
    wrong = Stage(stage.server, stage.channel, "not-the-key")
    async with ffmpeg(wrong) as publisher:
        assert await asyncio.wait_for(publisher.wait(), TIMEOUT_S) != 0
    assert not (await stage.server.channel(stage.channel))["live"]

"""aiortc's own RTCPeerConnection (full ICE, its own encoders and decoders) publishes and watches."""

from __future__ import annotations

import asyncio
import contextlib
import fractions
from collections.abc import AsyncIterator, Callable

import aiohttp
import aioice.ice
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame

from loadtest.media import Material
from loadtest.publisher import Publisher
from loadtest.relay import Impairment, Relay, through_relay
from loadtest.signaling import Session, SignalingClient
from tests.interop.conftest import Stage
from tests.polling import eventually

WIDTH, HEIGHT = 320, 240
RATE_HZ, SAMPLES, TONE_HZ = 48_000, 960, 500
DARK, BRIGHT = 40, 200


class Halves(VideoStreamTrack):
    """A dark and a bright half, which change places every second."""

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        luma = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        swapped = pts // 90_000 % 2
        luma[:HEIGHT, : WIDTH // 2] = BRIGHT if swapped else DARK
        luma[:HEIGHT, WIDTH // 2 :] = DARK if swapped else BRIGHT
        frame = VideoFrame.from_ndarray(luma, format="yuv420p")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    """A steady tone at the pace of the clock."""

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        self._began_s = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        due_s = self._began_s + self._sent / RATE_HZ
        await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
        time_s = (np.arange(SAMPLES) + self._sent) / RATE_HZ
        samples = (np.sin(2 * np.pi * TONE_HZ * time_s) * 12_000).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, self._sent
        frame.time_base = fractions.Fraction(1, RATE_HZ)
        self._sent += SAMPLES
        return frame


class Watching:
    """What a watching connection has decoded."""

    def __init__(self) -> None:
        self.pictures: list[VideoFrame] = []
        self.sounds: list[AudioFrame] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._keep(track)))

    async def stop(self) -> None:
        await asyncio.gather(*self._tasks)

    async def _keep(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    self.pictures.append(frame)
                elif isinstance(frame, AudioFrame):
                    self.sounds.append(frame)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


def _as_it_is(answer: str) -> str:
    return answer


async def _negotiate(
    connection: RTCPeerConnection,
    signaling: SignalingClient,
    url: str,
    *,
    bearer: str | None = None,
    edit: Callable[[str], str] = _as_it_is,
) -> Session:
    await connection.setLocalDescription(await connection.createOffer())
    session = await signaling.post_offer(url, connection.localDescription.sdp, bearer=bearer)
    await connection.setRemoteDescription(RTCSessionDescription(edit(session.answer), "answer"))
    return session


@contextlib.asynccontextmanager
async def publishing(stage: Stage, http: aiohttp.ClientSession, codec: str) -> AsyncIterator[None]:
    """aiortc publishing `Halves` and `Tone`."""
    connection = RTCPeerConnection()
    transceiver = connection.addTransceiver(Halves(), direction="sendonly")
    codecs = RTCRtpSender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([each for each in codecs if each.name.upper() == codec])
    connection.addTransceiver(Tone(), direction="sendonly")
    signaling = SignalingClient(http)
    session = await _negotiate(connection, signaling, stage.whip, bearer=stage.key)
    try:
        await stage.server.until_live(stage.channel)
        yield
    finally:
        await signaling.delete(session)
        await connection.close()


@contextlib.asynccontextmanager
async def watching(
    stage: Stage, http: aiohttp.ClientSession, *, edit: Callable[[str], str] = _as_it_is
) -> AsyncIterator[Watching]:
    """aiortc watching and decoding."""
    connection = RTCPeerConnection()
    seen = Watching()
    connection.on("track", seen.start)
    connection.addTransceiver("video", direction="recvonly")
    connection.addTransceiver("audio", direction="recvonly")
    signaling = SignalingClient(http)
    session = await _negotiate(connection, signaling, stage.whep, edit=edit)
    try:
        yield seen
    finally:
        await signaling.delete(session)
        await connection.close()
        await seen.stop()


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_aiortc_publishes_and_watches(stage: Stage, http: aiohttp.ClientSession, codec: str) -> None:
    async with publishing(stage, http, codec), watching(stage, http) as seen:
        await eventually(lambda: len(seen.pictures) > 40 and len(seen.sounds) > 60, what="pictures and sound")
        assert (await stage.server.channel(stage.channel))["video_codec"] == codec
    left = [
        float(picture.to_ndarray()[HEIGHT // 2, 20 : WIDTH // 2 - 20].mean()) for picture in seen.pictures
    ]
    assert any(abs(level - DARK) < 15 for level in left)
    assert any(abs(level - BRIGHT) < 15 for level in left)
    assert _loudest_hz(seen.sounds[30:50]) == pytest.approx(TONE_HZ, abs=30)


async def test_aiortc_watches_over_a_bad_network(
    stage: Stage, http: aiohttp.ClientSession, material: Material
) -> None:
    publisher = Publisher(SignalingClient(http), material)
    await publisher.start(stage.whip, bearer=stage.key)
    await stage.server.until_live(stage.channel)
    bad = Impairment(lost_share=0.03, delay_ms=10, late_share=0.02)
    async with Relay.running((stage.server.host, stage.server.udp_port), to_peer=bad) as relay:

        def edit(answer: str) -> str:
            return through_relay(answer, stage.server.udp_port, relay.port)

        async with watching(stage, http, edit=edit) as seen:
            await eventually(
                lambda: len(seen.pictures) > 90 and relay.counts_to_peer.lost > 5,
                what="90 pictures and losses",
            )
            assert await stage.server.metric("harmonie_retransmissions_total") > 0
    await publisher.stop()


def _loudest_hz(frames: list[AudioFrame]) -> float:
    samples = np.concatenate(
        [frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0] for frame in frames]
    )
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE_HZ / len(samples))

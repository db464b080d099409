"""Real peers take our answers: aiortc's RTCPeerConnection, and Chromium. No media flows here."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from media.description import CodecFormat, Fingerprint, HostCandidate, Kind, LocalPeer, TrackIdentity
from signaling.answer import publisher_answer, viewer_answer
from signaling.offer import parse_offer
from signaling.sdp import agree_to_publish, agree_to_view

Published = dict[Kind, tuple[CodecFormat, ...]]
KINDS = {"both": (Kind.AUDIO, Kind.VIDEO), "audio": (Kind.AUDIO,), "video": (Kind.VIDEO,)}
FINGERPRINT = Fingerprint("sha-256", ":".join(["AB"] * 32))
CANDIDATES = (HostCandidate("127.0.0.1", 9), HostCandidate("::1", 9))
IDENTITIES = {Kind.AUDIO: TrackIdentity(1001, 1002, "stage"), Kind.VIDEO: TrackIdentity(2001, 2002, "stage")}


def answer_publisher(offer: str) -> str:
    agreed = agree_to_publish(parse_offer(offer))
    local = LocalPeer("s", "ourUfrag", "ourPasswordOfTwentyTwo", agreed.remote.dtls_role)
    return publisher_answer(agreed, local, FINGERPRINT, CANDIDATES)


def answer_viewer(offer: str, published: Published) -> str:
    agreed = agree_to_view(parse_offer(offer), published)
    local = LocalPeer("s", "ourUfrag", "ourPasswordOfTwentyTwo", agreed.remote.dtls_role)
    return viewer_answer(agreed, local, FINGERPRINT, CANDIDATES, IDENTITIES)


@pytest.mark.parametrize("kinds", KINDS)
async def test_aiortc_publishes(kinds: str) -> None:
    peer = RTCPeerConnection()
    for kind in KINDS[kinds]:
        peer.addTrack(AudioStreamTrack() if kind is Kind.AUDIO else VideoStreamTrack())
    try:
        await peer.setLocalDescription(await peer.createOffer())
        await peer.setRemoteDescription(
            RTCSessionDescription(answer_publisher(peer.localDescription.sdp), "answer")
        )
        assert {transceiver.currentDirection for transceiver in peer.getTransceivers()} == {"sendonly"}
    finally:
        await peer.close()


@pytest.mark.parametrize("kinds", KINDS)
async def test_aiortc_watches(published: Published, kinds: str) -> None:
    peer = RTCPeerConnection()
    peer.addTransceiver("audio", direction="recvonly")
    peer.addTransceiver("video", direction="recvonly")
    try:
        await peer.setLocalDescription(await peer.createOffer())
        live = {kind: published[kind] for kind in KINDS[kinds]}
        await peer.setRemoteDescription(
            RTCSessionDescription(answer_viewer(peer.localDescription.sdp, live), "answer")
        )
        directions = {each.kind: each.currentDirection for each in peer.getTransceivers()}
        assert directions == {kind: "recvonly" if kind in live else "inactive" for kind in ("audio", "video")}
    finally:
        await peer.close()


CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
]
NEGOTIATE = """async ([role, kinds]) => {
  const peer = new RTCPeerConnection();
  const stream = role.startsWith('publish') && await navigator.mediaDevices.getUserMedia({audio: true, video: true});
  if (role === 'publish with data') peer.createDataChannel('x');
  for (const kind of kinds) {
    const track = stream && stream.getTracks().find(each => each.kind === kind);
    const sendEncodings = role === 'publish simulcast' && kind === 'video'
      ? [{rid: 'low', scaleResolutionDownBy: 4}, {rid: 'high'}] : undefined;
    if (track) peer.addTransceiver(track, {direction: 'sendonly', streams: [stream], sendEncodings});
    else peer.addTransceiver(kind, {direction: 'recvonly'});
  }
  await peer.setLocalDescription(await peer.createOffer());
  const answer = await window.answer(role, peer.localDescription.sdp);
  await peer.setRemoteDescription({type: 'answer', sdp: answer});
  const result = peer.getTransceivers().map(each => [each.receiver.track.kind, each.currentDirection,
    each.sender.track ? each.sender.getParameters().encodings.length : 0]);
  peer.close();
  return result;
}"""


@pytest.mark.browser
async def test_chromium_takes_every_answer(published: Published, chromium_page: Any) -> None:
    def answer(role: str, offer: str) -> str:
        if role.startswith("publish"):
            return answer_publisher(offer)
        live = {kind: published[kind] for kind in KINDS[role.removeprefix("watch ")]}
        return answer_viewer(offer, live)

    await chromium_page.expose_function("answer", answer)
    orders = (["audio", "video"], ["video", "audio"], ["audio"], ["video"])
    for role in ("publish", "publish with data", "publish simulcast"):
        for kinds in orders:
            assert await chromium_page.evaluate(NEGOTIATE, [role, kinds]) == [
                [kind, "sendonly", 1] for kind in kinds
            ], (role, kinds)
    for live in KINDS:
        for kinds in orders:
            if not set(kinds) & set(KINDS[live]):
                continue
            expected = [[kind, "recvonly" if kind in KINDS[live] else "inactive", 0] for kind in kinds]
            assert await chromium_page.evaluate(NEGOTIATE, [f"watch {live}", kinds]) == expected, (
                live,
                kinds,
            )


@pytest.fixture
async def chromium_page() -> AsyncIterator[Any]:
    """A page of a loopback origin, where devices may be used; skipped where Chromium is not installed."""
    playwright_api = pytest.importorskip("playwright.async_api")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed")
    app = web.Application()
    app.router.add_get("/", _blank_page)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with playwright_api.async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
            page = await browser.new_page()
            await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
            yield page
            await browser.close()
    finally:
        await runner.cleanup()


async def _blank_page(_request: web.Request) -> web.Response:
    return web.Response(text="<!doctype html>", content_type="text/html")

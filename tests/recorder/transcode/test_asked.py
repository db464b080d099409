"""Over HTTP: what is made only when a player asks for it."""

import re

import aiohttp

from loadtest.media import Material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from recorder.hls.handlers import HLS
from recorder.hls.status import Encoder
from tests.accounts.conftest import Person
from tests.polling import eventually
from tests.recorder.conftest import Client, client, material, miles, miles_key

__all__ = ["client", "material", "miles", "miles_key"]


async def test_aac_is_offered_at_once_and_made_when_it_is_asked_for(
    client: Client, http: aiohttp.ClientSession, miles: Person, miles_key: str, material: Material
) -> None:
    assert client.app is not None
    stats = client.app[HLS].stats
    publisher = Publisher(SignalingClient(http), material)
    await publisher.start(str(client.make_url("/whip/miles")), bearer=miles_key)
    index = await eventually(
        lambda: client.get("/hls/miles/index.m3u8"), lambda reply: reply.status == 200, what="HLS"
    )
    text = await index.text()
    variants = re.findall(r"CODECS=\"([^\"]+)\"", text)
    assert {each.partition(",")[2] or each for each in variants} == {"opus", "mp4a.40.2"}
    assert 'GROUP-ID="aac"' in text
    assert stats.tracks_encoded == 0

    (path,) = set(re.findall(r"\w+/aac\.m3u8", text))
    playlist = await client.get(f"/hls/miles/{path}")
    lines = (await playlist.text()).splitlines()
    assert playlist.status == 200
    assert stats.tracks_encoded == 1
    uri = (
        next(line for line in lines if line.startswith("#EXT-X-PART:"))
        .partition('URI="')[2]
        .partition('"')[0]
    )
    piece = await client.get(f"/hls/miles/{path.partition('/')[0]}/{uri}")
    assert (piece.status, piece.content_type) == (200, "audio/mp4")
    assert (await piece.read())[4:8] == b"moof"
    assert (await client.get(f"/hls/miles/{path.replace('aac', '480p')}")).status == 404
    # The owner is told what is made, and when the machine does not keep up with it.
    status = await miles.call("GET", "/channels/miles/hls")
    assert status.body == {"making": True, "viewers": 0, "tracks": ["aac"], "encoder": None}
    streams = client.app[HLS].streams
    streams.wanted("miles").encoder_troubled(Encoder.BEHIND)
    assert (await miles.call("GET", "/channels/miles/hls")).body["encoder"] == "behind"
    assert (await client.get("/api/v1/channels/miles/hls")).status == 401
    metrics = await (await client.get("/metrics")).text()
    assert "harmonie_hls_tracks_encoded 1.0" in metrics
    await publisher.stop()
    await eventually(lambda: stats.tracks_encoded, lambda count: count == 0, what="its end")
    assert (await miles.call("GET", "/channels/miles/hls")).body["making"] is False

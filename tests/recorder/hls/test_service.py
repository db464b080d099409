"""A real broadcast over WHIP as HLS: what players, CDNs and crowds get, and what happens when things break."""

import asyncio
import os
import re
import signal
from typing import Any

import aiohttp
import av
import numpy as np
from av.video.frame import VideoFrame

from loadtest.media import Material, read_counter
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from recorder.hls.handlers import HLS
from tests.polling import eventually
from tests.recorder.conftest import Client

from .rules import Media, check_media, check_multivariant, check_update, merge


async def get(client: Client, path: str, **headers: str) -> tuple[aiohttp.ClientResponse, str]:
    reply = await client.get(path, headers=headers)
    return reply, await reply.text()


async def publish(client: Client, http: aiohttp.ClientSession, material: Material, key: str) -> Publisher:
    publisher = Publisher(SignalingClient(http), material)
    await publisher.start(str(client.make_url("/whip/miles")), bearer=key)
    await eventually(
        lambda: client.get("/api/v1/channels/miles"), lambda reply: reply.status == 200, what="a channel"
    )
    return publisher


async def index_of(client: Client) -> str:
    """The multivariant playlist, once the channel is live."""
    reply, text = await eventually(
        lambda: get(client, "/hls/miles/index.m3u8"), lambda each: each[0].status == 200, what="HLS"
    )
    assert reply.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert reply.headers["Cache-Control"] == "no-store"
    return str(text)


async def media_of(client: Client, base: str, **query: Any) -> Media:
    asked = "&".join(f"_HLS_{name}={value}" for name, value in query.items())
    reply, text = await get(client, f"{base}{'&' if '?' in base else '?'}{asked}")
    assert reply.status == 200, text
    playlist = check_media(text)
    assert not playlist.broken, text
    return playlist


async def viewers(client: Client) -> int:
    async with client.get("/api/v1/channels/miles") as reply:
        return int((await reply.json())["viewers"])


def edge(playlist: Media) -> tuple[int, int]:
    """Segment and part that come next."""
    assert playlist.hint is not None
    found = re.fullmatch(r"\w+/(\d+)\.(\d+)\.m4s", playlist.hint)
    assert found is not None
    return int(found[1]), int(found[2])


async def test_a_broadcast_is_watched_by_hls(
    client: Client, http: aiohttp.ClientSession, miles_key: str, material: Material
) -> None:
    reply, _ = await get(client, "/hls/miles/index.m3u8")
    assert (reply.status, reply.content_type) == (404, "application/problem+json")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    publisher = await publish(client, http, material, miles_key)

    index = await index_of(client)
    assert check_multivariant(index) == []
    (player,) = set(re.findall(r"\.m3u8\?player=([\w-]{16})", index))
    uris = re.findall(r"\w+/\w+\.m3u8", index)
    video = "/hls/miles/" + next(uri for uri in uris if "video" in uri)
    audio = "/hls/miles/" + next(uri for uri in uris if "audio" in uri)
    first, sound = await media_of(client, video), await media_of(client, audio)
    assert set(first.reports) == {"audio.m3u8"}
    assert set(sound.reports) == {"video.m3u8"}

    # Who plays is a viewer of the channel, whatever it asks for, and until it says that it is none.
    assert await viewers(client) == 0
    for each in (video, audio, video):
        await media_of(client, f"{each}?player={player}")
    await media_of(client, f"{video}?player=nobody")
    assert await viewers(client) == 1
    other = re.findall(r"player=([\w-]+)", await index_of(client))[0]
    assert (await client.delete(f"{video}?player={other}")).status == 204
    assert (await client.delete(video)).status == 404
    assert await viewers(client) == 1
    assert "harmonie_hls_viewers 1.0" in await (await client.get("/metrics")).text()
    assert (await client.delete(f"{video}?player={player}")).status == 204
    assert await viewers(client) == 0
    # A page that asks for a player, which asks again by itself, has the id to leave for it.
    _, again = await get(client, f"/hls/miles/index.m3u8?player={player}")
    assert set(re.findall(r"player=([\w-]+)", again)) == {player}
    _, wrong = await get(client, "/hls/miles/index.m3u8?player=me")
    assert "player=me" not in wrong

    # Pieces never change, are open to all, and are what was promised.
    base = video.rsplit("/", 1)[0]
    part = first.segments[-1].parts[0] if first.segments[-1].parts else first.segments[0].parts[0]
    for name in (part.uri, first.segments[0].map_uri, first.segments[0].uri):
        reply = await client.get(f"{base}/{name}")
        assert reply.status == 200, name
        assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        size = len(await reply.read())
        head = await client.head(f"{base}/{name}")
        assert (head.status, int(head.headers["Content-Length"])) == (200, size)
    assert (await client.get(f"{base}/video/99999.m4s")).status == 404
    assert (await client.get(f"{base}/video/..%2f..%2fsecret")).status == 404

    # A reload waits for what it names; a hundred of them cost one rendering.
    before = await media_of(client, video)
    msn, index_ = edge(before)
    hls = client.app[HLS]
    rendered = hls.stats.playlists_rendered
    crowd = await asyncio.gather(
        *(get(client, f"{video}?_HLS_msn={msn}&_HLS_part={index_}") for _ in range(100))
    )
    assert {reply.status for reply, _ in crowd} == {200}
    assert len({text for _, text in crowd}) <= 2
    assert hls.stats.playlists_rendered - rendered <= 3
    after = check_media(crowd[0][1])
    assert edge(after) > (msn, index_)
    assert check_update(before, after) == []
    # What is hinted at is held back until it is there.
    reply = await client.get(f"{base}/{after.hint}")
    assert reply.status in (200, 404)  # 404: a keyframe began another segment instead
    late = await media_of(client, video)
    for query, status in (
        (f"_HLS_msn={edge(late)[0] + 9}", 400),
        (f"_HLS_msn={edge(late)[0]}&_HLS_part=99", 400),
        ("_HLS_part=1", 400),
        ("_HLS_msn=x", 400),
    ):
        assert (await client.get(f"{video}?{query}")).status == status, query
    plain = await client.get(video, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers

    # Somebody else's player reads it, and decodes all of it.
    numbers = await asyncio.to_thread(decode, str(client.make_url("/hls/miles/index.m3u8")), 60)
    count = len(material.video.frames)
    assert numbers == [(numbers[0] + n) % count for n in range(len(numbers))]

    # The process is killed: the playlist goes on after a discontinuity, under the same names.
    old = await media_of(client, video)
    killed = hls.streams.process_id
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    new = await eventually(
        lambda: media_of(client, video),
        lambda seen: seen.segments[-1].discontinuities > old.segments[-1].discontinuities,
        what="it goes on",
    )
    assert check_update(old, new) == []
    assert hls.streams.process_id not in (None, killed)
    delta = await media_of(client, video, skip="YES")
    assert [each.msn for each in merge(new, delta).segments] >= [each.msn for each in new.segments]

    await publisher.stop()
    ended = await eventually(lambda: media_of(client, video), lambda seen: seen.ended, what="an end")
    assert check_update(new, ended) == []
    metrics = await (await client.get("/metrics")).text()
    assert "harmonie_hls_restarts_total 1.0" in metrics


async def test_nobody_asks_and_it_ends(
    client: Client, http: aiohttp.ClientSession, miles_key: str, material: Material
) -> None:
    publisher = await publish(client, http, material, miles_key)
    hls = client.app[HLS]
    hls.streams.idle_s = 0.5
    index = await index_of(client)

    async def streams() -> int:
        return hls.stats.streams

    await eventually(streams, lambda count: count == 0, what="it ends")
    await eventually(
        lambda: client.get(f"/hls/miles/{index.splitlines()[-1]}"),
        lambda reply: reply.status == 404,
        what="it is gone",
    )
    begun_again = await index_of(client)
    assert begun_again.splitlines()[-1].partition("/")[0] not in index  # under other names
    await publisher.stop()


def decode(url: str, frames: int) -> list[int]:
    """The counters of so many pictures, from the beginning of what there is."""
    numbers: list[int] = []
    with av.open(url, "r", options={"live_start_index": "0"}) as container:
        for frame in container.decode(video=0):
            assert isinstance(frame, VideoFrame)
            numbers.append(read_counter(np.asarray(frame.to_ndarray(format="gray"))))
            if len(numbers) == frames:
                return numbers
    return numbers

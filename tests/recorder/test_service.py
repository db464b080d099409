"""Real broadcasts over WHIP, recorded by the real process, and what their owner may do with them."""

import hashlib
import os
import signal
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from loadtest.media import Material, read_counter
from loadtest.publisher import Publisher
from loadtest.relay import Impairment, Relay
from loadtest.signaling import SignalingClient
from media.feature import PLANE
from recorder.handlers import RECORDER
from tests.accounts.conftest import Person
from tests.polling import eventually
from tests.recorder.conftest import Client
from tests.recorder.show import counters, probe
from tests.relayed import RelayedSignaling

URL = "/channels/miles/recordings"


async def publish(client: Client, http: aiohttp.ClientSession, material: Material, key: str) -> Publisher:
    publisher = Publisher(SignalingClient(http), material)
    await publisher.start(str(client.make_url("/whip/miles")), bearer=key)
    return publisher


async def recordings(miles: Person) -> list[dict[str, Any]]:
    reply = await miles.call("GET", URL)
    assert reply.status == 200, reply.body
    items: list[dict[str, Any]] = reply.body["items"]
    return items


async def current(miles: Person) -> Any:
    return (await miles.call("GET", "/channels/miles/recording")).body["current"]


async def until_kept_ms(miles: Person, duration_ms: int) -> None:
    await eventually(
        lambda: current(miles),
        lambda each: each is not None and each["duration_ms"] >= duration_ms,
        what="recorded",
    )


async def until_ready(miles: Person) -> dict[str, Any]:
    found = await eventually(
        lambda: recordings(miles), lambda each: [r["state"] for r in each] == ["ready"], what="a recording"
    )
    recording: dict[str, Any] = found[0]
    return recording


async def test_a_broadcast_is_recorded_and_its_owner_has_the_files(
    client: Client,
    http: aiohttp.ClientSession,
    miles: Person,
    fan: Person,
    miles_key: str,
    material: Material,
    tmp_path: Path,
) -> None:
    reply = await miles.call("PATCH", "/channels/miles/recording", {"policy": "always"})
    decided = {"policy": "always", "visibility": "private", "current": None, "keep_days": 0}
    assert reply.body == decided | {"refused": None}
    publisher = await publish(client, http, material, miles_key)
    await until_kept_ms(miles, 2_000)
    (going_on,) = await recordings(miles)
    assert (going_on["state"], going_on["visibility"]) == ("recording", "private")
    assert (await miles.call("DELETE", f"{URL}/{going_on['id']}")).status == 409
    await publisher.stop()

    recording = await until_ready(miles)
    (part,) = recording["parts"]
    assert (part["video_codec"], part["audio_codec"], part["width"], part["height"]) == (
        "H264",
        "opus",
        320,
        180,
    )
    assert recording["trouble"] is None
    assert recording["broadcast"] is not None
    assert 2_000 < recording["duration_ms"] < 60_000
    for other in (fan, None):
        status = (await fan.call("GET", URL)).status if other else (await client.get(part["url"])).status
        assert status in (401, 403)

    headers = {"Authorization": f"Bearer {miles.token}"}
    async with client.get(part["url"], headers=headers) as whole:
        content = await whole.read()
        assert whole.headers["Content-Type"] == "video/mp4"
    assert len(content) == part["size_bytes"]
    assert hashlib.sha256(content).hexdigest() == part["sha256"]
    async with client.get(part["url"], headers={**headers, "Range": "bytes=100-199"}) as piece:
        assert piece.status == 206
        assert await piece.read() == content[100:200]
    (tmp_path / "got.mp4").write_bytes(content)
    numbers = counters(tmp_path / "got.mp4", read_counter)
    assert len(numbers) > 50
    assert numbers == [(numbers[0] + n) % len(material.video.frames) for n in range(len(numbers))]

    shown = await eventually(
        lambda: recordings(miles), lambda each: each[0]["previews"] is not None, what="previews"
    )
    assert shown[0]["previews"]["poster"]
    assert -40 < shown[0]["previews"]["loudness_lufs"] < 0
    async with client.get(f"/api/v1{URL}/{recording['id']}/previews/poster", headers=headers) as poster:
        assert (await poster.read())[:3] == b"\xff\xd8\xff"
    async with client.get(f"/api/v1{URL}/{recording['id']}/previews/lock", headers=headers) as other_file:
        assert other_file.status == 404

    changed = await miles.call("PATCH", f"{URL}/{recording['id']}", {"visibility": "public"})
    assert changed.body["visibility"] == "public"
    assert (await miles.call("DELETE", f"{URL}/{recording['id']}")).status == 204
    assert await recordings(miles) == []
    assert not list((tmp_path / "recordings").iterdir())


async def test_what_the_network_loses_is_asked_for_again_and_the_file_is_whole(
    client: Client,
    http: aiohttp.ClientSession,
    miles: Person,
    miles_key: str,
    material: Material,
    tmp_path: Path,
) -> None:
    await miles.call("PATCH", "/channels/miles/recording", {"policy": "always"})
    server = ("127.0.0.1", client.app[PLANE].candidates[0].port)
    bad = Impairment(lost_share=0.03, delay_ms=15, late_share=0.02)
    async with Relay.running(server, to_server=bad) as relay:
        publisher = Publisher(RelayedSignaling(http, server[1], relay.port), material)
        await publisher.start(str(client.make_url("/whip/miles")), bearer=miles_key)
        await until_kept_ms(miles, 6_000)
        await publisher.stop()
    assert relay.counts_to_server.lost > 10
    recording = await until_ready(miles)
    (path,) = (tmp_path / "recordings" / recording["id"]).glob("part-0001-*")
    probe(path)
    numbers = counters(path, read_counter)
    steps = [(after - before) % len(material.video.frames) for before, after in pairwise(numbers)]
    assert len(numbers) > 100
    assert steps.count(1) >= 0.98 * len(steps)


async def test_with_ask_it_begins_and_ends_when_the_owner_says_so(
    client: Client, http: aiohttp.ClientSession, miles: Person, miles_key: str, material: Material
) -> None:
    assert (await miles.call("POST", "/channels/miles/recording/start")).status == 409
    wrong = await miles.call("PATCH", "/channels/miles/recording", {"visibility": "friends"})
    assert (wrong.status, "visibility" in wrong.body["detail"]) == (422, True)
    decided = await miles.call("PATCH", "/channels/miles/recording", {"visibility": "public"})
    assert (decided.body["policy"], decided.body["visibility"]) == ("ask", "public")
    publisher = await publish(client, http, material, miles_key)
    await eventually(lambda: miles.call("GET", "/channels/miles"), lambda each: each.body["state"] == "live")
    assert await current(miles) is None
    assert (await miles.call("POST", "/channels/miles/recording/start")).status == 200
    await until_kept_ms(miles, 1_000)
    assert (await miles.call("POST", "/channels/miles/recording/stop")).body["current"] is None
    recording = await until_ready(miles)
    assert recording["duration_ms"] > 500
    assert recording["visibility"] == "public"
    await publisher.stop()
    assert len(await recordings(miles)) == 1
    await miles.call("PATCH", "/channels/miles/recording", {"visibility": "private"})
    public = await client.get("/api/v1/channels/miles/replays")  # those there are stay as they are
    assert [each["id"] for each in (await public.json())["items"]] == [recording["id"]]


@pytest.mark.parametrize("client", [{"recording_channel_bytes": 60_000}], indirect=True)
async def test_a_channel_has_only_so_much_room(
    client: Client, http: aiohttp.ClientSession, miles: Person, miles_key: str, material: Material
) -> None:
    publisher = await publish(client, http, material, miles_key)
    await eventually(lambda: miles.call("GET", "/channels/miles"), lambda each: each.body["state"] == "live")
    assert (await miles.call("POST", "/channels/miles/recording/start")).status == 200
    recording = await until_ready(miles)
    assert (recording["trouble"], recording["size_bytes"] > 60_000) == ("quota_reached", True)
    refused = await miles.call("POST", "/channels/miles/recording/start")
    assert (refused.status, refused.problem) == (409, "recordings-full")
    await publisher.stop()
    # Whoever wants every broadcast recorded is told of one that is not.
    setting = await miles.call("PATCH", "/channels/miles/recording", {"policy": "always"})
    assert setting.body["refused"] is None
    publisher = await publish(client, http, material, miles_key)
    await eventually(
        lambda: miles.call("GET", "/channels/miles/recording"),
        lambda each: each.body["refused"] == "quota_reached",
        what="refused",
    )
    await publisher.stop()


async def test_never_is_never(
    client: Client, http: aiohttp.ClientSession, miles: Person, miles_key: str, material: Material
) -> None:
    await miles.call("PATCH", "/channels/miles/recording", {"policy": "never"})
    publisher = await publish(client, http, material, miles_key)
    await eventually(lambda: miles.call("GET", "/channels/miles"), lambda each: each.body["state"] == "live")
    assert (await miles.call("POST", "/channels/miles/recording/start")).status == 409
    await publisher.stop()
    assert await recordings(miles) == []


async def test_a_dead_recorder_is_started_again_and_the_recording_goes_on(
    client: Client, http: aiohttp.ClientSession, miles: Person, miles_key: str, material: Material
) -> None:
    await miles.call("PATCH", "/channels/miles/recording", {"policy": "always"})
    publisher = await publish(client, http, material, miles_key)
    await until_kept_ms(miles, 1_500)
    recorder = client.app[RECORDER]
    first = recorder.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await eventually(
        lambda: recorder.process_id, lambda each: each not in (None, first), what="another process"
    )
    begun_again_ms = (await current(miles))["duration_ms"]
    await until_kept_ms(miles, begun_again_ms + 2_000)
    await publisher.stop()
    recording = await until_ready(miles)
    one, *others = recording["parts"]  # where the next keyframe is late, one with sound alone comes between
    assert one["duration_ms"] > 500
    assert all(each["start_ms"] >= one["start_ms"] + one["duration_ms"] for each in others)
    assert (others[-1]["video_codec"], others[-1]["audio_codec"]) == ("H264", "opus")
    assert others[-1]["duration_ms"] > 500

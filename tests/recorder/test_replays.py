"""Finished recordings over HTTP, for those who watch them again: real files, real answers."""

import hashlib
from pathlib import Path
from typing import Any

from catalog.app_keys import CHANNELS
from chat.ids import MessageIds
from chat.messages import Author, Message
from chat.repository import lines
from recorder.recordings import Visibility
from server.app_keys import DATABASE
from tests.accounts.conftest import Person
from tests.recorder.conftest import Client
from tests.recorder.kept import BEGAN, keep

ID = "0123456789abcdef"
URL = f"/api/v1/replays/{ID}"


async def kept(client: Client, directory: Path, visibility: Visibility) -> tuple[int, int]:
    channel = await client.app[CHANNELS].get("miles")
    return channel.id, await keep(client.app, directory, channel.id, visibility)


async def get(client: Client, url: str, status: int = 200, **headers: str) -> Any:
    async with client.get(url, headers=headers) as reply:
        assert reply.status == status, await reply.text()
        return await reply.json(content_type=None)


async def say(client: Client, channel_id: int, broadcast: int, clocks_ms: list[int]) -> list[str]:
    """Lines at these moments, one after another; returns their ids."""
    ids, began_ms = MessageIds(), round(BEGAN.timestamp() * 1000)
    said = [
        Message(
            id=ids.next(began_ms + clock_ms, index),
            author=Author("u1", "Bill", "#ffffff", []),
            text=f"line {index}",
            at_ms=began_ms + clock_ms,
            broadcast=broadcast,
            clock_ms=clock_ms,
        )
        for index, clock_ms in enumerate(clocks_ms)
    ]
    async with client.app[DATABASE].write() as session:
        await lines.add(
            session, [lines.NewLine(message=each, channel_id=channel_id, key=each.id) for each in said]
        )
    return [each.id for each in said]


async def test_a_public_replay_is_listed_and_plays_by_range_from_signed_addresses(
    client: Client, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    await kept(client, tmp_path, Visibility.PUBLIC)
    (summary,) = (await get(client, "/api/v1/channels/miles/replays"))["items"]
    assert (summary["id"], summary["title"], summary["chat_lines"]) == (ID, "So What / Live", 0)
    async with client.get(summary["poster"]) as poster:
        assert (poster.status, poster.content_type) == (200, "image/jpeg")
        assert (await poster.read())[:3] == b"\xff\xd8\xff"
    replay = await get(client, URL)
    assert (replay["mine"], replay["channel"], replay["channel_title"]) == (False, "miles", "Kind of Blue")
    assert (replay["strip"]["columns"], replay["waveform"] is None) == (10, False)
    (part,) = replay["parts"]
    assert part["type"] == 'video/mp4; codecs="avc1.42C00D, opus"'

    async with client.get(part["url"]) as whole:
        content = await whole.read()
        tag = whole.headers["ETag"]
        assert (whole.status, whole.headers["Accept-Ranges"]) == (200, "bytes")
        assert "Content-Disposition" not in whole.headers
    assert tag == f'"{hashlib.sha256(content).hexdigest()}"'
    for wanted, got in (("bytes=100-199", content[100:200]), ("bytes=-7", content[-7:])):
        async with client.get(part["url"], headers={"Range": wanted, "If-Range": tag}) as piece:
            assert (piece.status, await piece.read()) == (206, got)
    async with client.get(part["url"], headers={"Range": "bytes=0-9", "If-Range": '"other"'}) as changed:
        assert (changed.status, len(await changed.read())) == (200, len(content))
    async with client.get(part["url"], headers={"Range": f"bytes={len(content)}-"}) as beyond:
        assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(content)}")
        assert beyond.content_type == "application/problem+json"
    async with client.get(part["url"], headers={"If-None-Match": tag}) as same:
        assert (same.status, await same.read()) == (304, b"")
    async with client.head(part["url"], headers={"Range": "bytes=0-9"}) as head:
        assert (head.status, head.headers["Content-Length"]) == (206, "10")
    async with client.get(part["url"] + "&download=true") as download:
        assert "filename*=UTF-8''So%20What%20Live%202026-07-01.mp4" in download.headers["Content-Disposition"]


async def test_an_address_holds_for_its_file_alone_and_ends_when_the_recording_is_made_private(
    client: Client, miles: Person, fan: Person, miles_key: str, tmp_path: Path
) -> None:
    await kept(client, tmp_path, Visibility.UNLISTED)
    assert (await get(client, "/api/v1/channels/miles/replays"))["items"] == []
    url = (await get(client, URL))["parts"][0]["url"]
    path, _, query = url.partition("?")
    signature = query.rpartition("=")[2]
    expires = query.partition("&")[0].removeprefix("expires=")
    for wrong in (
        path,
        f"{path}?expires={int(expires) + 1}&signature={signature}",
        f"{path}?expires={expires}&signature={signature[:-1]}",
        f"{URL}/previews/poster?{query}",
        f"{path.replace(ID, ID[::-1])}?{query}",
    ):
        assert (await get(client, wrong, 403))["type"] == "urn:harmonie:problem:address-ended"
    changed = await miles.call("PATCH", f"/channels/miles/recordings/{ID}", {"visibility": "private"})
    assert (changed.body["visibility"], changed.body["title"]) == ("private", "So What / Live")
    await get(client, url, 403)
    await get(client, URL, 404)
    assert (await fan.call("GET", f"/replays/{ID}")).status == 404
    own = (await miles.call("GET", f"/replays/{ID}")).body
    assert own["mine"]
    async with client.get(own["parts"][0]["url"]) as reply:
        assert reply.status == 200
    renamed = await miles.call("PATCH", f"/channels/miles/recordings/{ID}", {"title": " Blue in  Green "})
    assert (renamed.body["title"], renamed.body["visibility"]) == ("Blue in Green", "private")
    async with client.get(renamed.body["parts"][0]["download"]) as download:
        assert "Blue in Green 2026-07-01.mp4" in download.headers["Content-Disposition"]
    assert (await miles.call("DELETE", f"/channels/miles/recordings/{ID}")).status == 204
    await get(client, own["parts"][0]["url"], 404)


async def test_its_chat_comes_in_step_page_by_page_and_without_what_was_taken_away(
    client: Client, miles: Person, miles_key: str, tmp_path: Path
) -> None:
    channel, broadcast = await kept(client, tmp_path, Visibility.PUBLIC)
    clocks = [100, 700, 700, 700, 1_500, 2_900, 90_000]
    ids = await say(client, channel, broadcast, clocks)
    await say(client, channel, broadcast + 1, [500])
    first = await get(client, f"{URL}/events?limit=3")
    assert [each["clock_ms"] for each in first["items"]] == clocks[:3]
    assert first["items"][0]["event"]["type"] == "said"
    second = await get(client, f"{URL}/events?limit=3&after={first['next']}")
    seen = [each["event"]["message"]["id"] for each in first["items"] + second["items"]]
    assert (seen, second["next"]) == (ids[:6], None)
    sought = await get(client, f"{URL}/events?from_ms=701")
    assert [each["clock_ms"] for each in sought["items"]] == [1_500, 2_900]
    density = await get(client, f"{URL}/density?bins=4")
    assert density == {"bin_ms": density["bin_ms"], "chat": [4, 1, 1, 0], "tips": [0, 0, 0, 0]}

    async with client.app[DATABASE].write() as session:
        await lines.delete_shown(session, channel, [ids[1]], "u2", 0)
    left = [each["event"]["message"]["id"] for each in (await get(client, f"{URL}/events"))["items"]]
    assert left == [ids[0], *ids[2:6]]
    await get(client, f"{URL}/events?after=nonsense", 422)

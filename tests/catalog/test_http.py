"""Channels over real HTTP."""

from http import HTTPStatus

import pytest

from catalog.service import ChannelService
from tests.catalog.conftest import Client
from tests.catalog.live import Broadcast, Stage


async def test_a_channel_that_is_offline(client: Client, channels: ChannelService) -> None:
    await channels.add("miles", "Kind of Blue")
    response = await client.get("/api/v1/channels/miles")
    assert response.status == HTTPStatus.OK
    channel = await response.json()
    assert channel.pop("created_at").endswith("Z")
    assert channel == {
        "name": "miles",
        "title": "Kind of Blue",
        "live": False,
        "state": "offline",
        "started_at": None,
        "viewers": 0,
        "audio": False,
        "video": False,
        "video_codec": None,
        "audio_codec": None,
        "owner": None,
        "description": "",
        "links": [],
        "picture": None,
        "payout_wallet": None,
        "followers": 0,
        "followed": None,
        "past_broadcasts": 0,
    }


async def test_a_channel_that_is_live(client: Client, channels: ChannelService, stage: Stage) -> None:
    await channels.add("miles")
    stage.go_live("miles", Broadcast(viewers=3, video_codec=None))
    channel = await (await client.get("/api/v1/channels/miles")).json()
    assert channel["live"] is True
    assert channel["state"] == "live"
    assert channel["started_at"] == "2023-11-14T22:13:20.000Z"
    assert (channel["viewers"], channel["audio"], channel["video"]) == (3, True, False)
    assert (channel["audio_codec"], channel["video_codec"]) == ("opus", None)


async def test_a_broadcast_that_waits_for_its_publisher_is_still_live(
    client: Client, channels: ChannelService, stage: Stage
) -> None:
    await channels.add("miles")
    stage.go_live("miles", Broadcast(state="reconnecting"))
    channel = await (await client.get("/api/v1/channels/miles")).json()
    assert (channel["live"], channel["state"]) == (True, "reconnecting")


async def test_the_list_has_live_channels_first_and_the_most_watched_on_top(
    client: Client, channels: ChannelService, stage: Stage
) -> None:
    for name in ("a", "b", "c", "d"):
        await channels.add(name)
    stage.go_live("c", Broadcast(viewers=1))
    stage.go_live("d", Broadcast(viewers=2))
    listed = (await (await client.get("/api/v1/channels")).json())["channels"]
    assert [channel["name"] for channel in listed] == ["d", "c", "a", "b"]


async def test_an_unchanged_list_is_not_sent_again(
    client: Client, channels: ChannelService, stage: Stage
) -> None:
    await channels.add("miles")
    first = await client.get("/api/v1/channels")
    again = await client.get("/api/v1/channels", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == HTTPStatus.NOT_MODIFIED
    assert again.headers["ETag"] == first.headers["ETag"]
    stage.go_live("miles")
    changed = await client.get("/api/v1/channels", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status == HTTPStatus.OK


async def test_a_channel_that_is_not_there(client: Client) -> None:
    for path in ("/api/v1/channels/nobody", "/api/v1/channels/nobody/events"):
        response = await client.get(path)
        assert response.status == HTTPStatus.NOT_FOUND
        assert response.content_type == "application/problem+json"
        problem = await response.json()
        assert problem["type"] == "urn:harmonie:problem:channel-not-found"
        assert "nobody" in problem["detail"]


async def test_the_artist_changes_the_title_with_the_stream_key(
    client: Client, channels: ChannelService
) -> None:
    _, key = await channels.add("miles")
    response = await client.patch(
        "/api/v1/channels/miles", json={"title": "So What"}, headers={"Authorization": f"Bearer {key}"}
    )
    assert response.status == HTTPStatus.OK
    assert (await response.json())["title"] == "So What"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, HTTPStatus.UNAUTHORIZED),
        ({"Authorization": "Basic eDp5"}, HTTPStatus.UNAUTHORIZED),
        ({"Authorization": "Bearer wrong"}, HTTPStatus.FORBIDDEN),
    ],
)
async def test_nobody_else_changes_the_title(
    client: Client, channels: ChannelService, headers: dict[str, str], status: HTTPStatus
) -> None:
    await channels.add("miles")
    response = await client.patch("/api/v1/channels/miles", json={"title": "x"}, headers=headers)
    assert response.status == status
    assert ("WWW-Authenticate" in response.headers) == (status == HTTPStatus.UNAUTHORIZED)
    assert (await channels.get("miles")).title == "miles"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", HTTPStatus.BAD_REQUEST),
        (b"{", HTTPStatus.BAD_REQUEST),
        (b"\xff", HTTPStatus.BAD_REQUEST),
        (b'{"title": 5}', HTTPStatus.UNPROCESSABLE_ENTITY),
        (b'{"title": "x", "nickname": "y"}', HTTPStatus.UNPROCESSABLE_ENTITY),
        (b'{"title": ""}', HTTPStatus.UNPROCESSABLE_ENTITY),
        (b'{"title": "\\ud800"}', HTTPStatus.BAD_REQUEST),
        (b'{"title": "\\u0000"}', HTTPStatus.UNPROCESSABLE_ENTITY),
        (b"[" * 50_000, HTTPStatus.BAD_REQUEST),
        (b" " * 300_000, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ],
)
async def test_a_body_that_is_no_title_is_told_so(
    client: Client, channels: ChannelService, body: bytes, status: HTTPStatus
) -> None:
    _, key = await channels.add("miles")
    response = await client.patch(
        "/api/v1/channels/miles",
        data=body,
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    assert response.status == status
    assert response.content_type == "application/problem+json"

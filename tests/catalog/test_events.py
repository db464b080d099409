"""News pushed over real HTTP as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from aiohttp import ClientResponse

from catalog.app_keys import CATALOG
from catalog.feed import ChannelFeed
from catalog.service import ChannelService
from tests.catalog.conftest import Client
from tests.catalog.live import Stage

Next = Callable[[], Awaitable[tuple[str, Any]]]


@asynccontextmanager
async def listening(client: Client, path: str) -> AsyncIterator[Next]:
    """``next()`` gives the name and the data of the next event."""
    async with client.get(path) as response:
        assert response.status == HTTPStatus.OK
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"

        async def next_event() -> tuple[str, Any]:
            return await read_event(response)

        yield next_event


async def read_event(response: ClientResponse) -> tuple[str, Any]:
    """The next event; comments and the ``retry`` field are passed over."""
    fields: dict[str, str] = {}
    async for raw in response.content:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            return fields["event"], json.loads(fields["data"])
    raise EOFError


async def test_the_state_comes_at_once_and_then_every_change(
    client: Client, channels: ChannelService, stage: Stage
) -> None:
    await channels.add("miles")
    async with listening(client, "/api/v1/channels/miles/events") as next_event:
        event, channel = await next_event()
        assert (event, channel["state"]) == ("state", "offline")
        stage.go_live("miles")
        assert (await next_event())[1]["state"] == "live"
        await channels.change("miles", title="So What")
        assert (await next_event())[1]["title"] == "So What"
        stage.end("miles")
        assert (await next_event())[1]["state"] == "offline"


async def test_other_channels_are_not_heard(client: Client, channels: ChannelService, stage: Stage) -> None:
    await channels.add("miles")
    await channels.add("coltrane")
    async with listening(client, "/api/v1/channels/miles/events") as next_event:
        await next_event()
        stage.go_live("coltrane")
        stage.go_live("miles")
        assert (await next_event())[1]["name"] == "miles"


async def test_the_list_tells_of_new_and_live_channels(
    client: Client, channels: ChannelService, stage: Stage
) -> None:
    async with listening(client, "/api/v1/events") as next_event:
        assert await next_event() == ("channels", {"channels": []})
        await channels.add("miles")
        event, data = await next_event()
        assert (event, [channel["name"] for channel in data["channels"]]) == ("channels", ["miles"])
        stage.go_live("miles")
        assert (await next_event())[1]["channels"][0]["live"] is True


async def test_a_burst_of_viewers_is_few_events_and_the_last_count_arrives(
    client: Client, channels: ChannelService, stage: Stage
) -> None:
    await channels.add("miles")
    stage.go_live("miles")
    async with listening(client, "/api/v1/channels/miles/events") as next_event:
        await next_event()
        events = 0
        seen = 0
        for viewers in range(1, 501):
            stage.set_viewers("miles", viewers)
        while seen != 500:
            seen = (await next_event())[1]["viewers"]
            events += 1
        assert events <= 3


async def test_a_listener_that_left_is_forgotten(
    client: Client, channels: ChannelService, stage: Stage
) -> None:
    await channels.add("miles")
    feed = feed_of(client)
    async with listening(client, "/api/v1/channels/miles/events") as next_event:
        await next_event()
        assert feed.listeners() == 1
    # Writing to it is what finds the connection gone.
    async with asyncio.timeout(10):
        while feed.listeners():
            stage.go_live("miles")
            stage.end("miles")
            await asyncio.sleep(0)


async def test_the_stream_ends_when_the_server_stops(client: Client, channels: ChannelService) -> None:
    await channels.add("miles")
    async with client.get("/api/v1/channels/miles/events") as response:
        await read_event(response)
        feed_of(client).close()
        rest = await response.read()
    assert b"event:" not in rest


async def test_one_too_many_is_told_to_come_later(client: Client, channels: ChannelService) -> None:
    await channels.add("miles")
    feed_of(client)._max_listeners = 0
    response = await client.get("/api/v1/events")
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert int(response.headers["Retry-After"]) > 0


def feed_of(client: Client) -> ChannelFeed:
    return client.app[CATALOG].feed

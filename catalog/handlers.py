"""The catalog over HTTP: each handler parses, calls the service, renders."""

import hashlib

import msgspec
from aiohttp import web
from aiohttp.helpers import ETag

from catalog.app_keys import CHANNELS, FEED, LIVE
from catalog.channel import ChannelName
from catalog.errors import RequestInvalid
from catalog.events import stream_events
from catalog.views import TitleChange, encode, view_channel, view_channels
from infra.bearer import bearer_token

_title_change = msgspec.json.Decoder(TitleChange)


async def list_channels(request: web.Request) -> web.Response:
    """``GET /api/v1/channels``, with an ETag."""
    channels = await request.app[CHANNELS].list()
    body = encode(view_channels(channels, request.app[LIVE]))
    etag = hashlib.sha256(body).hexdigest()[:32]
    matches = request.if_none_match or ()
    if any(match.value in (etag, "*") for match in matches):
        response = web.Response(status=304)
    else:
        response = _json(body)
    response.etag = ETag(etag)
    response.headers["Cache-Control"] = "no-cache"
    return response


async def get_channel(request: web.Request) -> web.Response:
    """``GET /api/v1/channels/{name}``."""
    channel = await request.app[CHANNELS].get(request.match_info["channel"])
    return _json(encode(view_channel(channel, request.app[LIVE].get(channel.name))))


async def change_title(request: web.Request) -> web.Response:
    """``PATCH /api/v1/channels/{name}`` with the stream key as bearer."""
    channels = request.app[CHANNELS]
    name = request.match_info["channel"]
    await channels.authenticate(name, bearer_token(request.headers.get("Authorization")))
    try:
        change = _title_change.decode(await request.read())
    except msgspec.MsgspecError as error:
        raise RequestInvalid(f'expected {{"title": "..."}}: {error}') from None
    channel = await channels.set_title(name, change.title)
    return _json(encode(view_channel(channel, request.app[LIVE].get(channel.name))))


async def channel_events(request: web.Request) -> web.StreamResponse:
    """``GET /api/v1/channels/{name}/events``."""
    name = ChannelName(request.match_info["channel"])
    return await stream_events(request, request.app[FEED], name, "state")


async def all_events(request: web.Request) -> web.StreamResponse:
    """``GET /api/v1/events``."""
    return await stream_events(request, request.app[FEED], None, "channels")


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-cache"})

"""HLS over HTTP: playlists that wait, and pieces that never change.

Open to every origin: what is here is public, and players of other sites and CDNs are meant to have it.
"""

import re
import secrets
from contextlib import nullcontext

from aiohttp import web

from catalog.service import ChannelService
from infra.client_address import counted_as
from infra.clients import CLIENTS
from infra.endpoints import Call, add_endpoint

from .errors import AbsurdRequest, NotStreaming, PieceNotFound
from .service import HlsService
from .status import GET_STATUS, HlsStatus
from .stream import COMPRESSED_FROM_BYTES, PLAYER, Rendered

HLS = web.AppKey("hls", HlsService)
PREFIX = "/hls/"
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
IMMUTABLE = "public, max-age=31536000, immutable"
SHORT = "public, max-age=1"
OWN = "no-store"
PLAYER_BYTES = 12
_PLAYER_ID = re.compile(r"[A-Za-z0-9_-]{16}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_PIECE = re.compile(r"(?:init-(?P<init>[0-9]{1,9})\.mp4|(?P<msn>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,4}))?\.m4s)")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Date, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}
_PREFLIGHT = {
    **_CORS,
    "Access-Control-Allow-Methods": "GET, HEAD, DELETE",
    "Access-Control-Allow-Headers": "Range",
    "Access-Control-Max-Age": "86400",
}


def add_routes(app: web.Application, channels: ChannelService, *, count_players: bool) -> None:
    async def status(call: Call) -> HlsStatus:
        channel = await channels.get(call.parts["channel"])
        return call.request.app[HLS].streams.status(channel.name)

    async def index(request: web.Request) -> web.Response:
        name = request.match_info["channel"]
        try:
            player_id = (
                (_player_id(request) or secrets.token_urlsafe(PLAYER_BYTES)) if count_players else None
            )
            text = await request.app[HLS].index(name, player_id)
        except NotStreaming:
            await channels.get(name)  # tells what is wrong with the name, if that is it
            raise
        return _playlist(request, Rendered(0, text.encode()), SHORT if player_id is None else OWN)

    add_endpoint(app, GET_STATUS, status)
    app.router.add_get(PREFIX + "{channel}/index.m3u8", index)
    app.router.add_get(PREFIX + "{channel}/{stream}/{track}.m3u8", _media)
    app.router.add_delete(PREFIX + "{channel}/{stream}/{track}.m3u8", _leave)
    app.router.add_get(PREFIX + "{channel}/{stream}/{track}/{piece}", _piece)
    app.router.add_options(PREFIX + "{path:.+}", _preflight)
    app.on_response_prepare.append(_open_to_all)


async def _media(request: web.Request) -> web.Response:
    msn, part = _number(request, "_HLS_msn"), _number(request, "_HLS_part")
    skip = request.query.get("_HLS_skip") in ("YES", "v2")
    hls, (name, stream, track), player_id = request.app[HLS], _named(request), _player_id(request)

    def whence() -> str:
        return counted_as(request.app[CLIENTS].address(request))

    with nullcontext() if player_id is None else hls.playing(name, stream, player_id, whence):
        rendered, target_duration_s = await hls.media(name, stream, track, msn, part, skip=skip)
    return _playlist(request, rendered, SHORT if msn is None else f"public, max-age={target_duration_s}")


async def _leave(request: web.Request) -> web.Response:
    player_id = _player_id(request)
    if player_id is None:
        raise PieceNotFound("only a player with an id can leave")
    name, stream, _ = _named(request)
    request.app[HLS].left(name, stream, player_id)
    return web.Response(status=204)


async def _piece(request: web.Request) -> web.Response:
    match = _PIECE.fullmatch(request.match_info["piece"])
    if match is None:
        raise PieceNotFound
    hls, named = request.app[HLS], _named(request)
    if match["init"] is not None:
        data = await hls.init(*named, int(match["init"]))
    elif match["part"] is not None:
        data = await hls.part(*named, int(match["msn"]), int(match["part"]))
    else:
        data = await hls.segment(*named, int(match["msn"]))
    kind = "audio/mp4" if request.match_info["track"] in ("audio", "aac", "light") else "video/mp4"
    return web.Response(body=data, headers={"Cache-Control": IMMUTABLE, "Content-Type": kind})


async def _preflight(_request: web.Request) -> web.Response:
    return web.Response(status=204, headers=_PREFLIGHT)


async def _open_to_all(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith(PREFIX):
        response.headers.update(_CORS)


def _playlist(request: web.Request, rendered: Rendered, cache: str) -> web.Response:
    headers = {"Cache-Control": cache, "Content-Type": PLAYLIST_TYPE, "Vary": "Accept-Encoding"}
    body = rendered.text
    if len(body) >= COMPRESSED_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = rendered.gzipped()
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, headers=headers)


def _number(request: web.Request, name: str) -> int | None:
    value = request.query.get(name)
    if value is None:
        return None
    if _NUMBER.fullmatch(value) is None:
        raise AbsurdRequest(f"{name} is a number")
    return int(value)


def _player_id(request: web.Request) -> str | None:
    player_id = request.query.get(PLAYER, "")
    return player_id if _PLAYER_ID.fullmatch(player_id) else None


def _named(request: web.Request) -> tuple[str, str, str]:
    found = request.match_info
    return found["channel"], found["stream"], found["track"]

"""The built pages: ``index.html`` for every place a person can go, and the assets it asks for.

Files are read once, compressed once, and read again when they change on disk (so that a page rebuilt under a
running server shows up). Nothing outside the directory can be named, by dots or by a symbolic link.
It builds nothing: ``make run`` and ``npm run build`` do.
"""

import asyncio
import gzip
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.helpers import ETag
from sqlalchemy.exc import SQLAlchemyError
from yarl import URL

from catalog.channel import Channel, is_channel_name
from catalog.errors import ChannelMoved, ChannelNotFound
from catalog.live import LiveState, LiveStates
from catalog.views import view_picture
from server.link_preview import LinkPreview, with_preview

_log = structlog.get_logger("server")

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
PAGE_PATHS = (
    "/studio",
    "/studio/tips",
    "/studio/recordings",
    "/signin",
    "/signup",
    "/account/{page}",
    "/settings",
    "/settings/{section}",
    "/channels",
    "/channels/{channel}",
    "/admin",
    "/admin/{section}",
)
"""Places of the page that no channel can have; it tells by itself what is not there."""
INDEX = "index.html"
OVERLAY = "overlay.html"
"""For a browser source in OBS: without the shell of the other pages, transparent from the first moment."""
REPLAY_PATH = "/{page}/replays/{recording}"
CHANNEL_PATHS = ("/{page}/chat", "/{page}/moderate", REPLAY_PATH)
"""What a channel has besides its own page."""
COMPRESSED_FROM_BYTES = 512
FILE_MAX_BYTES = 16 * 1024 * 1024
_COMPRESSIBLE = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
)
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".map": "application/json",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page in memory."""

    body: bytes
    compressed: bytes | None
    """With gzip, when that makes it smaller."""
    content_type: str
    etag: str
    stamp: tuple[int, int]
    """Modification time in nanoseconds and size; tells whether the file on disk is still this one."""


class Pages:
    """The files under ``directory``; every method may be called before the page was built."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._files: dict[str, PageFile] = {}

    async def find(self, name: str) -> PageFile | None:
        """The file with this path relative to the directory, in ``/`` notation."""
        path = self.directory / name
        stamp = await asyncio.to_thread(_stamp, self.directory, path)
        if stamp is None:
            self._files.pop(name, None)
            return None
        known = self._files.get(name)
        if known is not None and known.stamp == stamp:
            return known
        file = await asyncio.to_thread(_load, path, stamp)
        self._files[name] = file
        return file

    async def not_found(self) -> web.Response | None:
        """The page, which finds out by itself that there is nothing, as the answer 404; ``None`` when not built."""
        file = await self.find(INDEX)
        if file is None:
            return None
        return web.Response(
            status=404,
            body=file.body,
            headers={"Content-Type": file.content_type, "Cache-Control": "no-store"},
        )


def default_page_dir() -> Path:
    """``frontend/dist`` of the project this package stands in."""
    return Path(__file__).resolve().parent.parent / "frontend" / "dist"


_Preview = Callable[[Channel, web.Request], Awaitable[LinkPreview | None]]


class Channels(Protocol):
    """Knows which channels there are; ``catalog.service`` is the real one."""

    async def get(self, name: str, /) -> Channel:
        """Raises ``ChannelNotFound``, ``ChannelMoved``, and what the database raises."""


class ReplayPreviews(Protocol):
    """Knows which recordings there are; ``server.replay_previews`` is the real one."""

    async def get(self, channel: Channel, recording_id: str, /) -> LinkPreview | None:
        """``None`` where there is nothing for whoever has the address. Raises what the database raises."""


def add_pages(
    app: web.Application,
    pages: Pages,
    channels: Channels,
    live: LiveStates,
    replays: ReplayPreviews,
    origin: str,
) -> None:
    """Registers the pages; last, because ``/{page}`` matches every single segment. ``origin`` is where people reach
    this server, or empty.
    """

    async def of_channel(channel: Channel, _request: web.Request) -> LinkPreview:
        return _link_preview(origin, channel, live.get(channel.name))

    async def of_replay(channel: Channel, request: web.Request) -> LinkPreview | None:
        return await replays.get(channel, request.match_info["recording"])

    async def index(request: web.Request) -> web.Response:
        file = await pages.find(INDEX)
        return _not_built(pages.directory) if file is None else _answer(request, file, REVALIDATE)

    async def overlay(request: web.Request) -> web.Response:
        file = await pages.find(OVERLAY)
        answer = _not_built(pages.directory) if file is None else _answer(request, file, REVALIDATE)
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    async def asset(request: web.Request) -> web.Response:
        file = await pages.find(f"assets/{request.match_info['path']}")
        if file is None:
            raise web.HTTPNotFound
        return _answer(request, file, IMMUTABLE)

    async def told(request: web.Request, preview: _Preview) -> web.Response:
        page = request.match_info["page"]
        if not is_channel_name(page):
            raise web.HTTPNotFound
        try:
            shown = await preview(await channels.get(page), request)
        except ChannelMoved as moved:
            # 308, but not to be remembered: a former name may be another's one day.
            rest = request.path.removeprefix(f"/{page}")
            location = str(URL(f"/{moved.name}{rest}").with_query(request.query))
            return web.Response(status=308, headers={"Location": location, "Cache-Control": "no-store"})
        except ChannelNotFound:
            return await pages.not_found() or _not_built(pages.directory)
        except (SQLAlchemyError, OSError) as error:
            # The page can still be shown; it asks again by itself.
            _log.warning("page_unknown", channel=page, reason=type(error).__name__)
            return await index(request)
        if shown is None:
            # Who asks is not known here: the page asks with their token, and shows what is theirs.
            answer = await pages.not_found() or _not_built(pages.directory)
            answer.headers["X-Robots-Tag"] = "noindex"
            return answer
        file = await pages.find(INDEX)
        if file is None:
            return _not_built(pages.directory)
        answer = _answer(request, _previewed(file, shown), REVALIDATE)
        if shown.replay is not None and not shown.replay.listed:
            answer.headers["X-Robots-Tag"] = "noindex"
        return answer

    async def channel(request: web.Request) -> web.Response:
        return await told(request, of_channel)

    async def replay(request: web.Request) -> web.Response:
        return await told(request, of_replay)

    async def channel_or_file(request: web.Request) -> web.Response:
        page = request.match_info["page"]
        if is_channel_name(page):
            return await channel(request)
        file = await pages.find(page) if page != INDEX else None
        if file is None:
            raise web.HTTPNotFound
        return _answer(request, file, REVALIDATE)

    app.router.add_get("/", index)
    for path in PAGE_PATHS:
        app.router.add_get(path, index)
    app.router.add_get("/overlay/{token}", overlay)
    app.router.add_get("/assets/{path:.+}", asset)
    for path in CHANNEL_PATHS:
        app.router.add_get(path, replay if path == REPLAY_PATH else channel)
    app.router.add_get("/{page}", channel_or_file)


def _link_preview(origin: str, channel: Channel, state: LiveState | None) -> LinkPreview:
    still = None
    if state is not None and state.video_codec is not None:
        # Who keeps pictures by their addresses keeps another one for each broadcast.
        still = f"/api/v1/channels/{channel.name}/still?of={state.started_at_s:.0f}"
    picture = view_picture(channel.picture)
    return LinkPreview(
        origin.rstrip("/"),
        channel.name,
        channel.title,
        channel.description,
        state is not None,
        still,
        None if picture is None else picture.large,
    )


def _previewed(file: PageFile, preview: LinkPreview) -> PageFile:
    body = with_preview(file.body.decode(), preview).encode()
    etag = hashlib.sha256(body).hexdigest()[:32]
    return replace(file, body=body, compressed=gzip.compress(body, mtime=0), etag=etag)


def _answer(request: web.Request, file: PageFile, caching: str) -> web.Response:
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if any(match.value == file.etag for match in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        body = file.body
        if file.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = file.compressed
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = file.content_type
        response = web.Response(body=body, headers=headers)
    response.etag = ETag(file.etag, is_weak=True)
    return response


def _not_built(directory: Path) -> web.Response:
    return web.Response(
        status=503,
        text=(
            f"Harmonie is running, but its pages have not been built: there is no index.html in {directory}.\n"
            "Run `make run`, or `npm ci && npm run build` in frontend/, or set HARMONIE_PAGE_DIR.\n"
        ),
        headers={"Cache-Control": "no-store"},
    )


def _stamp(directory: Path, path: Path) -> tuple[int, int] | None:
    try:
        resolved = path.resolve(strict=True)
        if not resolved.is_relative_to(directory.resolve()) or not resolved.is_file():
            return None
        status = resolved.stat()
    except (OSError, ValueError):
        return None
    return (status.st_mtime_ns, status.st_size) if status.st_size <= FILE_MAX_BYTES else None


def _load(path: Path, stamp: tuple[int, int]) -> PageFile:
    body = path.read_bytes()
    content_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    compressed = None
    if len(body) >= COMPRESSED_FROM_BYTES and content_type.startswith(_COMPRESSIBLE):
        smaller = gzip.compress(body, mtime=0)
        compressed = smaller if len(smaller) < len(body) else None
    if content_type.startswith("text/"):
        content_type += "; charset=utf-8"
    return PageFile(body, compressed, content_type, hashlib.sha256(body).hexdigest()[:32], stamp)

"""Addresses with nothing behind them: sent on where it is clear what was meant, else a page for those who ask for one.

Programs get the problem document that ``middlewares`` makes. It knows no channels; ``pages`` answers for those.
"""

import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from catalog.channel import is_channel_name

_FOR_PROGRAMS = re.compile(r"/(api|assets|hls|livez|metrics|pictures|readyz|whep|whip|ws)(/|$)")

NotFoundPage = Callable[[], Awaitable[web.Response | None]]
"""The page that says so, with status 404; ``None`` while the pages are not built."""


def wrong_addresses(page_paths: tuple[str, ...], not_found: NotFoundPage) -> Middleware:
    """Belongs inside the middleware that renders errors. ``page_paths`` are those of no channel, as routes."""
    places = [re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path in page_paths]

    def is_place(path: str) -> bool:
        return is_channel_name(path[1:]) or any(place.fullmatch(path) for place in places)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if request.method not in ("GET", "HEAD") or _FOR_PROGRAMS.match(request.path):
                raise
            meant = request.path.rstrip("/").lower()
            if meant != request.path and is_place(meant):
                location = str(URL(meant).with_query(request.query))
                return web.Response(status=308, headers={"Location": location, "Cache-Control": "no-store"})
            page = await not_found() if "text/html" in request.headers.get("Accept", "") else None
            if page is None:
                raise
            return page

    return middleware

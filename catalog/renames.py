"""Requests for a channel by a former name are sent on to its present one, whatever they are for.

``308`` keeps method and body (RFC 9110 section 15.4.9); it is not to be remembered, because a former name may be
another's one day.
"""

from aiohttp import web
from aiohttp.typedefs import Handler

from catalog.errors import ChannelMoved


@web.middleware
async def follow_renames(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tells where the channel of the path is now; belongs inside the middleware that renders errors."""
    try:
        return await handler(request)
    except ChannelMoved as moved:
        resource = request.match_info.route.resource
        if resource is not None and "channel" in request.match_info:
            location = resource.url_for(**{**request.match_info, "channel": moved.name})
            moved.headers = {"Location": str(location.with_query(request.query)), "Cache-Control": "no-store"}
        raise

"""Server-sent events (the WHATWG ``text/event-stream`` format): one response that tells a topic's news.

The client's ``EventSource`` comes back by itself when the stream ends, so a stop of the server simply ends it.
"""

import asyncio
import contextlib

from aiohttp import web

from catalog.channel import ChannelName
from catalog.feed import ChannelFeed

PING_INTERVAL_S = 15.0
WRITE_TIMEOUT_S = 30.0
RECONNECT_MS = 2_000


async def stream_events(
    request: web.Request,
    feed: ChannelFeed,
    name: ChannelName | None,
    event: str,
    *,
    ping_interval_s: float = PING_INTERVAL_S,
) -> web.StreamResponse:
    """Sends the state at once and then every change, until the client leaves or the feed closes.

    Raises ``ChannelNotFound`` and ``TooManyListeners`` before anything is sent.
    """
    with feed.listen(name) as listener:
        # Listening first: what changes while this is rendered is sent after it, never lost.
        state = await feed.render(name)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        # A client that left, or that reads nothing for half a minute, ends its stream.
        with contextlib.suppress(ConnectionError, TimeoutError):
            await _write(response, b"retry: %d\n\n" % RECONNECT_MS + _event(event, state))
            while not listener.closed:
                news = await listener.next(ping_interval_s)
                await _write(response, b": ping\n\n" if news is None else _event(event, news))
        return response


async def _write(response: web.StreamResponse, chunk: bytes) -> None:
    async with asyncio.timeout(WRITE_TIMEOUT_S):
        await response.write(chunk)


def _event(event: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (event.encode(), data)

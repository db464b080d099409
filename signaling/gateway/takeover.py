"""Takes a connection over from aiohttp after its request was read.

What aiohttp keeps of a WebSocket (request, headers, parser, two tasks) weighs 14 KB and is of no use to somebody who
only listens. So the transport gets another protocol (``asyncio``'s own way of changing it), and aiohttp's handler is
told that its connection is gone; it then lets go of everything and answers nothing. This is the one module that relies
on how aiohttp does that; ``tests/signaling/gateway/test_takeover.py`` notices when it changes.
"""

import asyncio

from aiohttp import web


def take_over(request: web.Request, protocol: asyncio.Protocol) -> web.StreamResponse:
    """From now on the connection is ``protocol``'s. Returns what the handler has to return.

    Raises ``ConnectionResetError`` when the client has gone.
    """
    handler, transport = request.protocol, request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError
    transport.set_protocol(protocol)
    # Without a transport it can neither close nor write to what is no longer its own.
    handler.transport = None
    handler.connection_lost(None)
    return web.Response(status=101)

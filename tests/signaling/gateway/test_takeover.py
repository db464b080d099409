"""What the gateway relies on in aiohttp: a connection that is taken over is neither closed, nor read, nor kept."""

import asyncio
import gc
import weakref

from aiohttp import web
from aiohttp.test_utils import TestServer

from signaling.gateway.takeover import take_over


class Echo(asyncio.Protocol):
    """Answers every line in capitals."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.lost = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.transport.write(data.upper())

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost.set()


async def test_aiohttp_lets_go_of_it_whole() -> None:
    taken: list[Echo] = []
    requests: list[weakref.ref[web.Request]] = []
    tasks_before = asyncio.all_tasks()

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        echo = Echo(request.transport)
        response = take_over(request, echo)
        echo.transport.write(b"yours\r\n")
        taken.append(echo)
        requests.append(weakref.ref(request))
        return response

    app = web.Application()
    app.router.add_get("/", handler)
    server = TestServer(app)
    await server.start_server()
    async with asyncio.timeout(15):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        # The first that comes is ours: aiohttp answers nothing.
        assert await reader.readline() == b"yours\r\n"
        for word in (b"one\n", b"two\n"):
            writer.write(word)
            assert await reader.readline() == word.upper()
        assert server.runner is not None
        assert server.runner.server is not None
        assert server.runner.server.connections == []
        while asyncio.all_tasks() - tasks_before:
            await asyncio.sleep(0)
        gc.collect()
        assert requests[0]() is None
        # Not even a server that stops closes it; that is for whoever has it.
        await server.close()
        writer.write(b"still here\n")
        assert await reader.readline() == b"STILL HERE\n"
        writer.close()
        await taken[0].lost.wait()

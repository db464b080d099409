"""Servers that answer nonsense, without end, or not at all: each failure has its own words, and nothing hangs."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loadtest.arrivals import Visit
from loadtest.audience import Audience
from loadtest.chat_socket import MESSAGE_MAX_BYTES, ChatSocket
from loadtest.connections import connector
from loadtest.dtls import PeerCertificate
from loadtest.errors import LoadtestError
from loadtest.ice import Credentials
from loadtest.measures import Measures
from loadtest.sdp import Offer
from loadtest.signaling import SignalingClient
from loadtest.stage_time import RunClock
from loadtest.viewer import ViewerOptions
from loadtest.watching import Stage

HERE = {"Location": "/session"}


def sdp(host: str) -> str:
    """An answer as it should be, from a server that is at `host`."""
    offer = Offer(
        direction="sendonly",
        credentials=Credentials("abcd", "x" * 24),
        fingerprint=PeerCertificate.generate().fingerprint,
        candidate=(host, 9),
    )
    return offer.render().replace("a=setup:actpass", "a=setup:passive")


class Hostile:
    """A WHEP endpoint for each kind of nonsense."""

    def __init__(self) -> None:
        self.deleted = 0

    async def post(self, request: web.Request) -> web.StreamResponse:
        match request.match_info["kind"]:
            case "garbage":
                return web.Response(status=201, headers=HERE, body=b"\xff\x00v=1 nonsense" * 9)
            case "endless":
                response = web.StreamResponse(status=201, headers=HERE)
                await response.prepare(request)
                with contextlib.suppress(ConnectionError):
                    while True:
                        await response.write(bytes(64 << 10))
                return response
            case "silent":
                await asyncio.sleep(3600)
            case "redirecting":
                return web.Response(status=307, headers={"Location": "http://203.0.114.9/whep"})
            case "busy":
                return web.json_response({"detail": "full"}, status=503)
            case "nowhere":
                return web.Response(status=201, headers=HERE, text=sdp("127.0.0.1"))
            case "stranger":
                return web.Response(status=201, headers=HERE, text=sdp("203.0.114.9"))
            case "elsewhere":
                headers = {"Location": "http://203.0.114.9/session"}
                return web.Response(status=201, headers=headers, text=sdp("127.0.0.1"))
        return web.Response(status=500)

    async def delete(self, _: web.Request) -> web.Response:
        self.deleted += 1
        return web.Response()


async def test_every_kind_of_nonsense_has_its_reason() -> None:
    hostile = Hostile()
    app = web.Application()
    app.router.add_post("/{kind}", hostile.post)
    app.router.add_delete("/session", hostile.delete)
    reasons = {
        "garbage": "the answer",
        "endless": "answered more than 262,144 bytes",
        "silent": "no answer to the offer within 0.5 s",
        "busy": "answered 503",
        "nowhere": "ICE did not complete",
        "stranger": "sends media to 203.0.114.9",
        "elsewhere": "leads to another server",
        "redirecting": "leads to 203.0.114.9",
    }
    server = TestServer(app)
    await server.start_server()
    began_s = time.monotonic()
    async with aiohttp.ClientSession(connector=connector(is_own=False)) as http:
        found = await asyncio.gather(*(_failures(http, str(server.make_url(f"/{kind}"))) for kind in reasons))
    for (kind, words), failures in zip(reasons.items(), found, strict=True):
        assert [words in failure for failure in failures] == [True], (kind, failures)
    assert hostile.deleted == 3, "sessions that had been made are ended: of garbage, nowhere and stranger"
    assert time.monotonic() - began_s < 20
    await server.close()


async def _failures(http: aiohttp.ClientSession, url: str) -> list[str]:
    measures = Measures()
    options = ViewerOptions(connect_timeout_s=0.5)
    signaling = SignalingClient(http, timeout_s=0.5)
    clock = RunClock(time.time(), 1.0)
    audience = Audience(http, [Stage(url)], measures, clock, options=options, signaling=signaling)
    await audience.play([Visit(0.0, 1.0, 0)])
    seconds = measures.take(2**40).values()
    return [name for second in seconds for name in second.counters if name.startswith("failure")]


UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 503 Full\r\n\r\n", "503"),
        (b"x" * 20_000, "closed"),
        (UPGRADED + b"\x81\x03abc", "not of the protocol"),
        (
            UPGRADED + b"\x81\x04[{}]" + b"\x81\x7f" + (MESSAGE_MAX_BYTES + 1).to_bytes(8, "big"),
            "of the protocol",
        ),
        (UPGRADED + b"\x81\x02{}" + b"\x81\x021,", "not of the protocol"),
        (b"", "closed"),
    ],
    ids=["503", "no head", "no JSON", "too long", "no list", "nothing"],
)
async def test_an_event_socket_of_nonsense_ends_with_a_reason(answer: bytes, words: str) -> None:
    async with _answering(answer) as url:
        with pytest.raises(LoadtestError) as refused:
            await ChatSocket.connect(url, "stage", timeout_s=5)
    assert words in str(refused.value)


@contextlib.asynccontextmanager
async def _answering(answer: bytes) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer.startswith(UPGRADED):
            writer.write(UPGRADED)
            await reader.readexactly(1)
        writer.write(answer.removeprefix(UPGRADED))
        writer.close()

    server: asyncio.Server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port: Callable[[], int] = lambda: server.sockets[0].getsockname()[1]  # noqa: E731
    async with server:
        yield f"ws://127.0.0.1:{port()}/ws"

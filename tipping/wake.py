"""A socket on which a node announces new heads. It wakes the watcher and tells it nothing else.

It may be missing, dead or wrong at any time: then the watcher polls. After each connection it wakes too, because heads
may have been missed meanwhile.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

import aiohttp
import structlog

_log = structlog.get_logger("tipping")

FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = 60.0
STEADY_AFTER_S = 30.0
HEARTBEAT_S = 15.0
CONNECT_WITHIN_S = 10.0
CLOSE_WITHIN_S = 0.5
MESSAGE_MAX_BYTES = 1024 * 1024
_SUBSCRIBE = {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}


class WakeUp:
    """``woken`` is set whenever there may be a new head. ``run`` is a background task; it holds the URL's secret."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        *,
        first_pause_s: float = FIRST_PAUSE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.woken = asyncio.Event()
        self._http = http
        self._url = url
        self._first_pause_s = first_pause_s
        self._monotonic = monotonic

    async def run(self) -> None:
        """Keeps the socket open; pauses longer each time it does not last. Without a URL it does nothing."""
        pause_s = self._first_pause_s
        while self._url:
            began_s = self._monotonic()
            try:
                await self._listen()
                reason = "closed"
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                # The error's own words hold the address.
                reason = type(error).__name__
            if self._monotonic() - began_s >= STEADY_AFTER_S:
                pause_s = self._first_pause_s
            _log.info("wake_up_socket_lost", reason=reason, pause_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2.0, MAX_PAUSE_S)

    async def wait(self, at_most_s: float) -> None:
        """Returns when woken, or after this time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self.woken.wait()

    async def _listen(self) -> None:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            socket = await self._http.ws_connect(
                self._url,
                heartbeat=HEARTBEAT_S,
                max_msg_size=MESSAGE_MAX_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_WITHIN_S),
            )
        async with socket:
            await socket.send_json(_SUBSCRIBE)
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self.woken.set()

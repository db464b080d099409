"""The middle of a run: gathers the workers, tells each its share, adds up what they saw, stops them all.

It listens on loopback unless workers on other machines are expected.
"""

from __future__ import annotations

import asyncio
import platform
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from aiohttp import web

from loadtest.coordination import BODY_MAX_BYTES, CLOCKS_APART_S, Assignment, WorkerEnd, WorkerHello
from loadtest.measures import Second, Timeline
from loadtest.scenario import Scenario

T = TypeVar("T")

LEAD_S = 4.0
"""From the last worker's arrival to the beginning: for the publisher to go live, and slow machines."""
SILENT_S = 15.0


class Coordinator:
    """Of one run with `expected` workers."""

    def __init__(
        self, scenario: Scenario, stream_key: str, material: Path, *, expected: int, is_own: bool = False
    ) -> None:
        self._is_own = is_own
        self._scenario = scenario
        self._stream_key = stream_key
        self._material = material
        self._expected = expected
        self._token = secrets.token_urlsafe(16)
        self._workers: list[WorkerHello] = []
        self._everybody_here = asyncio.Event()
        self._ended: dict[int, str] = {}
        self._heard_s: dict[int, float] = {}
        self._changed = asyncio.Event()
        self.timeline = Timeline()
        self.refusals: list[str] = []
        """Workers that could not take part, in words."""
        self.begins_at_s = 0.0
        self.stopping = False

    @asynccontextmanager
    async def serving(self, host: str, port: int) -> AsyncIterator[str]:
        """Its address for workers. Raises `OSError` when the port is taken."""
        app = web.Application(client_max_size=BODY_MAX_BYTES)
        prefix = f"/{self._token}/workers"
        app.router.add_post(prefix, self._hello)
        app.router.add_post(prefix + r"/{number:\d+}/seconds", self._seconds)
        app.router.add_post(prefix + r"/{number:\d+}/end", self._end)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            number = runner.addresses[0][1]
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{number}/{self._token}"
        finally:
            await runner.cleanup()

    @property
    def here(self) -> int:
        """Workers that have come."""
        return len(self._workers)

    @property
    def errors(self) -> list[str]:
        """What workers could not do."""
        return [error for error in self._ended.values() if error]

    async def until_begun(self) -> None:
        """Everybody is here, and the beginning is known."""
        await self._everybody_here.wait()

    async def until_ended(self) -> None:
        """Every worker has handed in everything, or has not been heard of for long."""
        while len(self._ended) < self._expected:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), 1.0)
            except TimeoutError:
                now_s = time.monotonic()
                for number, heard_s in self._heard_s.items():
                    if number not in self._ended and now_s - heard_s > SILENT_S:
                        self._ended[number] = f"worker {number} has not been heard of for {SILENT_S:.0f} s"

    def stop(self) -> None:
        """Every worker is told with its next word."""
        self.stopping = True
        if not self._everybody_here.is_set():
            self._expected = len(self._workers)
            self._everybody_here.set()

    async def _hello(self, request: web.Request) -> web.Response:
        hello = _decoded(await request.read(), WorkerHello)
        if self.stopping:
            raise web.HTTPGone
        if len(self._workers) >= self._expected:
            raise web.HTTPConflict(text="there are enough workers")
        apart_s = hello.now_s - time.time()
        if abs(apart_s) > CLOCKS_APART_S:
            words = f"the clock of {hello.host} is {abs(apart_s):.1f} s {'ahead' if apart_s > 0 else 'behind'}: set it"
            self.refusals.append(words)
            raise web.HTTPBadRequest(text=words)
        number = len(self._workers)
        self._workers.append(hello)
        self._heard_s[number] = time.monotonic()
        if len(self._workers) == self._expected:
            self.begins_at_s = time.time() + LEAD_S
            self._everybody_here.set()
        await self._everybody_here.wait()
        if self.stopping:
            raise web.HTTPGone
        is_here = hello.host == platform.node()
        assignment = Assignment(
            number=number,
            workers=self._expected,
            begins_at_s=self.begins_at_s,
            scenario=self._scenario,
            stream_key=self._stream_key,
            material=str(self._material) if is_here else "",
            is_own=self._is_own,
        )
        return web.Response(body=msgspec.json.encode(assignment), content_type="application/json")

    async def _seconds(self, request: web.Request) -> web.Response:
        number = self._known(request)
        told = _decoded(await request.read(), dict[str, dict[str, object]])
        try:
            seconds = {int(name): Second.from_json(second) for name, second in told.items()}
            for each, second in seconds.items():
                self.timeline.add(each, second)
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        self._heard_s[number] = time.monotonic()
        return web.json_response({"stop": self.stopping})

    async def _end(self, request: web.Request) -> web.Response:
        self._ended[self._known(request)] = _decoded(await request.read(), WorkerEnd).error
        self._changed.set()
        return web.json_response({})

    def _known(self, request: web.Request) -> int:
        number = int(request.match_info["number"])
        if number >= len(self._workers):
            raise web.HTTPNotFound
        return number


def _decoded(body: bytes, type_: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.DecodeError as error:
        raise web.HTTPBadRequest(text=str(error)) from None

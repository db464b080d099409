"""The viewers by LL-HLS of one process: they come, watch and leave by plan; what they see is noted by the second."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from loadtest.arrivals import Visit
from loadtest.errors import LoadtestError
from loadtest.hls_viewer import HlsViewer, reason
from loadtest.measures import Measures
from loadtest.stage_time import RunClock, play_visits


class HlsAudience:
    """Of one playlist."""

    def __init__(self, http: aiohttp.ClientSession, url: str, measures: Measures, clock: RunClock) -> None:
        self._http = http
        self._url = url
        self._measures = measures
        self._clock = clock
        self._watching: set[HlsViewer] = set()

    async def play(self, visits: list[Visit]) -> None:
        """Returns when the last has left."""
        noting = asyncio.create_task(self._note())
        try:
            await play_visits(visits, self._clock, self._visit, self._measures.crashed)
        finally:
            noting.cancel()

    async def _visit(self, visit: Visit) -> None:
        self._measures.count("hls_joins_begun", time.time())
        viewer = HlsViewer(self._http, self._url, self._measures)
        watching = asyncio.create_task(viewer.watch())
        leaving = asyncio.create_task(self._clock.until(visit.leave_s))
        self._watching.add(viewer)
        try:
            await asyncio.wait([watching, leaving], return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                self._note_end(watching)
            elif not viewer.playing.is_set():
                self._measures.count(f"hls failure: {viewer.waits_for}", time.time())
        finally:
            viewer.note()
            self._measures.count("hls_joins_done", time.time(), int(viewer.playing.is_set()))
            self._measures.count("hls_joins_failed", time.time(), int(not viewer.playing.is_set()))
            self._watching.discard(viewer)
            for task in (watching, leaving):
                task.cancel()
            await asyncio.gather(watching, leaving, return_exceptions=True)

    def _note_end(self, watching: asyncio.Task[None]) -> None:
        error = watching.exception()
        if error is None:
            self._measures.count("hls_ended_by_server", time.time())
        elif isinstance(
            error, BaseExceptionGroup | LoadtestError | aiohttp.ClientError | OSError | TimeoutError
        ):
            self._measures.count("hls_gave_up", time.time())
            self._measures.count(f"hls failure: {reason(error)}", time.time())
        else:
            raise error

    async def _note(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for viewer in self._watching:
                viewer.note()
            self._measures.level("hls_viewers", time.time(), len(self._watching))

"""The viewers by LL-HLS of one process: they come, watch and leave by plan, and begin anew where they cannot go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import aiohttp

from loadtest.arrivals import Visit
from loadtest.coming_back import Backoff
from loadtest.errors import LoadtestError
from loadtest.hls_viewer import HlsViewer, reason
from loadtest.measures import Measures
from loadtest.stage_time import RunClock, play_visits


class HlsAudience:
    """Of `playlists`, as many of each."""

    def __init__(
        self, http: aiohttp.ClientSession, playlists: Sequence[str], measures: Measures, clock: RunClock
    ) -> None:
        self._http = http
        self._playlists = playlists
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
        url = self._playlists[visit.number % len(self._playlists)]
        leaving = asyncio.create_task(self._clock.until(visit.leave_s))
        try:
            gone_s = await self._watch(url, leaving, None)
            backoff = Backoff()
            while gone_s is not None and not leaving.done():
                await asyncio.wait([leaving], timeout=backoff.next_s())
                now_s = await self._watch(url, leaving, gone_s)
                if now_s != gone_s:
                    backoff = Backoff()
                gone_s = now_s
        finally:
            leaving.cancel()

    async def _watch(self, url: str, leaving: asyncio.Task[None], gone_s: float | None) -> float | None:
        """Until it is time to leave or the broadcast has ended: None then. Else since when it does not play: `gone_s`,
        when it has not played in between. Who never played does not come back.
        """
        count = self._measures.count
        viewer = HlsViewer(self._http, url, self._measures)
        watching = asyncio.create_task(viewer.watch())
        playing = asyncio.create_task(viewer.playing.wait())
        self._watching.add(viewer)
        try:
            await asyncio.wait([watching, leaving, playing], return_when=asyncio.FIRST_COMPLETED)
            now_s, plays = time.time(), viewer.playing.is_set()
            if gone_s is None:
                count("hls_joins_done", now_s, int(plays))
                count("hls_joins_failed", now_s, int(not plays))
            elif plays:
                count("hls_came_back", now_s)
                self._measures.observe("hls_away_us", now_s, int((now_s - gone_s) * 1e6))
            await asyncio.wait([watching, leaving], return_when=asyncio.FIRST_COMPLETED)
            if not watching.done():
                if not plays:
                    count(f"hls failure: {viewer.waits_for}", time.time())
                return None
            if not self._has_failed(watching):
                return None
            if plays:
                count("hls_cut", time.time())
                return time.time()
            return gone_s
        finally:
            viewer.note()
            self._watching.discard(viewer)
            for task in (watching, playing):
                task.cancel()
            await asyncio.gather(watching, playing, return_exceptions=True)

    def _has_failed(self, watching: asyncio.Task[None]) -> bool:
        """Otherwise the broadcast has ended."""
        error = watching.exception()
        if error is None:
            self._measures.count("hls_ended_by_server", time.time())
            return False
        if isinstance(
            error, BaseExceptionGroup | LoadtestError | aiohttp.ClientError | OSError | TimeoutError
        ):
            self._measures.count("hls_gave_up", time.time())
            self._measures.count(f"hls failure: {reason(error)}", time.time())
            return True
        raise error

    async def _note(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for viewer in self._watching:
                viewer.note()
            self._measures.level("hls_viewers", time.time(), len(self._watching))

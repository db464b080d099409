"""The viewers of one process: they come, watch and leave by plan, come back when they are cut off, and what they see
is noted by the second.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence

import aiohttp

from loadtest.addresses import VIEWERS, forwarded_for
from loadtest.arrivals import Visit
from loadtest.coming_back import Backoff, Door
from loadtest.connections import words_of
from loadtest.decoding import DecodedView
from loadtest.dtls import PeerCertificate
from loadtest.errors import LoadtestError, SignalingError
from loadtest.kernel_drops import kernel_drops
from loadtest.measures import Measures
from loadtest.receive import BatchReceiver
from loadtest.signaling import SignalingClient
from loadtest.stage_time import RunClock, play_visits
from loadtest.ticks import TickPoller
from loadtest.viewer import Viewer, ViewerOptions
from loadtest.watching import Stage, Watching

FIRST_MEDIA_TIMEOUT_S = 15.0
LEAVE_WITHIN_S = 5.0
LOOK_EVERY_S = 0.05
NOT_LIVE = 409


class Audience:
    """Viewers of `stages`, as many of each. They share a certificate, a receiver and probes, which makes them cheap."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        stages: Sequence[Stage],
        measures: Measures,
        clock: RunClock,
        *,
        options: ViewerOptions,
        signaling: SignalingClient | None = None,
        is_spread: bool = False,
    ) -> None:
        self._is_spread = is_spread
        self._signaling = signaling or SignalingClient(http)
        self._stages = stages
        self._measures = measures
        self._clock = clock
        self._options = options
        self._certificate = PeerCertificate.generate()
        self._receiver = BatchReceiver()
        self._poller = TickPoller() if sys.platform == "linux" else None
        self._watching: dict[Viewer, Watching] = {}
        self._door = Door()
        self._kernel_drops = 0
        self._noted_second = 0

    async def play(self, visits: list[Visit]) -> None:
        """Returns when the last has left."""
        watcher = asyncio.create_task(self._watch())
        try:
            await play_visits(visits, self._clock, self._visit, self._measures.crashed)
        finally:
            watcher.cancel()
            self._note(time.time())
            if self._poller is not None:
                self._poller.close()

    async def _visit(self, visit: Visit) -> None:
        self._measures.count("joins_begun", time.time())
        gone_s = await self._join_and_watch(visit, None)
        while gone_s is not None:
            gone_s = await self._come_back(visit, gone_s)

    async def _come_back(self, visit: Visit, gone_s: float) -> float | None:
        """As `_join_and_watch`, which is tried until it is time to leave."""
        self._measures.count("viewers_cut", time.time())
        backoff = Backoff()
        wait_s = backoff.next_s()
        while (left_s := visit.leave_s - self._clock.now_s()) > 0:
            await asyncio.sleep(min(wait_s, left_s))
            wait_s = backoff.next_s()
            if self._clock.now_s() >= visit.leave_s:
                break
            try:
                return await self._join_and_watch(visit, gone_s)
            except SignalingError as error:
                self._measures.count(f"coming back, failure: {_reason(error)}", time.time())
                if error.status == NOT_LIVE:
                    await self._door.wait()
                    wait_s = 0.0
            except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError) as error:
                self._measures.count(f"coming back, failure: {_reason(error)}", time.time())
        self._measures.count("away_ms", time.time(), int((time.time() - gone_s) * 1000))
        return None

    async def _join_and_watch(self, visit: Visit, gone_s: float | None) -> float | None:
        """One session. When the picture moved last, if it was cut off; None when it is time to leave. Who was `gone_s`
        is back with the first keyframe; raises for them alone when there is none.
        """
        stage = self._stages[visit.number % len(self._stages)]
        view = None
        if stage.decoded is not None and visit.number < stage.decoded.viewers:
            view = DecodedView(stage.decoded.material)
        viewer = Viewer(
            self._signaling,
            certificate=self._certificate,
            options=self._options,
            probe=stage.probe,
            receiver=self._receiver,
            poller=None if view else self._poller,
            screen=view,
        )
        if view is not None:
            view.start()
        try:
            if not await self._joined(visit, viewer, stage, is_first=gone_s is None):
                return None
            self._door.opened()
            now_s = time.time()
            if gone_s is not None:
                self._measures.count("viewers_came_back", now_s)
                self._measures.count("away_ms", now_s, int((now_s - gone_s) * 1000))
                self._measures.observe("away_us", now_s, int((now_s - gone_s) * 1e6))
            return await self._watch_one(
                visit, Watching(viewer, self._measures, view=view, decoded=stage.decoded)
            )
        finally:
            if view is not None:
                view.stop()

    async def _joined(self, visit: Visit, viewer: Viewer, stage: Stage, *, is_first: bool) -> bool:
        """Whether it sees something; what became of the first time is counted, and raised for any other."""
        count = self._measures.count
        try:
            headers = forwarded_for(VIEWERS, visit.number) if self._is_spread else {}
            await viewer.join(stage.endpoint, bearer=stage.bearer, headers=headers)
            await asyncio.wait_for(viewer.first_keyframe.wait(), FIRST_MEDIA_TIMEOUT_S)
        except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError) as error:
            await _leave(viewer, notify=True)
            if not is_first:
                raise
            count("joins_failed", time.time())
            count(f"failure: {_reason(error)}", time.time())
            return False
        except asyncio.CancelledError:
            if self._clock.is_over and is_first:
                count("joins_failed", time.time())
                count("failure: had not joined when the run ended", time.time())
            await _leave(viewer, notify=True)
            raise
        if is_first:
            self._note_join(viewer)
        return True

    def _note_join(self, viewer: Viewer) -> None:
        times, now_s = viewer.stats.times, time.time()
        self._measures.count("joins_done", now_s)
        for name, value in (
            ("answered_us", times.answered_s),
            ("connected_us", times.connected_s),
            ("first_packet_us", times.first_packet_s),
            ("first_keyframe_us", times.first_keyframe_s),
        ):
            self._measures.observe(name, now_s, int((value or 0.0) * 1e6))

    async def _watch_one(self, visit: Visit, watching: Watching) -> float | None:
        viewer = watching.viewer
        self._watching[viewer] = watching
        is_cut = False
        try:
            wait_s = max(0.0, visit.leave_s - self._clock.now_s())
            await asyncio.wait_for(viewer.closed.wait(), wait_s)
            is_cut = True
        except TimeoutError:
            pass
        finally:
            del self._watching[viewer]
            watching.end(time.time())
            await _leave(viewer, notify=not is_cut)
            if viewer.stats.is_forgotten and not viewer.closed.is_set():
                self._measures.count("forgotten_by_server", time.time())
        return watching.pictured_s if is_cut else None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_s = time.time()
            for watching in self._watching.values():
                watching.look(now_s)
            if int(now_s) != self._noted_second:
                self._note(self._noted_second + 0.5 if self._noted_second else now_s)
                self._noted_second = int(now_s)

    def _note(self, now_s: float) -> None:
        """What there is to say of the second that `now_s` is in, and that has ended."""
        for watching in self._watching.values():
            watching.note(now_s)
        self._measures.count("watched_s", now_s, len(self._watching))
        self._measures.level("viewers", now_s, len(self._watching))
        drops = kernel_drops(viewer.descriptor for viewer in self._watching)
        self._measures.count("dropped_by_generator", now_s, max(0, drops - self._kernel_drops))
        self._kernel_drops = drops
        for probe in [stage.probe for stage in self._stages if stage.probe is not None]:
            for latency_ns in probe.latencies_ns:
                self._measures.observe("latency_us", now_s, latency_ns // 1000)
            for jitter_ns in probe.take_jitters_ns():
                self._measures.observe("jitter_us", now_s, jitter_ns // 1000)
            self._measures.count("payloads_unknown", now_s, probe.unknown)
            probe.reset()


async def _leave(viewer: Viewer, *, notify: bool) -> None:
    try:
        async with asyncio.timeout(LEAVE_WITHIN_S):
            await viewer.leave(notify=notify)
    except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError):
        await viewer.leave(notify=False)


def _reason(error: Exception) -> str:
    """Short, and alike for alike causes."""
    if isinstance(error, SignalingError):
        return f"answered {error.status}"
    if isinstance(error, TimeoutError):
        return "no keyframe came"
    return words_of(error)

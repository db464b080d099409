"""The viewers of one process: they come, watch and leave by plan, and what they see is noted by the second."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass

import aiohttp

from loadtest.addresses import VIEWERS, forwarded_for
from loadtest.arrivals import Visit
from loadtest.decoding import DecodedView
from loadtest.dtls import PeerCertificate
from loadtest.errors import LoadtestError, SignalingError
from loadtest.kernel_drops import kernel_drops
from loadtest.latency import LatencyProbe, SendTimes
from loadtest.measures import Measures
from loadtest.media import Material
from loadtest.receive import BatchReceiver
from loadtest.sdp import VIDEO
from loadtest.signaling import SignalingClient
from loadtest.stage_time import RunClock, play_visits
from loadtest.ticks import TickPoller
from loadtest.viewer import Viewer, ViewerOptions

FIRST_MEDIA_TIMEOUT_S = 15.0
LEAVE_WITHIN_S = 5.0
FREEZE_S = 0.5
"""No packet of the picture for longer is a freeze, as it looks; looked at 20 times a second."""
LOOK_EVERY_S = 0.05
GAP_S = 0.15
"""Shorter ones cannot be told from the looking."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The first `viewers` of an audience decode what they get of this material."""

    viewers: int
    material: Material
    times: SendTimes | None = None
    """Where the publisher is on this machine."""


@dataclass(slots=True)
class _Watching:
    """A viewer and what of it has been noted."""

    viewer: Viewer
    packets: int = 0
    pictures: int = 0
    pictured_s: float = 0.0
    frozen: bool = False
    lost: int = 0
    duplicates: int = 0
    late: int = 0
    recovered: int = 0
    feedback_sent: int = 0
    rejected: int = 0
    sampled: int = 0
    sampled_bytes: int = 0
    view: DecodedView | None = None
    came_s: float = 0.0
    has_picture: bool = False
    behind: int = 0
    errors: int = 0
    given_up: int = 0


class Audience:
    """Viewers of one endpoint. They share a certificate, a receiver and a probe, which makes them cheap."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        endpoint: str,
        measures: Measures,
        clock: RunClock,
        *,
        options: ViewerOptions,
        bearer: str | None = None,
        probe: LatencyProbe | None = None,
        decoded: Decoded | None = None,
        signaling: SignalingClient | None = None,
        is_spread: bool = False,
    ) -> None:
        self._is_spread = is_spread
        self._signaling = signaling or SignalingClient(http)
        self._endpoint = endpoint
        self._bearer = bearer
        self._measures = measures
        self._clock = clock
        self._options = options
        self._probe = probe
        self._decoded = decoded
        self._certificate = PeerCertificate.generate()
        self._receiver = BatchReceiver()
        self._poller = TickPoller() if sys.platform == "linux" else None
        self._watching: dict[Viewer, _Watching] = {}
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
        view = None
        if self._decoded is not None and visit.number < self._decoded.viewers:
            view = DecodedView(self._decoded.material)
        viewer = Viewer(
            self._signaling,
            certificate=self._certificate,
            options=self._options,
            probe=self._probe,
            receiver=self._receiver,
            poller=None if view else self._poller,
            screen=view,
        )
        if view is None:
            await self._watch_one(visit, viewer, None)
            return
        view.start()
        try:
            await self._watch_one(visit, viewer, view)
        finally:
            view.stop()

    async def _watch_one(self, visit: Visit, viewer: Viewer, view: DecodedView | None) -> None:
        count, observe = self._measures.count, self._measures.observe
        came_s = time.monotonic()
        try:
            headers = forwarded_for(VIEWERS, visit.number) if self._is_spread else {}
            await viewer.join(self._endpoint, bearer=self._bearer, headers=headers)
            await asyncio.wait_for(viewer.first_keyframe.wait(), FIRST_MEDIA_TIMEOUT_S)
        except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError) as error:
            count("joins_failed", time.time())
            count(f"failure: {_reason(error)}", time.time())
            await _leave(viewer, notify=True)
            return
        except asyncio.CancelledError:
            if self._clock.is_over:
                count("joins_failed", time.time())
                count("failure: had not joined when the run ended", time.time())
            await _leave(viewer, notify=True)
            raise
        times, now_s = viewer.stats.times, time.time()
        count("joins_done", now_s)
        for name, value in (
            ("answered_us", times.answered_s),
            ("connected_us", times.connected_s),
            ("first_packet_us", times.first_packet_s),
            ("first_keyframe_us", times.first_keyframe_s),
        ):
            observe(name, now_s, int((value or 0.0) * 1e6))
        self._watching[viewer] = _Watching(viewer, pictured_s=now_s, view=view, came_s=came_s)
        try:
            wait_s = max(0.0, visit.leave_s - self._clock.now_s())
            await asyncio.wait_for(viewer.closed.wait(), wait_s)
            count("ended_by_server", time.time())
        except TimeoutError:
            pass
        finally:
            watching = self._watching.pop(viewer)
            self._note_viewer(watching, time.time())
            if watching.frozen:
                count("frozen_ms", time.time(), int((time.time() - watching.pictured_s) * 1000))
            await _leave(viewer, notify=True)
            if viewer.stats.is_forgotten and not viewer.closed.is_set():
                count("forgotten_by_server", time.time())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_s = time.time()
            for watching in self._watching.values():
                self._look(watching, now_s)
            if int(now_s) != self._noted_second:
                self._note(self._noted_second + 0.5 if self._noted_second else now_s)
                self._noted_second = int(now_s)

    def _look(self, watching: _Watching, now_s: float) -> None:
        """Has the picture moved on?"""
        pictures = sum(
            counter.received
            for payload_type, counter in watching.viewer.counters.items()
            if watching.viewer.kind_of(payload_type) == VIDEO
        )
        if pictures != watching.pictures:
            if watching.frozen:
                self._measures.count("frozen_ms", now_s, int((now_s - watching.pictured_s) * 1000))
            elif watching.pictures and now_s - watching.pictured_s > GAP_S:
                self._measures.observe("gap_us", now_s, int((now_s - watching.pictured_s) * 1e6))
            watching.pictures, watching.pictured_s, watching.frozen = pictures, now_s, False
        elif not watching.frozen and watching.pictures and now_s - watching.pictured_s > FREEZE_S:
            watching.frozen = True
            self._measures.count("freezes", now_s)

    def _note(self, now_s: float) -> None:
        """What there is to say of the second that `now_s` is in, and that has ended."""
        for watching in self._watching.values():
            self._note_viewer(watching, now_s)
        self._measures.count("watched_s", now_s, len(self._watching))
        self._measures.level("viewers", now_s, len(self._watching))
        drops = kernel_drops(viewer.descriptor for viewer in self._watching)
        self._measures.count("dropped_by_generator", now_s, max(0, drops - self._kernel_drops))
        self._kernel_drops = drops
        if self._probe is not None:
            for latency_ns in self._probe.latencies_ns:
                self._measures.observe("latency_us", now_s, latency_ns // 1000)
            for jitter_ns in self._probe.take_jitters_ns():
                self._measures.observe("jitter_us", now_s, jitter_ns // 1000)
            self._measures.count("payloads_unknown", now_s, self._probe.unknown)
            self._probe.reset()

    def _note_viewer(self, watching: _Watching, now_s: float) -> None:
        viewer, count = watching.viewer, self._measures.count
        lost = viewer.lost
        sums = {
            "packets": viewer.packets,
            "duplicates": sum(each.duplicates for each in viewer.counters.values()),
            "late": sum(each.late for each in viewer.counters.values()),
            "recovered": viewer.stats.recovered,
            "feedback_sent": viewer.feedback_sent,
            "rejected": viewer.stats.rejected,
            "sampled": viewer.stats.sampled,
            "sampled_bytes": viewer.stats.sampled_bytes,
        }
        for name, value in sums.items():
            count(name, now_s, value - getattr(watching, name))
            setattr(watching, name, value)
        # What is missing now may come yet, so this can fall as well.
        count("packets_lost", now_s, lost - watching.lost)
        watching.lost = lost
        if watching.view is not None:
            self._note_view(watching, watching.view, now_s)

    def _note_view(self, watching: _Watching, view: DecodedView, now_s: float) -> None:
        count, observe = self._measures.count, self._measures.observe
        seen = view.take()
        count("pictures_decoded", now_s, seen.pictures)
        count("pictures_skipped", now_s, seen.skipped)
        count("pictures_unread", now_s, seen.unread)
        count("picture_freezes", now_s, seen.freezes)
        count("picture_frozen_ms", now_s, seen.frozen_ms)
        count("sounds_decoded", now_s, seen.sounds)
        for name in ("behind", "errors", "given_up"):
            count(f"decoder_{name}", now_s, getattr(view, name) - getattr(watching, name))
            setattr(watching, name, getattr(view, name))
        for gap_us in seen.gaps_us:
            observe("picture_gap_us", now_s, gap_us)
        for sync_us in seen.sync_us:
            observe("lip_sync_us", now_s, abs(sync_us))
        if not watching.has_picture and view.first_picture_s is not None:
            watching.has_picture = True
            observe("first_picture_us", now_s, int((view.first_picture_s - watching.came_s) * 1e6))
        decoded = self._decoded
        if decoded is None or decoded.times is None or not watching.viewer.is_level:
            return
        frames = decoded.material.video.frames
        for number, shown_s in view.latest:
            if number < len(frames):
                sent_ns = decoded.times.sent_ns(frames[number].first_index)
                observe("picture_latency_us", now_s, int(shown_s * 1e6 - sent_ns / 1000))


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
    return f"{type(error).__name__}: {error}"[:120]

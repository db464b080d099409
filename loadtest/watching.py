"""What is noted of one viewer's session: what came since it was asked last, freezes, what it decoded."""

from __future__ import annotations

import time
from dataclasses import dataclass

from loadtest.decoding import DecodedView
from loadtest.latency import LatencyProbe, SendTimes
from loadtest.measures import Measures
from loadtest.media import Material
from loadtest.sdp import AUDIO, VIDEO
from loadtest.viewer import Viewer

FREEZE_S = 0.5
"""No packet of the picture for longer is a freeze, as it looks; looked at 20 times a second."""
GAP_S = 0.15
"""Shorter ones cannot be told from the looking."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The first `viewers` of an audience decode what they get of this material."""

    viewers: int
    material: Material
    times: SendTimes | None = None
    """Where the publisher is on this machine."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One broadcast: where it is watched, and what its viewers are measured by."""

    endpoint: str
    bearer: str | None = None
    probe: LatencyProbe | None = None
    decoded: Decoded | None = None


class Watching:
    """Of a viewer that has joined; into `measures`."""

    def __init__(
        self, viewer: Viewer, measures: Measures, *, view: DecodedView | None, decoded: Decoded | None
    ) -> None:
        self.viewer = viewer
        self._measures = measures
        self._view = view
        self._decoded = decoded
        self._counters = [
            counter
            for payload_type, counter in viewer.counters.items()
            if viewer.kind_of(payload_type) == VIDEO
        ]
        self._pictures = 0
        self._frozen = False
        self._has_picture = False
        self._noted: dict[str, int] = {}
        self._pictured_s = time.time()

    @property
    def pictured_s(self) -> float:
        """When the picture moved last, in seconds since 1970."""
        return self._pictured_s

    def look(self, now_s: float) -> None:
        """Has the picture moved on?"""
        pictures = 0
        for counter in self._counters:
            pictures += counter.received
        if pictures != self._pictures:
            if self._frozen:
                self._measures.count("frozen_ms", now_s, int((now_s - self._pictured_s) * 1000))
            elif self._pictures and now_s - self._pictured_s > GAP_S:
                self._measures.observe("gap_us", now_s, int((now_s - self._pictured_s) * 1e6))
            self._pictures, self._pictured_s, self._frozen = pictures, now_s, False
        elif not self._frozen and self._pictures and now_s - self._pictured_s > FREEZE_S:
            self._frozen = True
            self._measures.count("freezes", now_s)

    def end(self, now_s: float) -> None:
        """The session is over."""
        self.note(now_s)
        if self._frozen:
            self._measures.count("frozen_ms", now_s, int((now_s - self._pictured_s) * 1000))

    def note(self, now_s: float) -> None:
        """What there is to say of the second that `now_s` is in."""
        viewer = self.viewer
        counters = viewer.counters.values()
        self._count("packets", viewer.packets, now_s)
        self._count("duplicates", sum(each.duplicates for each in counters), now_s)
        self._count("late", sum(each.late for each in counters), now_s)
        self._count("recovered", viewer.stats.recovered, now_s)
        self._count("feedback_sent", viewer.feedback_sent, now_s)
        self._count("rejected", viewer.stats.rejected, now_s)
        self._count("sampled", viewer.stats.sampled, now_s)
        self._count("sampled_bytes", viewer.stats.sampled_bytes, now_s)
        # What is missing now may come yet, so these can fall as well.
        self._count("packets_lost", viewer.lost, now_s)
        self._count("packets_lost_sound", viewer.lost_of(AUDIO), now_s)
        if self._view is not None:
            self._note_view(self._view, now_s)

    def _count(self, name: str, so_far: int, now_s: float) -> None:
        self._measures.count(name, now_s, so_far - self._noted.get(name, 0))
        self._noted[name] = so_far

    def _note_view(self, view: DecodedView, now_s: float) -> None:
        count, observe = self._measures.count, self._measures.observe
        seen = view.take()
        count("pictures_decoded", now_s, seen.pictures)
        count("pictures_skipped", now_s, seen.skipped)
        count("pictures_unread", now_s, seen.unread)
        count("picture_freezes", now_s, seen.freezes)
        count("picture_frozen_ms", now_s, seen.frozen_ms)
        count("sounds_decoded", now_s, seen.sounds)
        for name in ("behind", "errors", "given_up"):
            self._count(f"decoder_{name}", getattr(view, name), now_s)
        for gap_us in seen.gaps_us:
            observe("picture_gap_us", now_s, gap_us)
        for sync_us in seen.sync_us:
            observe("lip_sync_us", now_s, abs(sync_us))
        if not self._has_picture and view.first_picture_s is not None:
            self._has_picture = True
            observe("first_picture_us", now_s, int((view.first_picture_s - self.viewer.began_s) * 1e6))
        if self._decoded is None or self._decoded.times is None or not self.viewer.is_level:
            return
        frames = self._decoded.material.video.frames
        for number, shown_s in view.latest:
            if number < len(frames):
                sent_ns = self._decoded.times.sent_ns(frames[number].first_index)
                observe("picture_latency_us", now_s, int(shown_s * 1e6 - sent_ns / 1000))

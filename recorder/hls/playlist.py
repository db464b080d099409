"""The media playlist of one track (RFC 8216bis): what was written in, text out.

No I/O. Texts of segments are kept, so that a playlist of ten minutes costs little to write again.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .events import InitWritten, PartWritten, SegmentWritten

VERSION = 9
PART_HOLD_BACK = 3.0
"""In part targets: how far behind the end players stay. At least 3 (section 4.4.3.8)."""
HOLD_BACK = 3
SKIP_UNTIL = 6
PARTS_LISTED = 3
"""In target durations: parts are told of the end of the playlist only (section 4.4.4.9)."""
LEAST_LISTED = 4
"""In target durations."""
ADVANCE_MSN = 2
_ROUNDING_S = 0.0005


@dataclass(frozen=True, slots=True)
class Report:
    """How far another track is: `EXT-X-RENDITION-REPORT`. `part` is -1 when the next segment has none."""

    track: str
    msn: int
    part: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A segment that is no longer listed. Its file is to be there for `keep_s` more (section 6.2.2)."""

    msn: int
    keep_s: float


@dataclass(slots=True)
class _Segment:
    msn: int
    start_s: float
    discontinuities: int
    init: int
    parts: list[PartWritten] = field(default_factory=list)
    duration_s: float | None = None
    size_bytes: int = 0
    has_parts_listed: bool = True
    text: str = ""


class MediaPlaylist:
    """`started_at_s` is when the broadcast began, in Unix seconds. URIs lead to `{track}/`, beside the playlist."""

    def __init__(
        self, track: str, target_duration_s: int, part_target_s: float, window_s: float, started_at_s: float
    ) -> None:
        self.track = track
        self.version = 0
        """Changes with what would be rendered."""
        self.init: InitWritten | None = None
        self.ended = False
        self.size_bytes = 0
        """Of all segments that are listed."""
        self._target_duration_s = target_duration_s
        self._part_target_s = part_target_s
        self._window_s = window_s
        self._started_at_s = started_at_s
        self._segments: deque[_Segment] = deque()
        self._open: _Segment | None = None
        self._duration_s = 0.0
        self._all_independent = True

    # What was written

    def init_written(self, init: InitWritten) -> None:
        self.init = init

    def part_written(self, part: PartWritten) -> None:
        segment = self._open
        if segment is None or segment.msn != part.msn:
            segment = self._open = _Segment(part.msn, part.segment_start_s, part.discontinuities, part.init)
            self._all_independent &= part.independent
        segment.parts.append(part)
        segment.size_bytes += part.size_bytes
        if part.duration_s > self._part_target_s + _ROUNDING_S:
            segment.has_parts_listed = False  # a picture that stayed: only the whole segment can be told
        self.version += 1

    def segment_written(self, written: SegmentWritten) -> None:
        segment = self._open
        self._open = None
        if segment is None or segment.msn != written.msn:
            init = self.init.number if self.init is not None else 0
            segment = _Segment(written.msn, written.start_s, written.discontinuities, init)
        segment.duration_s = max(written.duration_s, 0.001)
        self._duration_s += segment.duration_s
        self.size_bytes += segment.size_bytes
        self._all_independent &= written.begins_independent or not written.parts
        self._segments.append(segment)
        self.version += 1

    def interrupted(self) -> None:
        """Whoever wrote is gone: what there is of the last segment is all of it."""
        if (segment := self._open) is not None:
            duration_s = sum(part.duration_s for part in segment.parts)
            self.segment_written(
                SegmentWritten(
                    self.track,
                    segment.msn,
                    segment.start_s,
                    duration_s,
                    len(segment.parts),
                    segment.parts[0].independent,
                    segment.discontinuities,
                    segment.size_bytes,
                )
            )

    def end(self) -> None:
        """Nothing follows."""
        self.interrupted()
        self.ended = True
        self.version += 1

    def shorten(self) -> list[Gone]:
        """Leave out what is older than the window."""
        gone = []
        while len(self._segments) > 1 and self._duration_s - self._first_duration_s() >= max(
            self._window_s, LEAST_LISTED * self._target_duration_s
        ):
            gone.append(self.drop_first())
        return gone

    def drop_first(self) -> Gone:
        """Leave out the oldest segment; there are more than one."""
        listed_s = self._duration_s
        segment = self._segments.popleft()
        duration_s = segment.duration_s or 0.0
        self._duration_s -= duration_s
        self.size_bytes -= segment.size_bytes
        self.version += 1
        return Gone(segment.msn, duration_s + listed_s)

    @property
    def may_shrink(self) -> bool:
        """Whether enough is left without the oldest segment."""
        least_s = LEAST_LISTED * self._target_duration_s
        return len(self._segments) > 1 and self._duration_s - self._first_duration_s() >= least_s

    # What is asked

    @property
    def is_playable(self) -> bool:
        """Whether there is a whole segment: players take a playlist without one for empty."""
        return bool(self._segments)

    @property
    def next_msn(self) -> int:
        """Of the segment that is being written, or comes next."""
        if self._open is not None:
            return self._open.msn
        return self._segments[-1].msn + 1 if self._segments else 0

    @property
    def discontinuities(self) -> int:
        """The discontinuity sequence number of the newest segment."""
        if self._open is not None:
            return self._open.discontinuities
        return self._segments[-1].discontinuities if self._segments else 0

    def report(self) -> Report:
        if self._open is not None:
            return Report(self.track, self._open.msn, len(self._open.parts) - 1)
        parts = len(self._segments[-1].parts) if self._segments else 0
        return Report(self.track, self.next_msn - 1, parts - 1)

    def has(self, msn: int, part: int | None) -> bool:
        """Whether what a blocking request names is there (section 6.2.5.2)."""
        if self.ended or msn < self.next_msn:
            # A part beyond the last one of its segment stands for the first one of the next.
            segment = self._segments[-1] if self._segments else None
            beyond = segment is not None and segment.msn == msn and part is not None
            if not beyond or segment is None or part is None or part < len(segment.parts) or self.ended:
                return True
            return self._open is not None
        return (
            msn == self.next_msn
            and part is not None
            and self._open is not None
            and part < len(self._open.parts)
        )

    def is_absurd(self, msn: int, part: int | None) -> bool:
        """Whether a blocking request names what is too far away."""
        if msn > self.next_msn - 1 + ADVANCE_MSN:
            return True
        if part is None:
            return False
        limit = math.ceil(3 / self._part_target_s) if self._part_target_s < 1 else 3
        there = len(self._open.parts) if self._open is not None and msn == self.next_msn else 0
        return msn >= self.next_msn and part > there + limit

    def find_part(self, msn: int, index: int) -> PartWritten | None:
        """Where a part lies, as long as its segment is listed."""
        if (segment := self._find(msn)) is None or index >= len(segment.parts):
            return None
        return segment.parts[index]

    def is_next(self, msn: int, index: int) -> bool:
        """Whether this is the part that `EXT-X-PRELOAD-HINT` names."""
        return not self.ended and (msn, index) == self._hint()

    def has_segment(self, msn: int) -> bool:
        """Whether this segment is whole and listed."""
        segment = self._find(msn)
        return segment is not None and segment.duration_s is not None and bool(segment.parts)

    def peak_bps(self) -> float:
        """The highest rate of a whole segment, or what is known of the first one."""
        rates = [
            segment.size_bytes * 8 / segment.duration_s for segment in self._segments if segment.duration_s
        ]
        return max((*rates, self._open_bps()))

    def average_bps(self) -> float:
        return self.size_bytes * 8 / self._duration_s if self._duration_s else self._open_bps()

    def frame_rate(self) -> float:
        """Of the newest seconds."""
        parts = [part for segment in self._newest() for part in segment.parts]
        duration_s = sum(part.duration_s for part in parts)
        return sum(part.frames for part in parts) / duration_s if duration_s else 0.0

    def render(self, reports: Sequence[Report], *, skip: bool = False) -> str:
        """`skip` asks for a delta update (section 6.2.5.1); what is not worth it comes whole."""
        target_s, part_s = self._target_duration_s, self._part_target_s
        skipped = self._skippable() if skip else 0
        lines = [
            "#EXTM3U",
            f"#EXT-X-VERSION:{VERSION}",
            f"#EXT-X-TARGETDURATION:{target_s}",
            f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={SKIP_UNTIL * target_s:.1f}"
            f",HOLD-BACK={HOLD_BACK * target_s:.1f},PART-HOLD-BACK={PART_HOLD_BACK * part_s:.3f}",
            f"#EXT-X-PART-INF:PART-TARGET={part_s:.3f}",
        ]
        every = [*self._segments, *([self._open] if self._open is not None else [])]
        first = every[0] if every else None
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first.msn if first is not None else self.next_msn}")
        if first is not None and first.discontinuities:
            lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.discontinuities}")
        if self._all_independent:
            lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
        if skipped:
            lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}")
        with_parts = {id(segment) for segment in self._newest()}
        before: _Segment | None = every[skipped - 1] if skipped else None
        for segment in every[skipped:]:
            lines += self._begins(segment, before, is_first=segment is every[skipped])
            if segment.has_parts_listed and id(segment) in with_parts:
                lines += [self._part_line(part) for part in segment.parts]
            if segment.duration_s is not None:
                if not segment.parts:
                    lines.append("#EXT-X-GAP")
                lines.append(f"#EXTINF:{segment.duration_s:.5f},")
                lines.append(f"{self.track}/{segment.msn}.m4s")
            before = segment
        if self.ended:
            lines.append("#EXT-X-ENDLIST")
        else:
            msn, index = self._hint()
            lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{self.track}/{msn}.{index}.m4s"')
            lines += [_report_line(report) for report in reports]
        return "\n".join(lines) + "\n"

    def _begins(self, segment: _Segment, before: _Segment | None, *, is_first: bool) -> list[str]:
        lines = []
        if before is not None and segment.discontinuities != before.discontinuities:
            lines.append("#EXT-X-DISCONTINUITY")
        if is_first or before is None or segment.init != before.init:
            lines.append(f'#EXT-X-MAP:URI="{self.track}/init-{segment.init}.mp4"')
        at = datetime.fromtimestamp(self._started_at_s + segment.start_s, UTC)
        lines.append(
            f"#EXT-X-PROGRAM-DATE-TIME:{at.strftime('%Y-%m-%dT%H:%M:%S')}.{at.microsecond // 1000:03}Z"
        )
        return lines

    def _part_line(self, part: PartWritten) -> str:
        independent = ",INDEPENDENT=YES" if part.independent else ""
        uri = f"{self.track}/{part.msn}.{part.index}.m4s"
        return f'#EXT-X-PART:DURATION={part.duration_s:.5f},URI="{uri}"{independent}'

    def _hint(self) -> tuple[int, int]:
        if self._open is None or not self._open.has_parts_listed:
            return self.next_msn + (self._open is not None), 0
        return self._open.msn, len(self._open.parts)

    def _skippable(self) -> int:
        """Segments that end so far before the end that a client who knew them may do without."""
        rest_s = sum(part.duration_s for part in self._open.parts) if self._open is not None else 0.0
        kept = 0
        for segment in reversed(self._segments):
            if rest_s >= SKIP_UNTIL * self._target_duration_s:
                break
            rest_s += segment.duration_s or 0.0
            kept += 1
        return len(self._segments) - kept

    def _newest(self) -> list[_Segment]:
        """Whole segments within `PARTS_LISTED` target durations of the end, and the open one."""
        newest = [self._open] if self._open is not None else []
        rest_s = 0.0
        for segment in reversed(self._segments):
            rest_s += segment.duration_s or 0.0
            if rest_s > PARTS_LISTED * self._target_duration_s:
                break
            newest.insert(0, segment)
        return newest

    def _find(self, msn: int) -> _Segment | None:
        if self._open is not None and self._open.msn == msn:
            return self._open
        if not self._segments:
            return None
        index = msn - self._segments[0].msn
        return self._segments[index] if 0 <= index < len(self._segments) else None

    def _first_duration_s(self) -> float:
        return self._segments[0].duration_s or 0.0

    def _open_bps(self) -> float:
        if self._open is None:
            return 0.0
        duration_s = sum(part.duration_s for part in self._open.parts)
        return self._open.size_bytes * 8 / duration_s if duration_s else 0.0


def _report_line(report: Report) -> str:
    part = f",LAST-PART={report.part}" if report.part >= 0 else ""
    return f'#EXT-X-RENDITION-REPORT:URI="{report.track}.m3u8",LAST-MSN={report.msn}{part}'

"""What the packager's process tells the server of what it wrote, and what it is told."""

import msgspec


class TracksBegun(msgspec.Struct, tag="begun", frozen=True):
    """Comes once, and first. `target_duration_s` is what no segment is longer than, `part_target_s` no part."""

    target_duration_s: int
    part_target_s: float


class InitWritten(msgspec.Struct, tag="init", frozen=True):
    """From the next segment on, the track is of this format. `codecs` is as RFC 6381 has it."""

    track: str
    is_video: bool
    number: int
    codecs: str
    width: int
    height: int
    channels: int


class PartWritten(msgspec.Struct, tag="part", frozen=True):
    """The next part of a track, at `offset` in its segment's file. `segment_start_s` is since the broadcast began."""

    track: str
    msn: int
    index: int
    segment_start_s: float
    duration_s: float
    independent: bool
    discontinuities: int
    init: int
    frames: int
    offset: int
    size_bytes: int


class SegmentWritten(msgspec.Struct, tag="segment", frozen=True):
    """A segment has ended. `parts` is 0 when the track has nothing for it."""

    track: str
    msn: int
    start_s: float
    duration_s: float
    parts: int
    begins_independent: bool
    discontinuities: int
    size_bytes: int

"""Counters of the media plane, as plain numbers for whoever exports them."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """What only grows. Incremented in the hot path, hence mutable and plain."""

    packets_in: int = 0
    bytes_in: int = 0
    packets_out: int = 0
    bytes_out: int = 0
    packets_dropped: int = 0
    retransmissions: int = 0
    keyframe_requests: int = 0
    nacks_received: int = 0
    malformed: int = 0


@dataclass(frozen=True, slots=True)
class MediaStats:
    """A snapshot: gauges of now, and the counters since the start."""

    streams: int
    publishers: int
    viewers: int
    packets_in: int
    bytes_in: int
    packets_out: int
    bytes_out: int
    packets_dropped: int
    retransmissions: int
    keyframe_requests: int
    nacks_received: int
    malformed: int

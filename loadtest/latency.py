"""Exact one-way latency between processes of one machine, without touching the media.

The publisher notes when each payload of the material was last sent (`SendTimes`, a small file both sides
map). A viewer decrypts some of the packets it gets; the payload says which one it is, and the clock
difference is the latency. It holds while a packet takes less time than one turn of the material (what came before it
was last sent is of the turn before), and while no two payloads are alike (those that are, are left out). Times are
CLOCK_MONOTONIC nanoseconds.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from loadtest.media import Material

CLOCKS_APART_NS = 20_000_000
"""Arrivals are by another clock than sendings, and read a moment apart."""


class SendTimes:
    """A file-backed array of send times, one per payload of the material; 0 means not sent yet."""

    def __init__(self, path: Path, count: int) -> None:
        size_bytes = count * 8
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(size_bytes)
            self._map = mmap.mmap(file.fileno(), size_bytes)
        self._times = memoryview(self._map).cast("Q")

    def record(self, index: int, sent_ns: int) -> None:
        """Note that payload `index` is being sent now."""
        self._times[index] = sent_ns

    def sent_ns(self, index: int) -> int:
        """When payload `index` was last sent."""
        return self._times[index]


class LatencyProbe:
    """Collects latencies of the payloads it is shown, at most `limit`; further ones are not kept."""

    def __init__(self, material: Material, times: SendTimes, *, limit: int = 200_000) -> None:
        self._times = times
        self._turn_ns = int(len(material.video.frames) * material.video.frame_s * 1e9)
        self._limit = limit
        self._index: dict[bytes, int] = {}
        alike: set[bytes] = set()
        for index, payload in enumerate(material.payloads()):
            if payload in self._index:
                alike.add(payload)
            self._index[payload] = index
        self._alike = alike
        self.latencies_ns: list[int] = []
        self._jitters_ns: list[int] = []
        self.unknown = 0

    def observe(self, payload: bytes, received_ns: int) -> None:
        """Note one received payload; one that is not of the material counts as `unknown`."""
        index = self._index.get(payload)
        if index is None:
            self.unknown += 1
        elif payload not in self._alike and len(self.latencies_ns) < self._limit:
            latency_ns = received_ns - self._times.sent_ns(index)
            if latency_ns < -CLOCKS_APART_NS:
                latency_ns += self._turn_ns
            if self.latencies_ns:
                self._jitters_ns.append(abs(latency_ns - self.latencies_ns[-1]))
            self.latencies_ns.append(latency_ns)

    def take_jitters_ns(self) -> list[int]:
        """How much the latency of each packet differed from that of the one before (RFC 3550 section 6.4.1, before it
        is smoothed), since it was asked last.
        """
        jitters, self._jitters_ns = self._jitters_ns, []
        return jitters

    def reset(self) -> None:
        """Forget what was collected."""
        self.latencies_ns.clear()
        self.unknown = 0

"""Many viewers in one process: join, measure, leave, in hundreds.

The numbers are of a measuring window: `mark` begins it, `report` reads it. What the kernel dropped because this process
was too slow to read is told apart from what the server lost.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from loadtest.dtls import PeerCertificate
from loadtest.errors import LoadtestError
from loadtest.latency import LatencyProbe
from loadtest.receive import BatchReceiver
from loadtest.signaling import SignalingClient
from loadtest.ticks import TickPoller
from loadtest.viewer import Viewer, ViewerOptions

FIRST_MEDIA_TIMEOUT_S = 15.0


@dataclass(slots=True)
class JoinReport:
    """One `join`: seconds from the POST to the answer, to the first media packet and to the first keyframe."""

    joined: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    answered_s: list[float] = field(default_factory=list)
    first_packet_s: list[float] = field(default_factory=list)
    first_keyframe_s: list[float] = field(default_factory=list)


@dataclass(slots=True)
class WindowReport:
    """What all viewers together saw since `mark`."""

    viewers: int
    seconds: float
    cpu_s: float
    packets: int
    lost: int
    duplicates: int
    rejected: int
    unknown_payloads: int
    kernel_drops: int
    ended_by_server: int
    latencies_us: list[int]


class Crowd:
    """Viewers of one endpoint that share a certificate, a receiver, an HTTP session and a probe."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        endpoint: str,
        *,
        options: ViewerOptions | None = None,
        probe: LatencyProbe | None = None,
    ) -> None:
        self._signaling = SignalingClient(http)
        self._endpoint = endpoint
        self._options = options
        self._probe = probe
        self._certificate = PeerCertificate.generate()
        self._receiver = BatchReceiver()
        self._poller = TickPoller() if sys.platform == "linux" else None
        self._began = (0.0, 0.0, 0, 0, 0, 0)
        self.viewers: list[Viewer] = []

    async def join(self, count: int, *, at_once: int) -> JoinReport:
        """Add `count` viewers, at most `at_once` of them connecting at a time; failures are counted by reason."""
        report = JoinReport()
        failures: Counter[str] = Counter()
        gate = asyncio.Semaphore(at_once)

        async def join_one() -> None:
            async with gate:
                viewer = Viewer(
                    self._signaling,
                    certificate=self._certificate,
                    options=self._options,
                    probe=self._probe,
                    receiver=self._receiver,
                    poller=self._poller,
                )
                try:
                    await viewer.join(self._endpoint)
                    await asyncio.wait_for(viewer.first_keyframe.wait(), FIRST_MEDIA_TIMEOUT_S)
                except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError) as error:
                    failures[f"{type(error).__name__}: {error}"] += 1
                    await viewer.leave(notify=False)
                    return
                self.viewers.append(viewer)
                times = viewer.stats.times
                report.joined += 1
                report.answered_s.append(times.answered_s or 0.0)
                report.first_packet_s.append(times.first_packet_s or 0.0)
                report.first_keyframe_s.append(times.first_keyframe_s or 0.0)

        await asyncio.gather(*(join_one() for _ in range(count)))
        report.failures = dict(failures)
        return report

    def mark(self) -> None:
        """Begin a measuring window."""
        for viewer in self.viewers:
            for counter in viewer.counters.values():
                counter.forget_losses()
        if self._probe is not None:
            self._probe.reset()
        self._began = self._totals()

    def report(self) -> WindowReport:
        """The window so far."""
        began, now = self._began, self._totals()
        wall, cpu, packets, duplicates, rejected, drops = (b - a for a, b in zip(began, now, strict=True))
        probe = self._probe
        return WindowReport(
            viewers=len(self.viewers),
            seconds=wall,
            cpu_s=cpu,
            packets=int(packets),
            lost=sum(viewer.lost for viewer in self.viewers),
            duplicates=int(duplicates),
            rejected=int(rejected),
            unknown_payloads=0 if probe is None else probe.unknown,
            kernel_drops=int(drops),
            ended_by_server=sum(viewer.closed.is_set() for viewer in self.viewers),
            latencies_us=[] if probe is None else [latency // 1000 for latency in probe.latencies_ns],
        )

    async def leave(self, *, notify: bool = True) -> None:
        """All leave at once; without `notify` they vanish without a word."""
        viewers, self.viewers = self.viewers, []
        await asyncio.gather(*(viewer.leave(notify=notify) for viewer in viewers), return_exceptions=True)

    def _totals(self) -> tuple[float, float, int, int, int, int]:
        viewers = self.viewers
        return (
            time.monotonic(),
            time.process_time(),
            sum(viewer.packets for viewer in viewers),
            sum(counter.duplicates for viewer in viewers for counter in viewer.counters.values()),
            sum(viewer.stats.rejected for viewer in viewers),
            self._kernel_drops(),
        )

    def _kernel_drops(self) -> int:
        """Datagrams the kernel dropped because they were read too slowly; 0 where it does not say."""
        inodes = {str(os.fstat(viewer.descriptor).st_ino) for viewer in self.viewers}
        drops = 0
        for table in (Path("/proc/self/net/udp"), Path("/proc/self/net/udp6")):
            if table.exists():
                for line in table.read_text().splitlines()[1:]:
                    columns = line.split()
                    if columns[9] in inodes:
                        drops += int(columns[12])
        return drops

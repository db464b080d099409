"""``/metrics`` in the Prometheus text format: the media plane's counters, the event loop's lag, join times.

The hot path counts in plain integers; they are read only when somebody scrapes. Registered in a registry of its
own, so that two applications in one process (tests) do not meet.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Protocol

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_log = structlog.get_logger("metrics")

LAG_PROBE_INTERVAL_S = 0.5
LAG_WARNING_S = 0.25
_LAG_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_JOIN_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)

_GAUGES = (
    ("streams", "Broadcasts there are now."),
    ("publishers", "Publishers connected now."),
    ("viewers", "Viewers connected now."),
)
_COUNTERS = (
    ("packets_in", "RTP packets received from publishers."),
    ("bytes_in", "Bytes received from publishers."),
    ("packets_out", "RTP packets sent to viewers."),
    ("bytes_out", "Bytes sent to viewers."),
    ("packets_dropped", "RTP packets not sent because a viewer's socket was full."),
    ("retransmissions", "RTP packets sent again because a viewer asked."),
    ("keyframe_requests", "Keyframes asked of publishers."),
    ("nacks_received", "Requests of viewers for lost packets."),
    ("malformed", "Datagrams that were not what they claimed to be."),
)

_EVENT_GAUGES = (
    ("connections", "Event connections open now."),
    ("rooms", "Rooms somebody here is in."),
    ("memberships", "Event connections in rooms; one in two counts twice."),
)
_EVENT_COUNTERS = (
    ("commands_in", "Commands received over event connections."),
    ("commands_refused", "Commands answered with an error."),
    ("events_out", "Events and signals for rooms, before they are multiplied."),
    ("frames_out", "Frames written to event connections for rooms."),
    ("deliveries", "Events and signals times those who got them."),
    ("outbox_overflows", "Event connections cut because they read too slowly."),
    ("silent_cut", "Event connections cut because no pong came."),
    ("floods_cut", "Event connections cut because they flooded."),
    ("joins_recovered", "Joins that got exactly what they had missed."),
    ("joins_fresh", "Joins that got a snapshot."),
    ("resets", "Rooms whose state was sent anew because events were lost."),
    ("refused_connections", "Event connections turned away because there were too many."),
)

_HLS_GAUGES = (
    ("streams", "Broadcasts that HLS is made of now."),
    ("viewers", "Players that ask for playlists now, and have an id."),
    ("waiting", "Requests that wait for the next part."),
    ("tracks_encoded", "Tracks that are encoded anew now."),
)
_HLS_COUNTERS = (
    ("playlists_out", "Playlists sent."),
    ("playlists_rendered", "Media playlists written; those who ask at once get the same."),
    ("pieces_out", "Segments and parts sent."),
    ("bytes_out", "Bytes of segments and parts sent."),
    ("parts_written", "Parts written by the process that makes HLS."),
    ("refused", "Requests turned away because too many waited."),
    ("stopped", "Streams of HLS that ended because of an error."),
    ("restarts", "Streams that went on in a new process after theirs had died."),
    (
        "encoder_dropped_groups",
        "How often an encoder fell behind and pictures were left out up to a keyframe.",
    ),
    ("encoder_restarts", "Encoders' processes that died and were started again."),
)


class MediaCounts(Protocol):
    """A snapshot of the media plane: how many there are now, and what was counted since the start."""

    @property
    def streams(self) -> int: ...
    @property
    def publishers(self) -> int: ...
    @property
    def viewers(self) -> int: ...
    @property
    def packets_in(self) -> int: ...
    @property
    def bytes_in(self) -> int: ...
    @property
    def packets_out(self) -> int: ...
    @property
    def bytes_out(self) -> int: ...
    @property
    def packets_dropped(self) -> int: ...
    @property
    def retransmissions(self) -> int: ...
    @property
    def keyframe_requests(self) -> int: ...
    @property
    def nacks_received(self) -> int: ...
    @property
    def malformed(self) -> int: ...


class StatsSource(Protocol):
    """Where the snapshot comes from; asked once per scrape, on the event loop."""

    def snapshot(self) -> MediaCounts: ...


class TipCounts(Protocol):
    """What is counted of tips; ``tipping.stats`` is the real one."""

    @property
    def tips(self) -> Mapping[str, int]: ...
    @property
    def rpc_errors(self) -> int: ...
    @property
    def is_watching(self) -> bool: ...
    @property
    def head_age_s(self) -> float | None: ...
    @property
    def head_block(self) -> int | None: ...
    @property
    def lag_blocks(self) -> int | None: ...


class Metrics:
    """Every metric of one application."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        Gauge("harmonie_info", "The running version.", ["version"], registry=self.registry).labels(
            version
        ).set(1)
        self._lag = Histogram(
            "harmonie_event_loop_lag_seconds",
            "How late the event loop woke a timer.",
            buckets=_LAG_BUCKETS_S,
            registry=self.registry,
        )
        self._last_lag = Gauge(
            "harmonie_event_loop_last_lag_seconds", "The latest such delay.", registry=self.registry
        )
        Gauge("harmonie_asyncio_tasks", "Tasks of the event loop.", registry=self.registry).set_function(
            _count_tasks
        )
        self._join = Histogram(
            "harmonie_join_seconds",
            "From a viewer's offer to its keys, when the first packets leave.",
            buckets=_JOIN_BUCKETS_S,
            registry=self.registry,
        )

    def show_fanout(self, kernel: str) -> None:
        """Which kernel of the fan-out this server runs."""
        Gauge("harmonie_fanout_info", "What sends to viewers.", ["kernel"], registry=self.registry).labels(
            kernel
        ).set(1)

    def observe_join(self, seconds: float) -> None:
        """A viewer joined and got its first packet after ``seconds``."""
        self._join.observe(seconds)

    def observe_lag(self, seconds: float) -> None:
        """A timer was this late."""
        self._lag.observe(seconds)
        self._last_lag.set(seconds)
        if seconds > LAG_WARNING_S:
            _log.warning("event_loop_lagged", lag_ms=round(seconds * 1_000))

    def add_media(self, source: StatsSource) -> None:
        """Exports the media plane's counters."""
        self.registry.register(_MediaCollector(source))

    def add_events(self, stats: object) -> None:
        """Exports the gateway's counters: attributes named as in the two tables above."""
        self.registry.register(_AttributesCollector("harmonie_event", stats, _EVENT_GAUGES, _EVENT_COUNTERS))

    def add_hls(self, stats: object) -> None:
        """Exports what is counted of HLS: attributes named as in the tables above."""
        self.registry.register(_AttributesCollector("harmonie_hls", stats, _HLS_GAUGES, _HLS_COUNTERS))

    def add_tips(self, stats: TipCounts) -> None:
        """Exports what is counted of tips."""
        self.registry.register(_TipCollector(stats))

    def render(self) -> bytes:
        """All of it, in the text format."""
        return generate_latest(self.registry)


def _count_tasks() -> int:
    """0 when asked from outside the event loop."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0


class _MediaCollector(Collector):
    def __init__(self, source: StatsSource) -> None:
        self._source = source

    def describe(self) -> Iterable[Metric]:
        # Known without asking the media plane, which may not have started.
        yield from (GaugeMetricFamily(f"harmonie_{name}", text) for name, text in _GAUGES)
        yield from (CounterMetricFamily(f"harmonie_{name}", text) for name, text in _COUNTERS)

    def collect(self) -> Iterable[Metric]:
        counts = self._source.snapshot()
        for name, text in _GAUGES:
            yield GaugeMetricFamily(f"harmonie_{name}", text, value=getattr(counts, name))
        for name, text in _COUNTERS:
            yield CounterMetricFamily(f"harmonie_{name}", text, value=getattr(counts, name))


_Table = tuple[tuple[str, str], ...]


class _AttributesCollector(Collector):
    """Metrics that are attributes of one object."""

    def __init__(self, prefix: str, stats: object, gauges: _Table, counters: _Table) -> None:
        self._prefix, self._stats = prefix, stats
        self._gauges, self._counters = gauges, counters

    def collect(self) -> Iterable[Metric]:
        for name, text in self._gauges:
            yield GaugeMetricFamily(f"{self._prefix}_{name}", text, value=getattr(self._stats, name))
        for name, text in self._counters:
            yield CounterMetricFamily(f"{self._prefix}_{name}", text, value=getattr(self._stats, name))


class _TipCollector(Collector):
    def __init__(self, stats: TipCounts) -> None:
        self._stats = stats

    def collect(self) -> Iterable[Metric]:
        tips = CounterMetricFamily(
            "harmonie_tips", "Tips told as seen, confirmed, withdrawn.", labels=["state"]
        )
        for state, count in self._stats.tips.items():
            tips.add_metric([state], count)
        yield tips
        yield CounterMetricFamily(
            "harmonie_chain_rpc_errors",
            "Questions that a node did not answer, or not with the truth.",
            value=self._stats.rpc_errors,
        )
        yield GaugeMetricFamily(
            "harmonie_chain_watching", "Whether this process watches.", value=float(self._stats.is_watching)
        )
        # Only whoever watches knows these; an alert on one that is missing is one that nobody watches.
        if (age_s := self._stats.head_age_s) is not None:
            yield GaugeMetricFamily(
                "harmonie_chain_head_age_seconds", "Since there was a new block.", value=age_s
            )
        if (head := self._stats.head_block) is not None:
            yield GaugeMetricFamily("harmonie_chain_head_block", "The newest block's number.", value=head)
        if (lag := self._stats.lag_blocks) is not None:
            yield GaugeMetricFamily(
                "harmonie_chain_lag_blocks", "Blocks that are known of but not stored yet.", value=lag
            )


async def watch_lag(metrics: Metrics, interval_s: float = LAG_PROBE_INTERVAL_S) -> None:
    """A background task: sleeps, and sees how much longer it slept than asked."""
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + interval_s
        await asyncio.sleep(interval_s)
        metrics.observe_lag(max(0.0, loop.time() - due_s))


def add_metrics(app: web.Application, metrics: Metrics) -> None:
    """Registers the endpoint."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/metrics", handler)

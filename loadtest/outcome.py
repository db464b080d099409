"""The result of a run as JSON: what is written with `--json`, shown in the report, and compared. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from loadtest.measures import Second, Timeline
from loadtest.scenario import Scenario
from loadtest.sizing import notes, size
from loadtest.verdict import Check, judge

VERSION = 1
LATE_S = 5
SHOWN_AFTER_S = 10
"""Seconds of the series after the end of the run."""


_ABOUT_MACHINES = ("generator_", "machine_", "server_")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`series` are by the second; times in milliseconds, sizes in bytes, rates by the second."""

    version: int = VERSION
    scenario: Scenario
    began_at_s: float
    workers: int
    stopped: bool
    errors: list[str]
    checks: list[Check]
    counters: dict[str, int]
    levels: dict[str, float]
    quantiles: dict[str, dict[str, float]]
    """For each distribution in milliseconds: count, p50, p95, p99, max."""
    derived: dict[str, float]
    notes: list[str] = []
    """What makes the figures uncertain, in words."""
    failures: dict[str, int]
    series: dict[str, list[float | None]]
    first_second: int = 0
    """When the series begin, counted from the beginning of the run; below zero before it."""

    @property
    def passed(self) -> bool:
        """Every threshold was reached and every worker did its part."""
        return not self.errors and not self.stopped and all(check.passed for check in self.checks)

    @property
    def was_played(self) -> bool:
        """Anybody did anything; else there is nothing to judge."""
        return any(not name.startswith(_ABOUT_MACHINES) for name in [*self.counters, *self.failures])


def outcome_of(
    scenario: Scenario,
    timeline: Timeline,
    *,
    began_at_s: float,
    workers: int,
    stopped: bool,
    errors: Sequence[str],
) -> Outcome:
    """Everything that can be said of a run."""
    total = timeline.total()
    sized = size(timeline)
    first_second = min(timeline.seconds) - int(began_at_s) if timeline.seconds else 0
    shown = int(scenario.duration_s) + SHOWN_AFTER_S - first_second
    public = {name: count for name, count in total.counters.items() if "failure" not in name}
    failures = {name: count for name, count in total.counters.items() if "failure" in name}
    return Outcome(
        scenario=msgspec.structs.replace(
            scenario, target=msgspec.structs.replace(scenario.target, stream_key="", rpc_url="")
        ),
        began_at_s=began_at_s,
        workers=workers,
        stopped=stopped,
        errors=[*errors, *_broken_off(total)],
        checks=judge(scenario.thresholds, total),
        counters=dict(sorted(public.items())),
        levels=dict(sorted(total.levels.items())),
        quantiles={name.removesuffix("_us"): _spread(total, name) for name in sorted(total.histograms)},
        derived={**_derived(scenario, total), **sized},
        notes=notes(
            timeline,
            workers,
            sized,
            turn_s=scenario.publishers.turn_s,
            layers=scenario.publishers.simulcast,
        ),
        failures=dict(sorted(failures.items(), key=lambda each: -each[1])),
        series={name: values[:shown] for name, values in _series(timeline).items()},
        first_second=first_second,
    )


def _broken_off(total: Second) -> list[str]:
    """A run without its broadcast is none."""
    ended = total.counters.get("publisher_ended_by_server", 0)
    return (
        [f"the server ended {ended} of the broadcasts, or lost them, before the run was over"]
        if ended
        else []
    )


def _spread(total: Second, name: str) -> dict[str, float]:
    histogram = total.histograms[name]
    found = {f"p{round(share * 100)}": histogram.quantile(share) for share in (0.5, 0.95, 0.99)}
    spread = {key: value / 1000 for key, value in found.items() if value is not None}
    return {"count": float(histogram.count), **spread, "max": histogram.highest / 1000}


def _derived(scenario: Scenario, total: Second) -> dict[str, float]:
    """Figures that need two numbers."""
    counters = total.counters
    derived: dict[str, float] = {}
    packets = counters.get("packets", 0)
    if packets:
        derived["lost_share"] = counters.get("packets_lost", 0) / (packets + counters.get("packets_lost", 0))
        if sampled := counters.get("sampled", 0):
            mean_bytes = counters.get("sampled_bytes", 0) / sampled
            derived["received_bps"] = packets * mean_bytes * 8 / scenario.duration_s
        if (watched_s := counters.get("watched_s", 0)) > 0:
            derived["packets_per_viewer_s"] = packets / watched_s
        if cpu_us := counters.get("server_cpu_us", 0):
            derived["server_cpu_us_per_packet"] = cpu_us / packets
    if cpu_us := counters.get("server_cpu_us", 0):
        derived["server_cores"] = cpu_us / 1e6 / scenario.duration_s
    return derived


_PER_SECOND = (
    "viewers",
    "hls_viewers",
    "chatters",
    "packets",
    "packets_lost",
    "late",
    "duplicates",
    "recovered",
    "freezes",
    "joins_done",
    "joins_failed",
    "viewers_cut",
    "viewers_came_back",
    "chat_cut",
    "chat_came_back",
    "pictures_decoded",
    "pictures_skipped",
    "picture_freezes",
    "hls_stalls",
    "lines_accepted",
    "reactions_accepted",
    "events_received",
    "tips_seen",
    "requests",
    "requests_failed",
)
_CORES = {
    "server_cpu_us": "server_cores",
    "generator_cpu_us": "generator_cores",
    "machine_busy_us": "machine_cores",
}
_QUANTILES = (
    "first_keyframe_us",
    "latency_us",
    "jitter_us",
    "gap_us",
    "picture_latency_us",
    "lip_sync_us",
    "hls_latency_us",
    "hls_piece_us",
    "chat_us",
    "tip_us",
    "http_us",
    "server_lag_us",
)


def _series(timeline: Timeline) -> dict[str, list[float | None]]:
    series: dict[str, list[float | None]] = {}
    for name in _PER_SECOND:
        values = timeline.series(name)
        if any(values):
            is_level = any(name in second.levels for second in timeline.seconds.values())
            series[name] = _without_gaps(values) if is_level else [value or 0 for value in values]
    for name, shown in _CORES.items():
        values = timeline.series(name)
        if any(values):
            series[shown] = [None if value is None else value / 1e6 for value in values]
    memory = timeline.series("server_memory_bytes")
    if any(memory):
        series["server_memory_mib"] = [None if value is None else value / (1 << 20) for value in memory]
    series |= _of_media(timeline)
    for name in _QUANTILES:
        for share in (0.5, 0.99):
            found = timeline.quantiles(name, share)
            if any(value is not None for value in found):
                key = f"{name.removesuffix('_us')}_p{round(share * 100)}"
                series[key] = [None if value is None else value / 1000 for value in found]
    return series


def _without_gaps(values: list[float | None]) -> list[float | None]:
    """A level holds until it is said anew: who is busy may say it late."""
    filled = list(values)
    for index in range(1, len(filled)):
        if filled[index] is None and any(value is not None for value in filled[index + 1 : index + LATE_S]):
            filled[index] = filled[index - 1]
    return filled


def _of_media(timeline: Timeline) -> dict[str, list[float | None]]:
    """Bits and losses of each second; sizes are those of the packets that were looked into."""
    packets, lost = timeline.series("packets"), timeline.series("packets_lost")
    sampled, sampled_bytes = timeline.total().counters.get("sampled", 0), timeline.series("sampled_bytes")
    if not sampled or not any(packets):
        return {}
    mean_bytes = sum(value or 0 for value in sampled_bytes) / sampled
    # What is missing may come in a later second, which then has fewer than none.
    shares = [
        None if not got else max(0.0, missing or 0.0) / (got + max(0.0, missing or 0.0)) * 100
        for got, missing in zip(packets, lost, strict=True)
    ]
    return {
        "received_mbps": [None if got is None else got * mean_bytes * 8 / 1e6 for got in packets],
        "lost_percent": shares,
    }


def read_outcome(text: bytes) -> Outcome:
    """Of a former run; raises `ValueError` with words."""
    try:
        outcome = msgspec.json.decode(text, type=Outcome)
    except msgspec.DecodeError as error:
        raise ValueError(f"not the result of a load test: {error}") from None
    if outcome.version != VERSION:
        raise ValueError(f"the result of another version ({outcome.version})")
    return outcome


def write_outcome(outcome: Outcome) -> bytes:
    """For `read_outcome`."""
    return msgspec.json.format(msgspec.json.encode(outcome), indent=1)

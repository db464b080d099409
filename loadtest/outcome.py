"""The result of a run as JSON: what is written with `--json`, shown in the report, and compared. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from loadtest.measures import Second, Timeline
from loadtest.scenario import Scenario
from loadtest.verdict import Check, judge

VERSION = 1


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
    failures: dict[str, int]
    series: dict[str, list[float | None]]

    @property
    def passed(self) -> bool:
        """Every threshold was reached and every worker did its part."""
        return not self.errors and not self.stopped and all(check.passed for check in self.checks)


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
    public = {name: count for name, count in total.counters.items() if "failure" not in name}
    failures = {name: count for name, count in total.counters.items() if "failure" in name}
    return Outcome(
        scenario=msgspec.structs.replace(
            scenario, target=msgspec.structs.replace(scenario.target, stream_key="", rpc_url="")
        ),
        began_at_s=began_at_s,
        workers=workers,
        stopped=stopped,
        errors=list(errors),
        checks=judge(scenario.thresholds, total),
        counters=dict(sorted(public.items())),
        levels=dict(sorted(total.levels.items())),
        quantiles={name.removesuffix("_us"): _spread(total, name) for name in sorted(total.histograms)},
        derived=_derived(scenario, total),
        failures=dict(sorted(failures.items(), key=lambda each: -each[1])),
        series=_series(timeline),
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
    "chatters",
    "packets",
    "packets_lost",
    "freezes",
    "joins_done",
    "joins_failed",
    "lines_accepted",
    "events_received",
    "tips_seen",
    "requests",
    "server_cpu_us",
    "server_memory_bytes",
)
_QUANTILES = ("first_keyframe_us", "latency_us", "chat_us", "tip_us", "http_us", "server_lag_us")


def _series(timeline: Timeline) -> dict[str, list[float | None]]:
    series: dict[str, list[float | None]] = {}
    for name in _PER_SECOND:
        values = timeline.series(name)
        if any(values):
            series[name] = values
    for name in _QUANTILES:
        for share in (0.5, 0.99):
            found = timeline.quantiles(name, share)
            if any(value is not None for value in found):
                key = f"{name.removesuffix('_us')}_p{round(share * 100)}"
                series[key] = [None if value is None else value / 1000 for value in found]
    return series


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


def differences(before: Outcome, after: Outcome) -> list[tuple[str, float, float]]:
    """Figures both have, whose name, former and present value."""
    both = sorted(before.derived.keys() & after.derived.keys())
    pairs = [(name, before.derived[name], after.derived[name]) for name in both]
    for name in sorted(before.quantiles.keys() & after.quantiles.keys()):
        for key in ("p50", "p99"):
            one: Any = before.quantiles[name].get(key)
            other: Any = after.quantiles[name].get(key)
            if one is not None and other is not None:
                pairs.append((f"{name} {key} (ms)", one, other))
    return pairs

"""Whether a run reached what its scenario asks for. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loadtest.measures import Second
from loadtest.scenario import Thresholds


@dataclass(frozen=True, slots=True)
class Check:
    """One threshold. `measured` is `None` when nothing was measured, which does not pass."""

    name: str
    asked: float
    measured: float | None
    passed: bool
    at_least: bool
    """Whether more is better."""


def judge(thresholds: Thresholds, total: Second) -> list[Check]:
    """A check for each threshold that is asked for and concerns what was played at all."""
    checks: list[Check] = []
    for name, played, measure in _MEASURES:
        asked = getattr(thresholds, name)
        if asked is None or not any(total.counters.get(each) for each in played.split()):
            continue
        measured = measure(total)
        at_least = name in _AT_LEAST
        passed = measured is not None and (measured >= asked if at_least else measured <= asked)
        checks.append(Check(name, float(asked), measured, passed, at_least))
    return checks


def _ratio(part: str, *whole: str) -> Callable[[Second], float | None]:
    def measure(total: Second) -> float | None:
        of = sum(total.counters.get(name, 0) for name in whole)
        return total.counters.get(part, 0) / of if of else None

    return measure


def _quantile(name: str, share: float) -> Callable[[Second], float | None]:
    """In milliseconds of a histogram of microseconds."""

    def measure(total: Second) -> float | None:
        histogram = total.histograms.get(name)
        value = None if histogram is None else histogram.quantile(share)
        return None if value is None else value / 1000

    return measure


def _came_back(total: Second) -> float | None:
    cut = sum(total.counters.get(name, 0) for name in _CUT)
    return sum(total.counters.get(name, 0) for name in _BACK) / cut if cut else None


def _number(*names: str) -> Callable[[Second], float | None]:
    return lambda total: float(sum(total.counters.get(name, 0) for name in names))


def _freezes(total: Second) -> float | None:
    watched_s = total.counters.get("watched_s", 0)
    return total.counters.get("freezes", 0) / (watched_s / 60) if watched_s else None


def _per_minute(name: str, milliseconds: str) -> Callable[[Second], float | None]:
    def measure(total: Second) -> float | None:
        played_ms = total.counters.get(milliseconds, 0)
        return total.counters.get(name, 0) / (played_ms / 60_000) if played_ms else None

    return measure


_AT_LEAST = frozenset({"joined", "came_back", "hls_joined"})
_CUT = ("viewers_cut", "hls_cut", "publishers_cut")
_BACK = ("viewers_came_back", "hls_came_back", "publishers_came_back")

_MEASURES: tuple[tuple[str, str, Callable[[Second], float | None]], ...] = (
    ("joined", "joins_begun", _ratio("joins_done", "joins_begun")),
    ("cut", " ".join(_CUT), _number(*_CUT)),
    ("came_back", " ".join(_CUT), _came_back),
    ("away_p99_ms", "viewers_came_back", _quantile("away_us", 0.99)),
    ("first_keyframe_p95_ms", "joins_begun", _quantile("first_keyframe_us", 0.95)),
    ("lost", "packets", _ratio("packets_lost", "packets", "packets_lost")),
    ("freezes_per_viewer_min", "watched_s", _freezes),
    ("latency_p99_ms", "packets", _quantile("latency_us", 0.99)),
    ("chat_lost", "lines_accepted", _number("lines_missed", "events_missed")),
    ("chat_repeated", "lines_accepted", _number("lines_repeated", "events_repeated")),
    ("chat_p99_ms", "lines_accepted", _quantile("chat_us", 0.99)),
    ("reactions_lost", "reactions_accepted", _number("reactions_missed", "reactions_too_many")),
    ("tip_p99_ms", "tips_mined", _quantile("tip_us", 0.99)),
    ("tips_lost", "tips_mined", _number("tips_missed")),
    ("hls_joined", "hls_joins_begun", _ratio("hls_joins_done", "hls_joins_begun")),
    ("hls_latency_p99_ms", "hls_joins_done", _quantile("hls_latency_us", 0.99)),
    ("hls_stalls_per_viewer_min", "hls_played_ms", _per_minute("hls_stalls", "hls_played_ms")),
    ("http_p99_ms", "requests", _quantile("http_us", 0.99)),
    ("server_lag_p99_ms", "server_scrapes", _quantile("server_lag_us", 0.99)),
)

"""Two runs beside each other: what changed by how much, and whether for the worse. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from loadtest.outcome import Outcome
from loadtest.scenario import Scenario
from loadtest.words import FIGURES, TIMES

TIME_LEAST_MS = 1.0
"""Times that differ by less are alike, whatever the share."""
SHARE_LEAST = 0.0001
_LESS_IS_BETTER = frozenset(
    {
        "lost_share",
        "server_cpu_us_per_packet",
        "plateau_server_us_per_packet",
        "server_bytes_per_viewer",
        "server_memory_bytes",
    }
)
_COUNTED = {
    "viewers_cut": "viewers cut off",
    "publishers_cut": "artists cut off",
    "joins_failed": "viewers who could not join",
    "freezes": "freezes",
    "picture_freezes": "freezes of decoded pictures",
    "pictures_skipped": "pictures missing",
    "hls_stalls": "LL-HLS stalls",
    "lines_missed": "chat lines missed",
    "lines_repeated": "chat lines twice",
    "events_missed": "chat events missed",
    "requests_failed": "requests that failed",
    "tips_missed": "tips not seen",
}
_TIMES_OF_BOTH = ("p50", "p99")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of both runs; `worse` is None where neither more nor less is better."""

    name: str
    before: float
    after: float
    worse: bool | None

    @property
    def change(self) -> float | None:
        """As a share of what it was."""
        return self.after / self.before - 1 if self.before else None


def compare(before: Outcome, after: Outcome, *, tolerance: float = 0.1) -> list[Difference]:
    """Figures both have. One is worse when it changed by more than `tolerance` of what it was, for the worse."""
    return [*_derived(before, after, tolerance), *_counted(before, after), *_times(before, after, tolerance)]


def unlike(before: Outcome, after: Outcome) -> list[str]:
    """In which keys the two runs were not the same, in words: what changed with them may be no news of the server."""
    one, other = keys_of(before.scenario), keys_of(after.scenario)
    one["workers"], other["workers"] = before.workers, after.workers
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return [
        f"{name}: {_shown(one.get(name))} then, {_shown(other.get(name))} now"
        for name in names
        if not name.startswith("thresholds.") and name not in ("name", "target.url")
    ]


def keys_of(scenario: Scenario) -> dict[str, object]:
    """Every key with its value."""
    return _keys(msgspec.to_builtins(scenario))


def _keys(table: dict[str, object], prefix: str = "") -> dict[str, object]:
    """Dotted, as `--set` takes them."""
    found: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _keys(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def _shown(value: object) -> str:
    return "nothing" if value in (None, "", [], ()) else str(value)


def _derived(before: Outcome, after: Outcome, tolerance: float) -> Iterator[Difference]:
    one = {**before.derived, **before.levels}
    other = {**after.derived, **after.levels}
    for name in FIGURES:
        if name in one and name in other:
            worse = None
            if name in _LESS_IS_BETTER:
                worse = _is_more(one[name], other[name], tolerance, SHARE_LEAST)
            yield Difference(FIGURES[name], one[name], other[name], worse)


def _counted(before: Outcome, after: Outcome) -> Iterator[Difference]:
    for name, words in _COUNTED.items():
        one, other = before.counters.get(name, 0), after.counters.get(name, 0)
        if one or other:
            yield Difference(words, one, other, other > one)


def _times(before: Outcome, after: Outcome, tolerance: float) -> Iterator[Difference]:
    names = [*TIMES, *sorted(before.quantiles.keys() - TIMES.keys())]
    for name in names:
        for key in _TIMES_OF_BOTH:
            one = before.quantiles.get(name, {}).get(key)
            other = after.quantiles.get(name, {}).get(key)
            if one is not None and other is not None:
                worse = _is_more(one, other, tolerance, TIME_LEAST_MS)
                yield Difference(f"{TIMES.get(name, name)}, {key} (ms)", one, other, worse)


def _is_more(one: float, other: float, tolerance: float, least: float) -> bool:
    return other > one * (1 + tolerance) and other - one > least

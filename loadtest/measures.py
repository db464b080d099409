"""What was measured, by the second: counters, levels and histograms, filled by many processes and added up by one.

No I/O. A second is a whole second since 1970, so that what machines with set clocks saw of one moment comes together.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loadtest.histogram import Histogram

SECONDS_MAX = 100_000
"""More than a day: what claims to be of another second than these is refused."""


@dataclass(slots=True)
class Second:
    """Counters say how often something happened in this second; levels how much there was of it at its end."""

    counters: dict[str, int] = field(default_factory=dict)
    levels: dict[str, float] = field(default_factory=dict)
    histograms: dict[str, Histogram] = field(default_factory=dict)

    def merge(self, other: Second) -> None:
        """Add what another process saw of the same second; levels add up as well."""
        for name, count in other.counters.items():
            self.counters[name] = self.counters.get(name, 0) + count
        for name, level in other.levels.items():
            self.levels[name] = self.levels.get(name, 0.0) + level
        for name, histogram in other.histograms.items():
            self.histograms.setdefault(name, Histogram()).merge(histogram)

    def to_json(self) -> dict[str, object]:
        """For `from_json`."""
        return {
            "counters": self.counters,
            "levels": self.levels,
            "histograms": {name: histogram.to_json() for name, histogram in self.histograms.items()},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, object]) -> Second:
        """Raises `ValueError` for what `to_json` cannot have said."""
        match told:
            case {"counters": dict(counters), "levels": dict(levels), "histograms": dict(histograms)}:
                return cls(
                    {str(name): int(count) for name, count in counters.items()},
                    {str(name): float(level) for name, level in levels.items()},
                    {str(name): Histogram.from_json(each) for name, each in histograms.items()},
                )
            case _:
                raise ValueError("not a second of measurements")


class Measures:
    """What one process notes; `take` hands over the seconds that are complete."""

    def __init__(self) -> None:
        self._seconds: dict[int, Second] = {}

    def count(self, name: str, now_s: float, times: int = 1) -> None:
        """It happened."""
        if times:
            counters = self._second(now_s).counters
            counters[name] = counters.get(name, 0) + times

    def crashed(self, error: Exception) -> None:
        """Something went wrong that nobody expected."""
        self.count(f"failure: {type(error).__name__}: {error}"[:160], time.time())

    def level(self, name: str, now_s: float, value: float) -> None:
        """There is so much of it now."""
        self._second(now_s).levels[name] = value

    def observe(self, name: str, now_s: float, value: int) -> None:
        """One value of a distribution, in the unit its name ends in."""
        self._second(now_s).histograms.setdefault(name, Histogram()).add(value)

    def take(self, before_s: float) -> dict[int, Second]:
        """The seconds that ended before then; they are not kept."""
        ended = {number: second for number, second in self._seconds.items() if number < int(before_s)}
        for number in ended:
            del self._seconds[number]
        return ended

    def _second(self, now_s: float) -> Second:
        return self._seconds.setdefault(int(now_s), Second())


class Timeline:
    """The seconds of a run, from all processes."""

    def __init__(self) -> None:
        self.seconds: dict[int, Second] = {}

    def add(self, number: int, second: Second) -> None:
        """Raises `ValueError` for a second that cannot be of this run."""
        if self.seconds and abs(number - next(iter(self.seconds))) > SECONDS_MAX:
            raise ValueError("a second of another day: are the machines' clocks set?")
        self.seconds.setdefault(number, Second()).merge(second)

    def total(self, numbers: Iterable[int] | None = None) -> Second:
        """Counters and histograms of these seconds (all of them) together; levels are the highest."""
        whole = Second()
        for number in sorted(self.seconds) if numbers is None else numbers:
            second = self.seconds[number]
            whole.merge(Second(second.counters, {}, second.histograms))
            for name, level in second.levels.items():
                whole.levels[name] = max(level, whole.levels.get(name, level))
        return whole

    def series(self, name: str) -> list[float | None]:
        """A counter or level for each second from the first to the last; `None` where nobody said anything."""
        if not self.seconds:
            return []
        numbers = range(min(self.seconds), max(self.seconds) + 1)
        return [_value(self.seconds.get(number), name) for number in numbers]

    def quantiles(self, name: str, share: float) -> list[float | None]:
        """A quantile of a histogram for each second."""
        if not self.seconds:
            return []
        numbers = range(min(self.seconds), max(self.seconds) + 1)
        found = [self.seconds.get(number) for number in numbers]
        return [
            None
            if second is None or name not in second.histograms
            else second.histograms[name].quantile(share)
            for second in found
        ]


def _value(second: Second | None, name: str) -> float | None:
    if second is None:
        return None
    if name in second.levels:
        return second.levels[name]
    return second.counters.get(name)

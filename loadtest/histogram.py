"""A histogram that many processes fill and one adds up: buckets of a width that grows with the value. No I/O.

After HdrHistogram: 32 buckets to each power of two, so that a quantile is at most 3.2 % above the truth, whatever the
range, and two histograms add up exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_HALF_BITS = 5
_EXACT = 2 << _HALF_BITS


class Histogram:
    """Of whole numbers from 0 on, such as microseconds; what is negative counts as 0."""

    __slots__ = ("buckets", "count", "highest", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count = 0
        self.total = 0
        self.highest = 0

    def add(self, value: int, times: int = 1) -> None:
        """Note one value."""
        value = max(0, value)
        index = _index(value)
        self.buckets[index] = self.buckets.get(index, 0) + times
        self.count += times
        self.total += value * times
        self.highest = max(self.highest, value)

    def add_all(self, values: Iterable[int]) -> None:
        """Note many."""
        for value in values:
            self.add(value)

    def merge(self, other: Histogram) -> None:
        """Add what another one holds."""
        for index, times in other.buckets.items():
            self.buckets[index] = self.buckets.get(index, 0) + times
        self.count += other.count
        self.total += other.total
        self.highest = max(self.highest, other.highest)

    def quantile(self, share: float) -> int | None:
        """A value that `share` (0 to 1) of them do not exceed; `None` when there are none."""
        if not self.count:
            return None
        wanted = max(1, -(-int(share * self.count * 1_000_000) // 1_000_000))
        seen = 0
        for index in sorted(self.buckets):
            seen += self.buckets[index]
            if seen >= wanted:
                return min(_upper(index), self.highest)
        return self.highest

    @property
    def mean(self) -> float | None:
        """`None` when there are none."""
        return self.total / self.count if self.count else None

    def to_json(self) -> dict[str, object]:
        """For `from_json`, here or on another machine."""
        return {
            "buckets": {str(index): times for index, times in self.buckets.items()},
            "total": self.total,
            "highest": self.highest,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, object]) -> Histogram:
        """Raises `ValueError` for what `to_json` cannot have said."""
        match told:
            case {"buckets": dict(buckets), "total": int(total), "highest": int(highest)}:
                histogram = cls()
                histogram.buckets = {int(index): int(times) for index, times in buckets.items()}
                if any(index < 0 or times < 1 for index, times in histogram.buckets.items()):
                    raise ValueError("a histogram has a bucket that cannot be")
                histogram.count = sum(histogram.buckets.values())
                histogram.total, histogram.highest = total, highest
                return histogram
            case _:
                raise ValueError("not a histogram")


def _index(value: int) -> int:
    shift = max(0, value.bit_length() - _HALF_BITS - 1)
    return (shift << _HALF_BITS) + (value >> shift)


def _upper(index: int) -> int:
    """The largest value of a bucket."""
    if index < _EXACT:
        return index
    shift = (index >> _HALF_BITS) - 1
    return ((index - (shift << _HALF_BITS) + 1) << shift) - 1

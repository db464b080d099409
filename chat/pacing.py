"""Counts that change often are told seldom: what is due to be told of again. A core.

Something that changed is told at once when it was not told of within ``interval_s``, and else when that has passed;
what changes meanwhile is told together. At most ``max_waiting`` things wait, the oldest is given up first: its count is
told the next time it changes.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


class Pacing(Generic[Thing]):
    """Times are in seconds on one monotonic clock."""

    def __init__(self, interval_s: float, max_waiting: int = 10_000) -> None:
        self._interval_s = interval_s
        self._max_waiting = max_waiting
        self._told: OrderedDict[Thing, float] = OrderedDict()
        self._due: OrderedDict[Thing, float] = OrderedDict()

    def changed(self, thing: Thing, now_s: float) -> None:
        if thing in self._due:
            return
        told_s = self._told.get(thing)
        self._due[thing] = now_s if told_s is None else max(now_s, told_s + self._interval_s)
        if len(self._due) > self._max_waiting:
            self._due.popitem(last=False)

    def again(self, thing: Thing, at_s: float) -> None:
        """Look at it once more then, unless it is due before."""
        self._due.setdefault(thing, at_s)

    def take(self, now_s: float) -> list[Thing]:
        """What is due; it counts as told."""
        due = [thing for thing, at_s in self._due.items() if at_s <= now_s]
        for thing in due:
            del self._due[thing]
            self._told.pop(thing, None)
            self._told[thing] = now_s
        while self._told and next(iter(self._told.values())) <= now_s - self._interval_s:
            self._told.popitem(last=False)
        return due

    def deadline_s(self) -> float | None:
        """When the next thing is due."""
        return min(self._due.values(), default=None)

"""When each of a crowd comes and goes: a plan made before the run, the same for the same seed. No I/O."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Visit:
    """One stay, in seconds from the beginning of the run."""

    come_s: float
    leave_s: float
    number: int
    """Of the visitor; who comes back keeps it."""
    cohort: int = 0


@dataclass(frozen=True, slots=True)
class Crowd:
    """`count` come from `at_s` on at `ramp_per_s` (0: all at once) and stay `stay_s` (0: to the end).

    `churn_per_min` is the share of them that leave and are replaced each minute.
    """

    count: int
    at_s: float = 0.0
    ramp_per_s: float = 0.0
    stay_s: float = 0.0
    churn_per_min: float = 0.0


def plan_visits(crowd: Crowd, *, duration_s: float, seed: int) -> list[Visit]:
    """In the order of coming; nobody comes at or after the end."""
    chance = random.Random(seed)  # noqa: S311 (a plan, no secret)
    visits: list[Visit] = []
    for number in range(crowd.count):
        come_s = crowd.at_s + (number / crowd.ramp_per_s if crowd.ramp_per_s else 0.0)
        last_s = min(duration_s, come_s + crowd.stay_s) if crowd.stay_s else duration_s
        visits += _stays(crowd, number, come_s, last_s, chance)
    return sorted(visits)


def _stays(crowd: Crowd, number: int, come_s: float, last_s: float, chance: random.Random) -> Iterator[Visit]:
    """With churn a place is taken by one after the other; each stay's length is exponential."""
    rate_per_s = crowd.churn_per_min / 60
    while come_s < last_s:
        leave_s = min(last_s, come_s + chance.expovariate(rate_per_s)) if rate_per_s else last_s
        yield Visit(come_s, leave_s, number)
        come_s = leave_s


def share_of(visits: list[Visit], worker: int, workers: int) -> list[Visit]:
    """What one of `workers` processes plays: every `workers`th visitor, so that a ramp is a ramp everywhere."""
    return [visit for visit in visits if visit.number % workers == worker]


def divide(visits: list[Visit], share: float) -> tuple[list[Visit], list[Visit]]:
    """The others, and the `share` of the visitors that come in another way, spread evenly over the crowd."""
    second = [visit for visit in visits if int((visit.number + 1) * share) > int(visit.number * share)]
    chosen = {visit.number for visit in second}
    return [visit for visit in visits if visit.number not in chosen], second

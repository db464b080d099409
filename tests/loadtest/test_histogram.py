"""Histograms: a quantile is never below the truth and at most a bucket above it, also of many added up."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.histogram import Histogram

VALUES = st.lists(st.integers(0, 10**10), min_size=1, max_size=200)


def filled(values: list[int]) -> Histogram:
    histogram = Histogram()
    histogram.add_all(values)
    return histogram


@given(VALUES, st.floats(0.01, 1.0))
def test_a_quantile_is_at_most_a_thirtieth_above_the_truth(values: list[int], share: float) -> None:
    found = filled(values).quantile(share)
    rank = max(1, -(-int(share * len(values) * 1_000_000) // 1_000_000))
    truth = sorted(values)[rank - 1]
    assert found is not None
    assert truth <= found <= truth * (1 + 1 / 31)


@given(VALUES, VALUES)
def test_adding_up_is_the_same_as_filling_one(ones: list[int], others: list[int]) -> None:
    merged = filled(ones)
    merged.merge(filled(others))
    together = filled(ones + others)
    assert merged.to_json() == together.to_json()
    assert (merged.count, merged.mean) == (together.count, together.mean)


@given(VALUES)
def test_it_survives_the_way_to_another_machine(values: list[int]) -> None:
    sent = filled(values)
    come = Histogram.from_json(json.loads(json.dumps(sent.to_json())))
    assert come.to_json() == sent.to_json()
    assert come.count == len(values)


def test_of_nothing_there_is_no_quantile() -> None:
    assert Histogram().quantile(0.5) is None
    assert Histogram().mean is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"buckets": [], "total": 1, "highest": 1},
        {"buckets": {"-1": 1}, "total": 1, "highest": 1},
        {"buckets": {"1": 0}, "total": 1, "highest": 1},
        {"buckets": {"x": 1}, "total": 1, "highest": 1},
    ],
    ids=["empty", "list", "negative", "none", "words"],
)
def test_what_no_histogram_says_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"histogram|bucket|invalid literal"):
        Histogram.from_json(told)

from __future__ import annotations

import math

from bench.metrics import parse, quantile_bound

BEFORE = """
# TYPE lag histogram
lag_bucket{le="0.001"} 10
lag_bucket{le="0.01"} 10
lag_bucket{le="+Inf"} 10
lag_count 10
lag_sum 0.1
# TYPE viewers gauge
viewers 5
"""
AFTER = """
# TYPE lag histogram
lag_bucket{le="0.001"} 108
lag_bucket{le="0.01"} 109
lag_bucket{le="+Inf"} 110
lag_count 110
lag_sum 0.2
"""


def test_plain_samples_are_found_by_name() -> None:
    assert parse(BEFORE).value("viewers") == 5
    assert parse(BEFORE).value("absent") is None


def test_the_text_of_an_info_is_found_by_name() -> None:
    found = parse('# TYPE fanout_info gauge\nfanout_info{kernel="gso"} 1\n')
    assert found.text("fanout_info") == "gso"
    assert found.text("absent") is None


def test_a_quantile_counts_only_what_was_observed_in_between() -> None:
    before, after = parse(BEFORE), parse(AFTER)
    assert quantile_bound(before, after, "lag", 0.5) == 0.001
    assert quantile_bound(before, after, "lag", 0.99) == 0.01
    assert quantile_bound(before, after, "lag", 1.0) == math.inf


def test_without_observations_there_is_no_quantile() -> None:
    assert quantile_bound(parse(BEFORE), parse(BEFORE), "lag", 0.99) is None
    assert quantile_bound(parse(BEFORE), parse(AFTER), "absent", 0.99) is None

from __future__ import annotations

from bench.metrics import parse

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


def test_plain_samples_are_found_by_name() -> None:
    assert parse(BEFORE).value("viewers") == 5
    assert parse(BEFORE).value("absent") is None


def test_the_text_of_an_info_is_found_by_name() -> None:
    found = parse('# TYPE fanout_info gauge\nfanout_info{kernel="gso"} 1\n')
    assert found.text("fanout_info") == "gso"
    assert found.text("absent") is None

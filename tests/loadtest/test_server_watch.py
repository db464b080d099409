"""What the server's metrics say is told by the second: only what was observed in between counts."""

from loadtest.measures import Measures
from loadtest.server_watch import lag_buckets, note_lag

BEFORE = """
harmonie_event_loop_lag_seconds_bucket{le="0.001"} 10
harmonie_event_loop_lag_seconds_bucket{le="0.01"} 10
harmonie_event_loop_lag_seconds_bucket{le="+Inf"} 10
"""
AFTER = """
harmonie_event_loop_lag_seconds_bucket{le="0.001"} 108
harmonie_event_loop_lag_seconds_bucket{le="0.01"} 109
harmonie_event_loop_lag_seconds_bucket{le="+Inf"} 110
"""


def test_lag_is_the_upper_bound_of_the_buckets_that_grew() -> None:
    measures = Measures()
    note_lag(measures, 5.0, {}, lag_buckets(BEFORE))
    note_lag(measures, 6.0, lag_buckets(BEFORE), lag_buckets(AFTER))
    seconds = measures.take(10.0)
    assert seconds.keys() == {6}
    found = seconds[6].histograms["server_lag_us"]
    assert found.count == 100
    assert (found.quantile(0.5) or 0) < 1_040
    assert 10_000 <= (found.quantile(0.99) or 0) <= 10_400

"""The loss-based estimate for publishers without transport-wide feedback."""

from hypothesis import given
from hypothesis import strategies as st

from media.bitrate import MAX_BPS, MIN_BPS, START_BPS, LossBasedEstimate


def test_it_starts_where_a_browser_can_send_720p_at_once() -> None:
    assert LossBasedEstimate().bitrate_bps == START_BPS


def test_without_loss_it_grows_as_the_sender_follows() -> None:
    estimate = LossBasedEstimate()
    for _ in range(40):
        estimate.update(0.0, estimate.bitrate_bps)
    assert estimate.bitrate_bps == MAX_BPS


def test_it_never_runs_far_ahead_of_what_is_sent() -> None:
    estimate = LossBasedEstimate()
    for _ in range(100):
        estimate.update(0.0, 2_500_000)
    assert estimate.bitrate_bps == 5_000_000


def test_some_loss_holds_it() -> None:
    estimate = LossBasedEstimate()
    assert estimate.update(0.05, 3_000_000) == START_BPS


def test_heavy_loss_halves_with_the_fraction() -> None:
    assert LossBasedEstimate().update(0.5, 3_000_000) == round(START_BPS * 0.75)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10**9))))
def test_it_stays_within_its_bounds(updates: list[tuple[float, int]]) -> None:
    estimate = LossBasedEstimate()
    for fraction_lost, received_bps in updates:
        assert MIN_BPS <= estimate.update(fraction_lost, received_bps) <= MAX_BPS

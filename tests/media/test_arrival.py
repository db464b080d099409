"""Arrival times that survive a step of the wall clock."""

import pytest

from media.arrival import MAX_WAIT_US, arrival_us

WALL_US, STEADY_US = 1_700_000_000_000_000, 5_000_000


@pytest.mark.parametrize("waited_us", [0, 40, MAX_WAIT_US])
def test_a_stamp_says_how_long_ago(waited_us: int) -> None:
    assert arrival_us(WALL_US - waited_us, WALL_US, STEADY_US) == STEADY_US - waited_us


@pytest.mark.parametrize("step_us", [3_600_000_000, -3_600_000_000, MAX_WAIT_US + 1, -1])
def test_a_step_of_the_clock_is_no_delay(step_us: int) -> None:
    assert arrival_us(WALL_US, WALL_US + step_us, STEADY_US) == STEADY_US


def test_packets_read_before_and_after_a_step_keep_their_distance() -> None:
    before = arrival_us(WALL_US - 100, WALL_US, STEADY_US)
    after = arrival_us(
        WALL_US + 20_000 - 100 + 3_600_000_000, WALL_US + 20_000 + 3_600_000_000, STEADY_US + 20_000
    )
    assert after - before == 20_000

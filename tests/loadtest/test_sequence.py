from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from loadtest.sequence import SequenceCounter


def fed(sequences: list[int]) -> SequenceCounter:
    counter = SequenceCounter()
    for sequence in sequences:
        counter.receive(sequence & 0xFFFF)
    return counter


def test_packets_in_order_over_the_wrap_are_all_counted_and_none_is_missing() -> None:
    counter = fed(list(range(65_500, 65_600)))
    assert (counter.received, counter.lost, counter.highest) == (100, 0, 65_599)


def test_a_late_packet_is_no_longer_missing_and_a_second_copy_is_a_duplicate() -> None:
    counter = fed([1, 2, 5])
    assert counter.missing == {3, 4}
    counter.receive(3)
    counter.receive(3)
    assert (counter.missing, counter.received, counter.duplicates) == ({4}, 4, 1)


def test_one_from_before_the_first_is_late_and_only_its_copy_a_duplicate() -> None:
    counter = fed([1, 2, 0, 65_535, 3, 0])
    assert (counter.received, counter.late, counter.duplicates, counter.lost) == (5, 2, 1, 0)


def test_a_retransmission_recovers_only_what_is_missing() -> None:
    counter = fed([1, 3])
    assert counter.recover(2)
    assert not counter.recover(2)
    assert counter.lost == 0


def test_a_far_jump_is_a_new_beginning_not_thousands_of_losses() -> None:
    counter = fed([1, 2, 30_000, 30_001])
    assert (counter.restarts, counter.lost, counter.received) == (1, 0, 4)


@given(
    start=st.integers(0, 65_535),
    lost=st.sets(st.integers(1, 298), max_size=50),
    seed=st.integers(0, 1000),
)
def test_what_is_lost_is_exactly_what_was_taken_out(start: int, lost: set[int], seed: int) -> None:
    order = [number for number in range(300) if number not in lost]
    middle = order[1:-1]
    rng = random.Random(seed)
    shuffled = sorted(middle, key=lambda number: number + rng.uniform(0, 8))
    counter = fed([start + number for number in [order[0], *shuffled, order[-1]]])
    assert {(number - start) & 0xFFFF for number in counter.missing} == lost
    assert counter.received == 300 - len(lost)

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.rtp import one_stream
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


def packet(payload_type: int, sequence: int, *, marker: bool = False, first: int = 0x90) -> bytes:
    return bytes((first, marker << 7 | payload_type)) + sequence.to_bytes(2, "big") + bytes(6)


@pytest.mark.parametrize(
    ("packets", "found"),
    [
        ([packet(96, 300), packet(96, 301), packet(96, 302, marker=True, first=0xB0)], (96, 300)),
        ([packet(96, 300), packet(96, 302), packet(96, 303)], None),
        ([packet(96, 300), packet(96, 300), packet(96, 302)], None),
        ([packet(96, 300), packet(97, 301), packet(96, 302)], None),
        ([packet(96, 300), packet(96, 301, first=0x16), packet(96, 302)], None),
        ([packet(96, 0x2FF), packet(96, 0x300)], None),
        ([packet(96, 300), packet(96, 301), b"\x90"], None),
        ([packet(96, 300), packet(96, 301 + 256)], None),
    ],
    ids=["a frame", "gap", "twice", "of two", "not RTP", "carry", "cut short", "high byte"],
)
def test_packets_that_came_together_are_one_stream_only_when_all_follow(
    packets: list[bytes], found: tuple[int, int] | None
) -> None:
    memory = bytearray(b"x" * 5 + b"".join(packets) + b"y" * 20)
    assert one_stream(memory, range(5, 5 + sum(map(len, packets)), 10)) == found
    if found is not None:
        one_by_one, together = SequenceCounter(), SequenceCounter()
        for each in (one_by_one, together):
            each.receive(found[1] - 1)
        for number in range(len(packets)):
            one_by_one.receive(found[1] + number)
        assert together.receive_run(found[1], len(packets))
        assert not together.receive_run(found[1], len(packets)), "they came already"
        assert (together.highest, together.received) == (one_by_one.highest, one_by_one.received)

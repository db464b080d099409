"""Transport-wide feedback: checked by a reader of its own, written from the draft alone."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from media.transport_feedback import TransportFeedback
from tests.transport_feedback import read, reported

REFERENCE_PERIOD_US = (1 << 24) * 64_000
START_US = 1_700_000_000_000_000


def error_us(told_us: int, true_us: int) -> int:
    half = REFERENCE_PERIOD_US // 2
    return abs((told_us - true_us + half) % REFERENCE_PERIOD_US - half)


STEP = st.tuples(
    st.integers(-20, 60),  # numbers onward from the highest so far
    st.one_of(st.integers(-2_000, 20_000), st.integers(-20_000_000, 20_000_000)),  # microseconds onward
    st.booleans(),  # poll afterwards
)


@settings(max_examples=300)
@example(65_530, [(3, 250, False)] * 10)
@example(0, [(1, 64_000, False)] * 300)
@given(first=st.integers(0, 65_535), steps=st.lists(STEP, max_size=150))
def test_every_arrival_is_reported_once_in_order_and_to_a_quarter_of_a_millisecond(
    first: int, steps: list[tuple[int, int, bool]]
) -> None:
    feedback = TransportFeedback(1)
    highest, now_us, next_number = first, START_US, first
    waiting: dict[int, int] = {}
    lost: set[int] = set()
    late: dict[int, int] = {}
    told: list[tuple[int, int]] = []
    expected: list[tuple[int, int]] = []

    def poll() -> None:
        nonlocal next_number
        told.extend(reported(feedback.poll(2)))
        expected.extend(sorted(late.items()))
        late.clear()
        expected.extend(sorted(waiting.items()))
        if waiting:
            lost.update(set(range(next_number, max(waiting))) - waiting.keys())
            next_number = max(waiting) + 1
        waiting.clear()

    feedback.receive(first, now_us)
    waiting[first] = now_us
    for onward, elapsed_us, poll_now in steps:
        number, now_us = highest + onward, now_us + elapsed_us
        feedback.receive(number % 65536, now_us)
        if number >= next_number:
            waiting.setdefault(number, now_us)
        elif number in lost:  # else told already, or from before the first
            lost.remove(number)
            late[number] = now_us
        highest = max(highest, number)
        if poll_now:
            poll()
    poll()
    assert [number for number, _ in told] == [number % 65536 for number, _ in expected]
    assert all(error_us(a, b) <= 250 for (_, a), (_, b) in zip(told, expected, strict=True))


@given(lost=st.sets(st.integers(1, 598)), first=st.integers(0, 65_535))
def test_losses_between_arrivals_are_told_without_a_hole(lost: set[int], first: int) -> None:
    feedback = TransportFeedback(1)
    for index in range(600):
        if index not in lost:
            feedback.receive((first + index) % 65536, START_US + index * 1000)
    reports = [read(data) for data in feedback.poll(2)]
    position = first
    missing = set()
    for report in reports:
        gap = (report.base - position) % 65536
        missing |= set(range(position - first, position - first + gap))  # a stretch all lost is left out
        position += gap
        missing |= {position - first + index for index, at in enumerate(report.arrivals_us) if at is None}
        position += len(report.arrivals_us)
    assert missing == lost
    assert position == first + 600


def test_a_packet_that_was_overtaken_by_a_report_is_told_of_in_the_next() -> None:
    feedback = TransportFeedback(1)
    for number in (1, 2, 5, 6):
        feedback.receive(number, START_US + number * 1000)
    assert [number for number, _ in reported(feedback.poll(2))] == [1, 2, 5, 6]
    for number in (4, 3, 7):
        feedback.receive(number, START_US + 10_000 + number)
    late, onward = (read(data) for data in feedback.poll(2))
    assert (late.base, len(late.arrivals_us), onward.base, len(onward.arrivals_us)) == (3, 2, 7, 1)
    assert None not in late.arrivals_us
    for number in range(1, 8):
        feedback.receive(number, START_US + 20_000)
    assert feedback.poll(2) == []  # nothing is told twice


def test_so_are_a_few_of_a_long_stretch_that_was_left_out() -> None:
    feedback = TransportFeedback(1)
    feedback.receive(0, START_US)
    feedback.receive(900, START_US + 1000)
    feedback.poll(2)
    for number in range(1, 900):
        feedback.receive(number, START_US + 2000)
    assert [number for number, _ in reported(feedback.poll(2))] == list(range(1, 65))


def test_reports_are_numbered_and_name_both_sources() -> None:
    feedback = TransportFeedback(0xAABBCCDD)
    counts = []
    for number in range(300):
        feedback.receive(number, START_US + number)
        (data,) = feedback.poll(0x11223344)
        report = read(data)
        counts.append(report.count)
        assert (report.sender_ssrc, report.media_ssrc) == (0xAABBCCDD, 0x11223344)
    assert counts == [number % 256 for number in range(300)]


def test_nothing_new_is_nothing_to_report() -> None:
    feedback = TransportFeedback(1)
    assert feedback.poll(2) == []
    feedback.receive(9, START_US)
    assert len(feedback.poll(2)) == 1
    feedback.receive(9, START_US)
    assert feedback.poll(2) == []


@pytest.mark.parametrize("jump_us", [9_000_000, -9_000_000, 3_600_000_000])
def test_a_jump_of_the_clock_begins_a_report_with_a_reference_of_its_own(jump_us: int) -> None:
    feedback = TransportFeedback(1)
    feedback.receive(1, START_US)
    feedback.receive(2, START_US + jump_us)
    feedback.receive(3, START_US + jump_us + 250)
    first, second = (read(data) for data in feedback.poll(2))
    assert (first.base, len(first.arrivals_us)) == (1, 1)
    assert (second.base, len(second.arrivals_us)) == (2, 2)
    assert second.arrivals_us[0] is not None
    assert error_us(second.arrivals_us[0], START_US + jump_us) <= 250


def test_the_reference_time_wraps_at_24_bits() -> None:
    feedback = TransportFeedback(1)
    start_us = REFERENCE_PERIOD_US - 1000
    for number in range(4):
        feedback.receive(number, start_us + number * 500)
    arrivals = reported(feedback.poll(2))
    assert all(error_us(at, start_us + number * 500) <= 250 for number, at in arrivals)
    assert len(arrivals) == 4


def test_a_great_jump_in_numbering_forgets_what_was_not_reported() -> None:
    feedback = TransportFeedback(1)
    feedback.receive(1, START_US)
    feedback.receive(30_000, START_US + 1000)
    assert [number for number, _ in reported(feedback.poll(2))] == [30_000]


def test_what_waits_for_a_poll_is_bounded() -> None:
    feedback = TransportFeedback(1)
    for number in range(5_000):
        feedback.receive(number, START_US + number)
    numbers = [number for number, _ in reported(feedback.poll(2))]
    assert numbers == list(range(5_000 - 1025, 5_000))


def test_a_report_fits_a_datagram_even_when_every_arrival_is_odd() -> None:
    feedback = TransportFeedback(1)
    for number in range(0, 1000, 2):
        feedback.receive(number, START_US + number * 100_000 * (-1) ** number)
    assert max(map(len, feedback.poll(2))) < 1200

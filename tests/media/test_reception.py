"""Reception of one SSRC: numbering, losses, and the reports of RFC 3550."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media.reception import Reception

ROUND_TRIP_S = 0.05


def reception(*numbers: int) -> Reception:
    """Packets with these extended numbers have arrived, one per millisecond."""
    subject = Reception(7, 90_000)
    for index, number in enumerate(numbers):
        subject.receive(number % 65536, number * 90, index / 1000, index / 1000)
    return subject


def test_numbers_extend_across_the_wrap_in_both_directions() -> None:
    subject = reception(65_533)
    numbers = [subject.receive(n, 0, 0.0, 0.0) for n in (65_534, 1, 65_535, 2, 0)]
    assert numbers == [65_534, 65_537, 65_535, 65_538, 65_536]


def test_a_duplicate_is_refused_also_of_a_late_packet() -> None:
    subject = reception(10, 12)
    assert subject.receive(12, 0, 0.0, 0.0) is None
    assert subject.receive(11, 0, 0.0, 0.0) == 11
    assert subject.receive(11, 0, 0.0, 0.0) is None
    assert subject.received == 3


def test_a_packet_from_before_the_first_is_too_old() -> None:
    assert reception(10).receive(9, 0, 0.0, 0.0) is None


@given(st.integers(0, 65_535), st.integers(0, 2**32), st.floats(0, 0.3))
def test_each_packet_is_taken_once_whatever_is_lost_late_or_doubled(
    first: int, seed: int, loss: float
) -> None:
    chance = random.Random(seed)
    sent = [number for number in range(first, first + 200) if number == first or chance.random() >= loss]
    arrivals = sorted(
        (number for number in sent for _ in range(chance.choice((1, 1, 2)))),
        key=lambda number: number + chance.random() * 8 if number != first else -1,
    )
    subject = Reception(7, 90_000)
    taken = [subject.receive(number % 65536, 0, 0.0, 0.0) for number in arrivals]
    assert sorted(number for number in taken if number is not None) == sent
    assert subject.missing == max(sent) + 1 - first - len(sent)


def test_a_loss_is_asked_for_at_once_then_each_round_trip_and_not_for_ever() -> None:
    subject = reception(10, 13)
    asked_at_ms = [ms for ms in range(1, 3000) if subject.due_nacks(ms / 1000, ROUND_TRIP_S)]
    assert asked_at_ms[0] == 1
    assert all(b - a >= 50 for a, b in pairwise(asked_at_ms))
    assert len(asked_at_ms) == 10
    assert subject.missing == 0
    assert subject.receive(11, 0, 3.0, 3.0) is None  # given up: too late to be forwarded


def test_over_a_slow_path_the_answer_to_the_first_request_is_taken_after_the_last_one() -> None:
    subject = reception(10, 13)
    for ms in range(1, 900):
        subject.due_nacks(ms / 1000, ROUND_TRIP_S)
    assert subject.recover(11) == 11


def test_a_short_round_trip_does_not_make_a_storm_of_requests() -> None:
    subject = reception(10, 12)
    assert subject.due_nacks(0.001, 0.0) == [11]
    assert subject.due_nacks(0.015, 0.0) == []
    assert subject.due_nacks(0.022, 0.0) == [11]


def test_requests_ascend_and_end_when_the_packet_arrives() -> None:
    subject = reception(65_533, 65_538)
    subject.receive(65_535, 0, 0.0, 0.0)
    assert subject.due_nacks(0.1, ROUND_TRIP_S) == [65_534, 65_536, 65_537]
    assert subject.recover(0) == 65_536
    assert subject.due_nacks(0.2, ROUND_TRIP_S) == [65_534, 65_537]


def test_only_a_missing_packet_is_recovered() -> None:
    subject = reception(10, 12)
    assert subject.recover(12) is None
    assert subject.recover(13) is None
    assert subject.recover(11) == 11
    assert subject.recover(11) is None
    assert Reception(7, 90_000).recover(11) is None


def test_a_great_jump_is_a_new_start_and_no_loss() -> None:
    subject = reception(10, 12)
    assert subject.receive(5_000, 0, 0.0, 0.0) == 5_000
    assert subject.missing == 0
    report = subject.report(1.0)
    assert report is not None
    assert (report.packets_lost, report.highest_sequence) == (0, 5_000)


def test_losses_waited_for_are_bounded() -> None:
    """Leaps just below a restart, packet after packet."""
    subject = Reception(7, 90_000)
    for index in range(200):
        subject.receive(index * 999 % 65536, 0, 0.0, 0.0)
        assert subject.missing <= 1000
    assert len(subject.due_nacks(0.0, ROUND_TRIP_S)) <= 1000


def test_the_report_counts_losses_as_the_rfc_defines_them() -> None:
    subject = reception(*(number for number in range(100, 200) if number not in (120, 121, 150)))
    first = subject.report(1.0)
    assert first is not None
    assert first.ssrc == 7
    assert first.highest_sequence == 199
    assert first.packets_lost == 3
    assert first.fraction_lost == 3 * 256 // 100
    for number in range(200, 250):
        subject.receive(number, 0, 1.0, 1.0)
    subject.recover(120)
    second = subject.report(2.0)
    assert second is not None
    assert second.packets_lost == 2
    assert second.fraction_lost == 0  # one more than expected arrived: never negative


def test_everything_lost_but_the_last_is_a_fraction_below_one() -> None:
    subject = reception(0)
    subject.report(0.0)
    subject.receive(999, 0, 0.0, 0.0)
    report = subject.report(1.0)
    assert report is not None
    assert report.fraction_lost == 998 * 256 // 999


def test_there_is_no_report_before_the_first_packet() -> None:
    assert Reception(7, 90_000).report(1.0) is None


def test_the_highest_number_is_extended_by_its_cycles() -> None:
    report = reception(65_535, 65_536).report(1.0)
    assert report is not None
    assert report.highest_sequence == 1 << 16


def test_the_time_since_the_senders_report_is_told() -> None:
    subject = reception(1)
    report = subject.report(1.0)
    assert report is not None
    assert (report.lsr, report.dlsr) == (0, 0)
    subject.sender_report(0x1234_5678_9ABC_DEF0, 10.0)
    report = subject.report(10.5)
    assert report is not None
    assert (report.lsr, report.dlsr) == (0x5678_9ABC, 0x8000)


def test_jitter_follows_the_rfc_and_not_retransmissions() -> None:
    subject = Reception(7, 90_000)
    expected = 0.0
    transit: float | None = None
    chance = random.Random(4)
    for number in range(300):
        arrival_s = number * 0.02 + chance.random() * 0.01
        subject.receive(number, number * 1800, arrival_s, arrival_s)
        previous, transit = transit, arrival_s * 90_000 - number * 1800
        if previous is not None:
            expected += (abs(transit - previous) - expected) / 16
    report = subject.report(6.0)
    assert report is not None
    assert report.jitter == int(expected) > 100


def test_a_timestamp_that_wraps_is_no_jitter() -> None:
    subject = Reception(7, 90_000)
    for number in range(100):
        subject.receive(number, (number * 1800 - 90_000) % (1 << 32), number * 0.02, number * 0.02)
    report = subject.report(2.0)
    assert report is not None
    assert report.jitter == 0

from loadtest.nacks import AGAIN_AFTER_S, AT_ONCE_MAX, MAX_AGE_PACKETS, TIMES_MAX, Nacks
from loadtest.sequence import SequenceCounter
from tests.loadtest.test_sequence import fed


def counted(*sequences: int) -> SequenceCounter:
    return fed(list(sequences))


def test_a_lost_packet_is_asked_for_again_only_when_an_answer_could_be_here() -> None:
    nacks, counter, now_s = Nacks(), counted(1, 4), 54_321.987
    assert nacks.due(counter, now_s) == [2, 3]
    assert nacks.due(counter, now_s + AGAIN_AFTER_S / 2) == []
    assert counter.recover(2)
    counter.receive(6)
    assert nacks.due(counter, now_s + AGAIN_AFTER_S / 2) == [5]
    assert nacks.due(counter, now_s + AGAIN_AFTER_S * 1.1) == [3]


def test_one_that_never_comes_is_given_up() -> None:
    nacks, counter = Nacks(), counted(1, 3)
    asked = [nacks.due(counter, second) for second in range(2 * TIMES_MAX)]
    assert asked == [[2]] * TIMES_MAX + [[]] * TIMES_MAX


def test_what_is_too_old_or_before_a_wrap_is_not_asked_for_and_never_too_many_at_once() -> None:
    counter = counted(1, MAX_AGE_PACKETS + 10)
    asked = Nacks().due(counter, 0.0)
    assert asked == list(range(10, 10 + AT_ONCE_MAX))
    assert Nacks().due(counted(65_530, 65_540), 0.0) == [0, 1, 2, 3]

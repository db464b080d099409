"""How often one viewer may have a keyframe made."""

from hypothesis import given
from hypothesis import strategies as st

from media.keyframe_wishes import BURST, INTERVAL_S, LOSS_COUNTS_S, LOSSY_INTERVAL_S, KeyframeWishes


def granted(subject: KeyframeWishes, start_s: float, seconds: float, *, every_s: float, lossy: bool) -> int:
    count = 0
    for step in range(round(seconds / every_s)):
        now_s = start_s + step * every_s
        if lossy:
            subject.loss_reported(now_s)
        count += subject.grant(now_s)
    return count


def test_one_that_has_just_joined_may_ask_a_few_times() -> None:
    subject = KeyframeWishes()
    assert [subject.grant(100.0 + 0.2 * n) for n in range(BURST + 2)] == [True] * BURST + [False, False]


def test_one_that_keeps_asking_is_heard_every_few_seconds() -> None:
    assert granted(KeyframeWishes(), 100.0, 60.0, every_s=0.2, lossy=False) == BURST + 60 / INTERVAL_S - 1


def test_one_with_losses_is_heard_sooner_but_not_without_bound() -> None:
    heard = granted(KeyframeWishes(), 100.0, 60.0, every_s=0.2, lossy=True)
    assert BURST + 60 / LOSSY_INTERVAL_S - 2 <= heard <= BURST + 60 / LOSSY_INTERVAL_S


def test_losses_long_ago_count_no_more() -> None:
    subject = KeyframeWishes()
    granted(subject, 100.0, 1.0, every_s=0.1, lossy=False)
    subject.loss_reported(101.0)
    calm_from_s = 101.0 + LOSS_COUNTS_S + BURST * INTERVAL_S
    assert granted(subject, calm_from_s, 0.5, every_s=0.1, lossy=False) == BURST
    assert granted(subject, calm_from_s + 1, 20.0, every_s=0.1, lossy=False) == 20 / INTERVAL_S


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans(), st.booleans()), max_size=200))
def test_no_pattern_of_wishes_and_losses_gets_more_than_the_bound(
    steps: list[tuple[float, bool, bool]],
) -> None:
    subject, now_s, heard = KeyframeWishes(), 50.0, 0
    for wait_s, lossy, asks in steps:
        now_s += wait_s
        if lossy:
            subject.loss_reported(now_s)
        if asks:
            heard += subject.grant(now_s)
    assert heard <= BURST + (now_s - 50.0) / LOSSY_INTERVAL_S + 1e-6

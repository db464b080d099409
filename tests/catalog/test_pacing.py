"""When news goes out."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from catalog.pacing import Pacer


def test_the_first_news_goes_out_at_once() -> None:
    pacer = Pacer()
    pacer.changed(10.0, urgent=False)
    assert pacer.take(10.0)


def test_without_news_nothing_goes_out() -> None:
    pacer = Pacer()
    assert pacer.deadline() is None
    assert not pacer.take(10.0)


def test_minor_news_waits_for_the_interval_and_is_one() -> None:
    pacer = Pacer()
    pacer.changed(10.0, urgent=False)
    pacer.take(10.0)
    for now in (10.1, 10.2, 10.3):
        pacer.changed(now, urgent=False)
        assert not pacer.take(now)
    assert pacer.deadline() == 10.5
    assert pacer.take(10.5)
    assert not pacer.take(11.0)


def test_urgent_news_overtakes_the_interval() -> None:
    pacer = Pacer()
    pacer.changed(10.0, urgent=False)
    pacer.take(10.0)
    pacer.changed(10.1, urgent=False)
    pacer.changed(10.2, urgent=True)
    assert pacer.take(10.2)


@given(st.lists(st.floats(0.0, 0.2), max_size=200))
def test_minor_news_goes_out_at_most_twice_a_second_and_is_never_lost(gaps: list[float]) -> None:
    pacer = Pacer()
    now = 0.0
    published: list[float] = []
    for gap in gaps:
        now += gap
        pacer.changed(now, urgent=False)
        if pacer.take(now):
            published.append(now)
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(published))
    if gaps and (not published or published[-1] != now):
        deadline = pacer.deadline()
        assert deadline is not None
        assert deadline <= now + 0.5
        assert pacer.take(deadline)

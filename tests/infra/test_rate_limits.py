"""Token buckets: how much at once, how soon again, and what a flood of callers costs."""

from hypothesis import given
from hypothesis import strategies as st

from infra.rate_limits import LIMITS, LONGEST_WINDOW_S, Limit, RateLimits

THREE = Limit("three", 3, 60)


def test_the_quota_may_be_used_at_once_and_no_more() -> None:
    limits = RateLimits()
    decisions = [limits.take(THREE, "a", 0.0) for _ in range(4)]
    assert [each.allowed for each in decisions] == [True, True, True, False]
    assert [each.remaining for each in decisions] == [2, 1, 0, 0]


def test_a_refused_caller_is_let_in_when_told_so_and_not_before() -> None:
    limits = RateLimits()
    for _ in range(3):
        limits.take(THREE, "a", 0.0)
    refused = limits.take(THREE, "a", 5.0)
    assert refused.retry_after_s == 15.0
    assert not limits.take(THREE, "a", 19.9).allowed
    assert limits.take(THREE, "a", 20.1).allowed


def test_a_bucket_is_full_again_when_told_so() -> None:
    limits = RateLimits()
    first = limits.take(THREE, "a", 0.0)
    assert first.reset_s == 20.0
    assert limits.take(THREE, "a", 20.0).remaining == 2


def test_a_bucket_never_holds_more_than_the_quota() -> None:
    limits = RateLimits()
    limits.take(THREE, "a", 0.0)
    assert [limits.take(THREE, "a", 1e6).allowed for _ in range(4)] == [True, True, True, False]


def test_callers_and_limits_do_not_share() -> None:
    limits = RateLimits()
    for _ in range(4):
        limits.take(THREE, "a", 0.0)
    assert limits.take(THREE, "b", 0.0).allowed
    assert limits.take(Limit("other", 3, 60), "a", 0.0).allowed


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    limits = RateLimits()
    for _ in range(3):
        limits.take(THREE, "a", 100.0)
    assert not limits.take(THREE, "a", 0.0).allowed


def test_only_so_many_are_remembered_and_the_longest_idle_is_forgotten() -> None:
    limits = RateLimits(max_buckets=2)
    for _ in range(3):
        limits.take(THREE, "busy", 0.0)
    limits.take(THREE, "idle", 0.0)
    limits.take(THREE, "busy", 0.0)
    limits.take(THREE, "new", 0.0)
    assert len(limits) == 2
    assert not limits.take(THREE, "busy", 0.0).allowed


@given(st.lists(st.floats(0, 30), max_size=60))
def test_no_window_sees_more_than_twice_the_quota(gaps: list[float]) -> None:
    limits, now, allowed = RateLimits(), 0.0, []
    for gap in gaps:
        now += gap
        if limits.take(THREE, "a", now).allowed:
            allowed.append(now)
    for start in allowed:
        assert sum(start <= each < start + THREE.window_s for each in allowed) <= 2 * THREE.quota


def test_every_limit_is_under_its_own_name() -> None:
    assert all(name == limit.name for name, limit in LIMITS.items())


def test_who_was_quiet_for_as_long_as_the_longest_window_is_forgotten() -> None:
    limits = RateLimits()
    limits.take(LIMITS["api"], "address:203.0.113.7", 0.0)
    limits.take(LIMITS["api"], "address:203.0.113.8", 10.0)
    limits.take(LIMITS["api"], "address:203.0.113.9", LONGEST_WINDOW_S - 1.0)
    assert len(limits) == 3
    limits.take(LIMITS["api"], "address:203.0.113.9", float(LONGEST_WINDOW_S))
    assert len(limits) == 2

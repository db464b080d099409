"""Plans of coming and going: everybody once at a time, the same for the same seed, shared without overlap."""

from hypothesis import given
from hypothesis import strategies as st

from loadtest.arrivals import Crowd, plan_visits, share_of

CROWDS = st.builds(
    Crowd,
    count=st.integers(0, 60),
    at_s=st.floats(0, 20),
    ramp_per_s=st.sampled_from([0.0, 0.5, 5.0, 100.0]),
    stay_s=st.sampled_from([0.0, 1.0, 15.0]),
    churn_per_min=st.sampled_from([0.0, 0.5, 1.0]),
)


@given(CROWDS, st.floats(1, 60), st.integers(0, 5))
def test_a_place_is_taken_by_one_at_a_time_within_the_run(crowd: Crowd, duration_s: float, seed: int) -> None:
    visits = plan_visits(crowd, duration_s=duration_s, seed=seed)
    free_s: dict[int, float] = {}
    for visit in visits:
        assert crowd.at_s <= visit.come_s < visit.leave_s <= duration_s
        assert visit.come_s >= free_s.get(visit.number, 0.0)
        free_s[visit.number] = visit.leave_s
    assert visits == sorted(visits)
    assert visits == plan_visits(crowd, duration_s=duration_s, seed=seed)


@given(CROWDS, st.integers(1, 7))
def test_the_shares_of_the_workers_are_the_whole(crowd: Crowd, workers: int) -> None:
    visits = plan_visits(crowd, duration_s=30, seed=1)
    shares = [share_of(visits, worker, workers) for worker in range(workers)]
    assert sorted(visit for share in shares for visit in share) == visits


def test_a_ramp_brings_so_many_a_second() -> None:
    visits = plan_visits(Crowd(20, at_s=2.0, ramp_per_s=10.0), duration_s=30, seed=1)
    assert [visit.come_s for visit in visits][:3] == [2.0, 2.1, 2.2]
    assert all(visit.leave_s == 30 for visit in visits)


def test_churn_replaces_about_the_share_it_names() -> None:
    visits = plan_visits(Crowd(200, churn_per_min=0.5), duration_s=120, seed=3)
    assert 300 < len(visits) < 500  # 200 places, half of them taken anew each of two minutes

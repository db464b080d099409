from media.memory import QUIET_S, WORTHWHILE_DEPARTURES, Reclaimer


def test_memory_is_reclaimed_once_and_only_when_a_crowd_has_left_for_a_while() -> None:
    reclaimer = Reclaimer()
    for _ in range(WORTHWHILE_DEPARTURES - 1):
        reclaimer.departed(10.0)
    assert not reclaimer.due(10.0 + QUIET_S)
    reclaimer.departed(11.0)
    assert not reclaimer.due(10.9 + QUIET_S)
    assert reclaimer.due(11.0 + QUIET_S)
    reclaimer.reclaim()
    assert not reclaimer.due(100.0)

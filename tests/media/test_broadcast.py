"""The life of a broadcast, with its clock in the test's hand."""

from media.broadcast import SILENCE_S, START_TIMEOUT_S, Broadcast, State

GRACE_S = 10.0


def live(now_s: float = 0.0) -> Broadcast:
    broadcast = Broadcast(GRACE_S, now_s)
    assert broadcast.media(now_s)
    return broadcast


def state(broadcast: Broadcast) -> State:
    """Read anew each time; mypy would hold on to the value of the last assertion."""
    return broadcast.state


def test_the_first_packet_makes_it_live() -> None:
    broadcast = Broadcast(GRACE_S, 0.0)
    assert state(broadcast) is State.WAITING
    assert broadcast.media(1.0)
    assert state(broadcast) is State.LIVE
    assert not broadcast.media(1.1)


def test_a_publisher_that_never_sends_is_given_up() -> None:
    broadcast = Broadcast(GRACE_S, 0.0)
    assert not broadcast.tick(START_TIMEOUT_S - 0.1)
    assert broadcast.tick(START_TIMEOUT_S)
    assert state(broadcast) is State.ENDED


def test_reports_alone_do_not_keep_one_that_never_sends() -> None:
    broadcast = Broadcast(GRACE_S, 0.0)
    broadcast.activity(START_TIMEOUT_S - 0.1)
    assert broadcast.tick(START_TIMEOUT_S)


def test_silence_interrupts_it_and_media_resumes_it() -> None:
    broadcast = live()
    assert not broadcast.tick(SILENCE_S)
    assert broadcast.tick(SILENCE_S + 0.1)
    assert state(broadcast) is State.RECONNECTING
    assert broadcast.media(5.0)
    assert state(broadcast) is State.LIVE
    assert not broadcast.tick(5.0 + SILENCE_S)


def test_a_publisher_that_reports_but_sends_no_media_is_still_there() -> None:
    broadcast = live()
    for second in range(1, 60):
        broadcast.activity(second)
        assert not broadcast.tick(second)


def test_the_grace_period_ends_it() -> None:
    broadcast = live()
    assert broadcast.publisher_lost(5.0)
    assert not broadcast.publisher_lost(6.0)
    assert not broadcast.tick(5.0 + GRACE_S - 0.1)
    assert broadcast.tick(5.0 + GRACE_S)
    assert state(broadcast) is State.ENDED
    assert not broadcast.tick(100.0)


def test_a_publisher_that_comes_back_at_the_last_moment_has_time_to_send_its_first_packet() -> None:
    broadcast = live()
    broadcast.publisher_lost(5.0)
    broadcast.activity(14.9)
    assert not broadcast.tick(15.5)
    assert broadcast.media(16.0)
    assert state(broadcast) is State.LIVE


def test_one_that_comes_back_and_sends_nothing_is_given_up_after_another_grace_period() -> None:
    broadcast = live()
    broadcast.publisher_lost(5.0)
    broadcast.activity(14.9)
    assert broadcast.tick(14.9 + GRACE_S)
    assert state(broadcast) is State.ENDED


def test_stopping_is_final_and_told_once() -> None:
    broadcast = live()
    assert broadcast.stop()
    assert not broadcast.stop()
    assert not broadcast.media(1.0)
    assert not broadcast.publisher_lost(1.0)
    assert state(broadcast) is State.ENDED

"""What a listener was shown of the lines that were accepted."""

from loadtest.lines import Accepted, LineLog


def snapshot(*ids: str) -> dict[str, object]:
    return {"chat": {"messages": [{"id": each} for each in ids]}}


def accepted(*ids: str) -> list[Accepted]:
    return [Accepted(each, sent_ns=10) for each in ids]


def test_a_line_is_shown_by_an_event_or_by_the_snapshot_of_a_room_that_began_anew() -> None:
    log = LineLog(since_ns=0)
    log.said("a")
    log.began_anew(snapshot("a", "b"))
    log.said("c")
    assert log.missed(accepted("a", "b", "c")) == 0
    assert log.missed(accepted("a", "b", "c", "d")) == 1
    assert log.repeated == 0


def test_only_events_of_one_epoch_repeat_a_line() -> None:
    log = LineLog(since_ns=0)
    log.said("a")
    log.said("a")
    log.began_anew(snapshot("a"))
    log.said("a")
    assert log.repeated == 1
    log.said("a")
    assert log.repeated == 2


def test_lines_from_before_somebody_listened_are_not_missed() -> None:
    assert LineLog(since_ns=11).missed(accepted("a")) == 0

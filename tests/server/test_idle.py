from server.idle import IDLE_TIMEOUT_S, IdleConnections


class _Connection:
    pass


def test_a_connection_without_a_request_is_overdue_after_a_while() -> None:
    idle: IdleConnections[_Connection] = IdleConnections()
    silent = _Connection()
    assert idle.overdue([silent], 100.0) == []
    assert idle.overdue([silent], 100.0 + IDLE_TIMEOUT_S - 0.1) == []
    assert idle.overdue([silent], 100.0 + IDLE_TIMEOUT_S) == [silent]


def test_a_request_under_way_is_never_overdue_and_starts_the_time_anew() -> None:
    idle: IdleConnections[_Connection] = IdleConnections()
    connection = _Connection()
    idle.overdue([connection], 0.0)
    idle.began(connection)
    assert idle.overdue([connection], 1000.0) == []
    idle.ended(connection)
    assert idle.overdue([connection], 1000.0) == []
    assert idle.overdue([connection], 1000.0 + IDLE_TIMEOUT_S) == [connection]

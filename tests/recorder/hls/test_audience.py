"""Who is counted of those who ask for playlists, and for how long."""

from recorder.hls.audience import Audience

TARGET_S = 6.0
LONG_TARGET_S = 10.0


def ask(audience: Audience, player: str, at_s: float, address: str = "192.0.2.1") -> None:
    """Asks and is answered."""
    audience.asked(player, lambda: address, at_s)
    audience.answered(player, at_s)


def count(audience: Audience, at_s: float, target_s: float = TARGET_S) -> int:
    audience.pass_time(at_s, target_s)
    return len(audience)


def test_a_player_counts_once_however_many_tracks_it_asks_for_and_until_it_asks_no_more() -> None:
    audience = Audience(per_address=9)
    for at_s in (0.0, 0.4, 6.0, 12.0):
        ask(audience, "miles", at_s)
        ask(audience, "bill", at_s)
        ask(audience, "bill", at_s)
    ask(audience, "bill", 15.0)
    assert [count(audience, at_s) for at_s in (12.0, 21.9, 22.0, 24.9, 25.0)] == [2, 2, 1, 1, 0]


def test_long_segments_give_players_that_ask_once_in_each_more_time() -> None:
    audience = Audience(per_address=9)
    ask(audience, "miles", 0.0)
    assert [count(audience, at_s, LONG_TARGET_S) for at_s in (14.9, 15.0)] == [1, 0]


def test_who_waits_for_an_answer_is_there() -> None:
    audience = Audience(per_address=9)
    audience.asked("miles", lambda: "192.0.2.1", 0.0)
    assert [count(audience, at_s) for at_s in (11.0, 29.0)] == [1, 1]
    audience.answered("miles", 30.0)
    assert [count(audience, at_s) for at_s in (39.9, 40.0)] == [1, 0]


def test_who_says_so_has_left_at_once_also_in_the_middle_of_a_request() -> None:
    audience = Audience(per_address=9)
    audience.asked("miles", lambda: "192.0.2.1", 0.0)
    audience.left("miles")
    audience.answered("miles", 0.4)
    audience.left("nobody")
    assert len(audience) == 0
    ask(audience, "miles", 1.0)
    assert len(audience) == 1


def test_one_network_cannot_make_a_crowd_and_has_its_places_back() -> None:
    audience = Audience(per_address=2)
    for number in range(5):
        ask(audience, f"one {number}", float(number))
    ask(audience, "other", 5.0, "198.51.100.7")
    assert len(audience) == 3
    audience.left("one 0")
    ask(audience, "one 4", 6.0)
    assert len(audience) == 3
    assert count(audience, 99.0) == 0
    ask(audience, "one 2", 99.0)
    assert len(audience) == 1


def test_beyond_the_bound_the_one_that_asked_longest_ago_is_not_counted() -> None:
    audience = Audience(per_address=9, most=3)
    for at_s, player in enumerate("abcad"):
        ask(audience, player, float(at_s))
    assert len(audience) == 3
    assert [count(audience, at_s) for at_s in (12.0, 13.0, 14.0)] == [2, 1, 0]  # c, a, d: b is gone

"""Measurements by the second: handed over once, added up over processes."""

import pytest

from loadtest.measures import SECONDS_MAX, Measures, Second, Timeline


def test_only_seconds_that_have_ended_are_handed_over_and_only_once() -> None:
    measures = Measures()
    measures.count("joins", 10.2)
    measures.count("joins", 10.9)
    measures.count("joins", 11.1)
    assert {number: each.counters for number, each in measures.take(11.5).items()} == {10: {"joins": 2}}
    assert measures.take(11.9) == {}
    assert measures.take(12.0)[11].counters == {"joins": 1}


def test_counters_levels_and_distributions_of_two_workers_add_up() -> None:
    one, other = Measures(), Measures()
    for measures, viewers in ((one, 3), (other, 4)):
        measures.count("packets", 5.0, 10)
        measures.level("viewers", 5.1, viewers)
        measures.observe("chat_us", 5.2, viewers)
    timeline = Timeline()
    for measures in (one, other):
        for number, second in measures.take(6.0).items():
            timeline.add(number, Second.from_json(second.to_json()))
    second = timeline.seconds[5]
    assert second.counters == {"packets": 20}
    assert second.levels == {"viewers": 7}
    assert second.histograms["chat_us"].count == 2


def test_a_total_adds_counters_and_takes_the_highest_level() -> None:
    timeline = Timeline()
    for number, viewers in ((1, 5.0), (2, 9.0), (3, 2.0)):
        timeline.add(number, Second({"packets": 1}, {"viewers": viewers}))
    total = timeline.total()
    assert total.counters == {"packets": 3}
    assert total.levels == {"viewers": 9.0}


def test_a_series_has_a_place_for_seconds_in_which_nobody_spoke() -> None:
    timeline = Timeline()
    timeline.add(7, Second({"packets": 1}))
    timeline.add(9, Second({"packets": 3}))
    assert timeline.series("packets") == [1, None, 3]


def test_a_second_of_another_day_is_refused() -> None:
    timeline = Timeline()
    timeline.add(1_000_000, Second())
    with pytest.raises(ValueError, match="clocks"):
        timeline.add(1_000_000 + SECONDS_MAX + 1, Second())


def test_what_is_no_second_is_refused() -> None:
    with pytest.raises(ValueError, match="not a second"):
        Second.from_json({"counters": 1})

"""Verdicts and reports: thresholds are judged as they are named, and nobody's words become markup."""

from xml.etree import ElementTree

import msgspec
import pytest

from loadtest.charts import Line, chart, short
from loadtest.comparison import compare, unlike
from loadtest.measures import Measures, Timeline
from loadtest.outcome import Outcome, outcome_of, read_outcome, write_outcome
from loadtest.report import render_comparison, render_html
from loadtest.scenario import Scenario, Target, Thresholds, Viewers
from loadtest.sizing import capacity
from loadtest.verdict import judge
from loadtest.words import FIGURES, THRESHOLDS, TIMES, describe, summary

HOSTILE = "<script>alert(1)</script>"


def played(**counters: int) -> Outcome:
    measures = Measures()
    for second in range(100, 103):
        for name, count in counters.items():
            measures.count(name, second + 0.5, count)
        measures.count(f"failure: {HOSTILE}", second + 0.5)
        measures.observe("chat_us", second + 0.5, 20_000)
        measures.level("viewers", second + 0.5, 4)
    timeline = Timeline()
    for number, each in measures.take(200).items():
        timeline.add(number, each)
    scenario = Scenario(name=HOSTILE, target=Target(stream_key="very-secret", rpc_url="http://key@node"))
    return outcome_of(scenario, timeline, began_at_s=100, workers=2, stopped=False, errors=[HOSTILE])


@pytest.mark.parametrize(
    ("thresholds", "passed"),
    [
        (Thresholds(joined=0.9), True),
        (Thresholds(joined=0.95), False),
        (Thresholds(lost=0.0099), False),
        (Thresholds(lost=0.01), True),
        (Thresholds(chat_p99_ms=21), True),
        (Thresholds(chat_p99_ms=19), False),
        (Thresholds(latency_p99_ms=1000), False),
        (Thresholds(cut=2), True),
        (Thresholds(came_back=0.6), False),
    ],
    ids=[
        "joined",
        "not joined",
        "lost",
        "few lost",
        "chat",
        "slow chat",
        "nothing measured",
        "cut",
        "not back",
    ],
)
def test_a_threshold_is_judged(thresholds: Thresholds, *, passed: bool) -> None:
    measures = Measures()
    for name, count in (
        ("joins_begun", 10),
        ("joins_done", 9),
        ("packets", 99),
        ("packets_lost", 1),
        ("lines_accepted", 5),
        ("viewers_cut", 2),
        ("viewers_came_back", 1),
    ):
        measures.count(name, 1.0, count)
    measures.observe("chat_us", 1.0, 20_000)
    usual = Thresholds()
    asked = [name for name in usual.__struct_fields__ if getattr(thresholds, name) != getattr(usual, name)]
    checks = {check.name: check for check in judge(thresholds, measures.take(2.0)[1])}
    assert [checks[name].passed for name in asked] == [passed]


def test_what_was_not_played_is_not_judged() -> None:
    assert judge(Thresholds(), Measures().take(0).get(0) or Timeline().total()) == []


def test_nobodys_words_become_markup_and_no_secret_is_in_it() -> None:
    outcome = played(joins_begun=1, joins_done=1, packets=10)
    page = render_html(outcome, outcome) + render_comparison(outcome, outcome, tolerance=0.1)
    assert "<script" not in page
    assert not any(word in page for word in ("src=", "href=", "url(", "@import")), (
        "it asks nobody for anything"
    )
    assert "&lt;script&gt;" in page
    told = write_outcome(outcome).decode()
    assert "very-secret" not in page + told
    assert "key@node" not in page + told


def test_a_result_can_be_read_again() -> None:
    outcome = played(packets=10)
    assert read_outcome(write_outcome(outcome)) == outcome
    with pytest.raises(ValueError, match="not the result"):
        read_outcome(b"{}")


def test_a_chart_is_sound_svg_with_gaps() -> None:
    drawn = chart("People & more", "at once", [Line("<viewers>", [1, 2, None, 4]), Line("none", [None])])
    figure = ElementTree.fromstring(drawn)
    paths = [each.get("d") for each in figure.iter() if each.tag.endswith("path")]
    assert len(paths) == 2 + 2, "two stretches, and a sample of each line in the legend"
    rows = [["".join(cell.itertext()) for cell in row] for row in figure.iter("tr")]
    assert rows[1:] == [["0 s", "1", ""], ["1 s", "2", ""], ["2 s", "", ""], ["3 s", "4", ""]]
    assert chart("Nothing", "", [Line("x", [None])]) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12, "12"), (0.0123, "0.0123"), (12_345, "12.3 k"), (3.5e6, "3.5 M"), (2e9, "2 G")],
)
def test_figures_are_short(value: float, text: str) -> None:
    assert short(value) == text


def test_the_summary_speaks_of_what_was_played() -> None:
    rows = dict(summary(played(joins_begun=2, joins_done=1, packets=10, lines_accepted=3)))
    assert rows["viewers joined"] == "3 of 6"
    assert "tips" not in rows
    assert all(describe(check) for check in played(joins_begun=1).checks)


def test_every_threshold_has_words() -> None:
    assert set(Thresholds.__struct_fields__) == THRESHOLDS.keys()


def test_what_became_worse_is_said_and_what_is_alike_is_not() -> None:
    before, after = run_of(server_us=100_000, chat_ms=20), run_of(server_us=200_000, chat_ms=20.5)
    found = {each.name: each for each in compare(before, after)}
    cost = found[FIGURES["plateau_server_us_per_packet"]]
    assert (cost.before, cost.after, cost.worse) == (100.0, 200.0, True)
    assert found[f"{TIMES['chat']}, p99 (ms)"].worse is False
    assert not any(each.worse for each in compare(after, before))
    assert not any(each.worse for each in compare(before, before))
    assert unlike(before, after) == []
    larger = msgspec.structs.replace(after, scenario=Scenario(viewers=Viewers(count=9)))
    assert unlike(before, larger) == ["viewers.count: 0 then, 9 now"]
    assert "Not the same: viewers.count: 0 then, 9 now" in render_comparison(before, larger, tolerance=0.1)


def run_of(*, server_us: int, chat_ms: float, lag_ms: int = 1) -> Outcome:
    measures = Measures()
    measures.observe("generator_lag_us", 105, lag_ms * 1000)
    for second in range(100, 110):
        measures.level("viewers", second, 10 if second > 102 else 1)
        measures.count("packets", second, 1_000)
        measures.count("server_cpu_us", second, server_us)
        measures.observe("chat_us", second, int(chat_ms * 1_000))
    timeline = Timeline()
    for number, each in measures.take(200).items():
        timeline.add(number, each)
    return outcome_of(Scenario(), timeline, began_at_s=100, workers=1, stopped=False, errors=[])


def test_size_is_taken_from_the_time_when_most_people_were_there() -> None:
    derived = run_of(server_us=500_000, chat_ms=1).derived
    assert derived["plateau_s"] == 7
    assert derived["plateau_viewers"] == 10
    assert derived["viewers_per_server_core"] == 20


@pytest.mark.parametrize(
    ("server_us", "missed", "words"),
    [
        (500_000, [], "carries about 10 viewers (70% of 20"),
        (500_000, ["packets lost"], "upper bound as long as thresholds are missed"),
        (50_000, [], "hardly busy"),
        (950_000, [], "core was full: it used 0.95 cores, so 10 viewers are more than it carries"),
        (950_000, ["packets lost"], "0.95 cores and missed thresholds (packets lost), so"),
    ],
    ids=["room", "missed", "idle", "full", "full and missed"],
)
def test_what_a_core_carries_is_said_for_what_the_run_is_worth(
    server_us: int, missed: list[str], words: str
) -> None:
    outcome = run_of(server_us=server_us, chat_ms=1)
    assert words in capacity(outcome.derived, missed)
    assert ("at most 10.5" in render_html(outcome)) == (server_us == 950_000)


def test_a_load_test_that_had_no_time_says_so() -> None:
    assert not any("late with everything" in note for note in run_of(server_us=1, chat_ms=1).notes)
    late = run_of(server_us=1, chat_ms=1, lag_ms=700).notes
    assert any("up to 0.7 s late" in note for note in late), late


def test_a_run_whose_broadcast_ended_has_not_passed() -> None:
    outcome = played(joins_begun=1, joins_done=1, publisher_ended_by_server=1, forgotten_by_server=2)
    assert any("lost them" in error for error in outcome.errors)
    assert any("did not know 6 of the viewers" in note for note in outcome.notes)
    assert not outcome.passed
    assert outcome.was_played


def test_who_was_limited_is_told_how_to_be_let_in() -> None:
    assert not any("429" in note for note in played().notes)
    limited = played(**{"failure: answered 429": 3})
    assert any("429" in note and "forwarded_for" in note for note in limited.notes)

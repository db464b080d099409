"""The report of a run, or of two beside each other: one HTML file with everything in it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from loadtest.charts import Line, chart, short
from loadtest.comparison import Difference, compare, keys_of, unlike
from loadtest.outcome import Outcome
from loadtest.report_style import STYLE
from loadtest.scenario import Scenario
from loadtest.sizing import capacity, is_full
from loadtest.verdict import Check
from loadtest.words import FIGURES, THRESHOLDS, TIMES, amount, summary

_CHARTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "People",
        "at once",
        (("viewers", "viewers"), ("chatters", "chatters"), ("hls_viewers", "LL-HLS viewers")),
    ),
    ("Joins", "per second", (("joins_done", "done"), ("joins_failed", "failed"))),
    ("Viewers cut off", "per second", (("viewers_cut", "cut off"), ("viewers_came_back", "came back"))),
    ("Chatters cut off", "per second", (("chat_cut", "cut off"), ("chat_came_back", "came back"))),
    ("First keyframe after joining", "ms", (("first_keyframe_p50", "p50"), ("first_keyframe_p99", "p99"))),
    ("Bitrate, all viewers together", "Mbit/s", (("received_mbps", "received"),)),
    ("Packets", "per second", (("packets", "received"),)),
    ("Loss", "percent of the packets", (("lost_percent", "lost"),)),
    (
        "Odd packets",
        "per second",
        (("late", "out of order"), ("duplicates", "twice"), ("recovered", "sent again")),
    ),
    ("Media latency", "ms", (("latency_p50", "p50"), ("latency_p99", "p99"))),
    ("Jitter", "ms", (("jitter_p50", "p50"), ("jitter_p99", "p99"))),
    ("Freezes", "begun per second", (("freezes", "no packets"), ("picture_freezes", "decoded picture"))),
    ("Decoded pictures", "per second", (("pictures_decoded", "shown"), ("pictures_skipped", "missing"))),
    (
        "Latency to the decoded picture",
        "ms",
        (("picture_latency_p50", "p50"), ("picture_latency_p99", "p99")),
    ),
    ("Picture and sound apart", "ms", (("lip_sync_p50", "p50"), ("lip_sync_p99", "p99"))),
    ("LL-HLS latency", "ms", (("hls_latency_p50", "p50"), ("hls_latency_p99", "p99"))),
    ("LL-HLS stalls", "begun per second", (("hls_stalls", "stalls"),)),
    ("Chat", "per second", (("lines_accepted", "lines"), ("reactions_accepted", "reactions"))),
    ("Chat latency, writer to reader", "ms", (("chat_p50", "p50"), ("chat_p99", "p99"))),
    ("Tips, block to reader", "ms", (("tip_p50", "p50"), ("tip_p99", "p99"))),
    ("Pages and API", "ms", (("http_p50", "p50"), ("http_p99", "p99"))),
    (
        "CPU",
        "cores",
        (("server_cores", "server"), ("generator_cores", "load test"), ("machine_cores", "machine")),
    ),
    ("Server memory", "MiB", (("server_memory_mib", "resident"),)),
    ("Server's event loop lag", "ms", (("server_lag_p50", "p50"), ("server_lag_p99", "p99"))),
)
_PLATEAU = (
    "plateau_viewers",
    "plateau_hls_viewers",
    "plateau_chatters",
    "plateau_packets_per_s",
    "plateau_server_cores",
    "plateau_generator_cores",
    "plateau_other_cores",
    "plateau_server_us_per_packet",
    "viewers_per_server_core",
    "viewers_per_generator_core",
    "server_bytes_per_viewer",
)
_OF_A_CORE = frozenset({"viewers_per_server_core"})


def render_html(outcome: Outcome, before: Outcome | None = None) -> str:
    """The whole file. With `before`, a comparison with that run."""
    scenario = outcome.scenario
    sections = [
        f"<h1>Load test: {escape(scenario.name)}</h1>",
        f'<p class="dim">{escape(scenario.target.url)}, channel {escape(scenario.target.channel)},'
        f" {escape(scenario.target.make.value)}; {_moment(outcome)}; {scenario.duration_s:g} s;"
        f" {outcome.workers} {'process' if outcome.workers == 1 else 'processes'}</p>",
        _verdict(outcome),
        "".join(f'<p class="bad">{escape(error)}</p>' for error in outcome.errors),
        _notes(outcome.notes),
        "<h2>Thresholds</h2>",
        _checks(outcome.checks),
        "<h2>What happened</h2>",
        _table(["", ""], [[escape(name), escape(value)] for name, value in summary(outcome)], numbers=False),
        _size(outcome),
        "" if before is None else _compared(compare(before, outcome), before),
        "" if before is None else _notes([f"Not the same: {words}" for words in unlike(before, outcome)]),
        "<h2>By the second</h2>",
        f'<div class="charts">{"".join(_charts(outcome))}</div>',
        "<h2>Times</h2>",
        _times(outcome),
        _failures(outcome.failures),
        "<details><summary>The scenario</summary>",
        _scenario(scenario),
        "</details>",
        "<details><summary>Every counter</summary>",
        _figures({**outcome.counters, **outcome.levels, **outcome.derived}),
        "</details>",
    ]
    return _page(f"Load test: {scenario.name}", sections)


def render_comparison(before: Outcome, after: Outcome, *, tolerance: float) -> str:
    """The whole file: two runs, figure by figure and line over line."""
    found = compare(before, after, tolerance=tolerance)
    worse = sum(each.worse is True for each in found)
    words = f"{worse} of {len(found)} figures are worse" if worse else "No figure is worse"
    sections = [
        f"<h1>{escape(before.scenario.name)} and {escape(after.scenario.name)}</h1>",
        f'<p class="dim">then: {escape(before.scenario.target.url)}, {_moment(before)};'
        f" now: {escape(after.scenario.target.url)}, {_moment(after)}</p>",
        f'<p class="verdict {"bad" if worse else "good"}">{words} by more than {tolerance:.0%}</p>',
        _notes(
            [
                *(f"Not the same: {words}" for words in unlike(before, after)),
                *(f"Then: {note}" for note in before.notes),
                *(f"Now: {note}" for note in after.notes),
            ]
        ),
        _compared(found, before),
        "<h2>By the second</h2>",
        f'<div class="charts">{"".join(_charts_of_both(before, after))}</div>',
    ]
    return _page("Two load tests", sections)


def _page(title: str, sections: Sequence[str]) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )


def _moment(outcome: Outcome) -> str:
    return datetime.fromtimestamp(outcome.began_at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _verdict(outcome: Outcome) -> str:
    missed = sum(not check.passed for check in outcome.checks)
    if outcome.stopped:
        words = "Stopped before its end"
    elif outcome.errors:
        words = "Not everything could be played"
    elif not outcome.checks:
        words = "No thresholds were asked for"
    elif missed:
        words = f"{missed} of {len(outcome.checks)} thresholds missed"
    else:
        words = "All thresholds passed"
    return f'<p class="verdict {"good" if outcome.passed else "bad"}">{words}</p>'


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    return f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul>"


def _checks(checks: Sequence[Check]) -> str:
    if not checks:
        return '<p class="dim">The scenario asks for none.</p>'
    rows = [
        [
            f"{escape(THRESHOLDS.get(check.name, check.name))}"
            f" <small>{'at least' if check.at_least else 'at most'} {amount(check, check.asked)}</small>",
            amount(check, check.measured),
            f'<span class="{"good" if check.passed else "bad"}">{"passed" if check.passed else "missed"}</span>',
        ]
        for check in checks
    ]
    return _table(["threshold", "measured", ""], rows)


def _size(outcome: Outcome) -> str:
    """What one core carries, from the time when most people were there."""
    derived = outcome.derived
    most = "at most " if is_full(derived) else ""
    rows = [
        [escape(FIGURES[name]), f"{most if name in _OF_A_CORE else ''}{short(derived[name])}"]
        for name in _PLATEAU
        if name in derived
    ]
    if not rows:
        return ""
    told = capacity(
        derived, [THRESHOLDS.get(each.name, each.name) for each in outcome.checks if not each.passed]
    )
    words = f"<p>{escape(told)}</p>" if told else ""
    heading = (
        f"<h2>Size</h2><p class=dim>Of the {derived['plateau_s']:.0f} s in which most people were there.</p>"
    )
    return heading + words + _table(["figure", ""], rows)


def _compared(found: Sequence[Difference], before: Outcome) -> str:
    rows = []
    for each in found:
        change = "" if each.change is None else f"{each.change:+.1%}"
        name = escape(each.name)
        rows.append(
            [
                name,
                short(each.before),
                short(each.after),
                change,
                '<span class="bad">worse</span>' if each.worse else "",
            ]
        )
    heading = f"<h2>Compared with {escape(before.scenario.name)} of {_moment(before)}</h2>"
    return heading + _table(["figure", "then", "now", "change", ""], rows)


def _charts(outcome: Outcome) -> list[str]:
    drawn: list[str] = []
    for title, unit, names in _CHARTS:
        lines = [Line(label, outcome.series[name]) for name, label in names if name in outcome.series]
        if lines:
            drawn.append(chart(title, unit, lines, starts_at_s=outcome.first_second))
    return drawn


def _charts_of_both(before: Outcome, after: Outcome) -> list[str]:
    """The worst line of each chart, of both runs from their beginnings."""
    drawn: list[str] = []
    for title, unit, names in _CHARTS:
        name, label = (
            names[0] if names[0][0].endswith("_cores") else names[-1] if "_p99" in names[-1][0] else names[0]
        )
        lines = [
            Line(f"{label}, {which}", _from_beginning(outcome, name))
            for which, outcome in (("then", before), ("now", after))
            if name in outcome.series
        ]
        if len(lines) == 2:
            drawn.append(chart(title, unit, lines))
    return drawn


def _from_beginning(outcome: Outcome, name: str) -> list[float | None]:
    values, first = outcome.series[name], outcome.first_second
    before: list[float | None] = [None] * max(0, first)
    return before + values[max(0, -first) :]


def _times(outcome: Outcome) -> str:
    named = [
        *(name for name in TIMES if name in outcome.quantiles),
        *sorted(outcome.quantiles.keys() - TIMES.keys()),
    ]
    rows = [
        [
            escape(TIMES.get(name, name)),
            *(
                short(outcome.quantiles[name][key]) if key in outcome.quantiles[name] else ""
                for key in ("count", "p50", "p95", "p99", "max")
            ),
        ]
        for name in named
    ]
    return _table(["milliseconds", "count", "p50", "p95", "p99", "max"], rows)


def _figures(figures: dict[str, float]) -> str:
    rows = [[escape(FIGURES.get(name, name)), short(value)] for name, value in sorted(figures.items())]
    return _table(["figure", "value"], rows)


def _scenario(scenario: Scenario) -> str:
    """Every key that says something, as a TOML file or `--set` has it."""
    rows = [[escape(name), escape(str(value))] for name, value in keys_of(scenario).items() if value]
    return _table(["key", "value"], rows, numbers=False)


def _failures(failures: dict[str, int]) -> str:
    if not failures:
        return ""
    rows = [[escape(name), short(times)] for name, times in failures.items()]
    return "<h2>Failures</h2>" + _table(["what", "times"], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True) -> str:
    """The first cell of a row is its heading; `rows` are markup."""
    kind = ' class="n"' if numbers else ""
    head = "".join(f'<th scope="col"{kind if n else ""}>{escape(text)}</th>' for n, text in enumerate(heads))
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td{kind}>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    shown = f"<thead><tr>{head}</tr></thead>" if any(heads) else ""
    return f'<div class="wide"><table>{shown}<tbody>{body}</tbody></table></div>'

"""The report of a run: one HTML file with everything in it, and a summary for the terminal. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from loadtest.charts import Line, chart, short
from loadtest.outcome import Outcome, differences
from loadtest.verdict import Check

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1714; --dim: #6b625a; --paper: #fbf8f4; --rule: #ddd3c7;
  --good: #1d7a43; --bad: #b3261e; --c0: #b3541e; --c1: #1f6f8b; --c2: #6a4c93; }
@media (prefers-color-scheme: dark) { :root { --ink: #f3ece4; --dim: #b0a498; --paper: #14110f; --rule: #3a332d;
  --good: #6fd08f; --bad: #ff8a80; --c0: #ffb066; --c1: #6cc5e0; --c2: #c3a6ff; } }
* { box-sizing: border-box } body { margin: 0 auto; max-width: 75rem; padding: 1.5rem 1rem 4rem; color: var(--ink);
  background: var(--paper); font: 16px/1.5 system-ui, sans-serif }
h1 { margin: 0 } h2 { margin: 2.5rem 0 .75rem } .dim, small { color: var(--dim) }
.verdict { font-size: 1.25rem; font-weight: 600 } .good { color: var(--good) } .bad { color: var(--bad) }
.wide { overflow-x: auto } table { border-collapse: collapse; min-width: 20rem }
th, td { border-bottom: 1px solid var(--rule); padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.charts { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)) }
figure { margin: 0 } figcaption { font-weight: 600 } svg { width: 100%; height: auto }
.grid { stroke: var(--rule) } .axis { fill: var(--dim); font-size: 11px } .line { fill: none; stroke-width: 2 }
.l0 { stroke: var(--c0) } .l1 { stroke: var(--c1) } .l2 { stroke: var(--c2) }
.key { font-weight: 400; padding-left: .5rem }
.key.l0 { color: var(--c0) } .key.l1 { color: var(--c1) } .key.l2 { color: var(--c2) }
"""

_CHARTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("People", "at once", (("viewers", "viewers"), ("chatters", "chatters"))),
    ("Joins", "per second", (("joins_done", "done"), ("joins_failed", "failed"))),
    ("First keyframe after the join", "ms", (("first_keyframe_p50", "p50"), ("first_keyframe_p99", "p99"))),
    ("Packets", "per second", (("packets", "received"), ("packets_lost", "lost"))),
    (
        "Latency, publisher's socket to viewer's socket",
        "ms",
        (("latency_p50", "p50"), ("latency_p99", "p99")),
    ),
    ("Freezes", "per second", (("freezes", "begun"),)),
    ("Chat lines", "per second", (("lines_accepted", "accepted"),)),
    ("Chat latency, writer to reader", "ms", (("chat_p50", "p50"), ("chat_p99", "p99"))),
    ("Tips, block to reader", "ms", (("tip_p50", "p50"), ("tip_p99", "p99"))),
    ("HTTP", "ms", (("http_p50", "p50"), ("http_p99", "p99"))),
    ("Server CPU", "us per second", (("server_cpu_us", "all its threads"),)),
    ("Server memory", "bytes", (("server_memory_bytes", "resident"),)),
    ("Server event loop lag", "ms", (("server_lag_p50", "p50"), ("server_lag_p99", "p99"))),
)


def render_html(outcome: Outcome, before: Outcome | None = None) -> str:
    """The whole file. With `before`, a comparison with that run."""
    scenario = outcome.scenario
    began = datetime.fromtimestamp(outcome.began_at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    verdict = '<span class="good">passed</span>' if outcome.passed else '<span class="bad">missed</span>'
    sections = [
        f"<h1>Load test: {escape(scenario.name)}</h1>",
        f'<p class="dim">{escape(scenario.target.url)}, channel {escape(scenario.target.channel)},'
        f" {escape(scenario.target.make.value)}; {began}; {scenario.duration_s:g} s; {outcome.workers} workers</p>",
        f'<p class="verdict">Thresholds {verdict}{" (stopped before its end)" if outcome.stopped else ""}</p>',
        _errors(outcome.errors),
        "<h2>Thresholds</h2>",
        _checks(outcome.checks),
        _comparison(before, outcome),
        "<h2>By the second</h2>",
        f'<div class="charts">{"".join(_charts(outcome))}</div>',
        "<h2>Times</h2>",
        _times(outcome),
        "<h2>Figures</h2>",
        _figures({**outcome.derived, **outcome.levels}),
        "<h2>Counters</h2>",
        _figures({name: float(count) for name, count in outcome.counters.items()}),
        _failures(outcome.failures),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Load test: {escape(scenario.name)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(sections)}</body></html>\n"
    )


def summary(outcome: Outcome) -> list[tuple[str, str]]:
    """What and how much, for the end of a run."""
    counters, derived, times = outcome.counters, outcome.derived, outcome.quantiles
    rows: list[tuple[str, str]] = []
    if begun := counters.get("joins_begun"):
        rows.append(("viewers joined", f"{counters.get('joins_done', 0):,} of {begun:,}"))
        rows.append(("first keyframe", _spread(times.get("first_keyframe"))))
        rows.append(("packets", f"{counters.get('packets', 0):,}, {derived.get('lost_share', 0):.4%} lost"))
        rows.append(("freezes", f"{counters.get('freezes', 0):,}"))
        rows.append(("media latency", _spread(times.get("latency"))))
    if counters.get("lines_accepted"):
        missed = counters.get("lines_missed", 0)
        rows.append(("chat lines", f"{counters['lines_accepted']:,} accepted, {missed:,} missed by somebody"))
        rows.append(("chat latency", _spread(times.get("chat"))))
    if mined := counters.get("tips_mined"):
        rows.append(("tips", f"{mined:,} mined, {counters.get('tips_missed', 0):,} not seen"))
        rows.append(("tip latency", _spread(times.get("tip"))))
    if counters.get("requests"):
        failed = counters.get("requests_failed", 0)
        rows.append(("requests", f"{counters['requests']:,}, {failed:,} failed"))
        rows.append(("HTTP latency", _spread(times.get("http"))))
    if "server_cores" in derived:
        per_packet = derived.get("server_cpu_us_per_packet")
        more = "" if per_packet is None else f", {per_packet:.2f} us per packet"
        rows.append(("server", f"{derived['server_cores']:.2f} cores{more}"))
    for failure, times_ in list(outcome.failures.items())[:8]:
        rows.append((failure, f"{times_:,} times"))
    return rows


def describe(check: Check) -> str:
    """A threshold in one line."""
    sign = ">=" if check.at_least else "<="
    measured = "nothing measured" if check.measured is None else short(check.measured)
    return f"{check.name}: {measured} (asked {sign} {short(check.asked)})"


def _spread(times: dict[str, float] | None) -> str:
    if not times or "p50" not in times:
        return "not measured"
    return f"p50 {short(times['p50'])}, p95 {short(times['p95'])}, p99 {short(times['p99'])} ms"


def _errors(errors: Sequence[str]) -> str:
    return "".join(f'<p class="bad">{escape(error)}</p>' for error in errors)


def _checks(checks: Sequence[Check]) -> str:
    if not checks:
        return '<p class="dim">The scenario asks for none.</p>'
    rows = [
        [
            escape(check.name),
            "nothing measured" if check.measured is None else short(check.measured),
            f"{'at least' if check.at_least else 'at most'} {short(check.asked)}",
            f'<span class="{"good" if check.passed else "bad"}">{"passed" if check.passed else "missed"}</span>',
        ]
        for check in checks
    ]
    return _table(["threshold", "measured", "asked", ""], rows)


def _comparison(before: Outcome | None, after: Outcome) -> str:
    if before is None:
        return ""
    rows = [
        [escape(name), short(one), short(other), f"{other / one - 1:+.1%}" if one else ""]
        for name, one, other in differences(before, after)
    ]
    began = datetime.fromtimestamp(before.began_at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    heading = f"<h2>Compared with {escape(before.scenario.name)} of {began}</h2>"
    return heading + _table(["figure", "then", "now", "change"], rows)


def _charts(outcome: Outcome) -> list[str]:
    drawn: list[str] = []
    for title, unit, names in _CHARTS:
        lines = [Line(label, outcome.series[name]) for name, label in names if name in outcome.series]
        if lines:
            drawn.append(chart(title, unit, lines))
    return drawn


def _times(outcome: Outcome) -> str:
    rows = [
        [
            escape(name),
            *(short(spread[key]) if key in spread else "" for key in ("count", "p50", "p95", "p99", "max")),
        ]
        for name, spread in outcome.quantiles.items()
    ]
    return _table(["milliseconds", "count", "p50", "p95", "p99", "max"], rows)


def _figures(figures: dict[str, float]) -> str:
    return _table(["figure", "value"], [[escape(name), short(value)] for name, value in figures.items()])


def _failures(failures: dict[str, int]) -> str:
    if not failures:
        return ""
    rows = [[escape(name), short(times)] for name, times in failures.items()]
    return "<h2>Failures</h2>" + _table(["what", "times"], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(
        f'<th scope="col"{" class=n" if n else ""}>{escape(text)}</th>' for n, text in enumerate(heads)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{' class=n' if n else ''}>{cell}</td>" for n, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

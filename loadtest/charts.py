"""Line charts as SVG text, for a report that needs nothing else. No I/O.

A chart has one axis of seconds and one of values, a line per series told apart by dashes as well as by colour, and
behind it a table of the same figures for those who do not see it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 28
LABEL_HALF = 40
ROWS_MAX = 60
STEPS = 4
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400)
TICKS_MAX = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One series; `None` leaves a gap."""

    name: str
    values: Sequence[float | None]


def chart(title: str, unit: str, lines: Sequence[Line], *, starts_at_s: int = 0) -> str:
    """A `<figure>`; an empty string when there is nothing to draw. Its first second is number `starts_at_s`."""
    known = [value for line in lines for value in line.values if value is not None]
    if not known:
        return ""
    top = _round_up(max(known))
    seconds = max(len(line.values) for line in lines)
    label = f"{title}, {unit}: {_in_words(lines)}"
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label, quote=True)}">',
        *_grid(top, seconds, starts_at_s),
    ]
    for number, line in enumerate(lines):
        parts += [
            f'<path class="line l{number}" d="{path}"><title>{escape(line.name)}</title></path>'
            for path in _paths(line.values, top, seconds)
        ]
    parts.append("</svg>")
    legend = "".join(
        f'<span class="key"><svg viewBox="0 0 28 8" aria-hidden="true"><path class="line l{number}" d="M0 4 L28 4"/>'
        f"</svg>{escape(line.name)}</span>"
        for number, line in enumerate(lines)
    )
    caption = f"<figcaption><b>{escape(title)}</b> <small>{escape(unit)}</small><br/>{legend}</figcaption>"
    return f"<figure>{caption}{''.join(parts)}{_table(title, lines, seconds, starts_at_s)}</figure>"


def short(value: float) -> str:
    """Three figures and a letter: 1.23 k, 45.6, 0.012."""
    for limit, letter in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= limit:
            return f"{value / {' G': 1e9, ' M': 1e6, ' k': 1e3}[letter]:.3g}{letter}"
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def milliseconds(value: float) -> str:
    """With its unit; from ten seconds on in seconds."""
    return f"{value / 1000:.3g} s" if value >= 10_000 else f"{short(value)} ms"


def _in_words(lines: Sequence[Line]) -> str:
    told = []
    for line in lines:
        known = [value for value in line.values if value is not None]
        if known:
            told.append(f"{line.name} between {short(min(known))} and {short(max(known))}")
    return "; ".join(told)


def _grid(top: float, seconds: int, starts_at_s: int) -> list[str]:
    parts: list[str] = []
    for step in range(STEPS + 1):
        value = top * step / STEPS
        y = _y(value, top)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text class="axis" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{short(value)}</text>'
        )
    apart_s = next((tick for tick in TICKS_S if seconds / tick <= TICKS_MAX), TICKS_S[-1])
    first = -starts_at_s % apart_s
    for second in range(first, seconds, apart_s):
        x = _x(second, seconds)
        # The last one would reach over the edge.
        where = f'x="{WIDTH}" y="{HEIGHT - 8}" text-anchor="end"'
        if x < WIDTH - LABEL_HALF:
            where = f'x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle"'
        parts.append(f'<text class="axis" {where}>{_clock(second + starts_at_s)}</text>')
    return parts


def _clock(second: int) -> str:
    return f"{second} s" if abs(second) < 180 else f"{second / 60:g} min"


def _table(title: str, lines: Sequence[Line], seconds: int, starts_at_s: int) -> str:
    """At most `ROWS_MAX` rows; of a long run each is the mean of some seconds."""
    together = max(1, math.ceil(seconds / ROWS_MAX))
    heads = "".join(f'<th scope="col" class="n">{escape(line.name)}</th>' for line in lines)
    rows = []
    for start in range(0, seconds, together):
        cells = "".join(
            f'<td class="n">{_mean(line.values[start : start + together])}</td>' for line in lines
        )
        rows.append(f'<tr><th scope="row">{_clock(start + starts_at_s)}</th>{cells}</tr>')
    means = f", means of {together} s" if together > 1 else ""
    return (
        f'<details><summary>Figures{means}</summary><div class="wide" tabindex="0" role="region"'
        f' aria-label="{escape(title, quote=True)}"><table><thead><tr><th scope="col">from</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return short(sum(known) / len(known)) if known else ""


def _paths(values: Sequence[float | None], top: float, seconds: int) -> list[str]:
    """One for each stretch without a gap; a lonely point becomes a short stroke."""
    paths: list[str] = []
    stretch: list[str] = []
    for second, value in enumerate([*values, None]):
        if value is not None:
            stretch.append(f"{_x(second, seconds):.1f} {_y(max(0.0, value), top):.1f}")
        elif stretch:
            paths.append("M" + " L".join(stretch if len(stretch) > 1 else stretch * 2))
            stretch = []
    return paths


def _x(second: float, seconds: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * second / max(1, seconds - 1)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value / top if top else 0.0)


def _round_up(value: float) -> float:
    """To 1, 2, 2.5 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * 0.999_999)

"""Line charts as SVG text, for a report that needs nothing else. No I/O.

A chart has one axis of seconds and one of values, a line per series with its name, and the figures as a title for
screen readers and pointers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 28


@dataclass(frozen=True, slots=True)
class Line:
    """One series; `None` leaves a gap."""

    name: str
    values: Sequence[float | None]


def chart(title: str, unit: str, lines: Sequence[Line]) -> str:
    """An `<svg>` element; an empty string when there is nothing to draw."""
    known = [value for line in lines for value in line.values if value is not None]
    if not known:
        return ""
    top = _round_up(max(known))
    seconds = max(len(line.values) for line in lines)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title, quote=True)}">',
        f"<title>{escape(title)}</title>",
        *_grid(top, unit, seconds),
    ]
    for number, line in enumerate(lines):
        parts += [
            f'<path class="line l{number}" d="{path}"><title>{escape(line.name)}</title></path>'
            for path in _paths(line.values, top, seconds)
        ]
    parts.append("</svg>")
    legend = " ".join(
        f'<span class="key l{number}">{escape(line.name)}</span>' for number, line in enumerate(lines)
    )
    caption = f"<figcaption>{escape(title)} <small>{escape(unit)}</small> {legend}</figcaption>"
    return f"<figure>{caption}{''.join(parts)}</figure>"


def short(value: float) -> str:
    """Three figures and a letter: 1.23 k, 45.6, 0.012."""
    for limit, letter in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= limit:
            return f"{value / {' G': 1e9, ' M': 1e6, ' k': 1e3}[letter]:.3g}{letter}"
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}"


def _grid(top: float, unit: str, seconds: int) -> list[str]:
    parts: list[str] = []
    for step in range(5):
        value = top * step / 4
        y = _y(value, top)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(
            f'<text class="axis" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{short(value)}</text>'
        )
    marks = max(1, math.ceil(seconds / 8))
    for second in range(0, seconds, marks):
        x = _x(second, seconds)
        parts.append(
            f'<text class="axis" x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{second} s</text>'
        )
    return parts


def _paths(values: Sequence[float | None], top: float, seconds: int) -> list[str]:
    """One for each stretch without a gap; a lonely point becomes a short stroke."""
    paths: list[str] = []
    stretch: list[str] = []
    for second, value in enumerate([*values, None]):
        if value is not None:
            stretch.append(f"{_x(second, seconds):.1f} {_y(value, top):.1f}")
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
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)

"""Neon lettering for the demo artist's picture: a stroke font of the few characters it writes, drawn by numpy.

No font files and no text library: a fresh machine may have neither.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.float32]
Points = Sequence[tuple[float, float]]

LETTER_GAP = 1.6
WORD_GAP = 3.2
ASCENDER, DESCENDER = 8.0, -3.5


def draw(text: str, *, unit_px: float, stroke: float = 0.62, glow: float = 1.3) -> Mask:
    """The text as a brightness mask in 0..1; one font unit (an eighth of a capital) is `unit_px` pixels."""
    margin = 3.0  # units around the text, for the glow to fade in
    strokes, width = _lay_out(text)
    rows = np.arange(round((ASCENDER - DESCENDER + 2 * margin) * unit_px), dtype=np.float32)
    columns = np.arange(round((width + 2 * margin) * unit_px), dtype=np.float32)
    x = (columns / unit_px - margin)[None, :]
    y = (ASCENDER + margin - rows / unit_px)[:, None]
    nearest = np.full((len(rows), len(columns)), 1e9, np.float32)
    for points in strokes:
        for start, end in itertools.pairwise(points):
            np.minimum(nearest, _squared_distance(x, y, start, end), out=nearest)
    distance = np.sqrt(nearest)
    core = np.clip((stroke - distance) * unit_px + 0.5, 0, 1)
    fade = np.clip(1 - distance / margin, 0, 1)
    halo = 0.42 * np.exp(-((distance / glow) ** 2)) * fade
    return np.maximum(core, halo).astype(np.float32)


def _squared_distance(x: Mask, y: Mask, start: tuple[float, float], end: tuple[float, float]) -> Mask:
    (ax, ay), (bx, by) = start, end
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    along = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1) if length else np.float32(0)
    return np.asarray((x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2, np.float32)


def _lay_out(text: str) -> tuple[list[Points], float]:
    glyphs = _glyphs()
    strokes: list[Points] = []
    pen = 0.0
    for character in text:
        if character == " ":
            pen += WORD_GAP
            continue
        width, lines = glyphs[character]
        strokes += [[(px + pen, py) for px, py in line] for line in lines]
        pen += width + LETTER_GAP
    return strokes, pen - LETTER_GAP


def _arc(
    cx: float, cy: float, rx: float, ry: float, start_deg: float, end_deg: float
) -> list[tuple[float, float]]:
    count = max(4, round(abs(end_deg - start_deg) / 12))
    angles = np.radians(np.linspace(start_deg, end_deg, count))
    return [(cx + rx * float(np.cos(a)), cy + ry * float(np.sin(a))) for a in angles]


def _glyphs() -> dict[str, tuple[float, list[Points]]]:
    """Width and strokes of each character; the baseline is 0, small letters are 5 high, capitals and digits 8."""
    bowl = _arc(2, 2.5, 2, 2.5, 0, 360)
    return {
        "H": (5, [[(0, 0), (0, 8)], [(5, 0), (5, 8)], [(0, 4.2), (5, 4.2)]]),
        "a": (4, [bowl, [(4, 5), (4, 0)]]),
        "r": (2.8, [[(0, 5), (0, 0)], _arc(2, 3, 2, 2, 180, 65)]),
        "m": (6.4, [[(0, 5), (0, 0)], [*_arc(1.6, 3.4, 1.6, 1.6, 180, 0), (3.2, 0)],
                    [*_arc(4.8, 3.4, 1.6, 1.6, 180, 0), (6.4, 0)]]),
        "o": (4, [bowl]),
        "n": (4, [[(0, 5), (0, 0)], [*_arc(2, 3, 2, 2, 180, 0), (4, 0)]]),
        "i": (0, [[(0, 5), (0, 0)], [(0, 7.2), (0, 7.2)]]),
        "e": (4, [[(0, 2.6), (4, 2.6), *_arc(2, 2.5, 2, 2.5, 4, 310)]]),
        "d": (4, [bowl, [(4, 8), (4, 0)]]),
        "s": (3.4, [[*_arc(1.7, 3.75, 1.6, 1.25, 35, 270), *_arc(1.7, 1.25, 1.6, 1.25, 90, -145)]]),
        "t": (2.6, [[(0.8, 7.4), *_arc(2.2, 1.4, 1.4, 1.4, 180, 285)], [(-0.4, 5), (2.5, 5)]]),
        "g": (4, [bowl, [(4, 5), *_arc(2, -1, 2, 2, 0, -145)]]),
        "0": (4, [_arc(2, 4, 2, 4, 0, 360)]),
        "1": (4, [[(0.8, 6.4), (2.4, 8), (2.4, 0)]]),
        "2": (4, [[*_arc(2, 6, 2, 2, 165, -35), (0, 0), (4, 0)]]),
        "3": (4, [[*_arc(1.9, 6.1, 1.8, 1.9, 150, -80), *_arc(1.9, 2.1, 2.1, 2.1, 85, -150)]]),
        "4": (4, [[(3, 0), (3, 8), (0, 2.4), (4.2, 2.4)]]),
        "5": (4, [[(3.7, 8), (0.6, 8), (0.3, 4.4), *_arc(1.9, 2.6, 2.1, 2.6, 125, -145)]]),
        "6": (4, [_arc(2, 2.5, 2, 2.5, 0, 360), _arc(4, 2.5, 4, 5.5, 180, 100)]),
        "7": (4, [[(0, 8), (4, 8), (1.4, 0)]]),
        "8": (4, [_arc(2, 6.1, 1.7, 1.9, 0, 360), _arc(2, 2.1, 2, 2.1, 0, 360)]),
        "9": (4, [_arc(2, 5.5, 2, 2.5, 0, 360), _arc(0, 5.5, 4, 5.5, 0, -80)]),
        ":": (0, [[(0, 1.6), (0, 1.6)], [(0, 5.2), (0, 5.2)]]),
    }  # fmt: skip

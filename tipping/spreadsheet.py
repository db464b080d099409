"""Rows of a table as CSV (RFC 4180), which spreadsheets may open without harm. A core.

What others wrote stays text: a cell that a spreadsheet would take for a formula begins with an apostrophe. Cells of our
own making (dates, amounts) never begin with such a sign, so that programs read them as they are.
"""

from collections.abc import Iterable

_FORMULA_STARTS = (
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    *("\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}"),
    *("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}"),
)
_QUOTED = frozenset('",\r\n;\t ')


def csv_lines(rows: Iterable[Iterable[str]]) -> str:
    """The rows, each with the end of its line."""
    return "".join(",".join(map(_cell, row)) + "\r\n" for row in rows)


def units(amount: int, decimals: int) -> str:
    """Base units as a decimal number of whole ones, exactly: ``1.5``."""
    whole, part = divmod(amount, 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _cell(text: str) -> str:
    # Some programs skip blanks before they look for a sign.
    if text.lstrip(" \N{NO-BREAK SPACE}").startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS):
        text = "'" + text
    if _QUOTED.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'

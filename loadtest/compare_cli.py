"""`harmonie loadtest compare A.json B.json`: two results beside each other, in the terminal and as HTML.

Exit codes: 0 nothing is worse, 1 something is, 2 they could not be compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from loadtest.charts import short
from loadtest.comparison import Difference, compare, unlike
from loadtest.outcome import read_outcome
from loadtest.report import render_comparison


def compare_main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    console = Console()
    try:
        before, after = (read_outcome(path.read_bytes()) for path in (parsed.before, parsed.after))
        found = compare(before, after, tolerance=parsed.tolerance)
        if parsed.html:
            parsed.html.write_text(render_comparison(before, after, tolerance=parsed.tolerance))
    except (OSError, ValueError) as error:
        Console(stderr=True).print(
            f"harmonie loadtest compare: {error}", style="red", markup=False, highlight=False
        )
        return 2
    for words in unlike(before, after):
        console.print(f"Not the same: {words}", style="yellow", markup=False)
    _show(console, found)
    return 1 if any(each.worse for each in found) else 0


def _show(console: Console, found: Sequence[Difference]) -> None:
    table = Table()
    table.add_column("figure")
    for head in ("then", "now", "change"):
        table.add_column(head, justify="right")
    table.add_column("")
    for each in found:
        change = "" if each.change is None else f"{each.change:+.1%}"
        table.add_row(
            each.name, short(each.before), short(each.after), change, "[red]worse[/red]" if each.worse else ""
        )
    console.print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="harmonie loadtest compare",
        description="Compares two results written by --json.",
        epilog="Exit codes: 0 nothing is worse, 1 something is, 2 they could not be compared.",
    )
    parser.add_argument("before", type=Path, help="the former result")
    parser.add_argument("after", type=Path, help="the present one")
    parser.add_argument("--html", type=Path, help="write the comparison there")
    parser.add_argument(
        "--tolerance", type=float, default=0.1, help="a figure is worse from this share on (0.1)"
    )
    return parser

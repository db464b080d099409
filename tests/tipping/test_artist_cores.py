"""Rules of goals, overlays and tables, without any I/O."""

import csv
import io
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipping.errors import GoalInvalid
from tipping.goal import AMOUNT_MAX, Unit, goal_target, goal_title
from tipping.messages import GoalView
from tipping.overlay import (
    Overlay,
    OverlayChannel,
    OverlayEvent,
    OverlayGoal,
    OverlayMessage,
    OverlayRotated,
    OverlaySettings,
    OverlaySettingsChanged,
    OverlaySnapshot,
    OverlayState,
    OverlayWithdrawn,
    hash_token,
)
from tipping.spreadsheet import csv_lines, units
from tipping.tips import NATIVE


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=4), max_size=4)
)
def test_a_table_is_read_as_it_was_written_and_no_cell_is_a_formula(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_lines(rows), newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    for row in read:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1", "\u00a0=1", "\uff1d1"])
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    ((cell, _),) = csv.reader(io.StringIO(csv_lines([[text, ""]]), newline=""))
    assert cell == "'" + text


def test_lines_end_as_the_standard_has_it() -> None:
    assert csv_lines([["a", 'say "b"'], ["1,5", ""]]) == 'a,"say ""b"""\r\n"1,5",\r\n'


@given(st.integers(0, 2**256 - 1), st.integers(0, 77))
def test_units_are_exact(amount: int, decimals: int) -> None:
    whole, _, part = units(amount, decimals).partition(".")
    assert int(whole) * 10**decimals + int((part or "0").ljust(decimals, "0")[:decimals] or 0) == amount
    assert not part.endswith("0")


def test_a_goal_has_a_title_on_one_line_and_a_target_that_can_be_reached() -> None:
    assert goal_title("  New \n amp ") == "New amp"
    for title in ("", " \n", "a" * 101, "a\u202eb"):
        with pytest.raises(GoalInvalid):
            goal_title(title)
    assert goal_target(AMOUNT_MAX, Unit(NATIVE, None)) == AMOUNT_MAX
    for amount, unit in (
        (0, Unit(NATIVE, None)),
        (AMOUNT_MAX + 1, Unit(NATIVE, None)),
        (2**63, Unit(None, "USD")),
    ):
        with pytest.raises(GoalInvalid):
            goal_target(amount, unit)


def snapshot() -> OverlaySnapshot:
    return OverlaySnapshot(OverlayChannel("miles", "Miles"), OverlaySettings(), False, False, None)


GOAL = GoalView(
    id="1",
    title="Amp",
    target="5",
    raised="2",
    token=None,
    symbol="USD",
    decimals=2,
    currency="USD",
    reached=False,
)
EVENTS: list[tuple[OverlayEvent, dict[str, Any]]] = [
    (OverlayState(True, False), {"paused": True, "muted": False}),
    (OverlaySettingsChanged(OverlaySettings(volume=0.1)), {"settings": OverlaySettings(volume=0.1)}),
    (OverlayGoal(GOAL), {"goal": GOAL}),
    (OverlayMessage("3", "", "hidden"), {}),
    (OverlayWithdrawn("3"), {}),
    (OverlayRotated(4), {}),
]


@given(st.lists(st.sampled_from(EVENTS)))
def test_an_overlay_follows_its_events_and_hearing_one_twice_changes_nothing(
    events: list[tuple[OverlayEvent, dict[str, Any]]],
) -> None:
    overlay, expected = Overlay(snapshot(), 2), snapshot()
    for event, change in events:
        for _ in range(2):
            overlay.apply(msgspec.msgpack.decode(msgspec.msgpack.encode(event)))
        expected = msgspec.structs.replace(expected, **change)
    assert overlay.snapshot == expected
    assert overlay.generation == (4 if any(isinstance(event, OverlayRotated) for event, _ in events) else 2)


def test_what_is_no_token_has_no_hash() -> None:
    assert hash_token("a" * 43) not in (None, hash_token("a" * 42))
    for text in ("", "\u00e9", "a" * 81):
        assert hash_token(text) is None

"""Cursors and pages."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.pagination import Page, PageQuery, decode_cursor, encode_cursor
from infra.request_errors import CursorInvalid


def test_walking_the_pages_meets_every_row_once() -> None:
    rows, met, cursor = list(range(10)), [], None
    while True:
        after = PageQuery(cursor=cursor, limit=3).after(int)
        later = [row for row in rows if after is None or row > after]
        page = Page.of(later[:4], 3, key=lambda row: row, view=str)
        met += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert met == [str(row) for row in rows]


def test_a_full_last_page_has_no_next() -> None:
    assert Page.of([1, 2, 3], 3, key=lambda row: row, view=str).next_cursor is None
    assert Page.of([], 3, key=lambda row: row, view=str).next_cursor is None


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-(2**62), 2**62))
def test_a_cursor_comes_back_as_it_was(moment: datetime, number: int) -> None:
    cursor = encode_cursor((moment, number))
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert decode_cursor(cursor, tuple[datetime, int]) == (moment, number)


@pytest.mark.parametrize("cursor", ["", "!", "AAAA", "é", "a" * 600, encode_cursor([1]), encode_cursor("x")])
def test_what_this_list_did_not_make_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(cursor, tuple[datetime, int])


@given(st.text(max_size=40))
def test_no_text_does_anything_but_be_refused(text: str) -> None:
    with contextlib.suppress(CursorInvalid):
        decode_cursor(text, tuple[datetime, int])

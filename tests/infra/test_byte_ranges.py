"""Which bytes a request wants (RFC 9110 sections 13 and 14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.byte_ranges import (
    NotModified,
    PreconditionFailed,
    Slice,
    Unsatisfiable,
    Wanted,
    Whole,
    wanted,
)

TAG = '"abc"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-0", Slice(0, 1)),
        ("bytes=0-99", Slice(0, 100)),
        ("bytes=10-", Slice(10, 90)),
        ("bytes=-10", Slice(90, 10)),
        ("bytes=-1000", Slice(0, 100)),
        ("bytes=90-1000", Slice(90, 10)),
        ("Bytes= 5-6 ", Slice(5, 2)),
        ("bytes=100-", Unsatisfiable()),
        ("bytes=-0", Unsatisfiable()),
        ("bytes=9-8", Whole()),
        ("bytes=0-1,5-6", Whole()),
        ("bytes=", Whole()),
        ("bytes=a-b", Whole()),
        ("bytes=-", Whole()),
        ("seconds=1-2", Whole()),
        ("bytes=0-" + "9" * 30, Whole()),
        ("", Whole()),
    ],
)
def test_a_range_is_what_it_says_or_as_if_it_were_not_there(text: str, expected: Wanted) -> None:
    assert wanted({"Range": text}, 100, TAG) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"If-Range": TAG}, Slice(0, 2)),
        ({"If-Range": f"W/{TAG}"}, Whole()),
        ({"If-Range": "Wed, 21 Oct 2026 07:28:00 GMT"}, Whole()),
        ({"If-None-Match": TAG}, NotModified()),
        ({"If-None-Match": f'"x", W/{TAG}'}, NotModified()),
        ({"If-None-Match": "*"}, NotModified()),
        ({"If-None-Match": '"x"'}, Slice(0, 2)),
        ({"If-Match": TAG}, Slice(0, 2)),
        ({"If-Match": f"W/{TAG}"}, PreconditionFailed()),
        ({"If-Match": '"x"', "If-None-Match": TAG}, PreconditionFailed()),
    ],
)
def test_conditions_come_before_the_range(headers: dict[str, str], expected: Wanted) -> None:
    assert wanted({"Range": "bytes=0-1", **headers}, 100, TAG) == expected


@given(
    st.one_of(st.text(), st.from_regex(r"bytes=[0-9]{0,20}-[0-9]{0,20}")),
    st.integers(min_value=0, max_value=10**15),
)
def test_no_text_leads_beyond_the_file(text: str, size: int) -> None:
    found = wanted({"Range": text}, size, TAG)
    if isinstance(found, Slice):
        assert found.first >= 0
        assert 1 <= found.length <= size - found.first
        assert found.content_range(size).endswith(f"/{size}")

"""Bearer tokens."""

import pytest

from infra.bearer import bearer_token


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer   a-b_c.~+/=  ", "a-b_c.~+/="),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer a b", None),
        ("Basic abc", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_bearer_token_is_one(header: str | None, token: str | None) -> None:
    assert bearer_token(header) == token

"""A guest's token: good for one guest, in one channel, for a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.guests import HOLDS_S, TOKEN_MAX_CHARACTERS, GuestTokens

GUEST = "guest-0123456789"
TOKENS = GuestTokens(lambda: b"k" * 32)


def test_a_token_is_good_until_it_ends_and_only_in_its_channel() -> None:
    token, until_ms = TOKENS.give(1, GUEST, 1_000)
    assert until_ms == 1_000 + HOLDS_S * 1_000
    assert TOKENS.read(1, token, until_ms - 1) == GUEST
    assert TOKENS.read(1, token, until_ms) is None
    assert TOKENS.read(2, token, 1_000) is None
    assert GuestTokens(lambda: b"x" * 32).read(1, token, 1_000) is None
    assert len(token) <= TOKEN_MAX_CHARACTERS


@pytest.mark.parametrize("at", range(6, 67, 4))
def test_a_changed_token_is_no_token(at: int) -> None:
    token, _ = TOKENS.give(1, GUEST, 1_000)
    changed = token[:at] + ("1" if token[at] != "1" else "2") + token[at + 1 :]
    assert TOKENS.read(1, changed, 1_000) is None


@given(st.text(max_size=TOKEN_MAX_CHARACTERS))
def test_anything_may_be_shown(text: str) -> None:
    assert TOKENS.read(1, text, 0) is None

"""What a channel may be called, what its title may be, and when a key matches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.channel import (
    RESERVED_NAMES,
    channel_name,
    channel_title,
    hash_stream_key,
    is_channel_name,
    stream_key_matches,
)
from catalog.errors import ChannelNameInvalid, ChannelTitleInvalid


@pytest.mark.parametrize("name", ["a", "7", "miles-davis", "a" * 32, "0-0"])
def test_a_name_has_lower_case_letters_digits_and_inner_hyphens(name: str) -> None:
    assert channel_name(name) == name
    assert is_channel_name(name)


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "A", "a_b", "a b", "ä", "a.b", "a/b", "a" * 33, "a\n", "\u0661"]
)
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(ChannelNameInvalid, match="1 to 32"):
        channel_name(name)
    assert not is_channel_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "studio",
        "api",
        "whip",
        "whep",
        "hls",
        "overlay",
        "assets",
        "livez",
        "readyz",
        "metrics",
        "ws",
        "admin",
        "settings",
    ],
)
def test_a_name_the_server_uses_is_reserved(name: str) -> None:
    assert name in RESERVED_NAMES
    with pytest.raises(ChannelNameInvalid, match="reserved"):
        channel_name(name)


def test_a_title_is_one_trimmed_line() -> None:
    assert channel_title("  Kind of\n  Blue\t") == "Kind of Blue"


@pytest.mark.parametrize("title", ["", " \n ", "x" * 101, "a\x00b", "a\ud800b", "a\u202eb"])
def test_a_title_that_cannot_be_shown_is_refused(title: str) -> None:
    with pytest.raises(ChannelTitleInvalid):
        channel_title(title)


@given(st.text(max_size=120))
def test_a_title_that_was_taken_is_taken_again_unchanged(text: str) -> None:
    try:
        title = channel_title(text)
    except ChannelTitleInvalid:
        return
    assert channel_title(title) == title
    assert 1 <= len(title) <= 100
    title.encode()


def test_only_the_key_itself_matches_its_hash() -> None:
    stored = hash_stream_key("correct horse")
    assert stream_key_matches("correct horse", stored)
    assert not stream_key_matches("correct horsf", stored)
    assert not stream_key_matches("", hash_stream_key(""))


def test_a_key_far_too_long_is_refused_unhashed() -> None:
    long = "x" * 201
    assert not stream_key_matches(long, hash_stream_key(long))


@given(st.text(max_size=300))
def test_no_key_breaks_the_comparison(key: str) -> None:
    stream_key_matches(key, hash_stream_key("other"))

"""Addresses, names, origins and networks as they are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.api_key_format import looks_like_api_key, new_api_key, parse_api_key, parse_scopes
from accounts.display_names import display_name
from accounts.emails import email, masked
from accounts.errors import DisplayNameInvalid, EmailInvalid, ScopeInvalid
from accounts.identity import Scope
from accounts.public_origin import is_loopback, public_origin
from accounts.session_rules import shown_user_agent
from accounts.views import ScopeName
from accounts.visitor_addresses import truncated


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("miles@example.org", "miles@example.org"),
        ("  Miles.Davis+stage@Example.ORG ", "miles.davis+stage@example.org"),
        ("björk@exämple.org", "björk@exämple.org"),
        ("bjo\u0308rk@example.org", "björk@example.org"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_has_one_spelling(text: str, kept: str) -> None:
    assert email(text) == kept
    assert email(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "miles",
        "@example.org",
        "miles@",
        "miles@@example.org",
        "miles@example..org",
        "miles@-example.org",
        ".miles@example.org",
        "mi..les@example.org",
        "miles davis@example.org",
        "miles@example.org\r\nBcc: all@example.org",
        "miles@example.org\x00",
        "mi\u200bles@example.org",
        "a@b@example.org",
        "miles@[127.0.0.1]",
        '"miles"@example.org',
        "miles<x>@example.org",
        "a" * 65 + "@example.org",
        "a@" + ".".join(["b" * 60] * 5),
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(EmailInvalid, match="looks like name@example.org$"):
        email(text)


@given(st.text(max_size=60))
def test_an_address_that_is_taken_stays_as_it_is(text: str) -> None:
    try:
        kept = email(text)
    except EmailInvalid:
        return
    assert email(kept) == kept
    assert not any(character.isspace() for character in kept)


def test_a_masked_address_does_not_say_whose_it_is() -> None:
    assert masked("miles@example.org") == "m***@example.org"


@pytest.mark.parametrize(
    ("text", "kept"), [("  Miles   Davis ", "Miles Davis"), ("🎺 M", "🎺 M"), ("👩‍🎤", "👩‍🎤")]
)
def test_a_name_is_one_tidy_line(text: str, kept: str) -> None:
    assert display_name(text) == kept


@pytest.mark.parametrize("text", ["", " \n ", "x" * 51, "a\x00b", "a\u202eb", "a\u200bb", "\ud800", "\ue000"])
def test_a_name_is_not_what_cannot_be_seen(text: str) -> None:
    with pytest.raises(DisplayNameInvalid):
        display_name(text)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unknown", None),
    ],
)
def test_of_a_visitor_the_network_is_kept(address: str, kept: str | None) -> None:
    assert truncated(address) == kept


@pytest.mark.parametrize(
    ("configured", "host", "origin"),
    [
        ("https://stage.example.org", "evil.example", "https://stage.example.org"),
        ("https://stage.example.org/", None, "https://stage.example.org"),
        ("https://Stage.Example.org:443", None, "https://stage.example.org"),
        ("http://stage.example.org:8080", None, "http://stage.example.org:8080"),
        ("", "localhost:8080", "http://localhost:8080"),
        ("", "127.0.0.1", "http://127.0.0.1"),
        ("", "[::1]:8080", "http://[::1]:8080"),
        ("", "stage.example.org", None),
        ("", "localhost.evil.example", None),
        ("", "127.0.0.1.evil.example", None),
        ("", "localhost:80@evil.example", None),
        ("", "[::1]@evil.example", None),
        ("", None, None),
    ],
)
def test_only_the_operator_says_where_the_server_is(
    configured: str, host: str | None, origin: str | None
) -> None:
    assert public_origin(configured, host) == origin


@given(st.text(max_size=30))
def test_no_host_brings_it_down(host: str) -> None:
    is_loopback(host)


def test_what_a_browser_calls_itself_is_cut_and_cleaned() -> None:
    assert shown_user_agent("Mozilla/5.0\x1b[31m" + "x" * 300) == "Mozilla/5.0[31m" + "x" * 185
    assert shown_user_agent(None) == ""


def test_an_api_key_is_taken_apart() -> None:
    key = new_api_key()
    assert looks_like_api_key(str(key))
    assert parse_api_key(str(key)) == key
    assert key.secret not in repr(key)


@given(st.text(max_size=60).map(lambda text: "hk_" + text))
def test_what_is_no_api_key(text: str) -> None:
    assert parse_api_key(text) is None


def test_scopes_are_known_ones() -> None:
    assert parse_scopes(["chat:write", "moderation"]) == {Scope.CHAT_WRITE, Scope.MODERATION}
    for names in ([], ["admin"], ["chat:write", "x"]):
        with pytest.raises(ScopeInvalid):
            parse_scopes(names)


def test_the_api_names_every_scope() -> None:
    assert set(ScopeName.__args__) == {scope.value for scope in Scope}  # type: ignore[attr-defined]  # a Literal has it

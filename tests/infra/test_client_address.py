"""Whose address counts when proxies stand between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.client_address import client_address, parse_networks

TRUSTED = parse_networks(["10.0.0.0/8", "::1", "192.0.2.1"])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1, 10.2.3.4"], "198.51.100.1"),
        ("10.0.0.1", ["10.2.3.4"], "10.2.3.4"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("::1", ["198.51.100.1"], "198.51.100.1"),
        (None, ["198.51.100.1"], "unknown"),
    ],
)
def test_the_last_hop_that_is_not_ours(peer: str | None, forwarded_for: list[str], expected: str) -> None:
    assert client_address(peer, forwarded_for, TRUSTED) == expected


@given(st.lists(st.text(), max_size=4))
def test_no_header_breaks_it_and_a_stranger_cannot_choose_an_address(values: list[str]) -> None:
    client_address("10.0.0.1", values, TRUSTED)
    assert client_address("203.0.113.9", values, TRUSTED) == "203.0.113.9"


def test_a_wrong_network_is_named() -> None:
    with pytest.raises(ValueError, match="example"):
        parse_networks(["example"])

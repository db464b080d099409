"""STUN and TURN servers in one URL each."""

import pytest

from config.ice import IceServer, parse_ice_server


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("stun:stun.example.org:3478", IceServer("stun:stun.example.org:3478")),
        ("stuns:[2001:db8::1]", IceServer("stuns:[2001:db8::1]")),
        ("turn:me:pass@turn.example.org:3478", IceServer("turn:turn.example.org:3478", "me", "pass")),
        (
            "turns:me:p%40ss%3A@turn.example.org?transport=tcp",
            IceServer("turns:turn.example.org?transport=tcp", "me", "p@ss:"),
        ),
    ],
)
def test_a_url_is_split_as_a_browser_takes_it(url: str, expected: IceServer) -> None:
    assert parse_ice_server(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "stun:",
        "http://example.org",
        "turn:turn.example.org",
        "stun:me:pass@example.org",
        "stun:a b",
        "turn:me:@h",
    ],
)
def test_what_is_not_such_a_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="stun:HOST"):
        parse_ice_server(url)


def test_the_credential_is_in_the_json_and_not_in_the_repr() -> None:
    server = parse_ice_server("turn:me:hunter2@turn.example.org")
    assert server.as_dict() == {"urls": ["turn:turn.example.org"], "username": "me", "credential": "hunter2"}
    assert "hunter2" not in repr(server)

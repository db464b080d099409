"""Which requests count as made by a page of this site."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from infra.origin import same_origin


@dataclass
class Asked:
    host: str
    headers: Mapping[str, str] = field(default_factory=dict)


def asked(host: str = "stage.example.org", **headers: str) -> Asked:
    return Asked(host, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://stage.example.org", "stage.example.org"),
        ("https://stage.example.org", "stage.example.org:443"),
        ("https://stage.example.org:443", "stage.example.org"),
        ("https://stage.example.org", "STAGE.example.org"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://localhost", "localhost"),
    ],
)
def test_a_page_of_the_same_host_and_port(origin: str, host: str) -> None:
    assert same_origin(asked(host, Origin=origin))
    assert same_origin(asked(host, Origin=origin, Sec_Fetch_Site="same-origin"))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example.org", "stage.example.org"),
        ("https://stage.example.org.evil.net", "stage.example.org"),
        ("https://stage.example.org:8443", "stage.example.org"),
        ("http://stage.example.org", "stage.example.org:443"),
        ("https://example.org", "stage.example.org"),
        ("https://evil.net@stage.example.org", "stage.example.org"),
        ("https://stage.example.org/", "stage.example.org"),
        ("https://stage.example.org, https://evil.net", "stage.example.org"),
        ("chrome-extension://stage.example.org", "stage.example.org"),
        ("null", "stage.example.org"),
        ("", "stage.example.org"),
        ("", ""),
        ("https://", ""),
        ("https://stage.example.org:99999", "stage.example.org:99999"),
        ("https://[::1", "[::1"),
    ],
)
def test_a_page_of_another_place(origin: str, host: str) -> None:
    assert not same_origin(asked(host, Origin=origin))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "", "SAME-ORIGIN"])
def test_what_the_browser_says_of_the_site_is_believed_when_it_says_no(site: str) -> None:
    assert not same_origin(asked(Sec_Fetch_Site=site))
    assert not same_origin(asked(Origin="https://stage.example.org", Sec_Fetch_Site=site))


def test_the_browser_s_word_is_enough_where_no_origin_is_sent() -> None:
    assert same_origin(asked(Sec_Fetch_Site="same-origin"))


def test_the_browser_s_word_does_not_outweigh_another_origin() -> None:
    assert not same_origin(asked(Origin="https://evil.net", Sec_Fetch_Site="same-origin"))


def test_a_request_that_says_nothing_is_not_believed() -> None:
    assert not same_origin(asked())


def test_a_page_without_tls_is_another_site_than_one_with_it() -> None:
    plain = asked(Origin="http://stage.example.org")
    assert same_origin(plain)
    assert not same_origin(plain, is_secure=True)
    assert same_origin(asked(Origin="https://stage.example.org"), is_secure=True)


def test_further_origins_may_count_as_this_site() -> None:
    request = asked(Origin="https://app.example.org", Sec_Fetch_Site="same-site")
    assert same_origin(request, also=("https://app.example.org",))
    assert not same_origin(request, also=("https://other.example.org",))

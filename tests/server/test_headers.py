"""Headers that protect pages, and the ones that let other origins read the API."""

from dataclasses import replace
from http import HTTPStatus

import pytest

from config import Settings
from server.app import make_app
from server.headers import cors_headers, security_headers
from tests.server.conftest import Client, Serving


async def test_a_page_runs_no_inline_script_and_is_framed_by_nobody(client: Client) -> None:
    policy = (await client.get("/")).headers["Content-Security-Policy"].split("; ")
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert "unsafe-inline" not in " ".join(policy)


async def test_a_page_may_use_camera_and_microphone_itself(client: Client) -> None:
    allowed = (await client.get("/studio")).headers["Permissions-Policy"]
    assert "camera=(self)" in allowed
    assert "microphone=(self)" in allowed


@pytest.mark.parametrize("path", ["/", "/livez", "/api/v1/channels", "/nothing.txt", "/metrics"])
async def test_every_answer_is_what_it_says(client: Client, path: str) -> None:
    response = await client.get(path)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Server"] == "Harmonie"


@pytest.mark.parametrize(
    "path",
    ["/", "/api/docs", "/livez", "/api/v1/channels", "/nothing.txt", "/whip/miles", "/assets/index-4f2a.js"],
)
async def test_every_answer_is_kept_from_other_sites(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]


async def test_what_is_no_page_may_load_nothing(client: Client) -> None:
    assert "default-src 'none'" in (await client.get("/api/v1/channels")).headers["Content-Security-Policy"]


async def test_an_unchanged_page_keeps_the_policy_it_was_stored_with(client: Client) -> None:
    stored = await client.get("/")
    unchanged = await client.get("/", headers={"If-None-Match": stored.headers["ETag"]})
    assert unchanged.status == HTTPStatus.NOT_MODIFIED
    assert "Content-Security-Policy" not in unchanged.headers  # it would replace the page's


def test_only_the_overlay_may_be_framed() -> None:
    overlay = security_headers("/overlay/abc", is_page=True, is_secure=False)
    assert "X-Frame-Options" not in overlay
    assert overlay["X-Robots-Tag"] == "noindex"
    assert "frame-ancestors *" in overlay["Content-Security-Policy"]
    assert "'none'" in security_headers("/overlays", is_page=True, is_secure=False)["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("trusted", "proto", "told"),
    [
        (("127.0.0.1",), "https", True),
        (("127.0.0.1",), "http, https", True),
        (("127.0.0.1",), "https, http", False),
        (("127.0.0.1",), "http", False),
        (("127.0.0.1",), None, False),
        (("10.0.0.1",), "https", False),
        ((), "https", False),
    ],
)
async def test_browsers_are_told_to_stay_with_tls_when_they_use_it(
    settings: Settings, serving: Serving, trusted: tuple[str, ...], proto: str | None, told: bool
) -> None:
    async with serving(make_app(replace(settings, trusted_proxies=trusted))) as client:
        headers = {} if proto is None else {"X-Forwarded-Proto": proto}
        assert ("Strict-Transport-Security" in (await client.get("/", headers=headers)).headers) == told


@pytest.mark.parametrize(
    ("origin", "allowed", "expected"),
    [
        ("https://a.org", ("*",), "*"),
        (None, ("*",), "*"),
        ("https://a.org", ("https://a.org", "https://b.org"), "https://a.org"),
        ("https://c.org", ("https://a.org",), None),
        (None, ("https://a.org",), None),
        ("https://a.org", (), None),
    ],
)
def test_an_origin_reads_the_api_when_it_is_allowed(
    origin: str | None, allowed: tuple[str, ...], expected: str | None
) -> None:
    headers = cors_headers(origin, allowed)
    assert headers.get("Access-Control-Allow-Origin") == expected
    assert "Access-Control-Allow-Credentials" not in headers
    assert ("Vary" in headers) == (expected != "*")


async def test_errors_and_preflights_of_the_api_carry_it_too(settings: Settings, serving: Serving) -> None:
    app = make_app(replace(settings, cors_origins=("https://a.org",)))
    async with serving(app) as client:
        headers = {"Origin": "https://a.org", "Access-Control-Request-Method": "GET"}
        for response in (
            await client.get("/api/v1/channels/none", headers=headers),
            await client.options("/api/v1/channels", headers=headers),
        ):
            assert response.headers["Access-Control-Allow-Origin"] == "https://a.org"
        assert "Access-Control-Allow-Origin" not in (await client.get("/", headers=headers)).headers


async def test_another_origin_may_not_change_anything(client: Client) -> None:
    response = await client.options("/api/v1/channels/miles")
    assert "PATCH" not in response.headers["Access-Control-Allow-Methods"]

"""Values a database does not take, wherever a request can put some: on both databases an answer, never a crash."""

import itertools
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from infra.endpoint import AnyEndpoint
from tests.accounts.conftest import Person, Serve, Site, serve, time
from tests.server.test_access_walk import ALL

__all__ = ["serve", "time"]

WORDS = ["\x00", "a\x00b", "\x7f", "\U0001f3ba", "'--", "%", "\\", "x" * 2_000]
CURSORS = [
    b"9" * 40,
    b"-" + b"9" * 40,
    b"9223372036854775808",
    b"1e30",
    b'"\\u0000"',
    b'["2026-07-01T00:00:00Z", "\\u0000"]',
    b'["2026-07-01T00:00:00Z", "\\ud800"]',
    b'["2026-07-01T00:00:00", "x"]',
    b'["0001-01-01T00:00:00+14:00", "x"]',
    b'["9999-12-31T23:59:59-14:00", "x"]',
    b'["0001-01-01T00:00:00Z", 1]',
    b'["2026-07-01T00:00:00", 1]',
    b'["2026-07-01T00:00:00Z", 99999999999999999999]',
    b'[true, "2026-07-01T00:00:00", 1]',
    b'[true, "0001-01-01T00:00:00+14:00", 99999999999999999999]',
    b'[true, "\\u0000"]',
    b"[" * 300,
]
_hosts = itertools.count(1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgres"))])
async def site(serve: Serve, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("prepared_postgres").create_database()
    async with serve(trusted_proxies=("127.0.0.1",), database_url=url) as site:
        yield site


@pytest.fixture
async def admin(site: Site) -> Person:
    person = await site.admin()
    assert (await person.call("POST", "/channels", {"name": "miles"})).status == 201
    return person


async def ask(
    person: Person, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, object]:
    host = next(_hosts)
    elsewhere = {"X-Forwarded-For": f"10.1.{host >> 8 & 255}.{host & 255}"}
    reply = await person.site.call(method, path, body, token=person.token, **elsewhere, **headers)
    return reply.status, reply.body


def parts_of(endpoint: AnyEndpoint) -> list[str]:
    return [part for part in endpoint.part_names if part != "channel"]


async def test_in_the_path(admin: Person) -> None:
    """One server for all: no request is one that could be granted, so none changes what the next one finds."""
    asked = [each for each in ALL if each.part_names and not each.events]
    for endpoint, word in itertools.product(asked, WORDS):
        fillings = [{"channel": "miles", **dict.fromkeys(parts_of(endpoint), word)}]
        if "channel" in endpoint.part_names:
            fillings.append(dict.fromkeys(endpoint.part_names, word))
        for filling in fillings:
            if filling.get("channel") == "miles" and not parts_of(endpoint):
                continue
            path = endpoint.path.removeprefix("/api/v1").format(
                **{k: quote(v, safe="") for k, v in filling.items()}
            )
            status, body = await ask(admin, endpoint.method, path)
            assert 200 <= status < 500, (endpoint.method, path, body)


async def test_in_a_cursor(admin: Person) -> None:
    paths = ["/users", "/audit", "/me/following", "/me/channels", "/channels/miles/broadcasts"]
    for path, cursor in itertools.product(paths, CURSORS):
        written = urlsafe_b64encode(cursor).rstrip(b"=").decode()
        status, body = await ask(admin, "GET", f"{path}?cursor={written}")
        assert status in (200, 422), (path, cursor, body)


async def test_in_a_search_a_body_or_a_cookie(admin: Person) -> None:
    for word in WORDS:
        status, body = await ask(admin, "GET", f"/users?search={quote(word, safe='')}")
        assert status in (200, 422), (word, body)
        status, body = await ask(admin, "POST", "/channels/miles/moderators", {"user": word})
        assert status == 422, (word, body)
    cookie = 'harmonie_session="\\000.\\000"'
    status, body = await ask(admin, "POST", "/session/refresh", Cookie=cookie, Origin=admin.site.origin)
    assert status == 401, body

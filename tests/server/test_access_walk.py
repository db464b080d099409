"""Every endpoint of the API, asked by everyone who may not: over HTTP, whatever the endpoint is for.

Access is asked before the body is read, so no request here has one; whoever is let in is told that it is missing.
"""

import itertools
from collections.abc import AsyncIterator, Iterable

import pytest

from accounts.identity import Scope
from config import Settings
from infra.endpoint import AnyEndpoint
from infra.endpoints import ENDPOINTS, Who
from server.app import make_app
from tests.accounts.conftest import Person, Reply, Serve, Site, Time, serve, time

__all__ = ["serve", "time"]

PARTS = {
    "channel": "miles",
    "user": "nobody",
    "session": "x",
    "key": "x",
    "address": "x",
    "recording": "x",
    "part": "1",
    "preview": "poster",
}
_hosts = itertools.count(1)

_registry = make_app(Settings())[ENDPOINTS]
ALL = list(_registry)
CLOSED = [each for each in ALL if not each.access.is_public]
SCOPED = [each for each in CLOSED if each.access.scope is not None]
UNSCOPED = [each for each in CLOSED if each.access.scope is None]
STEPPED_UP = [each for each in CLOSED if each.access.step_up]


@pytest.fixture
async def site(serve: Serve) -> AsyncIterator[Site]:
    async with serve(trusted_proxies=("127.0.0.1",)) as site:
        yield site


@pytest.fixture
async def miles(site: Site) -> Person:
    """Somebody who has the channel ``miles``."""
    person = await site.person()
    assert (await person.call("POST", "/channels", {"name": "miles"})).status == 201
    return person


async def ask(site: Site, endpoint: AnyEndpoint, token: str | None) -> Reply:
    path = endpoint.path.removeprefix("/api/v1").format(**PARTS)
    host = next(_hosts)
    # From another address each time, so that no limit hides what is behind it.
    elsewhere = {"X-Forwarded-For": f"10.0.{host >> 8 & 255}.{host & 255}"}
    return await site.call(endpoint.method, path, token=token, **elsewhere)


async def api_key(person: Person, scopes: Iterable[Scope]) -> str:
    body = {"name": "walk", "scopes": [each.value for each in scopes]}
    reply = await person.call("POST", "/me/api-keys", body)
    assert reply.status == 201, reply.body
    secret: str = reply.body["secret"]
    return secret


def test_nothing_but_these_is_open_to_everyone() -> None:
    paths = {each.path for each in ALL if each.access.is_public}
    assert not {
        path for path in paths if "/me/" in f"{path}/" or path.startswith(("/api/v1/users/", "/api/v1/audit"))
    }
    assert len(CLOSED) > 35
    assert SCOPED
    assert UNSCOPED


async def test_nobody_in_particular_is_asked_to_sign_in(site: Site, miles: Person) -> None:
    for endpoint in CLOSED:
        for token in (None, "nonsense", "hk_nonsense", "a.b.c"):
            assert (await ask(site, endpoint, token)).status in (401, 403), (str(endpoint), token)
        assert (await ask(site, endpoint, None)).status == 401, str(endpoint)


async def test_who_is_suspended_or_gone_is_nobody_at_once(site: Site, miles: Person, time: Time) -> None:
    admin, leaver = await site.admin(), await site.person("leaver@example.org")
    keys = [await api_key(each, Scope) for each in (miles, leaver)]
    suspended = await admin.call("POST", f"/users/{miles.user['id']}/suspension")
    assert suspended.status == 200
    assert (await leaver.call("DELETE", "/me")).status == 204
    for endpoint in CLOSED:
        for token in (miles.token, leaver.token, *keys):
            assert (await ask(site, endpoint, token)).status == 401, str(endpoint)
    assert [(await each.refresh()).status for each in (miles, leaver)] == [401, 401]
    await admin.call("DELETE", f"/users/{miles.user['id']}/suspension")
    assert (await site.call("GET", "/me", token=keys[0])).status == 200, "lifting it restores the keys"


async def test_an_api_key_is_let_in_by_its_scope_alone(site: Site, miles: Person) -> None:
    keys = {scope: await api_key(miles, [scope]) for scope in Scope}
    others = {scope: await api_key(miles, set(Scope) - {scope}) for scope in Scope}
    for endpoint in SCOPED:
        assert endpoint.access.scope is not None
        scope = Scope(endpoint.access.scope)
        refused = await ask(site, endpoint, others[scope])
        assert (refused.status, refused.problem) == (403, "not-allowed"), str(endpoint)
        assert (await ask(site, endpoint, keys[scope])).status not in (401, 403), str(endpoint)


async def test_without_a_scope_no_api_key_is_let_in_not_even_an_admins(site: Site, miles: Person) -> None:
    everything = [await api_key(each, Scope) for each in (miles, await site.admin())]
    for endpoint in UNSCOPED:
        for key in everything:
            refused = await ask(site, endpoint, key)
            assert (refused.status, refused.problem) == (403, "not-allowed"), str(endpoint)


async def test_what_takes_a_fresh_proof_takes_one_of_everybody(site: Site, miles: Person, time: Time) -> None:
    admin = await site.admin()
    time.pass_(minutes=11)
    for each in (miles, admin):
        each.token = (await each.refresh()).body["access_token"]
    for endpoint in STEPPED_UP:
        person = admin if Who.ADMIN in endpoint.access.who else miles
        refused = await ask(site, endpoint, person.token)
        assert (refused.status, refused.problem) == (401, "step-up-needed"), str(endpoint)


async def test_a_stream_key_opens_what_says_so_and_nothing_else(site: Site, miles: Person) -> None:
    reply = await miles.call("POST", "/channels/miles/stream-key")
    key = reply.body["stream_key"]
    for endpoint in CLOSED:
        let_in = (await ask(site, endpoint, key)).status not in (401, 403)
        assert let_in is (Who.CHANNEL_KEY in endpoint.access.who), str(endpoint)

"""Who may do what with a channel: every endpoint, asked by everyone."""

from typing import Any

import pytest

from accounts.identity import Role
from tests.accounts.conftest import Person, Site, Time
from tests.catalog.conftest import Client, SignIn

C = "/channels/miles"
WALLET = {"address": "0x52908400098527886E0F7030069857D2E4169EE7"}

# Method, path, body; then whether these may: a moderator, an admin, an API key with the scope, and an owner whose
# proof of identity is eleven minutes old.
OWNERS = [
    ("PATCH", C, {"title": "x"}, False, True, "channels:write", True),
    ("DELETE", C, None, False, True, None, False),
    ("POST", f"{C}/stream-key", None, False, True, None, False),
    ("PUT", f"{C}/payout-wallet", WALLET, False, False, None, False),
    ("DELETE", f"{C}/payout-wallet", None, False, False, None, False),
    ("DELETE", f"{C}/picture", None, False, True, "channels:write", True),
    ("GET", f"{C}/moderators", None, False, True, "moderation", True),
    ("POST", f"{C}/moderators", {"user": "Fan"}, False, True, None, True),
    ("DELETE", f"{C}/moderators/nobody", None, False, True, None, True),
]
PEOPLES = [
    ("POST", "/channels", {"name": "another"}, "channels:write"),
    ("PUT", f"{C}/follow", None, "follows:write"),
    ("DELETE", f"{C}/follow", None, "follows:write"),
    ("GET", "/me/following", None, "profile:read"),
    ("GET", "/me/channels", None, "profile:read"),
]
ANYONES = ["/channels", C, f"{C}/broadcasts"]


def name(case: Any) -> str:
    return f"{case[0]} {case[1]}" if isinstance(case, tuple) else str(case)


@pytest.mark.parametrize("case", OWNERS, ids=name)
async def test_what_is_the_owners_is_not_anybodys(
    site: Site, sign_in: SignIn, miles: Person, miles_key: str, fan: Person, case: Any
) -> None:
    method, path, body, moderators, admins, scope, _ = case
    assert (await site.call(method, path, body)).status == 401
    assert (await fan.call(method, path, body)).problem == "not-allowed"
    await miles.call("POST", f"{C}/moderators", {"user": fan.user["id"]})
    assert ((await fan.call(method, path, body)).status < 400) is moderators
    assert (await site.call(method, path, body, token=await api_key(fan, scope))).status == 403
    admin = await sign_in("Admin", Role.ADMIN)
    if not admins:
        assert (await admin.call(method, path, body)).problem == "not-allowed"
    assert (await miles.call(method, path, body)).status < 300


@pytest.mark.parametrize("case", OWNERS, ids=name)
async def test_admins_act_for_owners_but_do_not_touch_their_money(
    sign_in: SignIn, miles_key: str, fan: Person, case: Any
) -> None:
    method, path, body, _, admins, _, _ = case
    admin = await sign_in("Admin", Role.ADMIN)
    assert ((await admin.call(method, path, body)).status < 300) is admins


@pytest.mark.parametrize("case", OWNERS, ids=name)
async def test_what_a_thief_of_a_session_would_want_takes_a_fresh_proof(
    site: Site, miles: Person, miles_key: str, fan: Person, clock: Time, case: Any
) -> None:
    method, path, body, *_, stale_is_enough = case
    clock.pass_(minutes=11)
    miles.token = (await miles.refresh()).body["access_token"]
    reply = await miles.call(method, path, body)
    if stale_is_enough:
        assert reply.status < 300
    else:
        assert reply.problem == "step-up-needed"


@pytest.mark.parametrize("case", OWNERS, ids=name)
async def test_an_api_key_does_what_its_scope_says(
    site: Site, miles: Person, miles_key: str, fan: Person, case: Any
) -> None:
    method, path, body, _, _, scope, _ = case
    for each in ("channels:write", "moderation", "profile:write"):
        reply = await site.call(method, path, body, token=await api_key(miles, each))
        assert (reply.status < 300) is (each == scope), each


@pytest.mark.parametrize("case", PEOPLES, ids=name)
async def test_what_is_for_people_takes_somebody(site: Site, miles_key: str, fan: Person, case: Any) -> None:
    method, path, body, scope = case
    assert (await site.call(method, path, body)).status == 401
    assert (await site.call(method, path, body, token=miles_key)).status == 401
    assert (await site.call(method, path, body, token=await api_key(fan, "moderation"))).status == 403
    assert (await site.call(method, path, body, token=await api_key(fan, scope))).status < 300


@pytest.mark.parametrize("path", ANYONES)
async def test_what_is_for_everyone_takes_nobody(site: Site, miles_key: str, path: str) -> None:
    assert (await site.call("GET", path)).status == 200


async def test_a_channel_without_an_owner_is_the_admins_only(
    client: Client, site: Site, sign_in: SignIn, fan: Person
) -> None:
    from catalog.app_keys import CHANNELS

    await client.app[CHANNELS].add("house")
    assert (await fan.call("PATCH", "/channels/house", {"title": "x"})).status == 403
    admin = await sign_in("Admin", Role.ADMIN)
    assert (await admin.call("PATCH", "/channels/house", {"title": "x"})).status == 200


async def test_a_channel_that_is_not_there_is_not_found_rather_than_refused(fan: Person) -> None:
    assert (await fan.call("PATCH", "/channels/nobody", {"title": "x"})).status == 404
    assert (await fan.call("PUT", "/channels/nobody/follow")).status == 404


async def api_key(person: Person, scope: str | None) -> str:
    reply = await person.call("POST", "/me/api-keys", {"name": "test", "scopes": [scope or "channels:write"]})
    assert reply.status == 201, reply.body
    key: str = reply.body["secret"]
    return key

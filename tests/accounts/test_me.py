"""One's own account over HTTP."""

import pytest

from tests.accounts.conftest import OTHER_PASSWORD, PASSWORD, Site, Time
from tests.accounts.wallet import Wallet


async def test_nobody_is_asked_to_sign_in(site: Site) -> None:
    reply = await site.call("GET", "/me")
    assert (reply.status, reply.problem) == (401, "not-signed-in")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "hk_aaaaaaaa_" + "x" * 43, "hk_x"])
async def test_a_token_that_is_none_signs_nobody_in(site: Site, token: str) -> None:
    assert (await site.call("GET", "/me", token=token)).status == 401
    assert (await site.call("GET", "/sign-in-options", token=token)).status == 200


async def test_the_name_is_changed_at_any_time(site: Site, time: Time) -> None:
    person = await site.person()
    time.pass_(minutes=9)
    token = (await person.refresh()).body["access_token"]
    time.pass_(minutes=9)
    reply = await site.call("PATCH", "/me", {"display_name": " Miles  D. "}, token=token)
    assert reply.status == 200
    assert reply.body["me"]["user"]["display_name"] == "Miles D."
    assert reply.body["me"]["stepped_up_until"] is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/me", {"password": OTHER_PASSWORD}),
        ("PATCH", "/me", {"email": "davis@example.org", "display_name": "D"}),
        ("DELETE", "/me", None),
        ("POST", "/me/second-factor", None),
        ("DELETE", "/me/second-factor", None),
        ("POST", "/me/recovery-codes", None),
        ("POST", "/me/api-keys", {"name": "Deck", "scopes": ["chat:write"]}),
        ("POST", "/me/wallets", {"message": "x", "signature": "0x"}),
        ("DELETE", "/me/wallets/0x", None),
    ],
)
async def test_what_protects_the_account_asks_for_a_fresh_proof(
    site: Site, time: Time, method: str, path: str, body: object
) -> None:
    person = await site.person()
    time.pass_(minutes=9)
    token = (await person.refresh()).body["access_token"]
    time.pass_(minutes=2)
    refused = await site.call(method, path, body, token=token)
    assert (refused.status, refused.problem) == (401, "step-up-needed")
    assert "insufficient_user_authentication" in refused.headers["WWW-Authenticate"]
    me = await site.call("GET", "/me", token=token)
    assert me.body["user"] == person.user
    stepped_up = await site.call("POST", "/me/step-up", {"password": PASSWORD}, token=token)
    assert (stepped_up.status, stepped_up.body) == (200, {"valid_until": "2026-07-01T20:51:00.000Z"})
    allowed = await site.call(method, path, body, token=token)
    assert allowed.status != 401


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"password": OTHER_PASSWORD}, 401, "credentials-rejected"),
        ({"code": "000000"}, 401, "code-rejected"),
        ({"recovery_code": "0000-0000-0000-0000"}, 401, "code-rejected"),
        ({}, 422, "proof-invalid"),
        ({"password": PASSWORD, "code": "000000"}, 422, "proof-invalid"),
        ({"recovery_code": "x", "code": "000000"}, 422, "proof-invalid"),
        ({"wallet": {"message": "x", "signature": "0x"}}, 422, "siwe-malformed"),
    ],
)
async def test_a_wrong_proof_opens_nothing(site: Site, body: object, status: int, problem: str) -> None:
    person = await site.person()
    reply = await person.call("POST", "/me/step-up", body)
    assert (reply.status, reply.problem) == (status, problem)


async def test_a_new_password_works_and_the_old_does_not(site: Site) -> None:
    person, elsewhere = await site.person(), await site.sign_in()
    weak = await person.call("PATCH", "/me", {"password": "password123"})
    assert (weak.status, weak.problem) == (422, "password-weak")
    assert (await person.call("PATCH", "/me", {"password": OTHER_PASSWORD})).status == 200
    assert (await person.call("GET", "/me")).status == 200
    assert (await elsewhere.call("GET", "/me")).status == 401
    await site.sign_in(password=OTHER_PASSWORD)


async def test_devices_are_listed_and_signed_out(site: Site) -> None:
    person, elsewhere = await site.person(), await site.sign_in()
    listed = (await person.call("GET", "/me/sessions")).body["items"]
    assert {each["id"]: each["current"] for each in listed} == {
        person.session_id: True,
        elsewhere.session_id: False,
    }
    assert {each["network"] for each in listed} == {"127.0.0.0/24"}
    assert (await person.call("DELETE", f"/me/sessions/{elsewhere.session_id}")).status == 204
    assert (await elsewhere.call("GET", "/me")).status == 401
    assert (await person.call("DELETE", f"/me/sessions/{elsewhere.session_id}")).status == 404
    assert (await person.call("DELETE", "/me/sessions")).status == 204
    assert (await person.call("GET", "/me")).status == 401


async def test_nobody_signs_out_another(site: Site) -> None:
    miles, coltrane = await site.person(), await site.person("coltrane@example.org")
    assert (await coltrane.call("DELETE", f"/me/sessions/{miles.session_id}")).status == 404
    assert (await miles.call("GET", "/me")).status == 200


async def test_an_api_key_is_made_used_and_revoked(site: Site) -> None:
    person = await site.person()
    made = await person.call("POST", "/me/api-keys", {"name": "Deck", "scopes": ["profile:read"]})
    assert made.status == 201
    secret = made.body["secret"]
    assert secret.startswith(made.body["key"]["prefix"])
    listed = (await person.call("GET", "/me/api-keys")).body["items"]
    assert [each["name"] for each in listed] == ["Deck"]
    assert secret not in str(listed)

    me = await site.call("GET", "/me", token=secret)
    assert (me.status, me.body["user"], me.body["session_id"]) == (200, person.user, None)
    for method, path, body in (
        ("PATCH", "/me", {"display_name": "x"}),
        ("DELETE", "/me", None),
        ("POST", "/me/api-keys", {"name": "Deck", "scopes": ["profile:read"]}),
        ("GET", "/me/sessions", None),
        ("GET", "/me/export", None),
        ("POST", "/me/step-up", {"password": PASSWORD}),
    ):
        refused = await site.call(method, path, body, token=secret)
        assert (refused.status, refused.problem) == (403, "not-allowed"), path

    assert (await person.call("DELETE", f"/me/api-keys/{made.body['key']['id']}")).status == 204
    assert (await site.call("GET", "/me", token=secret)).status == 401
    assert (await person.call("DELETE", "/me/api-keys/nothing")).status == 404


async def test_a_key_that_may_change_the_profile_changes_no_password(site: Site) -> None:
    person = await site.person()
    made = await person.call("POST", "/me/api-keys", {"name": "Deck", "scopes": ["profile:write"]})
    secret = made.body["secret"]
    assert (await site.call("PATCH", "/me", {"display_name": "D"}, token=secret)).status == 200
    refused = await site.call("PATCH", "/me", {"password": OTHER_PASSWORD}, token=secret)
    assert (refused.status, refused.problem) == (403, "not-allowed")


@pytest.mark.parametrize("scopes", [[], ["admin"]])
async def test_a_key_has_scopes_there_are(site: Site, scopes: list[str]) -> None:
    person = await site.person()
    assert (await person.call("POST", "/me/api-keys", {"name": "Deck", "scopes": scopes})).status == 422


async def test_everything_kept_is_handed_out_as_a_file(site: Site) -> None:
    person = await site.person()
    reply = await person.call("GET", "/me/export")
    assert reply.status == 200
    assert "attachment" in reply.headers["Content-Disposition"]
    assert reply.body["account"]["email"] == "miles@example.org"
    assert PASSWORD not in str(reply.body)


async def test_an_account_is_deleted_for_good(site: Site) -> None:
    person = await site.person()
    assert (await person.call("DELETE", "/me")).status == 204
    assert (await person.call("GET", "/me")).status == 401
    refused = await site.call("POST", "/session", {"email": "miles@example.org", "password": PASSWORD})
    assert refused.problem == "credentials-rejected"
    await site.person()


async def proof(site: Site, wallet: Wallet, time: Time, **changes: object) -> dict[str, str]:
    nonce = await site.call("POST", "/siwe/nonce")
    assert nonce.status == 201
    assert nonce.body["uri"] == site.origin
    assert nonce.body["domain"] == site.origin.removeprefix("http://")
    return wallet.proof(nonce.body["nonce"], site.origin, time.now, **changes)


async def test_a_wallet_signs_in(site: Site, time: Time) -> None:
    sent = await proof(site, Wallet(), time)
    first = await site.call("POST", "/session/wallet", sent)
    assert (first.status, first.body["status"]) == (200, "signed_in")
    assert first.cookie
    user = first.body["session"]["user"]
    assert user["email"] is None
    replayed = await site.call("POST", "/session/wallet", sent)
    assert (replayed.status, replayed.problem) == (401, "siwe-rejected")
    again = await site.call("POST", "/session/wallet", await proof(site, Wallet(), time))
    assert again.body["session"]["user"] == user


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": "evil.example"},
        {"uri": "https://evil.example/"},
        {"chain_id": 1},
        {"scheme": "https"},
        {"issued_at": "2026-07-01T20:00:00Z"},
        {"expiration_time": "2026-07-01T20:29:00Z"},
        {"not_before": "2026-07-01T20:31:00Z"},
        {"nonce": "madeup00madeup00"},
    ],
)
async def test_a_message_for_something_else_signs_nobody_in(
    site: Site, time: Time, changes: dict[str, object]
) -> None:
    sent = await proof(site, Wallet(), time, **changes)
    reply = await site.call("POST", "/session/wallet", sent)
    assert (reply.status, reply.problem) == (401, "siwe-rejected")


async def test_a_host_header_does_not_say_where_the_server_is(site: Site, time: Time) -> None:
    host = {"Host": "evil.example"}
    assert (await site.call("POST", "/siwe/nonce", **host)).problem == "wallet-sign-in-off"
    sent = await proof(site, Wallet(), time, domain="evil.example", uri="http://evil.example")
    assert (await site.call("POST", "/session/wallet", sent, **host)).problem == "wallet-sign-in-off"
    assert not (await site.call("GET", "/sign-in-options", **host)).body["wallet"]


async def test_wallets_are_added_to_an_account_and_step_up(site: Site, time: Time) -> None:
    person = await site.person()
    added = await person.call("POST", "/me/wallets", await proof(site, Wallet(1), time))
    assert (added.status, added.body["address"]) == (201, Wallet(1).address)
    await person.call("POST", "/me/wallets", await proof(site, Wallet(2), time))
    listed = (await person.call("GET", "/me/wallets")).body["items"]
    assert {each["address"] for each in listed} == {Wallet(1).address, Wallet(2).address}

    signed_in = await site.call("POST", "/session/wallet", await proof(site, Wallet(2), time))
    assert signed_in.body["session"]["user"]["id"] == person.user["id"]

    other = await site.person("coltrane@example.org")
    taken = await other.call("POST", "/me/wallets", await proof(site, Wallet(1), time))
    assert (taken.status, taken.problem) == (409, "wallet-taken")
    not_theirs = await other.call("POST", "/me/step-up", {"wallet": await proof(site, Wallet(1), time)})
    assert not_theirs.problem == "credentials-rejected"
    theirs = await person.call("POST", "/me/step-up", {"wallet": await proof(site, Wallet(1), time)})
    assert theirs.status == 200

    assert (await person.call("DELETE", f"/me/wallets/{Wallet(1).address}")).status == 204
    assert (await person.call("DELETE", f"/me/wallets/{Wallet(1).address}")).status == 404


async def test_a_wallets_account_gets_an_address_and_a_password(site: Site, time: Time) -> None:
    reply = await site.call("POST", "/session/wallet", await proof(site, Wallet(), time))
    token = reply.body["session"]["access_token"]
    last = await site.call("DELETE", f"/me/wallets/{Wallet().address}", token=token)
    assert (last.status, last.problem) == (409, "last-sign-in")
    changed = await site.call(
        "PATCH", "/me", {"email": "miles@example.org", "password": PASSWORD}, token=token
    )
    assert (changed.status, changed.body["email_pending"]) == (200, False)
    assert (await site.call("DELETE", f"/me/wallets/{Wallet().address}", token=token)).status == 204
    await site.sign_in()

"""What admins do, over HTTP."""

import pytest

from accounts.audit import Action
from tests.accounts.conftest import PASSWORD, Site, Time


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users", None),
        ("POST", "/users/x/suspension", None),
        ("DELETE", "/users/x/suspension", None),
        ("PUT", "/users/x/role", {"role": "admin"}),
        ("GET", "/audit", None),
    ],
)
async def test_only_admins_do_it(site: Site, method: str, path: str, body: object) -> None:
    person = await site.person()
    assert (await site.call(method, path, body)).problem == "not-signed-in"
    assert (await person.call(method, path, body)).problem == "not-allowed"
    admin = await site.admin()
    assert (await admin.call(method, path, body)).status in (200, 404)
    key = await admin.call("POST", "/me/api-keys", {"name": "Deck", "scopes": ["profile:read"]})
    assert (await site.call(method, path, body, token=key.body["secret"])).problem == "not-allowed"


async def test_people_are_listed_in_pages(site: Site, time: Time) -> None:
    admin = await site.admin()
    for number in range(3):
        time.pass_(seconds=1)
        await site.register(f"{number}@example.org")
    first = await admin.call("GET", "/users?limit=3")
    assert [each["email"] for each in first.body["items"]] == [
        "admin@example.org",
        "0@example.org",
        "1@example.org",
    ]
    second = await admin.call("GET", f"/users?limit=3&cursor={first.body['next_cursor']}")
    assert [each["email"] for each in second.body["items"]] == ["2@example.org"]
    assert second.body["next_cursor"] is None
    assert (await admin.call("GET", "/users?cursor=nonsense")).status == 422


async def test_somebody_suspended_is_out_at_once_until_let_in_again(site: Site) -> None:
    admin, person = await site.admin(), await site.person()
    reply = await admin.call("POST", f"/users/{person.user['id']}/suspension")
    assert reply.status == 200
    assert reply.body["suspended_at"] is not None
    assert (await person.call("GET", "/me")).status == 401
    assert (await person.refresh()).status == 401
    refused = await site.call("POST", "/session", {"email": "miles@example.org", "password": PASSWORD})
    assert (refused.status, refused.problem) == (403, "account-suspended")
    reply = await admin.call("DELETE", f"/users/{person.user['id']}/suspension")
    assert reply.body["suspended_at"] is None
    await site.sign_in()


async def test_a_role_holds_with_the_next_request(site: Site) -> None:
    admin, person = await site.admin(), await site.person()
    assert (await person.call("GET", "/users")).status == 403
    reply = await admin.call("PUT", f"/users/{person.user['id']}/role", {"role": "admin"})
    assert (reply.status, reply.body["role"]) == (200, "admin")
    assert (await person.call("GET", "/users")).status == 200
    await person.call("PUT", f"/users/{admin.user['id']}/role", {"role": "user"})
    assert (await admin.call("GET", "/users")).status == 403
    last = await person.call("PUT", f"/users/{person.user['id']}/role", {"role": "user"})
    assert (last.status, last.problem) == (409, "last-admin")
    wrong = await person.call("PUT", f"/users/{person.user['id']}/role", {"role": "king"})
    assert wrong.status == 422


async def test_the_audit_log_tells_who_did_what(site: Site) -> None:
    admin, person = await site.admin(), await site.person()
    await admin.call("POST", f"/users/{person.user['id']}/suspension")
    page = await admin.call("GET", "/audit?limit=2")
    newest, before = page.body["items"]
    assert (newest["action"], newest["actor"], newest["subject"]) == (
        "user.suspended",
        admin.user["id"],
        person.user["id"],
    )
    assert (newest["actor_name"], newest["subject_name"]) == ("admin", "Miles")
    assert newest["previous_hash"] == before["hash"]
    rest = await admin.call("GET", f"/audit?cursor={page.body['next_cursor']}")
    assert rest.body["items"][-1]["seq"] == 1
    stored = await site.accounts.audit.newest_first(None, 100)
    written = str([(each.actor, each.subject, each.details) for each in stored])
    for personal in ("@", "127.0.0", "Miles"):
        assert personal not in written


async def test_the_audit_log_names_nobody_who_left(site: Site) -> None:
    admin, person = await site.admin(), await site.person()
    assert (await person.call("DELETE", "/me")).status == 204
    newest = (await admin.call("GET", "/audit?limit=1")).body["items"][0]
    assert (newest["action"], newest["actor"]) == ("user.deleted", person.user["id"])
    assert (newest["actor_name"], newest["subject_name"]) == ("Deleted account", "Deleted account")
    assert "Miles" not in str((await admin.call("GET", "/audit")).body)


async def test_what_is_no_person_has_no_name(site: Site) -> None:
    admin, person = await site.admin(), await site.person()
    # A channel may be named as somebody's id is.
    name = person.user["id"]
    await admin.call("POST", "/channels", {"name": name})
    await admin.call("POST", f"/channels/{name}/stream-key")
    await site.accounts.audit.write(Action.SIGNING_KEY_ROTATED, actor="cli", subject=name)
    key, channel = (await admin.call("GET", "/audit?limit=2")).body["items"]
    assert (key["actor"], key["actor_name"], key["subject_name"]) == ("cli", None, None)
    assert (channel["subject"], channel["actor_name"], channel["subject_name"]) == (name, "admin", None)


async def test_people_are_searched(site: Site, time: Time) -> None:
    admin = await site.admin()
    for number in range(3):
        time.pass_(seconds=1)
        await site.register(f"{number}@example.net")
    first = await admin.call("GET", "/users?search=%20EXAMPLE.net%20&limit=2")
    assert [each["email"] for each in first.body["items"]] == ["0@example.net", "1@example.net"]
    rest = await admin.call("GET", f"/users?search=example.net&cursor={first.body['next_cursor']}")
    assert [each["email"] for each in rest.body["items"]] == ["2@example.net"]
    assert (await admin.call("GET", f"/users?search={'x' * 255}")).status == 422

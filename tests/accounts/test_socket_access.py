"""Whose an event socket is: what holds, what no longer does, and who is told; on both databases."""

import asyncio

import pytest

from accounts import socket_cookie
from accounts.app_keys import Accounts
from accounts.devices import Device
from accounts.errors import SessionEnded
from accounts.identity import Identity, Role, Scope
from accounts.news import PROOFS_CHANGED
from accounts.services.sessions import SignedIn
from infra.database import Database
from tests.accounts.conftest import PASSWORD, Site, Time
from tests.signaling.gateway.client import EventClient

MILES = "miles@example.org"
PHONE = Device("Phone", "192.0.2.0/24")


@pytest.fixture
async def phone(accounts: Accounts) -> SignedIn:
    await accounts.sign_in.register(MILES, PASSWORD, "Miles", None)
    result = await accounts.sign_in.by_password(MILES, PASSWORD, PHONE)
    assert isinstance(result, SignedIn)
    return result


async def test_an_access_token_holds_until_it_expires(
    accounts: Accounts, phone: SignedIn, time: Time
) -> None:
    grant = await accounts.sockets.by_token(phone.access_token)
    assert (grant.identity.user_id, grant.name) == (phone.user.id, "Miles")
    assert grant.expires_at == phone.access_expires_at.replace(microsecond=0)
    time.pass_(minutes=10)
    for token in (phone.access_token, "a.b.c", "nonsense", "hk_nonsense", ""):
        with pytest.raises(SessionEnded):
            await accounts.sockets.by_token(token)


async def test_an_api_key_holds_until_it_is_revoked(accounts: Accounts, phone: SignedIn) -> None:
    key, text = await accounts.api_keys.create(phone.user.id, "bot", ["chat:write"])
    grant = await accounts.sockets.by_token(text)
    assert (grant.identity.scopes, grant.name, grant.expires_at) == (
        frozenset({Scope.CHAT_WRITE}),
        "Miles",
        None,
    )
    assert grant.proof in await accounts.sockets.standing([grant.proof])
    await accounts.api_keys.revoke(phone.user.id, key.id)
    assert await accounts.sockets.standing([grant.proof]) == {}
    with pytest.raises(SessionEnded):
        await accounts.sockets.by_token(text)


async def test_the_cookie_holds_with_its_refresh_cookie_and_the_one_before(
    accounts: Accounts, phone: SignedIn, time: Time
) -> None:
    first = accounts.sockets.cookie(phone)
    assert phone.cookie.partition(".")[2] not in first
    grant = await accounts.sockets.by_cookie(first)
    assert grant is not None
    assert (grant.identity.user_id, grant.identity.session_id, grant.expires_at) == (
        phone.user.id,
        phone.session_id,
        None,
    )
    time.pass_(minutes=10)
    second_device = await accounts.sessions.refresh(phone.cookie, PHONE)
    second = accounts.sockets.cookie(second_device)
    assert second != first
    assert await accounts.sockets.by_cookie(first) is not None, "a tab that opened while another refreshed"
    time.pass_(minutes=10)
    await accounts.sessions.refresh(second_device.cookie, PHONE)
    assert await accounts.sockets.by_cookie(first) is None
    assert await accounts.sockets.by_cookie(second) is not None
    # It rotates nothing: the refresh cookie is still the right one.
    assert await accounts.sessions.refresh(second_device.cookie, PHONE)


async def test_what_is_no_cookie_is_nobodys(accounts: Accounts, phone: SignedIn) -> None:
    session_id = phone.session_id
    good = accounts.sockets.cookie(phone)
    for value in (
        "",
        ".",
        "é.é",
        f"{session_id}.",
        f"{session_id}.0",
        phone.cookie,
        f"x{good}",
        good + "0",
        good * 9,
    ):
        assert await accounts.sockets.by_cookie(value) is None


async def test_a_cookie_of_another_server_is_nobodys(phone: SignedIn, accounts: Accounts) -> None:
    forged = socket_cookie.from_refresh_cookie(phone.cookie, bytes(32))
    assert await accounts.sockets.by_cookie(forged) is None


async def test_what_ends_a_session_ends_its_sockets_and_says_so_once_it_is_committed(
    accounts: Accounts, phone: SignedIn, database: Database, time: Time
) -> None:
    told: list[str] = []
    database.on_news(PROOFS_CHANGED, lambda: told.append("changed"))
    cookie = accounts.sockets.cookie(phone)
    proof = f"session:{phone.session_id}"
    standing = await accounts.sockets.standing([proof, "session:unknown", "key:unknown", "nonsense"])
    assert {key: (each.role, each.name) for key, each in standing.items()} == {proof: (Role.USER, "Miles")}
    assert told == []
    await accounts.people.set_role(phone.user.id, Role.ARTIST, actor="cli")
    assert told == ["changed"]
    assert (await accounts.sockets.standing([proof]))[proof].role is Role.ARTIST
    await accounts.people.suspend(phone.user.id, actor="cli")
    assert len(told) == 2
    assert await accounts.sockets.standing([proof]) == {}
    assert await accounts.sockets.by_cookie(cookie) is None
    await accounts.people.unsuspend(phone.user.id, actor="cli")
    assert await accounts.sockets.by_cookie(cookie) is None
    again = await accounts.sign_in.by_password(MILES, PASSWORD, PHONE)
    assert isinstance(again, SignedIn)
    told.clear()
    await accounts.sessions.sign_out(again.cookie, None)
    assert told == ["changed"]
    assert await accounts.sockets.standing([f"session:{again.session_id}"]) == {}


async def test_a_transaction_that_fails_tells_nothing(database: Database) -> None:
    from accounts.identity import SessionId
    from accounts.repository import sessions
    from infra.clock import utc_now

    told: list[str] = []
    database.on_news(PROOFS_CHANGED, lambda: told.append("changed"))

    async def fail() -> None:
        async with database.write() as session:
            await sessions.revoke(session, SessionId("x"), utc_now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert told == []


async def test_many_are_asked_about_at_once(accounts: Accounts, phone: SignedIn) -> None:
    proofs = [f"session:{number}" for number in range(1_200)] + [f"session:{phone.session_id}"]
    assert list(await accounts.sockets.standing(proofs)) == [f"session:{phone.session_id}"]


def test_an_identity_is_made_of_what_is_true_now() -> None:
    assert Identity().is_anonymous


async def test_a_page_is_known_by_its_cookie_until_it_signs_out(site: Site) -> None:
    """The whole application: the cookie goes to ``/ws`` and nowhere else."""
    await site.register()
    reply = await site.call("POST", "/session", {"email": MILES, "password": PASSWORD})
    cookie = reply.response.cookies["harmonie_events"]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/ws", "Strict", True)
    headers = {"Cookie": f"harmonie_events={cookie.value}", "Origin": site.origin}
    token = reply.body["session"]["access_token"]
    async with EventClient.connected(site.origin, headers=headers) as page:
        assert page.messages[0]["user"]["name"] == "Miles"
        answer = await site.call(
            "DELETE", "/session", Cookie=f"harmonie_session={reply.cookie}", Origin=site.origin
        )
        assert answer.response.cookies["harmonie_events"]["max-age"] == "0"
        began_s = asyncio.get_running_loop().time()
        await page.until(lambda each: each.of_type("signed_out"))
        assert asyncio.get_running_loop().time() - began_s < 1.0
    async with EventClient.connected(site.origin, headers=headers) as page:
        assert page.messages[0]["user"] is None
        assert (await page.ask("authenticate", token=token))["code"] == "session_ended"
    refused = await site.call("GET", "/me", Cookie=f"harmonie_events={cookie.value}", Origin=site.origin)
    assert refused.status == 401

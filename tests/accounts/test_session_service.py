"""Signed-in devices, on both databases."""

import asyncio

import pytest

from accounts.app_keys import Accounts
from accounts.devices import Device
from accounts.errors import NotYours, SessionEnded
from accounts.identity import Identity, SessionId
from accounts.repository import keys
from accounts.server_secret import ServerSecret
from accounts.services.sessions import SessionService, SignedIn
from accounts.services.signing_keys import RETIRED_KEPT_FOR, SigningKeys
from accounts.session_rules import ABSOLUTE_LIFETIME, ACCESS_LIFETIME, GRACE, IDLE_LIFETIME
from infra.database import Database
from tests.accounts.conftest import PASSWORD, Build, Time

MILES = "miles@example.org"
PHONE = Device("Phone", "192.0.2.0/24")
LAPTOP = Device("Laptop", "198.51.100.0/24")


@pytest.fixture
async def phone(accounts: Accounts) -> SignedIn:
    await accounts.sign_in.register(MILES, PASSWORD, "Miles", None)
    return await sign_in(accounts, PHONE)


async def sign_in(accounts: Accounts, device: Device) -> SignedIn:
    result = await accounts.sign_in.by_password(MILES, PASSWORD, device)
    assert isinstance(result, SignedIn)
    return result


async def identify(accounts: Accounts, signed_in: SignedIn) -> Identity:
    return await accounts.sessions.identify(signed_in.access_token)


async def ended(accounts: Accounts, signed_in: SignedIn) -> None:
    with pytest.raises(SessionEnded):
        await identify(accounts, signed_in)
    with pytest.raises(SessionEnded):
        await accounts.sessions.refresh(signed_in.cookie, PHONE)


async def test_an_access_token_holds_for_ten_minutes_and_a_refresh_gives_another(
    accounts: Accounts, phone: SignedIn, time: Time
) -> None:
    assert phone.access_expires_at == time.now + ACCESS_LIFETIME
    time.pass_(minutes=10)
    with pytest.raises(SessionEnded):
        await identify(accounts, phone)
    fresh = await accounts.sessions.refresh(phone.cookie, LAPTOP)
    identity = await identify(accounts, fresh)
    assert identity.session_id == phone.session_id
    assert identity.authenticated_at != time.now, "a refresh proves nothing anew"
    (listed,) = await accounts.sessions.list(phone.user.id)
    assert (listed.user_agent, listed.network, listed.last_seen_at) == ("Laptop", LAPTOP.network, time.now)


async def test_tabs_that_refresh_at_once_get_the_same_cookie(
    accounts: Accounts, phone: SignedIn, time: Time
) -> None:
    answers = await asyncio.gather(*(accounts.sessions.refresh(phone.cookie, PHONE) for _ in range(4)))
    assert len({answer.cookie for answer in answers}) == 1
    time.pass_(seconds=GRACE.total_seconds())
    assert (await accounts.sessions.refresh(phone.cookie, PHONE)).cookie == answers[0].cookie
    await accounts.sessions.refresh(answers[0].cookie, PHONE)


async def test_a_cookie_used_again_later_ends_the_session_for_both(
    accounts: Accounts, phone: SignedIn, time: Time
) -> None:
    following = await accounts.sessions.refresh(phone.cookie, PHONE)
    time.pass_(seconds=GRACE.total_seconds() + 1)
    with pytest.raises(SessionEnded, match="twice"):
        await accounts.sessions.refresh(phone.cookie, PHONE)
    await ended(accounts, following)
    newest = (await accounts.audit.newest_first(None, 1))[0]
    assert newest.action == "session.cookie_reused"


async def test_a_cookie_of_long_ago_ends_it_too(accounts: Accounts, phone: SignedIn, time: Time) -> None:
    second = await accounts.sessions.refresh(phone.cookie, PHONE)
    third = await accounts.sessions.refresh(second.cookie, PHONE)
    with pytest.raises(SessionEnded, match="twice"):
        await accounts.sessions.refresh(phone.cookie, PHONE)
    await ended(accounts, third)


@pytest.mark.parametrize("cookie", [None, "", "x", "x.y", "." * 300])
async def test_what_is_no_cookie_of_ours_refreshes_nothing(accounts: Accounts, cookie: str | None) -> None:
    with pytest.raises(SessionEnded):
        await accounts.sessions.refresh(cookie, PHONE)


async def test_a_session_ends_when_it_is_not_used_and_at_last_in_any_case(
    accounts: Accounts, phone: SignedIn, time: Time
) -> None:
    used, began = phone, time.now
    while time.now - began < ABSOLUTE_LIFETIME - IDLE_LIFETIME:
        time.pass_(days=29)
        used = await accounts.sessions.refresh(used.cookie, PHONE)
    assert used.cookie_expires_at == began + ABSOLUTE_LIFETIME
    time.now = began + ABSOLUTE_LIFETIME
    await ended(accounts, used)


async def test_a_session_that_rests_for_a_month_is_over(
    accounts: Accounts, phone: SignedIn, time: Time
) -> None:
    time.pass_(days=30)
    await ended(accounts, phone)
    assert await accounts.sessions.list(phone.user.id) == []


async def test_signing_out_ends_this_device_at_once_and_no_other(accounts: Accounts, phone: SignedIn) -> None:
    laptop = await sign_in(accounts, LAPTOP)
    await accounts.sessions.sign_out(phone.cookie, None)
    await ended(accounts, phone)
    await identify(accounts, laptop)
    await accounts.sessions.sign_out(None, laptop.session_id)
    await ended(accounts, laptop)
    await accounts.sessions.sign_out(phone.cookie, phone.session_id)


async def test_a_device_is_revoked_from_another(accounts: Accounts, phone: SignedIn) -> None:
    laptop = await sign_in(accounts, LAPTOP)
    assert {each.user_agent for each in await accounts.sessions.list(phone.user.id)} == {"Phone", "Laptop"}
    await accounts.sessions.revoke(phone.user.id, laptop.session_id)
    await ended(accounts, laptop)
    await identify(accounts, phone)
    for session_id in (laptop.session_id, SessionId("nothing")):
        with pytest.raises(NotYours):
            await accounts.sessions.revoke(phone.user.id, session_id)


async def test_nobody_revokes_somebody_elses_device(accounts: Accounts, phone: SignedIn) -> None:
    other = await accounts.people.add("coltrane@example.org", PASSWORD, actor="cli")
    with pytest.raises(NotYours):
        await accounts.sessions.revoke(other.id, phone.session_id)
    await identify(accounts, phone)


async def test_signing_out_everywhere_ends_every_device_at_once(accounts: Accounts, phone: SignedIn) -> None:
    laptop = await sign_in(accounts, LAPTOP)
    await accounts.sessions.revoke_all(phone.user.id)
    await ended(accounts, phone)
    await ended(accounts, laptop)


async def test_suspension_ends_every_device_and_key_at_once(accounts: Accounts, phone: SignedIn) -> None:
    _, key = await accounts.api_keys.create(phone.user.id, "Deck", ["chat:write"])
    await accounts.people.suspend(phone.user.id, actor="cli")
    await ended(accounts, phone)
    with pytest.raises(SessionEnded):
        await accounts.api_keys.identify(key)


async def test_a_role_is_what_it_is_now(accounts: Accounts, phone: SignedIn) -> None:
    from accounts.identity import Role

    await accounts.people.set_role(phone.user.id, Role.ARTIST, actor="cli")
    assert (await identify(accounts, phone)).role is Role.ARTIST


async def test_after_a_rotation_old_tokens_hold_until_they_expire(
    accounts: Accounts, phone: SignedIn, database: Database, time: Time
) -> None:
    command = SigningKeys(database, ServerSecret(lambda: "s" * 40), clock=time)
    await command.rotate()
    time.pass_(minutes=2)
    await identify(accounts, phone)
    fresh = await accounts.sessions.refresh(phone.cookie, PHONE)
    assert fresh.access_token.partition(".")[0] != phone.access_token.partition(".")[0]
    await identify(accounts, fresh)
    time.pass_(seconds=RETIRED_KEPT_FOR.total_seconds())
    await command.rotate()
    async with database.read() as session:
        assert len(await keys.signing_keys(session)) == 2, "those that signed nothing still valid are dropped"


async def test_a_rotation_at_once_leaves_the_refresh_cookie(
    accounts: Accounts, phone: SignedIn, database: Database, time: Time
) -> None:
    await SigningKeys(database, ServerSecret(lambda: "s" * 40), clock=time).rotate(at_once=True)
    time.pass_(minutes=1)
    with pytest.raises(SessionEnded):
        await identify(accounts, phone)
    await identify(accounts, await accounts.sessions.refresh(phone.cookie, PHONE))


async def test_another_process_signs_alike(accounts: Accounts, build: Build, phone: SignedIn) -> None:
    assert (await identify(build(), phone)).user_id == phone.user.id


async def test_the_first_key_may_be_made_twice_at_once(build: Build) -> None:
    one, other = build(), build()
    await asyncio.gather(one.sessions.signing_key(), other.sessions.signing_key())
    await one.sign_in.register(MILES, PASSWORD, "Miles", None)
    await identify(other, await sign_in(one, PHONE))


async def test_no_secret_is_in_what_might_be_printed(phone: SignedIn) -> None:
    for secret in (phone.access_token, phone.cookie, phone.user.password_hash):
        assert secret is not None
        assert secret not in repr(phone)


async def test_with_another_secret_of_the_server_pages_go_on_with_their_cookie(
    accounts: Accounts, database: Database, phone: SignedIn, time: Time
) -> None:
    secret = ServerSecret(lambda: "another" * 10)
    keys_ = SigningKeys(database, secret, clock=time)
    restarted = SessionService(database, secret, keys_, clock=time)
    with pytest.raises(SessionEnded):
        await restarted.identify(phone.access_token)
    fresh = await restarted.refresh(phone.cookie, PHONE)
    assert (await restarted.identify(fresh.access_token)).user_id == phone.user.id

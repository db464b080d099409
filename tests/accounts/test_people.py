"""People: their own data, finding them, administering them, on both databases."""

import pytest

from accounts.app_keys import Accounts
from accounts.errors import CredentialsRejected, EmailTaken, LastAdmin, SessionEnded, UserNotFound
from accounts.identity import Role, UserId
from accounts.records import User
from tests.accounts.conftest import OTHER_PASSWORD, PASSWORD, Time
from tests.accounts.signing_in import PHONE, sign_in
from tests.accounts.wallet import Wallet


async def test_a_new_password_signs_out_everywhere_else(accounts: Accounts, miles: User) -> None:
    here, there = await sign_in(accounts), await sign_in(accounts)
    identity = await accounts.sessions.identify(here.access_token)
    await accounts.account.change_password(identity, OTHER_PASSWORD, None)
    await accounts.sessions.identify(here.access_token)
    with pytest.raises(SessionEnded):
        await accounts.sessions.identify(there.access_token)
    with pytest.raises(CredentialsRejected):
        await sign_in(accounts)


async def test_without_mail_a_new_address_is_in_force_at_once_and_a_taken_one_is_told(
    accounts: Accounts, miles: User
) -> None:
    await accounts.people.add("coltrane@example.org", PASSWORD, actor="cli")
    assert await accounts.account.change_email(miles.id, "Davis@example.org", None)
    user = (await accounts.account.get(miles.id)).user
    assert (user.email, user.email_verified_at) == ("davis@example.org", None)
    with pytest.raises(EmailTaken):
        await accounts.account.change_email(miles.id, "coltrane@example.org", None)


async def test_people_are_listed_by_the_page(accounts: Accounts, time: Time) -> None:
    for number in range(5):
        await accounts.people.add(f"{number}@example.org", PASSWORD, actor="cli")
        time.pass_(microseconds=1 if number % 2 else 0)
    seen: list[str | None] = []
    after = None
    while page := await accounts.people.page(after, 2):
        seen += [user.email for user in page]
        after = (page[-1].created_at, page[-1].id)
    assert sorted(filter(None, seen)) == [f"{number}@example.org" for number in range(5)]


async def test_somebody_can_always_administer(accounts: Accounts, miles: User) -> None:
    await accounts.people.set_role(miles.id, Role.ADMIN, actor="cli")
    for leave in (
        accounts.people.set_role(miles.id, Role.USER, actor=miles.id),
        accounts.people.suspend(miles.id, actor=miles.id),
        accounts.privacy.delete(miles.id),
    ):
        with pytest.raises(LastAdmin):
            await leave
    other = await accounts.people.add("coltrane@example.org", PASSWORD, actor="cli", role=Role.ADMIN)
    await accounts.people.set_role(miles.id, Role.USER, actor=other.id)
    newest = (await accounts.audit.newest_first(None, 1))[0]
    assert (newest.action, newest.actor, newest.subject) == ("user.role_changed", other.id, miles.id)
    assert newest.details == {"from": "admin", "to": "user"}


async def test_nobody_is_found_who_is_not_there(accounts: Accounts) -> None:
    for look in (
        accounts.people.get("nobody"),
        accounts.people.by_email("nobody@example.org"),
        accounts.people.suspend("nobody", actor="cli"),
        accounts.people.unsuspend("nobody", actor="cli"),
        accounts.people.set_role("nobody", Role.ADMIN, actor="cli"),
    ):
        with pytest.raises(UserNotFound):
            await look


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("MILES", ["miles@example.org"]),
        ("@example", ["miles@example.org", "emile@example.org"]),
        ("émile", ["emile@example.org"]),
        ("ÉMI", ["emile@example.org"]),
        ("%", []),
        ("_", []),
        ("", ["miles@example.org", "emile@example.org", None]),
        (Wallet().address, [None]),
        (Wallet().address.lower(), [None]),
        (Wallet().address[:20], []),
        ("nobody", []),
    ],
)
async def test_people_are_found_by_address_name_or_wallet(
    accounts: Accounts, miles: User, time: Time, search: str, found: list[str | None]
) -> None:
    time.pass_(seconds=1)
    await accounts.people.add("emile@example.org", PASSWORD, actor="cli", name="\u00c9mile")
    time.pass_(seconds=1)
    await accounts.sign_in.by_wallet(Wallet().address, PHONE)
    assert [each.email for each in await accounts.people.page(None, 10, search)] == found


async def test_people_are_found_by_the_beginning_of_their_id(accounts: Accounts, miles: User) -> None:
    assert [each.id for each in await accounts.people.page(None, 10, miles.id[:6].upper())] == [miles.id]
    assert await accounts.people.page(None, 10, miles.id[3:]) == []
    assert (await accounts.people.meant(miles.id)).id == miles.id
    assert (await accounts.people.meant("Miles@example.org")).id == miles.id
    with pytest.raises(UserNotFound):
        await accounts.people.meant("nobody")


async def test_rooms_end_what_somebody_suspended_has_begun(accounts: Accounts, miles: User) -> None:
    told: list[UserId] = []

    async def end(user_id: UserId) -> None:
        assert (await accounts.people.get(user_id)).suspended_at is not None
        told.append(user_id)

    accounts.people.on_barred(end)
    await accounts.people.suspend(miles.id, actor="cli")
    await accounts.people.unsuspend(miles.id, actor="cli")
    assert told == [miles.id]

"""Registrations and the mail that confirms them, on both databases."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from accounts.app_keys import Accounts
from accounts.errors import UserNotFound
from accounts.identity import Role
from accounts.records import User
from infra.database import Database
from tests.accounts.conftest import PASSWORD, Build, Time
from tests.accounts.kept import Diary, rows
from tests.accounts.signing_in import sign_in
from tests.accounts.wallet import Wallet


@pytest.fixture
async def mailing(build: Build) -> AsyncIterator[Accounts]:
    """Accounts where an address has to be confirmed before the first sign-in; the mails go nowhere."""
    accounts = build(
        smtp_url="smtp://127.0.0.1:9", mail_from="a@example.org", public_url="https://stage.example.org"
    )
    running = asyncio.create_task(accounts.mail.run())
    yield accounts
    running.cancel()


async def register(accounts: Accounts, address: str) -> None:
    await accounts.sign_in.register(address, PASSWORD, "Somebody", None)


async def test_a_registration_nobody_confirms_is_dropped_after_a_week(
    mailing: Accounts, miles: User, database: Database, time: Time
) -> None:
    diary = Diary()
    mailing.personal_data.add(diary)
    await register(mailing, "never@example.org")
    never = await mailing.people.by_email("never@example.org")
    diary.pages[never.id] = ["Somebody wrote of them."]
    time.pass_(days=7)
    await mailing.privacy.clean()
    assert await rows(database, "users") == 2
    time.pass_(seconds=1)
    await mailing.privacy.clean()
    with pytest.raises(UserNotFound):
        await mailing.people.by_email("never@example.org")
    assert diary.pages == {}
    newest = (await mailing.audit.newest_first(None, 1))[0]
    assert (newest.actor, newest.action, newest.subject) == ("server", "user.registration_expired", never.id)
    assert (await mailing.audit.check()).intact
    # The address is free again.
    await register(mailing, "never@example.org")


async def test_who_was_here_before_there_was_a_mail_server_stays(
    accounts: Accounts, mailing: Accounts, time: Time
) -> None:
    await register(accounts, "miles@example.org")
    await sign_in(accounts)
    await register(accounts, "artist@example.org")
    artist = await accounts.people.by_email("artist@example.org")
    await accounts.people.set_role(artist.id, Role.ARTIST, actor="cli")
    await register(accounts, "wallet@example.org")
    holder = await accounts.people.by_email("wallet@example.org")
    await accounts.wallets.add(holder.id, Wallet().address)
    time.pass_(days=400)
    await mailing.privacy.clean()
    kept = {each.email for each in await mailing.people.page(None, 10)}
    assert kept == {"miles@example.org", "artist@example.org", "wallet@example.org"}


async def test_without_a_mail_server_nothing_has_to_be_confirmed(
    accounts: Accounts, database: Database, time: Time
) -> None:
    await register(accounts, "miles@example.org")
    time.pass_(days=400)
    await accounts.privacy.clean()
    assert await rows(database, "users") == 1

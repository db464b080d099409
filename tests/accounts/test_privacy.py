"""What is kept of people: exported, deleted, forgotten in time, on both databases."""

import pytest
from sqlalchemy import text

from accounts.app_keys import Accounts
from accounts.errors import CredentialsRejected, SessionEnded
from accounts.records import User
from accounts.services.signing_keys import SigningKeys
from infra.database import Database
from tests.accounts.conftest import PASSWORD, SECRET, Time
from tests.accounts.kept import Diary, rows
from tests.accounts.signing_in import PHONE, sign_in
from tests.accounts.wallet import Wallet


async def test_everything_kept_is_exported_and_no_secret(accounts: Accounts, miles: User, time: Time) -> None:
    diary = Diary()
    diary.pages[miles.id] = ["Today I played."]
    accounts.personal_data.add(diary)
    with pytest.raises(ValueError, match="diary"):
        accounts.personal_data.add(Diary())
    signed_in = await sign_in(accounts)
    await accounts.wallets.add(miles.id, Wallet().address)
    _, secret = await accounts.api_keys.create(miles.id, "Deck", ["chat:write"])
    export = await accounts.privacy.export(miles.id)
    assert export["diary"] == {"pages": ["Today I played."]}
    account = export["account"]
    assert account["email"] == "miles@example.org"
    assert account["wallets"] == [{"address": Wallet().address, "proven_at": "2026-07-01T20:30:00.000Z"}]
    written = repr(export)
    assert "192.0.2.0/24" in written
    assert "session.signed_in" in written
    for hidden in (signed_in.cookie, signed_in.access_token, secret, miles.password_hash):
        assert hidden is not None
        assert hidden not in written


async def test_a_deleted_account_leaves_nothing_of_the_person(
    accounts: Accounts, miles: User, database: Database, time: Time
) -> None:
    diary = Diary()
    diary.pages[miles.id] = ["Today I played."]
    accounts.personal_data.add(diary)
    signed_in = await sign_in(accounts)
    await accounts.wallets.add(miles.id, Wallet().address)
    _, secret = await accounts.api_keys.create(miles.id, "Deck", ["chat:write"])
    await accounts.second_factors.begin(miles.id)
    diary.fails = True
    with pytest.raises(OSError):
        await accounts.privacy.delete(miles.id)
    await accounts.sessions.identify(signed_in.access_token)
    diary.fails = False
    await accounts.privacy.delete(miles.id)
    assert diary.pages == {}
    with pytest.raises(SessionEnded):
        await accounts.sessions.identify(signed_in.access_token)
    with pytest.raises(SessionEnded):
        await accounts.api_keys.identify(secret)
    with pytest.raises(CredentialsRejected):
        await sign_in(accounts)
    with pytest.raises(SessionEnded):
        await accounts.privacy.delete(miles.id)
    async with database.read() as session:
        tables = ("wallets", "totp", "recovery_codes", "sessions", "api_keys", "one_time_links")
        for table in tables:
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0, table
        (row,) = (await session.execute(text("SELECT email, password_hash, display_name FROM users"))).all()
    assert tuple(row) == (None, None, "Deleted account")
    assert (await accounts.audit.check()).intact
    await accounts.people.add("miles@example.org", PASSWORD, actor="cli")
    await accounts.wallets.add((await sign_in(accounts)).user.id, Wallet().address)


async def test_a_device_is_forgotten_with_its_network_when_it_was_not_used_for_thirty_days(
    accounts: Accounts, miles: User, database: Database, time: Time
) -> None:
    kept = await sign_in(accounts)
    time.pass_(days=29)
    kept = await accounts.sessions.refresh(kept.cookie, PHONE)
    time.pass_(days=29)
    await accounts.privacy.clean()
    assert [each.network for each in await accounts.sessions.list(miles.id)] == [PHONE.network]
    time.pass_(days=1)
    await accounts.privacy.clean()
    assert await rows(database, "sessions") == 0


async def test_whatever_has_ended_or_expired_is_dropped(
    accounts: Accounts, miles: User, database: Database, time: Time
) -> None:
    signed_out = await sign_in(accounts)
    await accounts.sessions.sign_out(signed_out.cookie, None)
    await accounts.wallets.new_nonce()
    key, _ = await accounts.api_keys.create(miles.id, "Deck", ["chat:write"])
    await accounts.api_keys.revoke(miles.id, key.id)
    await accounts.second_factors.begin(miles.id)
    await SigningKeys(database, SECRET, clock=time).rotate()
    assert await rows(database, "signing_keys") == 2
    await accounts.privacy.clean()
    assert [await rows(database, each) for each in ("sessions", "api_keys")] == [0, 0]
    assert [await rows(database, each) for each in ("siwe_nonces", "signing_keys", "totp")] == [1, 2, 1]
    time.pass_(minutes=11)
    await accounts.privacy.clean()
    assert [await rows(database, each) for each in ("siwe_nonces", "signing_keys", "totp")] == [0, 1, 1]
    time.pass_(days=1)
    await accounts.privacy.clean()
    assert await rows(database, "totp") == 0


async def test_what_is_made_while_an_account_goes_goes_too(accounts: Accounts, miles: User) -> None:
    diary = Diary()
    accounts.personal_data.add(diary)
    diary.meanwhile = ["A request that was under way."]
    await accounts.privacy.delete(miles.id)
    assert diary.pages == {}
    diary.pages[miles.id] = ["Another, that took longer."]
    await accounts.privacy.clean()
    assert diary.pages == {}

"""Second factors, wallets, keys, people and privacy, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pyotp
import pytest
from sqlalchemy import text

from accounts.app_keys import Accounts
from accounts.devices import Device
from accounts.errors import (
    CodeRejected,
    CredentialsRejected,
    EmailTaken,
    LastAdmin,
    LastSignIn,
    NotYours,
    ScopeInvalid,
    SecondFactorExists,
    SecondFactorMissing,
    SessionEnded,
    SiweMalformed,
    SiweRejected,
    TooMany,
    UserNotFound,
    WalletNotFound,
    WalletTaken,
)
from accounts.identity import Role, Scope, UserId
from accounts.records import User
from accounts.services.api_keys import MAX_API_KEYS
from accounts.services.second_factors import SecondFactorProof
from accounts.services.sessions import SignedIn
from accounts.services.signing_keys import SigningKeys
from accounts.services.wallets import MAX_WALLETS
from infra.database import Database
from tests.accounts.conftest import OTHER_PASSWORD, PASSWORD, SECRET, Build, Time
from tests.accounts.wallet import Wallet

PHONE = Device("Phone", "192.0.2.0/24")
ORIGIN = "https://stage.example.org"


@pytest.fixture
async def miles(accounts: Accounts) -> User:
    return await accounts.people.add("miles@example.org", PASSWORD, actor="cli", name="Miles")


async def sign_in(accounts: Accounts) -> SignedIn:
    result = await accounts.sign_in.by_password("miles@example.org", PASSWORD, PHONE)
    assert isinstance(result, SignedIn)
    return result


async def test_a_second_factor_is_in_force_once_it_is_confirmed(
    accounts: Accounts, miles: User, time: Time
) -> None:
    with pytest.raises(SecondFactorMissing):
        await accounts.second_factors.confirm(miles.id, None, "000000")
    await accounts.second_factors.begin(miles.id)
    setup = await accounts.second_factors.begin(miles.id)
    assert await accounts.second_factors.status(miles.id) == (False, 0)
    with pytest.raises(CodeRejected):
        await accounts.second_factors.confirm(miles.id, None, "000000")
    codes = await accounts.second_factors.confirm(miles.id, None, pyotp.TOTP(setup.secret).at(time.now))
    assert len(codes) == 10
    assert await accounts.second_factors.status(miles.id) == (True, 10)
    with pytest.raises(SecondFactorExists):
        await accounts.second_factors.begin(miles.id)
    replaced = await accounts.second_factors.replace_recovery_codes(miles.id)
    assert not set(codes) & set(replaced)
    await accounts.second_factors.disable(miles.id)
    assert await accounts.second_factors.status(miles.id) == (False, 0)
    with pytest.raises(SecondFactorMissing):
        await accounts.second_factors.disable(miles.id)
    with pytest.raises(SecondFactorMissing):
        await accounts.second_factors.replace_recovery_codes(miles.id)


async def test_what_the_app_knows_is_sealed_in_the_table(
    accounts: Accounts, miles: User, database: Database
) -> None:
    setup = await accounts.second_factors.begin(miles.id)
    async with database.read() as session:
        stored = (await session.execute(text("SELECT secret FROM totp"))).scalar_one()
    assert setup.secret.encode() not in bytes(stored)


async def test_stepping_up(accounts: Accounts, miles: User, time: Time) -> None:
    signed_in = await sign_in(accounts)
    await accounts.wallets.add(miles.id, Wallet().address)
    time.pass_(minutes=9)
    identity = await accounts.sessions.identify(signed_in.access_token)
    with pytest.raises(CredentialsRejected):
        await accounts.sign_in.step_up_by_password(identity, OTHER_PASSWORD)
    with pytest.raises(CredentialsRejected):
        await accounts.sign_in.step_up_by_wallet(identity, Wallet(2).address)
    await accounts.sign_in.step_up_by_password(identity, PASSWORD)
    stepped_up = await accounts.sessions.identify(signed_in.access_token)
    assert (stepped_up.authenticated_at, stepped_up.second_factor_at) == (time.now, None)
    await accounts.sign_in.step_up_by_wallet(identity, Wallet().address)

    setup = await accounts.second_factors.begin(miles.id)
    app = pyotp.TOTP(setup.secret)
    await accounts.second_factors.confirm(miles.id, None, app.at(time.now))
    guarded = await accounts.sessions.identify(signed_in.access_token)
    with pytest.raises(CodeRejected):
        await accounts.sign_in.step_up_by_password(guarded, PASSWORD)
    time.pass_(seconds=30)
    await accounts.second_factors.step_up(guarded, SecondFactorProof(app.at(time.now)))
    assert (await accounts.sessions.identify(signed_in.access_token)).second_factor_at == time.now
    with pytest.raises(CodeRejected):
        await accounts.second_factors.step_up(guarded, SecondFactorProof(app.at(time.now)))


async def test_of_two_who_show_one_code_at_once_one_is_believed(
    accounts: Accounts, miles: User, time: Time
) -> None:
    identity = await accounts.sessions.identify((await sign_in(accounts)).access_token)
    app = pyotp.TOTP((await accounts.second_factors.begin(miles.id)).secret)
    await accounts.second_factors.confirm(miles.id, None, app.at(time.now))
    time.pass_(seconds=60)
    proof = SecondFactorProof(app.at(time.now))
    results = await asyncio.gather(
        *(accounts.second_factors.step_up(identity, proof) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in results if each is not None] == [CodeRejected, CodeRejected]


async def test_a_wallet_is_proven_once_per_nonce(accounts: Accounts, time: Time) -> None:
    wallet = Wallet()
    proof = wallet.proof((await accounts.wallets.new_nonce()).text, ORIGIN, time.now, chain_id=1)
    assert await accounts.wallets.prove(**proof, origin=ORIGIN) == wallet.address
    with pytest.raises(SiweRejected, match="nonce"):
        await accounts.wallets.prove(**proof, origin=ORIGIN)


async def test_a_nonce_that_is_not_ours_or_too_old_proves_nothing(accounts: Accounts, time: Time) -> None:
    wallet = Wallet()
    with pytest.raises(SiweRejected, match="nonce"):
        await accounts.wallets.prove(
            **wallet.proof("madeup00madeup00", ORIGIN, time.now, chain_id=1), origin=ORIGIN
        )
    nonce = (await accounts.wallets.new_nonce()).text
    time.pass_(minutes=10)
    with pytest.raises(SiweRejected, match="nonce"):
        await accounts.wallets.prove(**wallet.proof(nonce, ORIGIN, time.now, chain_id=1), origin=ORIGIN)


async def test_a_message_for_another_site_does_not_spend_the_nonce(accounts: Accounts, time: Time) -> None:
    nonce = (await accounts.wallets.new_nonce()).text
    elsewhere = Wallet().proof(nonce, "https://evil.example", time.now, chain_id=1)
    with pytest.raises(SiweRejected, match="another site"):
        await accounts.wallets.prove(**elsewhere, origin=ORIGIN)
    with pytest.raises(SiweMalformed):
        await accounts.wallets.prove("nonsense", "0x", ORIGIN)
    await accounts.wallets.prove(**Wallet().proof(nonce, ORIGIN, time.now, chain_id=1), origin=ORIGIN)


@pytest.mark.parametrize("signature", ["", "0x", "0x00", "nonsense", "0x" + "00" * 65, Wallet(2).sign("x")])
async def test_a_signature_that_is_not_the_wallets_proves_nothing(
    accounts: Accounts, time: Time, signature: str
) -> None:
    message = Wallet().message((await accounts.wallets.new_nonce()).text, ORIGIN, time.now, chain_id=1)
    with pytest.raises(SiweRejected):
        await accounts.wallets.prove(message, signature, ORIGIN)


async def test_wallets_are_added_and_removed(accounts: Accounts, miles: User) -> None:
    other = await accounts.people.add("coltrane@example.org", PASSWORD, actor="cli")
    first, second = Wallet(1).address, Wallet(2).address
    await accounts.wallets.add(miles.id, first)
    await accounts.wallets.add(miles.id, first)
    await accounts.wallets.add(miles.id, second)
    with pytest.raises(WalletTaken):
        await accounts.wallets.add(other.id, first)
    assert {each.address for each in await accounts.wallets.list(miles.id)} == {first, second}
    for user_id, address in ((other.id, first), (miles.id, Wallet(3).address), (miles.id, "nonsense")):
        with pytest.raises(WalletNotFound):
            await accounts.wallets.remove(user_id, address)
    await accounts.wallets.remove(miles.id, first.lower())
    await accounts.wallets.add(other.id, first)


async def test_the_last_way_in_stays(accounts: Accounts) -> None:
    signed_in = await accounts.sign_in.by_wallet(Wallet(1).address, PHONE)
    assert isinstance(signed_in, SignedIn)
    with pytest.raises(LastSignIn):
        await accounts.wallets.remove(signed_in.user.id, Wallet(1).address)
    await accounts.wallets.add(signed_in.user.id, Wallet(2).address)
    await accounts.wallets.remove(signed_in.user.id, Wallet(1).address)


async def test_an_account_holds_only_so_many(accounts: Accounts, miles: User) -> None:
    for seed in range(1, MAX_WALLETS + 1):
        await accounts.wallets.add(miles.id, Wallet(seed).address)
    with pytest.raises(TooMany):
        await accounts.wallets.add(miles.id, Wallet(99).address)
    for number in range(MAX_API_KEYS):
        await accounts.api_keys.create(miles.id, f"Key {number}", ["chat:write"])
    with pytest.raises(TooMany):
        await accounts.api_keys.create(miles.id, "One more", ["chat:write"])


async def test_an_api_key_acts_for_its_person_within_its_scopes(
    accounts: Accounts, miles: User, time: Time
) -> None:
    key, secret = await accounts.api_keys.create(miles.id, "Deck", ["chat:write", "channels:write"])
    assert secret.startswith(f"hk_{key.prefix}_")
    identity = await accounts.api_keys.identify(secret)
    assert (identity.user_id, identity.scopes) == (
        miles.id,
        frozenset((Scope.CHAT_WRITE, Scope.CHANNELS_WRITE)),
    )
    (listed,) = await accounts.api_keys.list(miles.id)
    assert (listed.name, listed.last_used_at) == ("Deck", time.now)
    assert secret.encode() not in repr(listed).encode()
    for wrong in (secret[:-1], secret[:-1] + "!", "hk_aaaaaaaa_" + secret[12:], "hk_", secret + "x"):
        with pytest.raises(SessionEnded):
            await accounts.api_keys.identify(wrong)
    with pytest.raises(ScopeInvalid):
        await accounts.api_keys.create(miles.id, "Deck", ["everything"])


async def test_a_revoked_key_stops_at_once(accounts: Accounts, miles: User) -> None:
    key, secret = await accounts.api_keys.create(miles.id, "Deck", ["chat:write"])
    other = await accounts.people.add("coltrane@example.org", PASSWORD, actor="cli")
    with pytest.raises(NotYours):
        await accounts.api_keys.revoke(other.id, key.id)
    await accounts.api_keys.identify(secret)
    await accounts.api_keys.revoke(miles.id, key.id)
    with pytest.raises(SessionEnded):
        await accounts.api_keys.identify(secret)
    with pytest.raises(NotYours):
        await accounts.api_keys.revoke(miles.id, key.id)


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


async def test_the_operator_removes_a_lost_second_factor(accounts: Accounts, miles: User, time: Time) -> None:
    signed_in = await sign_in(accounts)
    with pytest.raises(SecondFactorMissing):
        await accounts.people.remove_second_factor(miles, actor="cli")
    setup = await accounts.second_factors.begin(miles.id)
    await accounts.second_factors.confirm(miles.id, None, pyotp.TOTP(setup.secret).at(time.now))
    await accounts.people.remove_second_factor(miles, actor="cli")
    with pytest.raises(SessionEnded):
        await accounts.sessions.identify(signed_in.access_token)
    await sign_in(accounts)


class Diary:
    """Another room that keeps something about people."""

    section = "diary"

    def __init__(self) -> None:
        self.pages: dict[UserId, list[str]] = {}
        self.fails = False
        self.meanwhile: list[str] = []
        """What a request under way writes while the first forgetting goes on."""

    async def export(self, user_id: UserId, /) -> Mapping[str, object]:
        return {"pages": self.pages.get(user_id, [])}

    async def forget(self, user_id: UserId, /) -> None:
        if self.fails:
            raise OSError
        self.pages.pop(user_id, None)
        if self.meanwhile:
            self.pages[user_id], self.meanwhile = self.meanwhile, []


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


async def rows(database: Database, table: str) -> int:
    async with database.read() as session:
        count: int = (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
        return count


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


async def test_a_second_factor_in_force_stays(accounts: Accounts, miles: User, time: Time) -> None:
    setup = await accounts.second_factors.begin(miles.id)
    await accounts.second_factors.confirm(miles.id, None, pyotp.TOTP(setup.secret).at(time.now))
    time.pass_(days=400)
    await accounts.privacy.clean()
    assert (await accounts.second_factors.status(miles.id))[0]


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


async def test_what_is_made_while_an_account_goes_goes_too(accounts: Accounts, miles: User) -> None:
    diary = Diary()
    accounts.personal_data.add(diary)
    diary.meanwhile = ["A request that was under way."]
    await accounts.privacy.delete(miles.id)
    assert diary.pages == {}
    diary.pages[miles.id] = ["Another, that took longer."]
    await accounts.privacy.clean()
    assert diary.pages == {}

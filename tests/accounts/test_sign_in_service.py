"""Registering and signing in, on both databases."""

import asyncio

import pyotp
import pytest

from accounts.app_keys import Accounts
from accounts.devices import Device
from accounts.errors import (
    AccountSuspended,
    CodeRejected,
    CredentialsRejected,
    DisplayNameInvalid,
    EmailInvalid,
    PasswordWeak,
    RegistrationClosed,
    SessionEnded,
)
from accounts.identity import Role
from accounts.passwords import Argon2Parameters, Passwords
from accounts.repository import users
from accounts.services.second_factors import SecondFactorProof
from accounts.services.sessions import SignedIn
from accounts.services.sign_in import TICKET_LIFETIME, SecondFactorAsked
from infra.database import Database
from tests.accounts.conftest import OTHER_PASSWORD, PASSWORD, Build, Time
from tests.accounts.wallet import Wallet

MILES = "miles@example.org"
PHONE = Device("Phone", "192.0.2.0/24")


async def register(accounts: Accounts, address: str = MILES, password: str = PASSWORD) -> None:
    await accounts.sign_in.register(address, password, "Miles", None)


async def sign_in(accounts: Accounts, address: str = MILES, password: str = PASSWORD) -> SignedIn:
    result = await accounts.sign_in.by_password(address, password, PHONE)
    assert isinstance(result, SignedIn)
    return result


async def test_somebody_who_registered_signs_in(accounts: Accounts) -> None:
    await register(accounts, "Miles@Example.org")
    signed_in = await sign_in(accounts)
    assert (signed_in.user.email, signed_in.user.role) == (MILES, Role.USER)
    identity = await accounts.sessions.identify(signed_in.access_token)
    assert identity.user_id == signed_in.user.id
    assert identity.session_id == signed_in.session_id


async def test_registering_twice_looks_alike_and_changes_nothing(accounts: Accounts) -> None:
    await register(accounts)
    hashes = accounts.passwords.hashes
    await register(accounts, password=OTHER_PASSWORD)
    assert accounts.passwords.hashes == hashes + 1, "as much work as for somebody new"
    await sign_in(accounts)
    with pytest.raises(CredentialsRejected):
        await sign_in(accounts, password=OTHER_PASSWORD)


async def test_many_who_register_with_one_address_at_once_are_one(
    accounts: Accounts, database: Database
) -> None:
    await asyncio.gather(*(register(accounts) for _ in range(5)))
    async with database.read() as session:
        assert await users.count(session) == 1


@pytest.mark.parametrize(
    ("address", "password", "name", "error"),
    [
        ("nonsense", PASSWORD, "Miles", EmailInvalid),
        (MILES, "short", "Miles", PasswordWeak),
        (MILES, PASSWORD, "", DisplayNameInvalid),
    ],
)
async def test_what_cannot_be_an_account_is_not_made(
    accounts: Accounts, database: Database, address: str, password: str, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await accounts.sign_in.register(address, password, name, None)
    async with database.read() as session:
        assert await users.count(session) == 0


async def test_where_registration_is_closed_the_operator_adds_people(build: Build) -> None:
    accounts = build(registration_open=False)
    with pytest.raises(RegistrationClosed):
        await register(accounts)
    with pytest.raises(RegistrationClosed):
        await accounts.sign_in.by_wallet(Wallet().address, PHONE)
    await accounts.people.add(MILES, PASSWORD, actor="cli")
    await sign_in(accounts)


async def test_known_and_unknown_people_cost_one_verification_and_get_one_answer(build: Build) -> None:
    accounts = build(smtp_url="smtp://127.0.0.1:9")
    await accounts.people.add(MILES, PASSWORD, actor="cli")
    await register(accounts, "unconfirmed@example.org")
    await accounts.sign_in.by_wallet(Wallet().address, PHONE)
    answers = []
    for address, password in (
        (MILES, OTHER_PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("no address", PASSWORD),
        ("unconfirmed@example.org", PASSWORD),
        ("unconfirmed@example.org", OTHER_PASSWORD),
        (MILES, ""),
    ):
        before = accounts.passwords.verifications
        with pytest.raises(CredentialsRejected) as error:
            await accounts.sign_in.by_password(address, password, PHONE)
        answers.append(error.value.problem())
        assert accounts.passwords.verifications == before + 1, address
    assert all(answer == answers[0] for answer in answers)


async def test_a_hash_with_old_parameters_is_replaced_by_signing_in(
    accounts: Accounts, database: Database
) -> None:
    await register(accounts)
    old = await Passwords(Argon2Parameters(time_cost=2, memory_kib=32)).hash(PASSWORD)
    user = await accounts.people.by_email(MILES)
    async with database.write() as session:
        await users.set_password_hash(session, user.id, old)
    await sign_in(accounts)
    assert (await accounts.people.by_email(MILES)).password_hash not in (old, None)
    await sign_in(accounts)


async def test_suspension_is_told_to_who_knows_the_password_only(accounts: Accounts) -> None:
    await register(accounts)
    user = await accounts.people.by_email(MILES)
    await accounts.people.suspend(user.id, actor="cli")
    with pytest.raises(AccountSuspended):
        await sign_in(accounts)
    with pytest.raises(CredentialsRejected):
        await sign_in(accounts, password=OTHER_PASSWORD)
    await accounts.people.unsuspend(user.id, actor="cli")
    await sign_in(accounts)


async def test_a_wallet_that_is_new_makes_an_account_and_finds_it_again(accounts: Accounts) -> None:
    first = await accounts.sign_in.by_wallet(Wallet(1).address, PHONE)
    again = await accounts.sign_in.by_wallet(Wallet(1).address, PHONE)
    other = await accounts.sign_in.by_wallet(Wallet(2).address, PHONE)
    assert isinstance(first, SignedIn)
    assert isinstance(again, SignedIn)
    assert isinstance(other, SignedIn)
    assert first.user == again.user
    assert first.user.id != other.user.id
    assert first.user.display_name == f"{Wallet(1).address[:6]}…{Wallet(1).address[-4:]}"


async def test_a_wallet_that_comes_twice_at_once_makes_one_account(
    accounts: Accounts, database: Database
) -> None:
    results = await asyncio.gather(*(accounts.sign_in.by_wallet(Wallet().address, PHONE) for _ in range(4)))
    assert len({result.user.id for result in results if isinstance(result, SignedIn)}) == 1
    async with database.read() as session:
        assert await users.count(session) == 1


async def enable_second_factor(accounts: Accounts, time: Time) -> tuple[SignedIn, str, list[str]]:
    await register(accounts)
    signed_in = await sign_in(accounts)
    setup = await accounts.second_factors.begin(signed_in.user.id)
    code = pyotp.TOTP(setup.secret).at(time.now)
    codes = await accounts.second_factors.confirm(signed_in.user.id, signed_in.session_id, code)
    time.pass_(seconds=60)
    return signed_in, setup.secret, codes


async def ticket(accounts: Accounts) -> str:
    result = await accounts.sign_in.by_password(MILES, PASSWORD, PHONE)
    assert isinstance(result, SecondFactorAsked)
    return result.ticket


async def test_a_second_factor_is_asked_for_after_the_password(accounts: Accounts, time: Time) -> None:
    first, secret, _ = await enable_second_factor(accounts, time)
    proof = SecondFactorProof(pyotp.TOTP(secret).at(time.now))
    signed_in = await accounts.sign_in.second_factor(await ticket(accounts), proof, PHONE)
    assert signed_in.user.id == first.user.id
    identity = await accounts.sessions.identify(signed_in.access_token)
    assert (identity.has_second_factor, identity.second_factor_at) == (True, time.now)


async def test_a_code_lets_in_once(accounts: Accounts, time: Time) -> None:
    _, secret, _ = await enable_second_factor(accounts, time)
    proof = SecondFactorProof(pyotp.TOTP(secret).at(time.now))
    tickets = [await ticket(accounts), await ticket(accounts)]
    results = await asyncio.gather(
        *(accounts.sign_in.second_factor(each, proof, PHONE) for each in tickets), return_exceptions=True
    )
    assert [type(each) for each in results if not isinstance(each, SignedIn)] == [CodeRejected]


async def test_a_recovery_code_lets_in_once(accounts: Accounts, time: Time) -> None:
    first, _, codes = await enable_second_factor(accounts, time)
    proof = SecondFactorProof(recovery_code=codes[3].lower().replace("-", " "))
    await accounts.sign_in.second_factor(await ticket(accounts), proof, PHONE)
    assert await accounts.second_factors.status(first.user.id) == (True, 9)
    with pytest.raises(CodeRejected):
        await accounts.sign_in.second_factor(await ticket(accounts), proof, PHONE)


async def test_nothing_else_passes_for_a_code(accounts: Accounts, time: Time) -> None:
    await enable_second_factor(accounts, time)
    for proof in (SecondFactorProof(), SecondFactorProof("000000"), SecondFactorProof(recovery_code="")):
        with pytest.raises(CodeRejected):
            await accounts.sign_in.second_factor(await ticket(accounts), proof, PHONE)


async def test_a_ticket_is_for_a_few_minutes_and_no_access_token(accounts: Accounts, time: Time) -> None:
    first, secret, _ = await enable_second_factor(accounts, time)
    held = await ticket(accounts)
    with pytest.raises(SessionEnded):
        await accounts.sessions.identify(held)
    with pytest.raises(SessionEnded):
        await accounts.sign_in.second_factor(first.access_token, SecondFactorProof("000000"), PHONE)
    time.pass_(seconds=TICKET_LIFETIME.total_seconds())
    with pytest.raises(SessionEnded):
        proof = SecondFactorProof(pyotp.TOTP(secret).at(time.now))
        await accounts.sign_in.second_factor(held, proof, PHONE)


async def test_somebody_suspended_meanwhile_does_not_get_in(accounts: Accounts, time: Time) -> None:
    first, secret, _ = await enable_second_factor(accounts, time)
    held = await ticket(accounts)
    await accounts.people.suspend(first.user.id, actor="cli")
    with pytest.raises(AccountSuspended):
        proof = SecondFactorProof(pyotp.TOTP(secret).at(time.now))
        await accounts.sign_in.second_factor(held, proof, PHONE)


async def test_a_second_factor_asks_wallets_too(accounts: Accounts, time: Time) -> None:
    first, _, _ = await enable_second_factor(accounts, time)
    await accounts.wallets.add(first.user.id, Wallet().address)
    assert isinstance(await accounts.sign_in.by_wallet(Wallet().address, PHONE), SecondFactorAsked)

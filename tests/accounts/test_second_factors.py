"""Second factors by an authenticator app, on both databases."""

import asyncio

import pyotp
import pytest
from sqlalchemy import text

from accounts.app_keys import Accounts
from accounts.errors import (
    CodeRejected,
    CredentialsRejected,
    SecondFactorExists,
    SecondFactorMissing,
    SessionEnded,
)
from accounts.records import User
from accounts.services.second_factors import SecondFactorProof
from infra.database import Database
from tests.accounts.conftest import OTHER_PASSWORD, PASSWORD, Time
from tests.accounts.signing_in import sign_in
from tests.accounts.wallet import Wallet


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


async def test_a_second_factor_in_force_stays(accounts: Accounts, miles: User, time: Time) -> None:
    setup = await accounts.second_factors.begin(miles.id)
    await accounts.second_factors.confirm(miles.id, None, pyotp.TOTP(setup.secret).at(time.now))
    time.pass_(days=400)
    await accounts.privacy.clean()
    assert (await accounts.second_factors.status(miles.id))[0]

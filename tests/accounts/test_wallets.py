"""Wallets: proven once, added, removed, bounded, on both databases."""

import pytest

from accounts.app_keys import Accounts
from accounts.errors import LastSignIn, SiweMalformed, SiweRejected, TooMany, WalletNotFound, WalletTaken
from accounts.records import User
from accounts.services.api_keys import MAX_API_KEYS
from accounts.services.sessions import SignedIn
from accounts.services.wallets import MAX_WALLETS
from tests.accounts.conftest import PASSWORD, Time
from tests.accounts.signing_in import PHONE
from tests.accounts.wallet import Wallet

ORIGIN = "https://stage.example.org"


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

"""API keys: what they may, and when they end, on both databases."""

import pytest

from accounts.app_keys import Accounts
from accounts.errors import NotYours, ScopeInvalid, SessionEnded
from accounts.identity import Scope
from accounts.records import User
from tests.accounts.conftest import PASSWORD, Time


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

"""Miles, and how he signs in with his phone: what tests of the services begin with."""

from accounts.app_keys import Accounts
from accounts.devices import Device
from accounts.services.sessions import SignedIn
from tests.accounts.conftest import PASSWORD

PHONE = Device("Phone", "192.0.2.0/24")


async def sign_in(accounts: Accounts) -> SignedIn:
    result = await accounts.sign_in.by_password("miles@example.org", PASSWORD, PHONE)
    assert isinstance(result, SignedIn)
    return result

"""A wallet that signs as browsers' wallets do, by another implementation than ours."""

import sys
from datetime import datetime

from accounts.ethereum import Address
from accounts.siwe import SiweMessage, render

# A part of eth_account raises Python's recursion limit so far that deeply nested JSON overflows the stack of C.
_limit = sys.getrecursionlimit()
from eth_account import Account  # noqa: E402 (see above)
from eth_account.messages import encode_defunct  # noqa: E402 (see above)

sys.setrecursionlimit(_limit)


class Wallet:
    def __init__(self, seed: int = 1) -> None:
        self._account = Account.from_key(seed.to_bytes(32))
        self.address = Address(str(self._account.address))

    @staticmethod
    def signer(text: str, signature: bytes) -> str:
        """Who signed, as the other implementation has it."""
        return str(Account.recover_message(encode_defunct(text=text), signature=signature))

    def sign(self, text: str) -> str:
        return "0x" + bytes(self._account.sign_message(encode_defunct(text=text)).signature).hex()

    def message(self, nonce: str, origin: str, now: datetime, /, **changes: object) -> str:
        fields: dict[str, object] = {
            "domain": origin.partition("://")[2],
            "address": self.address,
            "statement": "Sign in to Harmonie.",
            "uri": f"{origin}/",
            "chain_id": 1116,
            "nonce": nonce,
            "issued_at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        return render(SiweMessage(**{**fields, **changes}))  # type: ignore[arg-type]  # names are the dataclass's

    def proof(self, nonce: str, origin: str, now: datetime, /, **changes: object) -> dict[str, str]:
        message = self.message(nonce, origin, now, **changes)
        return {"message": message, "signature": self.sign(message)}

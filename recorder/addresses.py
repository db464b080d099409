"""Addresses that let whoever has them read a recording's file for a while. A core.

The address is the permission, since neither a player nor an image sends a bearer token. It is signed over its path, the
moment it ends, and whether the recording was private when it was given: what is made private is out of reach at once.
"""

import base64
import hmac
from collections.abc import Callable
from hashlib import sha256

from .errors import AddressEnded

HOLDS_S = 6 * 3_600
_GIVEN_AGAIN_WITHIN_S = 600
"""The same address is given that long, so that browsers keep what they have."""
ASK_AGAIN = "ask for the replay again: its answer has addresses that hold"


class SignedAddresses:
    """``key`` is asked when it is first needed: 32 secret bytes, the same in every process."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def sign(self, path: str, *, private: bool, now_s: float) -> str:
        """The path with its proof."""
        ends_s = self.ends_s(now_s)
        return f"{path}?expires={ends_s}&signature={self._proof(path, ends_s, private)}"

    def ends_s(self, now_s: float) -> int:
        """Until when an address holds that is given now, in Unix seconds."""
        return int(now_s) // _GIVEN_AGAIN_WITHIN_S * _GIVEN_AGAIN_WITHIN_S + HOLDS_S

    def check(self, path: str, ends_s: int, signature: str, *, now_s: float) -> bool:
        """Whether the recording was private when it was given.

        Raises ``AddressEnded`` for one that was never given, or does not hold any more.
        """
        given = [
            private
            for private in (False, True)
            if hmac.compare_digest(signature.encode(), self._proof(path, ends_s, private).encode())
        ]
        if not given or now_s >= ends_s:
            raise AddressEnded(ASK_AGAIN)
        return given[0]

    def _proof(self, path: str, ends_s: int, private: bool) -> str:
        said = f"{path}\n{ends_s}\n{'private' if private else 'open'}".encode()
        return base64.urlsafe_b64encode(hmac.digest(self._key(), said, sha256)).decode().rstrip("=")

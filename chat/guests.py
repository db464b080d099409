"""What a guest shows to be the same guest again: their id in one channel, until when, and a proof. A core.

Nothing is stored for a guest: the server signs what it would otherwise have to remember. Whoever has the token is the
guest; it tells nothing of them and is good for nothing else.
"""

import base64
import hmac
import re
from collections.abc import Callable
from hashlib import sha256

from chat.people import GUEST_PREFIX

HOLDS_S = 7 * 86_400
TOKEN_MAX_CHARACTERS = 500
_TOKEN = re.compile(rf"({GUEST_PREFIX}[0-9a-f]{{10}})\.([0-9]{{1,15}})\.([A-Za-z0-9_-]{{43}})", re.ASCII)


class GuestTokens:
    """``key`` is asked when it is first needed: 32 secret bytes, the same in every process."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def give(self, channel_id: int, guest: str, now_ms: int) -> tuple[str, int]:
        """A token, and until when it holds, in Unix milliseconds."""
        until_ms = now_ms + HOLDS_S * 1_000
        return f"{guest}.{until_ms}.{self._proof(channel_id, guest, until_ms)}", until_ms

    def read(self, channel_id: int, token: str, now_ms: int) -> str | None:
        """Whose it is; ``None`` when it does not hold, or not here."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        guest, until_ms, proof = found[1], int(found[2]), found[3]
        is_ours = hmac.compare_digest(proof, self._proof(channel_id, guest, until_ms))
        return guest if is_ours and now_ms < until_ms else None

    def _proof(self, channel_id: int, guest: str, until_ms: int) -> str:
        said = f"{channel_id}.{guest}.{until_ms}".encode()
        return base64.urlsafe_b64encode(hmac.digest(self._key(), said, sha256)).decode().rstrip("=")

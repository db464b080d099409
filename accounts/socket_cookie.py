"""The cookie a browser shows when a page opens the event socket. A core.

The refresh cookie goes to ``/api/v1/session`` and nowhere else. This one goes to ``/ws`` and opens nothing else: it is
derived from the stored hash of the refresh cookie's token with a key of the server's, so it is replaced with every
refresh, needs no place in the database, and gives neither an access token nor the next cookie.
"""

import hmac

from accounts.identity import SessionId
from accounts.opaque_tokens import TOKEN_MAX_CHARACTERS, hash_token
from accounts.session_rules import Rotation, read_cookie

NAME = "harmonie_events"
PATH = "/ws"
KEY_PURPOSE = "events-cookie"


def from_refresh_cookie(refresh_cookie: str, key: bytes) -> str:
    """The value that goes with a refresh cookie of ours."""
    parsed = read_cookie(refresh_cookie)
    if parsed is None:
        raise ValueError("not a refresh cookie")
    session_id, token = parsed
    return f"{session_id}.{_proof(hash_token(token), key)}"


def session_of(value: str) -> SessionId | None:
    """The session a value names; nothing is verified."""
    session_id, dot, _ = value.partition(".")
    if not dot or len(value) > TOKEN_MAX_CHARACTERS or not value.isascii():
        return None
    return SessionId(session_id)


def holds(value: str, rotation: Rotation, key: bytes) -> bool:
    """Whether it goes with the session's refresh cookie or the one before: another tab may just have refreshed."""
    proof = value.partition(".")[2]
    hashes = [each for each in (rotation.token_hash, rotation.previous_hash) if each is not None]
    return any(hmac.compare_digest(proof, _proof(each, key)) for each in hashes)


def _proof(token_hash: bytes, key: bytes) -> str:
    return hmac.digest(key, token_hash, "sha256").hex()

"""Random tokens that are shown once and stored as a hash: refresh cookies, links in mails, API keys.

A core but for the randomness, which ``new_token`` takes from the system. The tokens have 256 bits of entropy, so one
SHA-256 is a sufficient hash: there is no dictionary to try.
"""

import hashlib
import hmac
import secrets

TOKEN_ENTROPY_BYTES = 32
TOKEN_MAX_CHARACTERS = 200


def new_token() -> str:
    """43 characters, safe in URLs and cookies."""
    return secrets.token_urlsafe(TOKEN_ENTROPY_BYTES)


def new_id() -> str:
    """16 characters naming something; unguessable, though nothing relies on that."""
    return secrets.token_hex(8)


def hash_token(token: str) -> bytes:
    """What is stored of it: 32 bytes."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def token_matches(token: str, expected: bytes) -> bool:
    """Compares in constant time; what is too long to be one of ours is refused before it is hashed."""
    return 0 < len(token) <= TOKEN_MAX_CHARACTERS and hmac.compare_digest(hash_token(token), expected)

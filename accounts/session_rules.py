"""A signed-in device: how long it stays so, and what a refresh cookie means when it comes back.

A core. Every refresh replaces the cookie. The next cookie is computed from the present one with a key of the server's,
so two tabs that refresh at once, or a device whose answer got lost, get the same one again within ``GRACE``. A cookie
that was replaced longer ago than that is in the hands of two: the whole session ends (RFC 9700 section 4.14.2).
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from accounts.identity import SessionId
from accounts.opaque_tokens import TOKEN_MAX_CHARACTERS, hash_token, token_matches

GRACE = timedelta(seconds=30)
IDLE_LIFETIME = timedelta(days=30)
ABSOLUTE_LIFETIME = timedelta(days=180)
ACCESS_LIFETIME = timedelta(minutes=10)
USER_AGENT_MAX_CHARACTERS = 200


# A quoted cookie can hold any character, as an octal escape.
_COOKIE = re.compile(r"[!-~]+")


class Verdict(Enum):
    """What to do with a refresh cookie."""

    ROTATE = "rotate"
    REPEAT = "repeat"
    """It was replaced a moment ago: give the same successor again."""
    REUSED = "reused"
    """It was replaced long ago, or never ours: revoke the session."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Rotation:
    """What is stored of a session that matters to its cookie."""

    token_hash: bytes
    previous_hash: bytes | None
    rotated_at: datetime
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def judge(session: Rotation, token: str, *, now: datetime) -> Verdict:
    """What the cookie's token is worth now."""
    if session.revoked_at is not None or now >= session.expires_at:
        return Verdict.ENDED
    if token_matches(token, session.token_hash):
        return Verdict.ROTATE
    if session.previous_hash is not None and token_matches(token, session.previous_hash):
        return Verdict.REPEAT if now - session.rotated_at <= GRACE else Verdict.REUSED
    return Verdict.REUSED


def successor(token: str, key: bytes) -> str:
    """The token that replaces ``token``: the same every time, and unknown to whoever lacks ``key``."""
    return hmac.digest(key, token.encode(), "sha256").hex()


def expiry(created_at: datetime, now: datetime) -> datetime:
    """When a session used at ``now`` ends: 30 days later, and 180 days after it began at the latest."""
    return min(now + IDLE_LIFETIME, created_at + ABSOLUTE_LIFETIME)


def write_cookie(session_id: SessionId, token: str) -> str:
    """The cookie's value."""
    return f"{session_id}.{token}"


def read_cookie(value: str) -> tuple[SessionId, str] | None:
    """The session's id and token, or ``None`` when it is no cookie of ours."""
    session_id, dot, token = value.partition(".")
    if (
        not dot
        or not session_id
        or not token
        or len(value) > TOKEN_MAX_CHARACTERS
        or not _COOKIE.fullmatch(value)
    ):
        return None
    return SessionId(session_id), token


def first_hash(token: str) -> bytes:
    """What is stored of a new session's token."""
    return hash_token(token)


def shown_user_agent(header: str | None) -> str:
    """What is kept of ``User-Agent``: printable, bounded."""
    kept = "".join(character for character in header or "" if character.isprintable())
    return kept[:USER_AGENT_MAX_CHARACTERS]

"""Access tokens: who is signed in, signed for ten minutes (JWT, RFC 7519, by joserfc). A core.

A token says little on purpose: the user, the session, when it ends. What the person may do is looked up with each
request, so that a suspension or a changed role holds at once. Tickets are the same kind of token for one step between
two: the password was right, the second factor is still to come.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import extract_compact

from accounts.errors import SessionEnded
from accounts.identity import SessionId, UserId

ALGORITHM = "HS256"
TOKEN_MAX_CHARACTERS = 2_000
CLOCK_SKEW = timedelta(seconds=5)


class TokenUse(Enum):
    """What a token is good for; one is never taken for another."""

    ACCESS = "at+jwt"
    TICKET = "ticket+jwt"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with its id. One is current; those before it verify what they signed until that has expired."""

    id: str
    secret: bytes = field(repr=False)
    created_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. ``subject`` is the user; ``session`` the session, or in a ticket how they signed in."""

    subject: UserId
    session: str
    issued_at: datetime
    expires_at: datetime

    @property
    def session_id(self) -> SessionId:
        return SessionId(self.session)


def write_token(claims: Claims, use: TokenUse, key: SigningKey) -> str:
    """The compact form."""
    header = {"alg": ALGORITHM, "typ": use.value, "kid": key.id}
    body = {
        "sub": claims.subject,
        "sid": claims.session,
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return jwt.encode(header, body, OctKey.import_key(key.secret), algorithms=[ALGORITHM])


def key_id(token: str) -> str | None:
    """The id of the key a token says it was signed with; nothing is verified."""
    if len(token) > TOKEN_MAX_CHARACTERS:
        return None
    try:
        kid = extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError, AttributeError):
        return None
    return kid if isinstance(kid, str) else None


def read_token(token: str, use: TokenUse, keys: Mapping[str, SigningKey], *, now: datetime) -> Claims:
    """The claims of a token that is ours, for this use, and has not expired. Raises ``SessionEnded``."""
    key = keys.get(key_id(token) or "")
    if key is None:
        raise SessionEnded
    try:
        decoded = jwt.decode(token, OctKey.import_key(key.secret), algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError):
        raise SessionEnded from None
    claims = decoded.claims
    match claims:
        case {"sub": str(subject), "sid": str(session), "iat": int(issued_s), "exp": int(expires_s)}:
            pass
        case _:
            raise SessionEnded
    now_s = now.timestamp()
    if (
        decoded.header.get("typ") != use.value
        or now_s >= expires_s
        or issued_s > now_s + CLOCK_SKEW.total_seconds()
    ):
        raise SessionEnded
    issued_at, expires_at = (datetime.fromtimestamp(each, UTC) for each in (issued_s, expires_s))
    return Claims(UserId(subject), session, issued_at, expires_at)

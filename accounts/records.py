"""What this room keeps, as values: a user, a wallet, a device, a key. Read from the tables, never changed in place."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from accounts.emails import Email
from accounts.ethereum import Address
from accounts.identity import Role, Scope, SessionId, UserId
from accounts.session_rules import Rotation


class SignInMethod(Enum):
    """How a session began."""

    PASSWORD = "password"  # noqa: S105 (a word, not a password)
    WALLET = "wallet"


class LinkPurpose(Enum):
    """What a link in a mail does."""

    VERIFY = "verify"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: UserId
    display_name: str
    role: Role
    created_at: datetime
    email: Email | None = None
    email_verified_at: datetime | None = None
    password_hash: str | None = field(default=None, repr=False)
    suspended_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def may_sign_in(self) -> bool:
        return self.suspended_at is None and self.deleted_at is None


@dataclass(frozen=True, slots=True)
class Wallet:
    address: Address
    user_id: UserId
    proven_at: datetime


@dataclass(frozen=True, slots=True)
class Totp:
    user_id: UserId
    sealed_secret: bytes = field(repr=False)
    created_at: datetime
    confirmed_at: datetime | None = None
    last_step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A device. ``network`` is the truncated address it was last seen at."""

    id: SessionId
    user_id: UserId
    method: SignInMethod
    rotation: Rotation = field(repr=False)
    last_seen_at: datetime
    authenticated_at: datetime
    second_factor_at: datetime | None = None
    user_agent: str = ""
    network: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    id: str
    user_id: UserId
    name: str
    prefix: str
    hash: bytes = field(repr=False)
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeLink:
    hash: bytes = field(repr=False)
    purpose: LinkPurpose
    user_id: UserId
    email: Email
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

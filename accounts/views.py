"""Accounts as the API tells of them: msgspec types, and one way to build each."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from accounts.audit import AuditEntry
from accounts.identity import UserId
from accounts.records import ApiKey, Session, User, Wallet
from accounts.services.account import Me
from accounts.services.sessions import SignedIn
from accounts.services.sign_in import SecondFactorAsked
from accounts.session_rules import ACCESS_LIFETIME
from infra.clock import rfc3339

RoleName = Literal["user", "artist", "admin"]
ScopeName = Literal[
    "profile:read", "profile:write", "channels:write", "moderation", "follows:write", "chat:write"
]
Time = Annotated[str, msgspec.Meta(examples=["2026-07-01T20:30:00.000Z"])]


class SignInOptionsView(msgspec.Struct, frozen=True):
    """Which ways in this server offers."""

    registration: bool
    """Whether people may make an account by themselves."""
    mail: bool
    """Whether mails are sent: without them there is no way to a new password."""
    confirm_email: bool
    """Whether an address has to be confirmed before the first sign-in."""
    wallet: bool
    """Whether wallets can sign in."""
    chain_id: int
    """The chain that messages of wallets name."""


class AcceptedView(msgspec.Struct, frozen=True):
    """The same whether or not there is something to it, so that it tells nothing about who has an account."""

    confirm_email: bool
    """Whether to look into one's mail now."""


class UserView(msgspec.Struct, frozen=True):
    """A person, as they and admins see them."""

    id: str
    email: str | None
    email_verified: bool
    display_name: str
    role: RoleName
    created_at: Time
    suspended_at: Time | None


class MeView(msgspec.Struct, frozen=True):
    """One's own account, and the session the request is made in."""

    user: UserView
    has_password: bool
    second_factor: bool
    session_id: str | None
    """Of this session; null for an API key."""
    stepped_up_until: Time | None
    """Until when what needs a fresh proof of identity can be done; null when it cannot be done now."""


class SessionTokenView(msgspec.Struct, frozen=True):
    """What a page needs to act for the person; the refresh cookie goes with it."""

    access_token: str
    """For `Authorization: Bearer`; keep it in memory."""
    expires_at: Time
    expires_in_s: int
    session_id: str
    user: UserView


class SignInView(msgspec.Struct, frozen=True):
    """What became of the first proof: a session, or a ticket for the second factor."""

    status: Literal["signed_in", "second_factor_needed"]
    session: SessionTokenView | None = None
    ticket: str | None = None
    """For `POST /api/v1/session/second-factor`, within five minutes."""


class StepUpView(msgspec.Struct, frozen=True):
    """The proof was right."""

    valid_until: Time


class EmailChangeView(msgspec.Struct, frozen=True):
    """One's own account after a change."""

    me: MeView
    email_pending: bool
    """Whether a new address waits for being confirmed by the link in a mail to it."""


class DeviceView(msgspec.Struct, frozen=True):
    """A signed-in device."""

    id: str
    current: bool
    method: Literal["password", "wallet"]
    user_agent: str
    network: str | None
    """Where it was last seen, without the last part of the address; forgotten with the device."""
    created_at: Time
    last_seen_at: Time
    expires_at: Time


class DevicesView(msgspec.Struct, frozen=True):
    """The most recently seen first."""

    items: list[DeviceView]


class WalletView(msgspec.Struct, frozen=True):
    """A wallet that signs in to the account."""

    address: Annotated[str, msgspec.Meta(examples=["0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"])]
    proven_at: Time


class WalletsView(msgspec.Struct, frozen=True):
    """The oldest first."""

    items: list[WalletView]


class NonceView(msgspec.Struct, frozen=True):
    """What a message for this server has to hold (EIP-4361)."""

    nonce: str
    domain: Annotated[str, msgspec.Meta(examples=["stage.example.org"])]
    uri: Annotated[str, msgspec.Meta(examples=["https://stage.example.org"])]
    chain_id: int
    expires_at: Time


class SecondFactorView(msgspec.Struct, frozen=True):
    """Whether there is a second factor."""

    enabled: bool
    recovery_codes_left: int


class SecondFactorSetupView(msgspec.Struct, frozen=True):
    """For an authenticator app; shown once."""

    secret: str
    """In base32, to be typed."""
    uri: str
    """`otpauth://...`, to be shown as a QR code."""


class RecoveryCodesView(msgspec.Struct, frozen=True):
    """Ten codes, each good for one sign-in without the app; shown once."""

    recovery_codes: list[str]


class ApiKeyView(msgspec.Struct, frozen=True):
    """A key for machines."""

    id: str
    name: str
    prefix: Annotated[str, msgspec.Meta(examples=["hk_7wq2mxka"])]
    """What the key begins with, to tell it by."""
    scopes: list[ScopeName]
    created_at: Time
    last_used_at: Time | None


class ApiKeysView(msgspec.Struct, frozen=True):
    """The oldest first."""

    items: list[ApiKeyView]


class NewApiKeyView(msgspec.Struct, frozen=True):
    """A new key with its secret; shown once."""

    key: ApiKeyView
    secret: Annotated[str, msgspec.Meta(examples=["hk_7wq2mxka_..."])]


class AuditEntryView(msgspec.Struct, frozen=True):
    """One entry of the audit log. The hash covers the entry and the hash before it."""

    seq: int
    at: Time
    actor: str
    """A user's id, or `cli`, or `server`."""
    actor_name: str | None
    """What a person is called now; null when it was none."""
    action: str
    subject: str
    """A user's id; where the action says so, a channel's name or a key's id."""
    subject_name: str | None
    """What a person is called now; null when it is none."""
    details: dict[str, str]
    previous_hash: str
    hash: str


def view_user(user: User) -> UserView:
    return UserView(
        id=user.id,
        email=user.email,
        email_verified=user.email_verified_at is not None,
        display_name=user.display_name,
        role=user.role.value,
        created_at=rfc3339(user.created_at),
        suspended_at=None if user.suspended_at is None else rfc3339(user.suspended_at),
    )


def view_me(me: Me, session_id: str | None, stepped_up_until: str | None) -> MeView:
    return MeView(
        user=view_user(me.user),
        has_password=me.user.password_hash is not None,
        second_factor=me.has_second_factor,
        session_id=session_id,
        stepped_up_until=stepped_up_until,
    )


def view_session_token(signed_in: SignedIn) -> SessionTokenView:
    return SessionTokenView(
        access_token=signed_in.access_token,
        expires_at=rfc3339(signed_in.access_expires_at),
        expires_in_s=int(ACCESS_LIFETIME.total_seconds()),
        session_id=signed_in.session_id,
        user=view_user(signed_in.user),
    )


def view_sign_in(result: SignedIn | SecondFactorAsked) -> SignInView:
    match result:
        case SignedIn():
            return SignInView("signed_in", session=view_session_token(result))
        case SecondFactorAsked():
            return SignInView("second_factor_needed", ticket=result.ticket)


def view_device(session: Session, current: str | None) -> DeviceView:
    return DeviceView(
        id=session.id,
        current=session.id == current,
        method=session.method.value,
        user_agent=session.user_agent,
        network=session.network,
        created_at=rfc3339(session.rotation.created_at),
        last_seen_at=rfc3339(session.last_seen_at),
        expires_at=rfc3339(session.rotation.expires_at),
    )


def view_wallet(wallet: Wallet) -> WalletView:
    return WalletView(wallet.address, rfc3339(wallet.proven_at))


def view_api_key(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        id=key.id,
        name=key.name,
        prefix=f"hk_{key.prefix}",
        scopes=sorted(scope.value for scope in key.scopes),
        created_at=rfc3339(key.created_at),
        last_used_at=None if key.last_used_at is None else rfc3339(key.last_used_at),
    )


def view_audit_entry(entry: AuditEntry, names: Mapping[UserId, str]) -> AuditEntryView:
    """``names`` are those of everyone the entry names."""
    return AuditEntryView(
        seq=entry.seq,
        at=rfc3339(entry.at),
        actor=entry.actor,
        actor_name=names[UserId(entry.actor)] if entry.by_person else None,
        action=entry.action,
        subject=entry.subject,
        subject_name=names[UserId(entry.subject)] if entry.about_person else None,
        details=dict(entry.details),
        previous_hash=entry.previous_hash.hex(),
        hash=entry.hash.hex(),
    )

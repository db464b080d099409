"""The audit log: what was done to accounts, by whom, in a chain that shows when a link was changed. A core.

Each entry's hash covers the entry and the hash before it, so changing, removing or inserting one breaks every hash
after it. Cutting off the end leaves a chain that fits; whoever wants to notice that keeps ``(seq, hash)`` of the newest
entry elsewhere and compares. Entries name people by id and hold no address, e-mail or secret, because they stay.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

import msgspec

from accounts.identity import UserId

GENESIS = bytes(32)
COMMAND_LINE = "cli"
SERVER = "server"
"""Whoever acts when nobody does: what has expired goes."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Action(Enum):
    """What is written down."""

    REGISTERED = "user.registered"
    EMAIL_VERIFIED = "user.email_verified"
    EMAIL_CHANGED = "user.email_changed"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105 (the name of an event)
    PASSWORD_RESET = "user.password_reset"  # noqa: S105 (the name of an event)
    SUSPENDED = "user.suspended"
    UNSUSPENDED = "user.unsuspended"
    DELETED = "user.deleted"
    REGISTRATION_EXPIRED = "user.registration_expired"
    EXPORTED = "user.exported"
    ROLE_CHANGED = "user.role_changed"
    SIGNED_IN = "session.signed_in"
    SIGNED_OUT = "session.signed_out"
    SIGNED_OUT_EVERYWHERE = "session.signed_out_everywhere"
    SESSION_REVOKED = "session.revoked"
    COOKIE_REUSED = "session.cookie_reused"
    STEPPED_UP = "session.stepped_up"
    WALLET_ADDED = "wallet.added"
    WALLET_REMOVED = "wallet.removed"
    SECOND_FACTOR_ENABLED = "second_factor.enabled"
    SECOND_FACTOR_DISABLED = "second_factor.disabled"
    RECOVERY_CODES_REPLACED = "second_factor.recovery_codes_replaced"
    RECOVERY_CODE_USED = "second_factor.recovery_code_used"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    SIGNING_KEY_ROTATED = "signing_key.rotated"
    STREAM_KEY_ROTATED = "channel.stream_key_rotated"
    PAYOUT_WALLET_CHANGED = "channel.payout_wallet_changed"
    OWNER_CHANGED = "channel.owner_changed"
    CHANNEL_DELETED = "channel.deleted"
    MODERATOR_NAMED = "channel.moderator_named"
    MODERATOR_REMOVED = "channel.moderator_removed"


_NOT_ABOUT_PEOPLE = frozenset(
    each.value
    for each in (
        Action.SIGNING_KEY_ROTATED,
        Action.STREAM_KEY_ROTATED,
        Action.PAYOUT_WALLET_CHANGED,
        Action.OWNER_CHANGED,
        Action.CHANNEL_DELETED,
    )
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link. ``actor`` is a user's id, ``cli`` or ``server``; ``subject`` what it was done to."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, str]
    previous_hash: bytes
    hash: bytes

    @property
    def by_person(self) -> bool:
        return self.actor not in (COMMAND_LINE, SERVER)

    @property
    def about_person(self) -> bool:
        """Whether ``subject`` is a user's id; it may look like one and be a channel's name."""
        return self.action not in _NOT_ABOUT_PEOPLE


def people_in(entry: AuditEntry) -> set[UserId]:
    """The ids of those whom an entry names."""
    found = set()
    if entry.by_person:
        found.add(UserId(entry.actor))
    if entry.about_person:
        found.add(UserId(entry.subject))
    return found


def next_entry(
    last: tuple[int, bytes] | None,
    *,
    at: datetime,
    actor: str,
    action: Action,
    subject: str,
    details: Mapping[str, str],
) -> AuditEntry:
    """The link after ``last`` (its number and hash), or the first."""
    seq, previous_hash = (0, GENESIS) if last is None else last
    return AuditEntry(
        seq + 1,
        at,
        actor,
        action.value,
        subject,
        dict(details),
        previous_hash,
        entry_hash(seq + 1, at, actor, action.value, subject, details, previous_hash),
    )


def entry_hash(
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, str],
    previous_hash: bytes,
) -> bytes:
    """SHA-256 over the entry as JSON (an array, keys sorted, time in microseconds since 1970) and the hash before."""
    at_us = (at - _EPOCH) // timedelta(microseconds=1)
    canonical = msgspec.json.encode([seq, at_us, actor, action, subject, sorted(details.items())])
    return hashlib.sha256(previous_hash + canonical).digest()


@dataclass(slots=True)
class ChainCheck:
    """Feeds on entries in order, any number of pages of them; ``broken_at`` is the first that does not fit."""

    expected_head: tuple[int, bytes] | None = None
    """An entry that was seen before and has to be there again."""
    head: tuple[int, bytes] | None = None
    broken_at: int | None = None
    head_seen: bool = False

    def feed(self, entries: Iterable[AuditEntry]) -> None:
        for entry in entries:
            if self.broken_at is not None:
                return
            last_seq, last_hash = (0, GENESIS) if self.head is None else self.head
            recomputed = entry_hash(
                entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.details, last_hash
            )
            if entry.seq != last_seq + 1 or entry.previous_hash != last_hash or entry.hash != recomputed:
                self.broken_at = entry.seq
                return
            self.head = (entry.seq, entry.hash)
            self.head_seen = self.head_seen or self.head == self.expected_head

    @property
    def intact(self) -> bool:
        return self.broken_at is None and (self.expected_head is None or self.head_seen)

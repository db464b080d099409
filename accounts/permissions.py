"""What may be done, and by whom: the one table, and ``require``, which answers every permission question.

A core. The table holds one rule per permission: who, whether a proof of identity of the last ten minutes is needed, and
the scope that lets an API key do it (none: no API key may). Endpoints are declared with these same rules, so what a
route demands and what ``require`` answers cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType

from accounts.identity import Identity, Scope, UserId
from infra.access import (
    ADMIN,
    CHANNEL_KEY,
    CHANNEL_MODERATOR,
    CHANNEL_OWNER,
    CHANNEL_OWNER_ALONE,
    SIGNED_IN,
    STEP_UP,
    Access,
    Who,
)
from infra.request_errors import NotAllowed, NotSignedIn, StepUpNeeded

STEP_UP_WITHIN = timedelta(minutes=10)


class Permission(Enum):
    """Something that is not open to everyone."""

    READ_SELF = "see your own account"
    CHANGE_SELF = "change your own account"
    WATCH_SELF = "see what is kept of you and what is signed in to your account, and sign it out"
    SECURE_SELF = "change how your account is protected, or delete it"
    FOLLOW = "follow channels"
    CHAT = "write in chats"
    CREATE_CHANNEL = "create a channel"
    CHANGE_TITLE = "change a channel's title"
    CHANGE_CHANNEL = "change a channel"
    DELETE_CHANNEL = "delete a channel"
    MODERATE_CHANNEL = "moderate a channel"
    SEE_MODERATORS = "see who moderates a channel"
    NAME_MODERATORS = "say who moderates a channel"
    ROTATE_STREAM_KEY = "replace a stream key"
    KEEP_RECORDINGS = "record a channel, and keep, show and delete its recordings"
    SET_PAYOUT_WALLET = "say which wallet is paid"
    ADMINISTER_USERS = "see and change other people's accounts"
    SUSPEND_USERS = "suspend people and change roles"
    READ_AUDIT = "read the audit log"


@dataclass(frozen=True, slots=True)
class ChannelSubject:
    """What permissions need to know of a channel, for the person who asks."""

    owner_id: UserId | None = None
    moderated_by_caller: bool = False


RULES: Mapping[Permission, Access] = MappingProxyType(
    {
        Permission.READ_SELF: SIGNED_IN.scoped(Scope.PROFILE_READ.value),
        Permission.CHANGE_SELF: SIGNED_IN.scoped(Scope.PROFILE_WRITE.value),
        Permission.WATCH_SELF: SIGNED_IN,
        Permission.SECURE_SELF: STEP_UP,
        Permission.FOLLOW: SIGNED_IN.scoped(Scope.FOLLOWS_WRITE.value),
        Permission.CHAT: SIGNED_IN.scoped(Scope.CHAT_WRITE.value),
        # Whoever has a channel is an artist, so nobody has to be one before.
        Permission.CREATE_CHANNEL: SIGNED_IN.scoped(Scope.CHANNELS_WRITE.value),
        Permission.CHANGE_TITLE: (CHANNEL_OWNER | CHANNEL_KEY).scoped(Scope.CHANNELS_WRITE.value),
        Permission.CHANGE_CHANNEL: CHANNEL_OWNER.scoped(Scope.CHANNELS_WRITE.value),
        Permission.DELETE_CHANNEL: CHANNEL_OWNER.stepped_up(),
        Permission.MODERATE_CHANNEL: CHANNEL_MODERATOR.scoped(Scope.MODERATION.value),
        Permission.SEE_MODERATORS: CHANNEL_OWNER.scoped(Scope.MODERATION.value),
        Permission.NAME_MODERATORS: CHANNEL_OWNER,
        Permission.ROTATE_STREAM_KEY: CHANNEL_OWNER.stepped_up(),
        Permission.KEEP_RECORDINGS: CHANNEL_OWNER.scoped(Scope.CHANNELS_WRITE.value),
        # Not even an admin sends an artist's money elsewhere.
        Permission.SET_PAYOUT_WALLET: CHANNEL_OWNER_ALONE.stepped_up(),
        Permission.ADMINISTER_USERS: ADMIN,
        Permission.SUSPEND_USERS: ADMIN.stepped_up(),
        Permission.READ_AUDIT: ADMIN,
    }
)


def require(
    identity: Identity, permission: Permission, subject: ChannelSubject | None = None, *, now: datetime
) -> UserId:
    """Returns who it is when ``identity`` may do it.

    ``subject`` is the channel a channel's permission is about. Raises ``NotSignedIn``, ``NotAllowed`` or
    ``StepUpNeeded``; the last only when nothing but the proof is missing.
    """
    return require_access(identity, RULES[permission], subject, now=now, what=permission.value)


def require_access(
    identity: Identity,
    access: Access,
    subject: ChannelSubject | None = None,
    *,
    now: datetime,
    what: str = "do this",
) -> UserId:
    """The same for a demand as it stands in an endpoint's declaration. Stream keys are not its matter."""
    if identity.user_id is None:
        raise NotSignedIn
    _require_scope(identity, access.scope)
    if not any(_is_one(identity, who, subject or ChannelSubject()) for who in access.who):
        raise NotAllowed(f"only {access.describe_who()} may {what}")
    if access.step_up:
        require_step_up(identity, now=now)
    return identity.user_id


def may(
    identity: Identity, permission: Permission, subject: ChannelSubject | None = None, *, now: datetime
) -> bool:
    """The same answer as a word."""
    try:
        require(identity, permission, subject, now=now)
    except (NotSignedIn, NotAllowed, StepUpNeeded):
        return False
    return True


def _require_scope(identity: Identity, scope: str | None) -> None:
    """Raises ``NotAllowed`` for an API key that is not meant for this; people pass."""
    if identity.scopes is None:
        return
    if scope is None:
        raise NotAllowed("an API key cannot do this; sign in")
    if Scope(scope) not in identity.scopes:
        raise NotAllowed(f"the API key lacks the scope {scope!r}")


def require_step_up(identity: Identity, *, now: datetime) -> None:
    """Raises ``StepUpNeeded`` unless the person proved who they are within the last ten minutes.

    An account with a second factor has to show that one; a password alone does not do.
    """
    if stepped_up_until(identity, now=now) is None:
        raise StepUpNeeded("confirm that it is you: POST /api/v1/me/step-up")


def stepped_up_until(identity: Identity, *, now: datetime) -> datetime | None:
    """Until when ``require_step_up`` lets this person pass; ``None`` when it does not now."""
    proven_at = identity.second_factor_at if identity.has_second_factor else identity.authenticated_at
    if identity.is_api_key or proven_at is None or now - proven_at > STEP_UP_WITHIN:
        return None
    return proven_at + STEP_UP_WITHIN


def _is_one(identity: Identity, who: Who, channel: ChannelSubject) -> bool:
    owns = channel.owner_id is not None and channel.owner_id == identity.user_id
    match who:
        case Who.ANYONE | Who.SIGNED_IN:
            return True
        case Who.ADMIN:
            return identity.is_admin
        case Who.CHANNEL_OWNER:
            return owns or identity.is_admin
        case Who.CHANNEL_OWNER_ALONE:
            return owns
        case Who.CHANNEL_MODERATOR:
            return owns or channel.moderated_by_caller or identity.is_admin
        case Who.CHANNEL_KEY:
            return False

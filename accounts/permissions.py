"""What may be done, and by whom: the one table, and ``require``, which answers every permission question.

A core. The table holds one rule per permission: who, whether a proof of identity of the last ten minutes is needed, and
the scope that lets an API key do it (none: no API key may).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from accounts.identity import Identity, Role, Scope, UserId
from infra.request_errors import NotAllowed, NotSignedIn, StepUpNeeded

STEP_UP_WITHIN = timedelta(minutes=10)


class Permission(Enum):
    """Something that is not open to everyone."""

    READ_SELF = "see your own account"
    CHANGE_SELF = "change your own account"
    SECURE_SELF = "change how your account is protected, or delete it"
    FOLLOW = "follow channels"
    CHAT = "write in chats"
    CREATE_CHANNEL = "create a channel"
    CHANGE_CHANNEL = "change a channel"
    MODERATE_CHANNEL = "moderate a channel"
    NAME_MODERATORS = "say who moderates a channel"
    ROTATE_STREAM_KEY = "replace a stream key"
    SET_PAYOUT_WALLET = "say which wallet is paid"
    ADMINISTER_USERS = "see and change other people's accounts"
    SUSPEND_USERS = "suspend people and change roles"
    READ_AUDIT = "read the audit log"


@dataclass(frozen=True, slots=True)
class ChannelSubject:
    """What permissions need to know of a channel, for the person who asks."""

    owner_id: UserId | None = None
    moderated_by_caller: bool = False


class Group(Enum):
    """Who a rule lets do it, from the widest."""

    SIGNED_IN = "whoever is signed in"
    ARTIST = "artists and admins"
    MODERATOR = "the channel's owner, its moderators, admins"
    OWNER = "the channel's owner, admins"
    OWNER_ONLY = "the channel's owner"
    ADMIN = "admins"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    who: Group
    scope: Scope | None = None
    step_up: bool = False


RULES: dict[Permission, Rule] = {
    Permission.READ_SELF: Rule(Group.SIGNED_IN, Scope.PROFILE_READ),
    Permission.CHANGE_SELF: Rule(Group.SIGNED_IN, Scope.PROFILE_WRITE),
    Permission.SECURE_SELF: Rule(Group.SIGNED_IN, step_up=True),
    Permission.FOLLOW: Rule(Group.SIGNED_IN, Scope.FOLLOWS_WRITE),
    Permission.CHAT: Rule(Group.SIGNED_IN, Scope.CHAT_WRITE),
    Permission.CREATE_CHANNEL: Rule(Group.ARTIST, Scope.CHANNELS_WRITE),
    Permission.CHANGE_CHANNEL: Rule(Group.OWNER, Scope.CHANNELS_WRITE),
    Permission.MODERATE_CHANNEL: Rule(Group.MODERATOR, Scope.MODERATION),
    Permission.NAME_MODERATORS: Rule(Group.OWNER),
    Permission.ROTATE_STREAM_KEY: Rule(Group.OWNER, step_up=True),
    # Not even an admin sends an artist's money elsewhere.
    Permission.SET_PAYOUT_WALLET: Rule(Group.OWNER_ONLY, step_up=True),
    Permission.ADMINISTER_USERS: Rule(Group.ADMIN),
    Permission.SUSPEND_USERS: Rule(Group.ADMIN, step_up=True),
    Permission.READ_AUDIT: Rule(Group.ADMIN),
}


def require(
    identity: Identity, permission: Permission, subject: ChannelSubject | None = None, *, now: datetime
) -> UserId:
    """Returns who it is when ``identity`` may do it.

    ``subject`` is the channel a channel's permission is about. Raises ``NotSignedIn``, ``NotAllowed`` or
    ``StepUpNeeded``; the last only when nothing but the proof is missing.
    """
    rule = RULES[permission]
    return require_rule(identity, rule, subject, now=now, what=permission.value)


def require_rule(
    identity: Identity,
    rule: Rule,
    subject: ChannelSubject | None = None,
    *,
    now: datetime,
    what: str = "do this",
) -> UserId:
    """The same for a rule that is not in the table, such as what an endpoint's declaration demands."""
    if identity.user_id is None:
        raise NotSignedIn
    require_scope(identity, rule.scope)
    if not _is_among(identity, rule.who, subject or ChannelSubject()):
        raise NotAllowed(f"only {rule.who.value} may {what}")
    if rule.step_up:
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


def require_scope(identity: Identity, scope: Scope | None) -> None:
    """Raises ``NotAllowed`` for an API key that is not meant for this; people pass."""
    if identity.scopes is None:
        return
    if scope is None:
        raise NotAllowed("an API key cannot do this; sign in")
    if scope not in identity.scopes:
        raise NotAllowed(f"the API key lacks the scope {scope.value!r}")


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


def _is_among(identity: Identity, who: Group, channel: ChannelSubject) -> bool:
    owns = channel.owner_id is not None and channel.owner_id == identity.user_id
    match who:
        case Group.SIGNED_IN:
            return True
        case Group.ARTIST:
            return identity.role in (Role.ARTIST, Role.ADMIN)
        case Group.MODERATOR:
            return owns or channel.moderated_by_caller or identity.is_admin
        case Group.OWNER:
            return owns or identity.is_admin
        case Group.OWNER_ONLY:
            return owns
        case Group.ADMIN:
            return identity.is_admin

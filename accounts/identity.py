"""Who makes a request: the one value every permission question is asked of.

A core: no I/O, no clock. An ``Identity`` holds what is true at the moment of the request; it is made anew for each
request and never kept.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType

UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)


class Role(Enum):
    """What a person is on the whole server. Being a moderator belongs to a channel, so it is no role."""

    USER = "user"
    ARTIST = "artist"
    ADMIN = "admin"


class Scope(Enum):
    """What an API key may be used for; a key without a scope a permission asks for is refused."""

    PROFILE_READ = "profile:read"
    PROFILE_WRITE = "profile:write"
    CHANNELS_WRITE = "channels:write"
    MODERATION = "moderation"
    FOLLOWS_WRITE = "follows:write"
    CHAT_WRITE = "chat:write"


@dataclass(frozen=True, slots=True)
class Identity:
    """Anonymous when ``user_id`` is ``None``; made by an API key when ``scopes`` is not."""

    user_id: UserId | None = None
    role: Role = Role.USER
    session_id: SessionId | None = None
    authenticated_at: datetime | None = None
    """When the person last proved who they are, in this session."""
    second_factor_at: datetime | None = None
    """When they last showed their second factor, in this session."""
    has_second_factor: bool = False
    """Whether the account demands a second factor."""
    scopes: frozenset[Scope] | None = None
    """What the API key may do; ``None`` for a person."""

    @property
    def is_anonymous(self) -> bool:
        return self.user_id is None

    @property
    def is_api_key(self) -> bool:
        return self.scopes is not None

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN and not self.is_anonymous


ANONYMOUS = Identity()
"""A viewer nobody knows."""

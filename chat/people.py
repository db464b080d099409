"""Who is in a room and what they are to it; what this room asks of others about people.

The types are a core; the Protocols are met by ``server/app.py`` with other rooms' services.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from accounts.identity import UserId


class Standing(Enum):
    """What somebody is to a channel, from the most to the least. The value is the ``role`` on the wire."""

    OWNER = "owner"
    ADMIN = "admin"
    MODERATOR = "moderator"
    USER = "user"
    GUEST = "guest"
    ANONYMOUS = "anonymous"

    @property
    def moderates(self) -> bool:
        return self in (Standing.OWNER, Standing.ADMIN, Standing.MODERATOR)

    @property
    def governs(self) -> bool:
        """Owner or admin: nobody's moderator acts on them."""
        return self in (Standing.OWNER, Standing.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody who may want to write, as the rules look at them."""

    id: str
    """Of an account, or of a guest (``guest-...``)."""
    name: str
    standing: Standing
    followed_at_ms: int | None = None
    tier: int | None = None
    """How much they have supported the channel, from 1; ``None``: not lately."""
    is_top_supporter: bool = False
    """Whether nobody has supported it more this month."""
    network: str | None = None


class People(Protocol):
    """Everyone with an account; ``accounts.services.directory`` is the real one."""

    async def known(self, user_ids: Collection[UserId], /) -> Mapping[UserId, tuple[str, bool]]:
        """Name and whether they are an admin, by id; deleted accounts are left out."""

    async def find(self, id_or_display_name: str, /) -> Sequence[UserId]:
        """Whoever this id, else exactly this display name, could mean."""


class Moderators(Protocol):
    """Who moderates what; ``catalog.moderators`` is the real one."""

    async def moderates(self, channel_id: int, user_id: UserId, /) -> bool: ...


class Followers(Protocol):
    """Who follows what; ``catalog.follows`` is the real one."""

    async def followed_at(self, user_id: UserId, channel_id: int, /) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Support:
    """``tier`` is from 1; ``is_top``: nobody has given more this month."""

    tier: int
    is_top: bool = False


class Supporters(Protocol):
    """Who has supported which channel; ``tipping.supporters`` is the real one."""

    async def support(self, user_id: UserId, channel_id: int, /) -> Support | None:
        """``None`` when they have not, or not for a while."""


class NoSupporters:
    """There are no tips."""

    async def support(self, _user_id: UserId, _channel_id: int, /) -> Support | None:
        return None


class Broadcasts(Protocol):
    """What is on; ``catalog.broadcast_log`` is the real one."""

    async def current(self, name: str, channel_id: int, /) -> tuple[int | None, float] | None:
        """Its id, ``None`` before it has been written down, and when it began in Unix seconds."""


GUEST_PREFIX = "guest-"


def is_guest(user_id: str) -> bool:
    return user_id.startswith(GUEST_PREFIX)

"""What the catalog asks of the room that knows people. ``NobodyKnown`` stands in where there is none."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from catalog.channel import UserId


class People(Protocol):
    """Everyone with an account; met by an adapter in ``server/``."""

    async def display_names(self, user_ids: Collection[UserId], /) -> Mapping[UserId, str]:
        """Names by id; whoever deleted their account, or never was, is left out."""

    async def find(self, id_or_display_name: str, /) -> Sequence[UserId]:
        """Whoever this id, or exactly this display name, could mean; at most a few of them."""

    async def became_artist(self, user_id: UserId, /) -> None:
        """This person has a channel now. Does nothing when they are an artist or more already."""


class NobodyKnown:
    """There are no accounts."""

    async def display_names(self, user_ids: Collection[UserId], /) -> Mapping[UserId, str]:
        return {}

    async def find(self, id_or_display_name: str, /) -> Sequence[UserId]:
        return ()

    async def became_artist(self, user_id: UserId, /) -> None:
        return None

"""How other rooms take part when a person asks for their data, or leaves.

Each room that keeps something about people registers one ``PersonalData``. No room knows another's tables.
"""

from collections.abc import Mapping
from typing import Protocol

from accounts.identity import UserId


class PersonalData(Protocol):
    """What one room keeps about a person."""

    @property
    def section(self) -> str:
        """The key of this room's part in the export, such as ``channels``."""

    async def export(self, user_id: UserId, /) -> Mapping[str, object]:
        """Everything kept about the person, as JSON can hold it. No secrets, no data of others."""

    async def forget(self, user_id: UserId, /) -> None:
        """Removes it, and makes anonymous what others need.

        Called before the account itself goes, and again when that failed halfway: doing it twice must be the same
        as doing it once.
        """


class PersonalDataRegistry:
    """The rooms that take part, in the order they registered."""

    def __init__(self) -> None:
        self._rooms: list[PersonalData] = []

    def add(self, room: PersonalData) -> None:
        if any(each.section == room.section for each in self._rooms):
            raise ValueError(f"the section {room.section!r} is taken")
        self._rooms.append(room)

    async def export(self, user_id: UserId) -> dict[str, Mapping[str, object]]:
        return {room.section: await room.export(user_id) for room in self._rooms}

    async def forget(self, user_id: UserId) -> None:
        for room in self._rooms:
            await room.forget(user_id)

"""Which room of the house knows an event room: the one whose prefix its name has, else chat."""

from infra.rooms import Caller, RoomDirectory, Seat

OVERLAY_ROOMS = "overlay/"


class RoomsByPrefix:
    """A ``RoomDirectory`` made of several."""

    def __init__(self, ordinary: RoomDirectory) -> None:
        self._ordinary = ordinary
        self._by_prefix: dict[str, RoomDirectory] = {}

    def add(self, prefix: str, directory: RoomDirectory) -> None:
        """Rooms whose names begin like this are known there."""
        self._by_prefix[prefix] = directory

    async def open(self, room: str, caller: Caller, /) -> Seat:
        """As the room's own directory does; raises what that raises."""
        for prefix, directory in self._by_prefix.items():
            if room.startswith(prefix):
                return await directory.open(room, caller)
        return await self._ordinary.open(room, caller)

"""Which room of the house knows an event room: the one whose prefix its name has, else chat."""

from collections.abc import Mapping

from infra.rooms import Caller, RoomDirectory, Seat


class RoomsByPrefix:
    """A ``RoomDirectory`` made of several."""

    def __init__(self, ordinary: RoomDirectory, by_prefix: Mapping[str, RoomDirectory]) -> None:
        self._ordinary = ordinary
        self._by_prefix = dict(by_prefix)

    async def open(self, room: str, caller: Caller, /) -> Seat:
        """As the room's own directory does; raises what that raises."""
        for prefix, directory in self._by_prefix.items():
            if room.startswith(prefix):
                return await directory.open(room, caller)
        return await self._ordinary.open(room, caller)

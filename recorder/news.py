"""Tells the rooms of channels that there is something else to watch again: one event, on the topic of the public room.

It says no more than that: what there is, everyone asks for themselves. When the bus is away it is not told later;
whoever opens the page then asks anyway.
"""

import msgspec
import structlog

from infra.bus import Bus, BusUnavailable

from .recordings import Recording, Visibility

_log = structlog.get_logger("recorder")
_CHANGED = msgspec.msgpack.encode({"type": "replays_changed"})


class ReplayNews:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def changed(self, *versions: Recording) -> None:
        """Recordings of a channel were, or are now, as these say; nothing when only their owner sees any of it."""
        shown = next(
            (each for each in versions if each.visibility is Visibility.PUBLIC and each.is_ready), None
        )
        if shown is None:
            return
        try:
            await self._bus.publish(f"channel:{shown.channel_id}", _CHANGED)
        except BusUnavailable:
            _log.info("replays_not_told", recording=shown.id)

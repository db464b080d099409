"""What has been on, as the catalog has written it down."""

from catalog.broadcast_log import BroadcastLog
from tipping.neighbours import Span
from tipping.payees import CHANNELS_MAX


class LoggedBroadcasts:
    """Over the log of broadcasts, which every process writes to."""

    def __init__(self, log: BroadcastLog) -> None:
        self._log = log

    async def span(self, channel: int, broadcast: int, /) -> Span | None:
        if broadcast > CHANNELS_MAX:
            return None
        times = await self._log.times_of(channel, broadcast)
        return None if times is None else Span(*times)

    async def running(self, channel: int, /) -> int | None:
        return await self._log.running(channel)

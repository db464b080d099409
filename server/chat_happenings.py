"""What replays show beside the picture: the lines of a broadcast's chat."""

from collections.abc import Collection, Mapping, Sequence

from accounts.visitor_addresses import truncated
from chat.app_keys import Chat
from chat.errors import Banned
from chat.messages import Said
from chat.standings import ChannelRef
from recorder.happenings import Happening, Place, Stretch, Visitor


class ChatHappenings:
    """``recorder.happenings.Happenings``: lines."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def page(
        self, visitor: Visitor, place: Place, stretch: Stretch, after: str | None, limit: int, /
    ) -> Sequence[Happening]:
        chat, channel = self._chat, ChannelRef(place.channel_id, place.channel)
        try:
            await chat.moderation.require_may_read(
                channel,
                truncated(visitor.address),
                lambda: chat.standings.of_caller(channel, visitor.identity, None, None),
            )
        except Banned:
            return []
        found = await chat.history.by_clock(
            channel, place.broadcast, stretch.from_ms, stretch.before_ms, limit, after
        )
        return [Happening(each.clock_ms or 0, each.id, Said(each)) for each in found]

    async def counts(self, place: Place, stretch: Stretch, bin_ms: int, /) -> Mapping[int, int]:
        return await self._chat.history.counts(
            place.channel_id, place.broadcast, stretch.from_ms, stretch.before_ms, bin_ms
        )

    async def totals(self, broadcasts: Collection[int], /) -> Mapping[int, int]:
        return await self._chat.history.totals(broadcasts)

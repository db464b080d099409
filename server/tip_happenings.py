"""What replays show beside the picture: the tips of a broadcast. Imported only when there is a chain."""

from collections.abc import Collection, Mapping, Sequence

from recorder.happenings import Happening, Place, Stretch, Visitor
from tipping.messages import TipSeen
from tipping.replays import TipReplays


class TipHappenings:
    """``recorder.happenings.Happenings``: tips."""

    def __init__(self, tips: TipReplays) -> None:
        self._tips = tips

    async def page(
        self, _visitor: Visitor, place: Place, stretch: Stretch, after: str | None, limit: int, /
    ) -> Sequence[Happening]:
        found = await self._tips.page(
            place.channel_id, place.broadcast, stretch.from_ms, stretch.before_ms, limit, _tip(after)
        )
        return [Happening(each.clock_ms or 0, each.id, TipSeen(each)) for each in found]

    async def counts(self, place: Place, stretch: Stretch, bin_ms: int, /) -> Mapping[int, int]:
        return await self._tips.counts(
            place.channel_id, place.broadcast, stretch.from_ms, stretch.before_ms, bin_ms
        )

    async def totals(self, broadcasts: Collection[int], /) -> Mapping[int, int]:
        return await self._tips.totals(broadcasts)


def _tip(key: str | None) -> int | None:
    """Tips are ordered by number; a made-up key is of none."""
    return None if key is None else int(key) if key.isascii() and key.isdecimal() and len(key) < 19 else 0

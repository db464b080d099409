"""Tells the rooms of channels what happens to tips: one event each, on the topic of the channel's public room.

Everything is told at least once (``tipping.events``), and shown once: what is told again carries the same key, made of
the tip, the step and its turn, so that the bus passes it on once, and a room that hears it twice all the same shows
nothing twice. When the bus is away, telling fails, and is tried again by whoever watches.
"""

from collections.abc import Sequence

from infra.bus import Bus
from tipping import topics
from tipping.events import Tip, Told
from tipping.messages import StageEvent, TipConfirmed, TipSeen, TipTop, TipWithdrawn
from tipping.stages import Stages
from tipping.stats import TippingStats


class StageEvents:
    """``TipEvents`` over the bus."""

    def __init__(self, bus: Bus, stages: Stages, stats: TippingStats) -> None:
        self._bus = bus
        self._stages = stages
        self._stats = stats

    async def seen(self, tip: Tip) -> None:
        await self._tell(tip, Told.SEEN, TipSeen(await self._stages.view(tip)))

    async def confirmed(self, tip: Tip) -> None:
        await self._tell(tip, Told.CONFIRMED, TipConfirmed(str(tip.id)))

    async def withdrawn(self, tip: Tip) -> None:
        await self._tell(tip, Told.WITHDRAWN, TipWithdrawn(str(tip.id)))

    async def settled(self, tips: Sequence[Tip]) -> None:
        for channel in sorted({tip.mined.details.channel for tip in tips}):
            await self.top_changed(channel)

    async def top_changed(self, channel: int) -> None:
        """Tells who has tipped most. Raises ``BusUnavailable`` and what the database raises."""
        top = TipTop(list(await self._stages.top(channel)))
        await self._bus.publish(topics.public(channel), topics.encode(top))

    async def _tell(self, tip: Tip, step: Told, event: StageEvent) -> None:
        key = f"tip:{tip.id}:{step.value}:{tip.turn}"
        topic = topics.public(tip.mined.details.channel)
        await self._bus.publish(topic, topics.encode(event), key=key)
        self._stats.count(step.value)

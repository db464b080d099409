"""Tells everyone how a channel's goal stands: its public room, and its overlays."""

from infra.outbox import Outbox
from tipping import topics
from tipping.messages import GoalView, TipGoal
from tipping.overlay import OverlayGoal


class GoalNewsToRooms:
    """``goals.GoalNews``. What cannot be told now waits in the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def goal_stands(self, channel: int, goal: GoalView | None, /) -> None:
        await self._outbox.publish(topics.public(channel), TipGoal(goal))
        await self._outbox.publish(topics.overlay(channel), OverlayGoal(goal))

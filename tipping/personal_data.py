"""Tipping's part when a person asks for their data, or leaves (``accounts.personal_data``).

What the chain holds nobody can take back. What is forgotten is that a wallet was this person's; their message stays
with the money, as words from a wallet.
"""

from collections.abc import Mapping

import msgspec

from accounts.identity import UserId
from catalog.service import ChannelService
from infra.database import Database
from infra.outbox import Outbox
from tipping import overlay_repository, pending_repository, stage_repository, topics
from tipping.goals import GoalService
from tipping.history import HistoryService
from tipping.messages import TipForgotten

TIPS_AT_ONCE = 500


class TippingPersonalData:
    """Tips a person gave, and what they set up for those they get."""

    section = "tips"

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        history: HistoryService,
        goals: GoalService,
        outbox: Outbox,
    ) -> None:
        self._database = database
        self._channels = channels
        self._history = history
        self._goals = goals
        self._outbox = outbox

    async def export(self, user_id: UserId, /) -> Mapping[str, object]:
        """No token of an overlay, which exists as a hash only. What others gave is on the chain and in the history."""
        return {
            "given": await self._given(user_id),
            "channels": [
                await self._of_channel(channel.id, channel.name)
                for channel in await self._channels.owned_by(user_id)
            ],
        }

    async def forget(self, user_id: UserId, /) -> None:
        """Doing it twice is the same as once. Goals and overlays go with the channels."""
        async with self._database.write() as session:
            channels = await stage_repository.forget(session, user_id)
            await pending_repository.forget(session, user_id)
        for channel in channels:
            await self._outbox.publish(topics.public(channel), TipForgotten(user_id))

    async def _given(self, user_id: UserId) -> list[object]:
        tips: list[object] = []
        before = None
        while found := await self._history.given(user_id, TIPS_AT_ONCE, before):
            tips += map(msgspec.to_builtins, found)
            before = int(found[-1].id)
            if len(found) < TIPS_AT_ONCE:
                break
        return tips

    async def _of_channel(self, channel: int, name: str) -> Mapping[str, object]:
        async with self._database.read() as session:
            goal = await self._goals.goal(session, channel)
            overlay = await overlay_repository.get(session, channel)
        return {
            "name": name,
            "goal": None if goal is None else msgspec.to_builtins(goal),
            "overlay": msgspec.to_builtins(overlay.settings),
        }

"""Removes what artists had set up for channels that are no more; the tips themselves stay."""

from catalog.service import ChannelService
from infra.database import Database
from tipping import goal_repository, overlay_repository


class TipRetention:
    """``clean`` is done now and then."""

    def __init__(self, database: Database, channels: ChannelService) -> None:
        self._database = database
        self._channels = channels

    async def clean(self) -> None:
        async with self._database.read() as session:
            kept = await goal_repository.channels(session) | await overlay_repository.channels(session)
        # Asked after what is kept, so that a channel made meanwhile is among them.
        gone = kept - {channel.id for channel in await self._channels.list()}
        if gone:
            async with self._database.write() as session:
                await goal_repository.drop(session, gone)
                await overlay_repository.drop(session, gone)

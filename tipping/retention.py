"""Removes what artists had set up for channels that are no more, and names of people who left; the tips stay."""

from catalog.people import People
from catalog.service import ChannelService
from infra.database import Database
from tipping import goal_repository, overlay_repository, stage_repository
from tipping.personal_data import TippingPersonalData

PEOPLE_AT_ONCE = 500


class TipRetention:
    """``clean`` is done now and then."""

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        people: People,
        personal_data: TippingPersonalData,
    ) -> None:
        self._database = database
        self._channels = channels
        self._people = people
        self._personal_data = personal_data

    async def clean(self) -> None:
        await self._drop_of_gone_channels()
        await self._forget_gone_people()

    async def _drop_of_gone_channels(self) -> None:
        async with self._database.read() as session:
            kept = await goal_repository.channels(session) | await overlay_repository.channels(session)
        # Asked after what is kept, so that a channel made meanwhile is among them.
        gone = kept - {channel.id for channel in await self._channels.list()}
        if gone:
            async with self._database.write() as session:
                await goal_repository.drop(session, gone)
                await overlay_repository.drop(session, gone)

    async def _forget_gone_people(self) -> None:
        """Accounts may have been deleted while this server took no tips, with nobody to forget them here."""
        last = ""
        while True:
            async with self._database.read() as session:
                found = await stage_repository.people(session, last, PEOPLE_AT_ONCE)
            known = await self._people.display_names(found) if found else {}
            for user_id in found:
                if user_id not in known:
                    await self._personal_data.forget(user_id)
            if len(found) < PEOPLE_AT_ONCE:
                return
            last = found[-1]

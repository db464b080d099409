"""The catalog's part when a person asks for their data, or leaves (``accounts.personal_data``)."""

from collections.abc import Mapping
from pathlib import Path

from accounts.identity import UserId
from catalog.errors import ChannelMoved, ChannelNotFound
from catalog.follows import FollowService
from catalog.live import NothingLive
from catalog.moderators import ModeratorService
from catalog.people import NobodyKnown
from catalog.pictures import PictureService
from catalog.service import ChannelService
from infra.clock import rfc3339
from infra.database import Database


class CatalogPersonalData:
    """Channels, follows and moderation of a person.

    Who leaves takes their channels along: a stage without its artist would have nobody to answer for it, and its name
    stays nobody's for a while, so that nobody else performs under it.
    """

    section = "catalog"

    def __init__(
        self,
        channels: ChannelService,
        follows: FollowService,
        moderators: ModeratorService,
        pictures: PictureService,
    ) -> None:
        self._channels = channels
        self._follows = follows
        self._moderators = moderators
        self._pictures = pictures

    async def export(self, user_id: UserId, /) -> Mapping[str, object]:
        """Everything kept about the person; no stream keys, which exist as hashes only."""
        return {
            "channels": [
                {
                    "name": channel.name,
                    "title": channel.title,
                    "created_at": rfc3339(channel.created_at),
                    "description": channel.description,
                    "links": [{"label": link.label, "url": link.url} for link in channel.links],
                    "picture": channel.picture,
                    "payout_wallet": channel.payout_wallet,
                    "followers": channel.followers,
                    "past_broadcasts": channel.past_broadcasts,
                }
                for channel in await self._channels.owned_by(user_id)
            ],
            "following": [
                {"channel": each.channel.name, "followed_at": rfc3339(each.followed_at)}
                for each in await self._follows.following(user_id)
            ],
            "moderates": [channel.name for channel in await self._moderators.moderated_by(user_id)],
        }

    async def forget(self, user_id: UserId, /) -> None:
        """Deletes it all; doing it twice is the same as once."""
        for channel in await self._channels.owned_by(user_id):
            try:
                deleted = await self._channels.delete(channel.name, actor=user_id)
            except (ChannelNotFound, ChannelMoved):
                continue  # deleted meanwhile; nobody but the owner renames
            await self._pictures.drop_unused(deleted.picture)
        await self._follows.unfollow_all(user_id)
        await self._moderators.remove_everywhere(user_id)


def personal_data(database: Database, channels: ChannelService, data_dir: Path) -> CatalogPersonalData:
    """The same beside a server, for a command."""
    return CatalogPersonalData(
        channels,
        FollowService(database, channels, NothingLive()),
        ModeratorService(database, channels, NobodyKnown()),
        PictureService(database, channels, data_dir),
    )

"""Following channels: once or not at all, however often it is asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.identity import UserId
from catalog import follow_repository
from catalog.channel import Channel, ChannelId, ChannelName
from catalog.errors import TooManyFollows
from catalog.live import LiveStates
from catalog.service import ChannelService
from infra.clock import Clock, utc_now
from infra.database import Database

MAX_PER_PERSON = 1_000

FollowKey = tuple[bool, datetime, int]
"""Where a followed channel stands among those of a person: offline, followed at, id."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A channel a person follows."""

    channel: Channel
    followed_at: datetime
    live: bool

    @property
    def key(self) -> FollowKey:
        return (not self.live, self.followed_at, self.channel.id)


class FollowService:
    """Who follows what."""

    def __init__(
        self,
        database: Database,
        channels: ChannelService,
        live: LiveStates,
        *,
        clock: Clock = utc_now,
        recounted: Callable[[ChannelName], None] = lambda name: None,
    ) -> None:
        self._database = database
        self._channels = channels
        self._live = live
        self._clock = clock
        self._recounted = recounted

    async def follow(self, user_id: UserId, name: str) -> None:
        """Raises ``ChannelNotFound``, ``ChannelMoved``, ``TooManyFollows``."""
        channel = await self._channels.get(name)
        async with self._database.write() as session:
            new = await follow_repository.follow(session, user_id, channel.id, self._clock())
            if new and await follow_repository.count_followed_by(session, user_id) > MAX_PER_PERSON:
                raise TooManyFollows(f"a person follows at most {MAX_PER_PERSON:,} channels")
        if new:
            self._counted(channel.name)

    async def unfollow(self, user_id: UserId, name: str) -> None:
        """Raises ``ChannelNotFound``, ``ChannelMoved``."""
        channel = await self._channels.get(name)
        async with self._database.write() as session:
            there_was = await follow_repository.unfollow(session, user_id, channel.id)
        if there_was:
            self._counted(channel.name)

    async def unfollow_all(self, user_id: UserId) -> None:
        async with self._database.write() as session:
            names = [channel.name for channel, _ in await follow_repository.followed_by(session, user_id)]
            await follow_repository.unfollow_all(session, user_id)
        for name in names:
            self._counted(name)

    async def follows(self, user_id: UserId, channel: Channel) -> bool:
        async with self._database.read() as session:
            return await follow_repository.is_followed(session, user_id, channel.id)

    async def followed_at(self, user_id: UserId, channel_id: int, /) -> datetime | None:
        """Since when they follow it; ``None`` when they do not."""
        async with self._database.read() as session:
            return await follow_repository.followed_at(session, user_id, ChannelId(channel_id))

    async def followed_ids(self, user_id: UserId) -> frozenset[ChannelId]:
        async with self._database.read() as session:
            return await follow_repository.followed_ids(session, user_id)

    async def following(
        self, user_id: UserId, limit: int | None = None, after: FollowKey | None = None
    ) -> Sequence[Followed]:
        """What a person follows: live first, then those followed most recently.

        What is live is asked now, so a channel that goes on or off between two pages may come twice or not at all.
        """
        async with self._database.read() as session:
            rows = await follow_repository.followed_by(session, user_id)
        found = [Followed(channel, at, self._live.get(channel.name) is not None) for channel, at in rows]
        found.sort(key=lambda each: _rank(each.key))
        if after is not None:
            found = [each for each in found if _rank(each.key) > _rank(after)]
        return found[:limit]

    def _counted(self, name: ChannelName) -> None:
        self._channels.forget(name)
        self._recounted(name)


def _rank(key: FollowKey) -> tuple[bool, float, int]:
    offline, followed_at, channel_id = key
    return (offline, -followed_at.timestamp(), -channel_id)

"""Named queries over who follows what, and the count of followers kept beside it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import UserId
from catalog.channel import Channel, ChannelId
from catalog.errors import ChannelNotFound
from catalog.repository import channel_of, utc
from catalog.tables import ChannelRow, FollowRow
from infra.database import upsert


async def follow(session: AsyncSession, user_id: UserId, channel_id: ChannelId, now: datetime) -> bool:
    """Whether this is new. Raises ``ChannelNotFound`` when the channel was just deleted."""
    statement = (
        upsert(session, FollowRow)
        .values(user_id=user_id, channel_id=channel_id, followed_at=now)
        .on_conflict_do_nothing()
        .returning(FollowRow.channel_id)
    )
    try:
        added = await session.scalar(statement) is not None
    except IntegrityError:
        raise ChannelNotFound("the channel has just been deleted") from None
    if added:
        await _count(session, [channel_id], 1)
    return added


async def unfollow(session: AsyncSession, user_id: UserId, channel_id: ChannelId) -> bool:
    """Whether there was something to undo."""
    statement = (
        delete(FollowRow)
        .where(FollowRow.user_id == user_id, FollowRow.channel_id == channel_id)
        .returning(FollowRow.channel_id)
    )
    removed = await session.scalar(statement) is not None
    if removed:
        await _count(session, [channel_id], -1)
    return removed


async def unfollow_all(session: AsyncSession, user_id: UserId) -> None:
    statement = delete(FollowRow).where(FollowRow.user_id == user_id).returning(FollowRow.channel_id)
    # In order, so that two who leave at once do not wait for each other.
    await _count(session, sorted(ChannelId(each) for each in await session.scalars(statement)), -1)


async def count_followed_by(session: AsyncSession, user_id: UserId) -> int:
    return await session.scalar(select(func.count()).where(FollowRow.user_id == user_id)) or 0


async def followed_ids(session: AsyncSession, user_id: UserId) -> frozenset[ChannelId]:
    query = select(FollowRow.channel_id).where(FollowRow.user_id == user_id)
    return frozenset(ChannelId(each) for each in await session.scalars(query))


async def is_followed(session: AsyncSession, user_id: UserId, channel_id: ChannelId) -> bool:
    query = select(FollowRow.channel_id).where(
        FollowRow.user_id == user_id, FollowRow.channel_id == channel_id
    )
    return await session.scalar(query) is not None


async def followed_at(session: AsyncSession, user_id: UserId, channel_id: ChannelId) -> datetime | None:
    """Since when a person follows a channel."""
    query = select(FollowRow.followed_at).where(
        FollowRow.user_id == user_id, FollowRow.channel_id == channel_id
    )
    at = await session.scalar(query)
    return None if at is None else utc(at)


async def followed_by(session: AsyncSession, user_id: UserId) -> list[tuple[Channel, datetime]]:
    """What a person follows and since when, in no order."""
    query = (
        select(ChannelRow, FollowRow.followed_at)
        .join(FollowRow, FollowRow.channel_id == ChannelRow.id)
        .where(FollowRow.user_id == user_id)
    )
    return [(channel_of(row), utc(at)) for row, at in await session.execute(query)]


async def _count(session: AsyncSession, channel_ids: Collection[ChannelId], change: int) -> None:
    for channel_id in channel_ids:
        await session.execute(
            update(ChannelRow)
            .where(ChannelRow.id == channel_id)
            .values(followers=ChannelRow.followers + change)
        )

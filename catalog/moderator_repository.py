"""Named queries over who moderates which channel."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import UserId
from catalog.channel import ChannelId
from catalog.errors import ChannelNotFound
from catalog.repository import utc
from catalog.tables import ChannelRow, ModeratorRow
from infra.database import upsert


async def add(session: AsyncSession, channel_id: ChannelId, user_id: UserId, now: datetime) -> None:
    """Does nothing when they are one already. Raises ``ChannelNotFound`` when the channel was just deleted."""
    statement = (
        upsert(session, ModeratorRow)
        .values(channel_id=channel_id, user_id=user_id, added_at=now)
        .on_conflict_do_nothing()
    )
    try:
        await session.execute(statement)
    except IntegrityError:
        raise ChannelNotFound("the channel has just been deleted") from None


async def remove(session: AsyncSession, channel_id: ChannelId, user_id: UserId) -> bool:
    """Whether they were one."""
    statement = (
        delete(ModeratorRow)
        .where(ModeratorRow.channel_id == channel_id, ModeratorRow.user_id == user_id)
        .returning(ModeratorRow.user_id)
    )
    return await session.scalar(statement) is not None


async def remove_everywhere(session: AsyncSession, user_id: UserId) -> None:
    await session.execute(delete(ModeratorRow).where(ModeratorRow.user_id == user_id))


async def of_channel(session: AsyncSession, channel_id: ChannelId) -> list[tuple[UserId, datetime]]:
    """Oldest first."""
    query = (
        select(ModeratorRow.user_id, ModeratorRow.added_at)
        .where(ModeratorRow.channel_id == channel_id)
        .order_by(ModeratorRow.added_at, ModeratorRow.user_id)
    )
    return [(UserId(user_id), utc(at)) for user_id, at in await session.execute(query)]


async def is_moderator(session: AsyncSession, channel_id: ChannelId, user_id: UserId) -> bool:
    query = select(ModeratorRow.user_id).where(
        ModeratorRow.channel_id == channel_id, ModeratorRow.user_id == user_id
    )
    return await session.scalar(query) is not None


async def moderated_by(session: AsyncSession, user_id: UserId) -> list[str]:
    """Names of channels, in order."""
    query = (
        select(ChannelRow.name)
        .join(ModeratorRow, ModeratorRow.channel_id == ChannelRow.id)
        .where(ModeratorRow.user_id == user_id)
        .order_by(ChannelRow.name)
    )
    return list(await session.scalars(query))

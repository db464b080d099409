"""Named queries over the table of channels. The service that calls them owns the transaction."""

from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.channel import Channel, ChannelName, StreamKeyHash
from catalog.errors import ChannelExists
from catalog.tables import ChannelRow


async def add(session: AsyncSession, channel: Channel) -> None:
    """Raises ``ChannelExists``; the transaction is then spent."""
    session.add(
        ChannelRow(
            name=channel.name,
            title=channel.title,
            stream_key_hash=channel.stream_key_hash,
            created_at=channel.created_at,
        )
    )
    try:
        await session.flush()
    except IntegrityError:
        raise ChannelExists(f"there is a channel named {channel.name!r} already") from None


async def get(session: AsyncSession, name: ChannelName) -> Channel | None:
    row = await session.scalar(select(ChannelRow).where(ChannelRow.name == name))
    return None if row is None else _channel(row)


async def all_by_name(session: AsyncSession) -> list[Channel]:
    rows = await session.scalars(select(ChannelRow).order_by(ChannelRow.name))
    return [_channel(row) for row in rows]


async def set_title(session: AsyncSession, name: ChannelName, title: str) -> bool:
    """Whether there was such a channel."""
    return await _update(session, name, title=title)


async def set_stream_key_hash(session: AsyncSession, name: ChannelName, key_hash: StreamKeyHash) -> bool:
    """Whether there was such a channel."""
    return await _update(session, name, stream_key_hash=key_hash)


async def _update(session: AsyncSession, name: ChannelName, **values: object) -> bool:
    statement = update(ChannelRow).where(ChannelRow.name == name).values(**values).returning(ChannelRow.id)
    return await session.scalar(statement) is not None


def _channel(row: ChannelRow) -> Channel:
    return Channel(
        name=ChannelName(row.name),
        title=row.title,
        stream_key_hash=StreamKeyHash(row.stream_key_hash),
        created_at=_utc(row.created_at),
    )


def _utc(moment: datetime) -> datetime:
    # SQLite keeps no zone; what was written was UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

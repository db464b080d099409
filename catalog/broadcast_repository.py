"""Named queries over broadcasts, and the count of past ones kept beside them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.channel import ChannelId, ChannelName
from catalog.repository import utc
from catalog.tables import BroadcastRow, ChannelRow

BroadcastId = NewType("BroadcastId", int)


@dataclass(frozen=True, slots=True)
class PastBroadcast:
    """A broadcast that has ended."""

    id: BroadcastId
    started_at: datetime
    ended_at: datetime
    peak_viewers: int


async def begin(
    session: AsyncSession, name: ChannelName, started_at: datetime, now: datetime, viewers: int
) -> BroadcastId | None:
    """``None`` when there is no such channel."""
    channel_id = await session.scalar(select(ChannelRow.id).where(ChannelRow.name == name))
    if channel_id is None:
        return None
    row = BroadcastRow(channel_id=channel_id, started_at=started_at, seen_at=now, peak_viewers=viewers)
    session.add(row)
    await session.flush()
    return BroadcastId(row.id)


async def running_of(
    session: AsyncSession, channel_id: ChannelId, seen_since: datetime
) -> tuple[BroadcastId, datetime] | None:
    """The broadcast that goes on, whichever process carries it, and when it began."""
    query = (
        select(BroadcastRow.id, BroadcastRow.started_at)
        .where(
            BroadcastRow.channel_id == channel_id,
            BroadcastRow.ended_at.is_(None),
            BroadcastRow.seen_at >= seen_since,
        )
        .order_by(BroadcastRow.started_at.desc(), BroadcastRow.id.desc())
        .limit(1)
    )
    row = (await session.execute(query)).first()
    return None if row is None else (BroadcastId(row[0]), utc(row[1]))


async def times_of(
    session: AsyncSession, channel_id: ChannelId, broadcast: BroadcastId, seen_since: datetime
) -> tuple[datetime, datetime | None] | None:
    """When it began and ended, if it is this channel's; one that nobody has seen since then ended when last seen."""
    query = select(BroadcastRow.started_at, BroadcastRow.ended_at, BroadcastRow.seen_at).where(
        BroadcastRow.id == broadcast, BroadcastRow.channel_id == channel_id
    )
    row = (await session.execute(query)).first()
    if row is None:
        return None
    began, ended, seen = row
    if ended is None and utc(seen) >= seen_since:
        return utc(began), None
    return utc(began), utc(seen if ended is None else ended)


async def note(session: AsyncSession, broadcast: BroadcastId, now: datetime, peak_viewers: int) -> None:
    """It goes on."""
    await session.execute(
        update(BroadcastRow)
        .where(BroadcastRow.id == broadcast)
        .values(seen_at=now, peak_viewers=peak_viewers)
    )


async def end(session: AsyncSession, broadcast: BroadcastId, ended_at: datetime, peak_viewers: int) -> None:
    statement = (
        update(BroadcastRow)
        .where(BroadcastRow.id == broadcast, BroadcastRow.ended_at.is_(None))
        .values(ended_at=ended_at, seen_at=ended_at, peak_viewers=peak_viewers)
        .returning(BroadcastRow.channel_id)
    )
    await _count(session, list(await session.scalars(statement)))


async def end_left_over(session: AsyncSession, unseen_since: datetime) -> int:
    """Ends what a process that died left open, at the moment it was last seen; returns how many.

    What another process has seen since then goes on.
    """
    statement = (
        update(BroadcastRow)
        .where(BroadcastRow.ended_at.is_(None), BroadcastRow.seen_at < unseen_since)
        .values(ended_at=BroadcastRow.seen_at)
        .returning(BroadcastRow.channel_id)
    )
    channel_ids = list(await session.scalars(statement))
    await _count(session, channel_ids)
    return len(channel_ids)


async def past_of(
    session: AsyncSession, channel_id: ChannelId, limit: int, after: tuple[datetime, int] | None
) -> list[PastBroadcast]:
    """Newest first; ``after`` is the beginning and the id of the last of the page before."""
    query = (
        select(BroadcastRow)
        .where(BroadcastRow.channel_id == channel_id, BroadcastRow.ended_at.is_not(None))
        .order_by(BroadcastRow.started_at.desc(), BroadcastRow.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(BroadcastRow.started_at, BroadcastRow.id) < tuple_(*after))
    rows = await session.scalars(query)
    return [
        PastBroadcast(BroadcastId(row.id), utc(row.started_at), utc(row.ended_at), row.peak_viewers)
        for row in rows
        if row.ended_at is not None
    ]


async def _count(session: AsyncSession, channel_ids: list[int]) -> None:
    for channel_id in sorted(channel_ids):
        await session.execute(
            update(ChannelRow)
            .where(ChannelRow.id == channel_id)
            .values(past_broadcasts=ChannelRow.past_broadcasts + 1)
        )

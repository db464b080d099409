"""Named queries over polls and votes."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chat.poll import StoredPoll
from chat.tables import PollRow, VoteRow
from infra.database import upsert


async def add(session: AsyncSession, channel_id: int, poll: StoredPoll) -> None:
    session.add(
        PollRow(
            id=poll.id,
            channel_id=channel_id,
            question=poll.question,
            options=list(poll.options),
            ends_at_ms=poll.ends_at_ms,
            closed_at_ms=None,
            taken_away=False,
        )
    )
    await session.flush()


async def last(session: AsyncSession, channel_id: int) -> StoredPoll | None:
    """The last poll of a room, unless it was taken away."""
    query = (
        select(PollRow)
        .where(PollRow.channel_id == channel_id)
        .order_by(PollRow.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    row = await session.scalar(query)
    return None if row is None or row.taken_away else _poll(row)


async def close(session: AsyncSession, poll_id: str, at_ms: int) -> bool:
    """Whether it was open."""
    statement = (
        update(PollRow)
        .where(PollRow.id == poll_id, PollRow.closed_at_ms.is_(None))
        .values(closed_at_ms=at_ms)
        .returning(PollRow.id)
    )
    return await session.scalar(statement) is not None


async def take_away(session: AsyncSession, poll_id: str) -> bool:
    """Whether it was there."""
    statement = (
        update(PollRow)
        .where(PollRow.id == poll_id, PollRow.taken_away.is_(False))
        .values(taken_away=True)
        .returning(PollRow.id)
    )
    return await session.scalar(statement) is not None


async def vote(session: AsyncSession, poll_id: str, user_id: str, option: int) -> None:
    """One vote per person; the last one counts."""
    await session.execute(
        upsert(session, VoteRow)
        .values(poll_id=poll_id, user_id=user_id, option=option)
        .on_conflict_do_update(index_elements=[VoteRow.poll_id, VoteRow.user_id], set_={"option": option})
    )


async def votes(session: AsyncSession, poll_id: str) -> Mapping[int, int]:
    """How many, by option."""
    query = select(VoteRow.option, func.count()).where(VoteRow.poll_id == poll_id).group_by(VoteRow.option)
    return {row[0]: row[1] for row in await session.execute(query)}


async def vote_of(session: AsyncSession, poll_id: str, user_id: str) -> int | None:
    query = select(VoteRow.option).where(VoteRow.poll_id == poll_id, VoteRow.user_id == user_id)
    return await session.scalar(query)


async def votes_of(session: AsyncSession, user_id: str) -> Sequence[tuple[str, str]]:
    """What somebody voted: question and answer."""
    query = (
        select(PollRow, VoteRow.option)
        .join(VoteRow, VoteRow.poll_id == PollRow.id)
        .where(VoteRow.user_id == user_id)
        .order_by(PollRow.id)
    )
    return [(row.question, row.options[option]) for row, option in await session.execute(query)]


async def forget_votes(session: AsyncSession, user_id: str) -> None:
    await session.execute(delete(VoteRow).where(VoteRow.user_id == user_id))


def _poll(row: PollRow) -> StoredPoll:
    return StoredPoll(
        id=row.id,
        question=row.question,
        options=tuple(row.options),
        ends_at_ms=row.ends_at_ms,
        closed_at_ms=row.closed_at_ms,
    )

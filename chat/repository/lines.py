"""Named queries over lines: written once by key, read by id, by clock, by words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from chat.colours import colour_of
from chat.messages import Author, Mention, Message, Reply
from chat.moderation_log import HoldReason
from chat.repository import reactions
from chat.room import DELETED_NAME, Line
from chat.tables import MessageRow
from chat.text import excerpt, fold
from infra.database import upsert

State = Literal["shown", "held", "denied", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """A line to store. The message has an author; its id is given when it is stored."""

    message: Message
    channel_id: int
    key: str
    hold: HoldReason | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line with what moderators may know of it."""

    message: Message
    state: State
    hold_reason: HoldReason | None = None
    deleted_by: str | None = None
    """Whoever deleted it: a person's id."""
    network: str | None = None
    is_new: bool = False
    """Whether it has just been written, rather than found by its key."""

    @property
    def is_shown(self) -> bool:
        return self.state == "shown" and self.deleted_by is None


async def add(session: AsyncSession, lines: Sequence[NewLine]) -> set[str]:
    """Stores the lines whose key is new for their author; returns the ids of those."""
    statement = upsert(session, MessageRow).on_conflict_do_nothing(
        index_elements=["channel_id", "author_id", "client_key"]
    )
    result = await session.scalars(statement.returning(MessageRow.id), [_values(line) for line in lines])
    return set(result)


async def with_keys(
    session: AsyncSession, channel_id: int, keys: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], StoredLine]:
    """Lines by author and key."""
    if not keys:
        return {}
    query = select(MessageRow).where(
        MessageRow.channel_id == channel_id,
        tuple_(MessageRow.author_id, MessageRow.client_key).in_(list(keys)),
    )
    rows = list(await session.scalars(query))
    stored = await _stored(session, rows)
    return {
        (row.author_id, row.client_key): line
        for row, line in zip(rows, stored, strict=True)
        if row.author_id is not None
    }


async def get(session: AsyncSession, channel_id: int, id_: str) -> StoredLine | None:
    found = await by_ids(session, channel_id, [id_])
    return found[0] if found else None


async def by_ids(session: AsyncSession, channel_id: int, ids: Collection[str]) -> Sequence[StoredLine]:
    """By id, in order."""
    query = (
        select(MessageRow)
        .where(MessageRow.channel_id == channel_id, MessageRow.id.in_(ids))
        .order_by(MessageRow.id)
    )
    return await _stored(session, list(await session.scalars(query)))


async def window(session: AsyncSession, channel_id: int, limit: int) -> Sequence[Line]:
    """The last lines of a room, deleted ones among them, in order."""
    query = (
        select(MessageRow)
        .where(MessageRow.channel_id == channel_id, MessageRow.state == "shown")
        .order_by(MessageRow.id.desc())
        .limit(limit)
    )
    rows = list(await session.scalars(query))[::-1]
    return [Line(line.message, not line.is_shown) for line in await _stored(session, rows)]


async def before(
    session: AsyncSession, channel_id: int, before_id: str | None, limit: int
) -> Sequence[Message]:
    """The last ``limit`` lines that are shown, before the one with this id, in order."""
    query = select(MessageRow).where(MessageRow.channel_id == channel_id, _SHOWN)
    if before_id is not None:
        query = query.where(MessageRow.id < before_id)
    rows = list(await session.scalars(query.order_by(MessageRow.id.desc()).limit(limit)))[::-1]
    return [line.message for line in await _stored(session, rows)]


async def by_clock(
    session: AsyncSession,
    channel_id: int,
    broadcast: int,
    from_ms: int,
    to_ms: int | None,
    limit: int,
    after: str | None = None,
) -> Sequence[Message]:
    """Lines of a broadcast that are shown, by its clock; ``after`` leaves out those of ``from_ms`` up to that id."""
    query = select(MessageRow).where(
        MessageRow.channel_id == channel_id,
        MessageRow.broadcast_id == broadcast,
        MessageRow.clock_ms >= from_ms,
        _SHOWN,
    )
    if to_ms is not None:
        query = query.where(MessageRow.clock_ms < to_ms)
    if after is not None:
        query = query.where(or_(MessageRow.clock_ms > from_ms, MessageRow.id > after))
    rows = await session.scalars(query.order_by(MessageRow.clock_ms, MessageRow.id).limit(limit))
    return [line.message for line in await _stored(session, list(rows))]


async def counts_by_clock(
    session: AsyncSession, channel_id: int, broadcast: int, from_ms: int, before_ms: int, bin_ms: int
) -> Mapping[int, int]:
    """How many lines are shown in each ``bin_ms`` since ``from_ms``."""
    number = ((MessageRow.clock_ms - from_ms) // bin_ms).label("number")
    query = (
        select(number, func.count())
        .where(
            MessageRow.broadcast_id == broadcast,
            MessageRow.clock_ms >= from_ms,
            MessageRow.clock_ms < before_ms,
            MessageRow.channel_id == channel_id,
            _SHOWN,
        )
        .group_by(number)
    )
    return {int(each or 0): count for each, count in await session.execute(query)}


async def counts_of(session: AsyncSession, broadcasts: Collection[int]) -> Mapping[int, int]:
    """How many lines are shown of each of these broadcasts."""
    query = (
        select(MessageRow.broadcast_id, func.count())
        .where(MessageRow.broadcast_id.in_(broadcasts), _SHOWN)
        .group_by(MessageRow.broadcast_id)
    )
    return {broadcast: count for broadcast, count in await session.execute(query) if broadcast is not None}


async def held(session: AsyncSession, channel_id: int, limit: int) -> Sequence[StoredLine]:
    """Lines that wait for a decision, oldest first; of too many the last ones."""
    query = (
        select(MessageRow)
        .where(MessageRow.channel_id == channel_id, MessageRow.state == "held")
        .order_by(MessageRow.id.desc())
        .limit(limit)
    )
    return await _stored(session, list(await session.scalars(query))[::-1])


async def search(
    session: AsyncSession,
    channel_id: int,
    words: str | None,
    author: str | None,
    before_id: str | None,
    limit: int,
) -> Sequence[StoredLine]:
    """Lines that hold the words, or are of this person, whatever became of them, newest first."""
    query = select(MessageRow).where(MessageRow.channel_id == channel_id, MessageRow.state != "withdrawn")
    if words is not None:
        query = query.where(MessageRow.folded.contains(fold(words), autoescape=True))
    if author is not None:
        query = query.where(MessageRow.author_id == author)
    if before_id is not None:
        query = query.where(MessageRow.id < before_id)
    return await _stored(
        session, list(await session.scalars(query.order_by(MessageRow.id.desc()).limit(limit)))
    )


async def last_of(session: AsyncSession, channel_id: int, author: str) -> StoredLine | None:
    """The last line somebody wrote in a room, whatever became of it."""
    query = (
        select(MessageRow)
        .where(
            MessageRow.channel_id == channel_id,
            MessageRow.author_id == author,
            MessageRow.state != "withdrawn",
        )
        .order_by(MessageRow.id.desc())
        .limit(1)
    )
    row = await session.scalar(query)
    return None if row is None else (await _stored(session, [row]))[0]


async def delete_shown(
    session: AsyncSession, channel_id: int, ids: Collection[str], by: str, now_ms: int
) -> Sequence[str]:
    """Marks lines deleted; returns those that were not."""
    statement = (
        update(MessageRow)
        .where(MessageRow.channel_id == channel_id, MessageRow.id.in_(ids), _SHOWN)
        .values(deleted_at_ms=now_ms, deleted_by=by)
        .returning(MessageRow.id)
    )
    return sorted(await session.scalars(statement))


async def clear(
    session: AsyncSession, channel_id: int, author: str | None, up_to: str, by: str, now_ms: int
) -> None:
    """Marks every line up to an id, itself included, deleted: of somebody, or of everyone."""
    statement = (
        update(MessageRow)
        .where(MessageRow.channel_id == channel_id, MessageRow.id <= up_to, _SHOWN)
        .values(deleted_at_ms=now_ms, deleted_by=by)
    )
    if author is not None:
        statement = statement.where(MessageRow.author_id == author)
    await session.execute(statement)


async def set_state(
    session: AsyncSession, channel_id: int, ids: Collection[str], was: State, becomes: State
) -> Sequence[str]:
    """Changes the state of lines that were in another; returns those."""
    statement = (
        update(MessageRow)
        .where(MessageRow.channel_id == channel_id, MessageRow.id.in_(ids), MessageRow.state == was)
        .values(state=becomes)
        .returning(MessageRow.id)
    )
    return sorted(await session.scalars(statement))


async def remove(session: AsyncSession, ids: Collection[str], only: State | None = None) -> None:
    """As if they had never been written."""
    statement = delete(MessageRow).where(MessageRow.id.in_(ids))
    if only is not None:
        statement = statement.where(MessageRow.state == only)
    await session.execute(statement)


async def withdrawn(session: AsyncSession, limit: int) -> Sequence[tuple[int, str]]:
    """Channel and id of lines that were perhaps shown and taken back."""
    query = select(MessageRow.channel_id, MessageRow.id).where(MessageRow.state == "withdrawn").limit(limit)
    return [(channel_id, id_) for channel_id, id_ in await session.execute(query)]


async def expire(session: AsyncSession, channel_id: int, before_id: str, limit: int) -> int:
    """Removes up to ``limit`` lines older than an id; returns how many."""
    old = (
        select(MessageRow.id)
        .where(MessageRow.channel_id == channel_id, MessageRow.id < before_id)
        .order_by(MessageRow.id)
        .limit(limit)
    )
    gone = await session.scalars(delete(MessageRow).where(MessageRow.id.in_(old)).returning(MessageRow.id))
    return len(list(gone))


async def forget_networks(session: AsyncSession, before_ms: int) -> None:
    await session.execute(
        update(MessageRow)
        .where(MessageRow.at_ms < before_ms, MessageRow.network.is_not(None))
        .values(network=None)
    )


async def written_by(session: AsyncSession, author: str) -> Sequence[StoredLine]:
    """Everything somebody wrote, in every room, in order."""
    query = select(MessageRow).where(MessageRow.author_id == author).order_by(MessageRow.id)
    return await _stored(session, list(await session.scalars(query)))


async def channels_of(session: AsyncSession, author: str) -> Sequence[int]:
    """Rooms somebody wrote in, or is named in."""
    query = (
        select(MessageRow.channel_id)
        .where(or_(MessageRow.author_id == author, _names(author)))
        .distinct()
        .order_by(MessageRow.channel_id)
    )
    return list(await session.scalars(query))


async def anonymise(session: AsyncSession, author: str) -> None:
    """Nobody can tell any more who wrote these lines, or that others' lines name them."""
    named = await session.scalars(select(MessageRow).where(_names(author)))
    for row in named:
        row.mentions = [each for each in row.mentions if each["id"] != author]
    await session.flush()
    await session.execute(
        update(MessageRow)
        .where(MessageRow.author_id == author)
        .values(author_id=None, author_name=None, badges=[], network=None)
    )


_SHOWN: ColumnElement[bool] = and_(MessageRow.state == "shown", MessageRow.deleted_at_ms.is_(None))


def _names(user: str) -> ColumnElement[bool]:
    return cast(MessageRow.mentions, Text).contains(f'"{user}"', autoescape=True)


def _values(line: NewLine) -> dict[str, Any]:
    message = line.message
    assert message.author is not None
    return {
        "id": message.id,
        "channel_id": line.channel_id,
        "client_key": line.key,
        "author_id": message.author.id,
        "author_name": message.author.name,
        "badges": message.author.badges,
        "kind": message.kind,
        "text": message.text,
        "folded": fold(message.text),
        "at_ms": message.at_ms,
        "broadcast_id": message.broadcast,
        "clock_ms": message.clock_ms,
        "reply_to": None if message.reply_to is None else message.reply_to.id,
        "mentions": msgspec.to_builtins(message.mentions),
        "state": "shown" if line.hold is None else "held",
        "hold_reason": line.hold,
        "network": line.network,
    }


async def _stored(session: AsyncSession, rows: Sequence[MessageRow]) -> Sequence[StoredLine]:
    counts = await reactions.counts(session, [row.id for row in rows])
    replies = await _replies(session, {row.reply_to for row in rows if row.reply_to is not None})
    return [
        StoredLine(
            _message(row, counts.get(row.id, {}), replies),
            row.state,  # type: ignore[arg-type]  # written by this module only
            row.hold_reason,  # type: ignore[arg-type]
            row.deleted_by if row.deleted_at_ms is not None else None,
            row.network,
        )
        for row in rows
    ]


async def _replies(session: AsyncSession, ids: Collection[str]) -> Mapping[str, Reply]:
    """What is shown of the lines that others answer; deleted ones are left out."""
    if not ids:
        return {}
    query = select(MessageRow.id, MessageRow.author_id, MessageRow.author_name, MessageRow.text).where(
        MessageRow.id.in_(ids), _SHOWN
    )
    return {
        id_: Reply(id_, name or DELETED_NAME, excerpt(text), author)
        for id_, author, name, text in await session.execute(query)
    }


def _message(row: MessageRow, counts: Mapping[str, int], replies: Mapping[str, Reply]) -> Message:
    author = None
    if row.author_id is not None:
        author = Author(row.author_id, row.author_name or "", colour_of(row.author_id), list(row.badges))
    return Message(
        id=row.id,
        author=author,
        kind=row.kind,  # type: ignore[arg-type]  # written by this module only
        text=row.text,
        at_ms=row.at_ms,
        broadcast=row.broadcast_id,
        clock_ms=row.clock_ms,
        reply_to=None if row.reply_to is None else replies.get(row.reply_to),
        mentions=_mentions(row.mentions),
        reactions=dict(counts),
    )


def _mentions(stored: Iterable[Mapping[str, str]]) -> list[Mention]:
    return [Mention(each["id"], each["name"]) for each in stored]

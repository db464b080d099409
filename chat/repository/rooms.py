"""Named queries over rooms: settings, blocked terms, what is pinned, the log of actions, notes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chat.messages import RoomSettings
from chat.moderation_log import BlockedTermView, LogEntry, Note, Person
from chat.tables import LogRow, MessageRow, NoteRow, PollRow, RestrictionRow, RoomRow
from infra.database import upsert

_POSTGRES_ROOM_LOCK = 0x43484154
"""Any number does that no other kind of lock uses."""


@dataclass(frozen=True, slots=True)
class StoredRoom:
    settings: RoomSettings
    terms: Sequence[BlockedTermView]
    pinned_id: str | None


async def get(session: AsyncSession, channel_id: int) -> StoredRoom:
    """What was set, or what a room begins with."""
    row = await session.get(RoomRow, channel_id)
    if row is None:
        return StoredRoom(RoomSettings(), (), None)
    return StoredRoom(
        msgspec.convert(row.settings, RoomSettings),
        msgspec.convert(row.terms, list[BlockedTermView]),
        row.pinned_id,
    )


async def lock(session: AsyncSession, channel_id: int) -> None:
    """Nobody else changes the room until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        # On SQLite a writing transaction is the only one anyway.
        statement = text("SELECT pg_advisory_xact_lock(:kind, :channel)")
        await session.execute(statement, {"kind": _POSTGRES_ROOM_LOCK, "channel": channel_id})


async def set_settings(session: AsyncSession, channel_id: int, settings: RoomSettings) -> None:
    await _set(session, channel_id, settings=msgspec.to_builtins(settings))


async def set_terms(session: AsyncSession, channel_id: int, terms: Sequence[BlockedTermView]) -> None:
    await _set(session, channel_id, terms=msgspec.to_builtins(list(terms)))


async def set_pinned(session: AsyncSession, channel_id: int, message_id: str | None) -> None:
    await _set(session, channel_id, pinned_id=message_id)


async def all_settings(session: AsyncSession) -> Mapping[int, RoomSettings]:
    """By channel."""
    query = select(RoomRow.channel_id, RoomRow.settings)
    return {
        channel_id: msgspec.convert(settings, RoomSettings)
        for channel_id, settings in await session.execute(query)
    }


async def write_log(session: AsyncSession, channel_id: int, entry: LogEntry) -> None:
    session.add(
        LogRow(
            id=entry.id,
            channel_id=channel_id,
            at_ms=entry.at_ms,
            by_id=entry.by.id,
            by_name=entry.by.name,
            action=entry.action,
            user_id=None if entry.user is None else entry.user.id,
            user_name=None if entry.user is None else entry.user.name,
            duration_s=entry.duration_s,
            reason=entry.reason,
            message_id=entry.message,
            details=entry.details,
        )
    )
    await session.flush()


async def log(
    session: AsyncSession, channel_id: int, before_id: str | None, limit: int
) -> Sequence[LogEntry]:
    """Newest first."""
    query = select(LogRow).where(LogRow.channel_id == channel_id)
    if before_id is not None:
        query = query.where(LogRow.id < before_id)
    return [
        LogEntry(
            id=row.id,
            at_ms=row.at_ms,
            by=Person(row.by_id, row.by_name),
            action=row.action,  # type: ignore[arg-type]  # written by this module only
            user=None if row.user_id is None else Person(row.user_id, row.user_name or ""),
            duration_s=row.duration_s,
            reason=row.reason,
            message=row.message_id,
            details=row.details,
        )
        for row in await session.scalars(query.order_by(LogRow.id.desc()).limit(limit))
    ]


async def add_note(session: AsyncSession, channel_id: int, note: Note) -> None:
    session.add(
        NoteRow(
            id=note.id,
            channel_id=channel_id,
            user_id=note.user.id,
            user_name=note.user.name,
            by_id=note.by.id,
            by_name=note.by.name,
            text=note.text,
            at_ms=note.at_ms,
        )
    )
    await session.flush()


async def notes(session: AsyncSession, channel_id: int, user_id: str) -> Sequence[Note]:
    """About somebody, newest first."""
    query = (
        select(NoteRow)
        .where(NoteRow.channel_id == channel_id, NoteRow.user_id == user_id)
        .order_by(NoteRow.id.desc())
    )
    return [
        Note(
            id=row.id,
            user=Person(row.user_id, row.user_name),
            by=Person(row.by_id, row.by_name),
            text=row.text,
            at_ms=row.at_ms,
        )
        for row in await session.scalars(query)
    ]


async def count_notes(session: AsyncSession, channel_id: int, user_id: str) -> int:
    query = select(func.count()).where(NoteRow.channel_id == channel_id, NoteRow.user_id == user_id)
    return await session.scalar(query) or 0


async def forget(session: AsyncSession, user_id: str, name: str) -> None:
    """Notes about and restrictions of somebody go; where the log and notes name them, they are ``name``."""
    await session.execute(delete(NoteRow).where(NoteRow.user_id == user_id))
    await session.execute(delete(RestrictionRow).where(RestrictionRow.user_id == user_id))
    for row in (NoteRow, LogRow, RestrictionRow):
        await session.execute(update(row).where(row.by_id == user_id).values(by_id="", by_name=name))
    await session.execute(
        update(LogRow)
        .where(LogRow.user_id == user_id)
        .values(user_id="", user_name=name, reason="", details="")
    )


async def channels(session: AsyncSession) -> set[int]:
    """Every channel anything is kept of."""
    found: set[int] = set()
    for row in (MessageRow, RoomRow, RestrictionRow, LogRow, NoteRow, PollRow):
        found.update(await session.scalars(select(row.channel_id).distinct()))
    return found


async def remove(session: AsyncSession, channel_ids: Collection[int]) -> None:
    """Everything kept of channels that are gone."""
    for row in (MessageRow, RoomRow, RestrictionRow, LogRow, NoteRow, PollRow):
        await session.execute(delete(row).where(row.channel_id.in_(channel_ids)))


async def _set(session: AsyncSession, channel_id: int, **values: Any) -> None:
    begin: dict[str, Any] = {"settings": msgspec.to_builtins(RoomSettings()), "terms": [], "pinned_id": None}
    await session.execute(
        upsert(session, RoomRow)
        .values(channel_id=channel_id, **(begin | values))
        .on_conflict_do_update(index_elements=[RoomRow.channel_id], set_=values)
    )
    # Whoever reads the room in this transaction reads it anew.
    session.expire_all()

"""Named queries over recordings. The service that calls them owns the transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import msgspec
from sqlalchemy import bindparam, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import upsert

from .recordings import Decided, Part, Policy, Previews, Recording, RecordingId, State, Stored, Visibility
from .tables import RecordingPartRow, RecordingPolicyRow, RecordingRow

KNOWN_STATES = tuple(state for state in State if state is not State.REMOVED)


async def decided_of(session: AsyncSession, channel_id: int) -> Decided:
    """What the channel's owner has decided."""
    found = await session.get(RecordingPolicyRow, channel_id, populate_existing=True)
    if found is None:
        return Decided()
    return Decided(
        None if found.policy is None else Policy(found.policy),
        None if found.visibility is None else Visibility(found.visibility),
        found.keep_days,
    )


async def set_policy(session: AsyncSession, channel_id: int, policy: Policy) -> None:
    await _decide(session, channel_id, policy=policy.value)


async def set_new_visibility(session: AsyncSession, channel_id: int, visibility: Visibility) -> None:
    """Of recordings that begin from now on."""
    await _decide(session, channel_id, visibility=visibility.value)


async def set_keep_days(session: AsyncSession, channel_id: int, days: int | None) -> None:
    await _decide(session, channel_id, keep_days=days)


async def all_keep_days(session: AsyncSession) -> Mapping[int, int]:
    """What owners have decided, by channel."""
    query = select(RecordingPolicyRow.channel_id, RecordingPolicyRow.keep_days)
    return {channel_id: days for channel_id, days in await session.execute(query) if days is not None}


async def _decide(session: AsyncSession, channel_id: int, **values: str | int | None) -> None:
    statement = upsert(session, RecordingPolicyRow).values(channel_id=channel_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["channel_id"], set_=values))


async def add(
    session: AsyncSession,
    recording_id: RecordingId,
    channel_id: int,
    broadcast_began_at: datetime,
    now: datetime,
    visibility: Visibility,
    title: str,
) -> None:
    session.add(
        RecordingRow(
            id=recording_id,
            channel_id=channel_id,
            broadcast_began_at=broadcast_began_at,
            started_at=now,
            state=State.RECORDING.value,
            visibility=visibility.value,
            title=title,
        )
    )
    await session.flush()


async def get(session: AsyncSession, recording_id: RecordingId) -> Recording | None:
    """``None`` also for one that was removed."""
    row = await session.get(RecordingRow, recording_id)
    if row is None or row.state == State.REMOVED.value:
        return None
    return _recording(row, await _parts_of(session, [row.id]))


async def of_channel(
    session: AsyncSession,
    channel_id: int,
    limit: int,
    after: tuple[datetime, str] | None,
    visible: Collection[Visibility],
    states: Collection[State] = KNOWN_STATES,
) -> list[Recording]:
    """Newest first; ``after`` is the beginning and the id of the last of the page before."""
    query = (
        select(RecordingRow)
        .where(
            RecordingRow.channel_id == channel_id,
            RecordingRow.visibility.in_([each.value for each in visible]),
            RecordingRow.state.in_([each.value for each in states]),
        )
        .order_by(RecordingRow.started_at.desc(), RecordingRow.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(RecordingRow.started_at, RecordingRow.id) < tuple_(*after))
    rows = list(await session.scalars(query))
    parts = await _parts_of(session, [row.id for row in rows])
    return [_recording(row, parts) for row in rows]


async def unfinished(session: AsyncSession) -> list[Recording]:
    """Those that are being written or finished, by whichever process; oldest first."""
    query = (
        select(RecordingRow)
        .where(RecordingRow.state.in_([State.RECORDING.value, State.FINISHING.value]))
        .order_by(RecordingRow.started_at, RecordingRow.id)
    )
    return [_recording(row, {}) for row in await session.scalars(query)]


@dataclass(frozen=True, slots=True)
class Note:
    """How far a recording is."""

    recording_id: RecordingId
    duration_ms: int
    size_bytes: int
    broadcast_id: int | None


async def note(session: AsyncSession, notes: Sequence[Note]) -> None:
    """They go on. What has ended is left alone, as its files tell more."""
    statement = (
        update(RecordingRow.__table__)  # type: ignore[arg-type]  # declared wider than it is
        .where(RecordingRow.id == bindparam("recording_id_"), RecordingRow.state == State.RECORDING.value)
        .values(
            duration_ms=bindparam("duration_ms_"),
            size_bytes=bindparam("size_bytes_"),
            broadcast_id=bindparam("broadcast_id_"),
        )
    )
    rows = [{f"{name}_": value for name, value in asdict(each).items()} for each in notes]
    await (await session.connection()).execute(statement, rows)


async def end(
    session: AsyncSession, recording_id: RecordingId, ended_at: datetime, trouble: str | None
) -> None:
    """Nothing more is written; its files are to be finished. Only the first time and trouble count."""
    await session.execute(
        update(RecordingRow)
        .where(RecordingRow.id == recording_id, RecordingRow.state == State.RECORDING.value)
        .values(state=State.FINISHING.value, ended_at=ended_at, trouble=trouble)
    )


async def finish(session: AsyncSession, recording_id: RecordingId, parts: Sequence[Part]) -> bool:
    """Its files are as they stay. Returns whether the recording still exists."""
    await session.execute(delete(RecordingPartRow).where(RecordingPartRow.recording_id == recording_id))
    first = parts[0].start_ms if parts else 0
    changed = await session.scalars(
        update(RecordingRow)
        .where(RecordingRow.id == recording_id, RecordingRow.state != State.REMOVED.value)
        .values(
            state=(State.READY if parts else State.EMPTY).value,
            duration_ms=max((part.start_ms + part.duration_ms for part in parts), default=0) - first,
            size_bytes=sum(part.size_bytes for part in parts),
        )
        .returning(RecordingRow.id)
    )
    if changed.first() is None:
        return False
    session.add_all(
        RecordingPartRow(
            recording_id=recording_id, **{name: getattr(part, name) for name in Part.__struct_fields__}
        )
        for part in parts
    )
    await session.flush()
    return True


async def without_previews(session: AsyncSession) -> list[Recording]:
    """Finished ones that have none yet; oldest first."""
    query = (
        select(RecordingRow)
        .where(RecordingRow.state == State.READY.value, RecordingRow.previews.is_(None))
        .order_by(RecordingRow.started_at, RecordingRow.id)
    )
    rows = list(await session.scalars(query))
    parts = await _parts_of(session, [row.id for row in rows])
    return [_recording(row, parts) for row in rows]


async def set_previews(session: AsyncSession, recording_id: RecordingId, previews: Previews) -> None:
    await session.execute(
        update(RecordingRow)
        .where(RecordingRow.id == recording_id)
        .values(previews=msgspec.to_builtins(previews))
    )


async def show_to(session: AsyncSession, recording_id: RecordingId, visibility: Visibility) -> None:
    await session.execute(
        update(RecordingRow).where(RecordingRow.id == recording_id).values(visibility=visibility.value)
    )


async def rename(session: AsyncSession, recording_id: RecordingId, title: str) -> None:
    await session.execute(update(RecordingRow).where(RecordingRow.id == recording_id).values(title=title))


async def mark_removed(
    session: AsyncSession, ids: Collection[RecordingId]
) -> list[tuple[RecordingId, Stored]]:
    """Nobody knows of them any more; returns where their files are."""
    gone = await session.execute(
        update(RecordingRow)
        .where(RecordingRow.id.in_(ids))
        .values(state=State.REMOVED.value)
        .returning(RecordingRow.id, RecordingRow.stored)
    )
    return [(RecordingId(recording_id), Stored(stored)) for recording_id, stored in gone]


async def removed(session: AsyncSession) -> list[tuple[RecordingId, Stored]]:
    """Those whose files may not all be gone."""
    query = select(RecordingRow.id, RecordingRow.stored).where(RecordingRow.state == State.REMOVED.value)
    return [
        (RecordingId(recording_id), Stored(stored)) for recording_id, stored in await session.execute(query)
    ]


async def ended(session: AsyncSession, before: datetime) -> list[Recording]:
    """Finished ones that ended before that moment, without their parts."""
    query = select(RecordingRow).where(
        RecordingRow.ended_at < before,
        RecordingRow.state.in_([State.READY.value, State.EMPTY.value]),
    )
    return [_recording(row, {}) for row in await session.scalars(query)]


async def size_of_channel(session: AsyncSession, channel_id: int) -> int:
    """Bytes of all that is kept of a channel, wherever it is."""
    kept = await session.scalar(
        select(func.coalesce(func.sum(RecordingRow.size_bytes), 0)).where(
            RecordingRow.channel_id == channel_id, RecordingRow.state != State.REMOVED.value
        )
    )
    return int(kept or 0)


async def known_among(session: AsyncSession, ids: Collection[str]) -> set[str]:
    """Which of these there are."""
    return set(await session.scalars(select(RecordingRow.id).where(RecordingRow.id.in_(ids))))


async def to_move(session: AsyncSession) -> list[Recording]:
    """Finished ones with previews that the store does not have, oldest first."""
    query = (
        select(RecordingRow)
        .where(
            RecordingRow.stored.in_([Stored.HERE.value, Stored.MOVING.value]),
            RecordingRow.state == State.READY.value,
            RecordingRow.previews.is_not(None),
        )
        .order_by(RecordingRow.started_at, RecordingRow.id)
    )
    rows = list(await session.scalars(query))
    parts = await _parts_of(session, [row.id for row in rows])
    return [_recording(row, parts) for row in rows]


async def note_moving(
    session: AsyncSession, recording_id: RecordingId, moved_bytes: int, trouble: str | None
) -> None:
    """How much the store has, or why it has not."""
    await session.execute(
        update(RecordingRow)
        .where(RecordingRow.id == recording_id, RecordingRow.stored != Stored.STORE.value)
        .values(stored=Stored.MOVING.value, moved_bytes=moved_bytes, store_trouble=trouble)
    )


async def set_stored(session: AsyncSession, recording_id: RecordingId) -> bool:
    """The store has all of it. Returns whether the recording is still kept."""
    changed = await session.scalars(
        update(RecordingRow)
        .where(RecordingRow.id == recording_id, RecordingRow.state == State.READY.value)
        .values(stored=Stored.STORE.value, moved_bytes=RecordingRow.size_bytes, store_trouble=None)
        .returning(RecordingRow.id)
    )
    return changed.first() is not None


async def stored_among(session: AsyncSession, ids: Collection[str]) -> list[str]:
    """Which of these the store has."""
    query = select(RecordingRow.id).where(RecordingRow.id.in_(ids), RecordingRow.stored == Stored.STORE.value)
    return list(await session.scalars(query))


async def remove(session: AsyncSession, recording_id: RecordingId) -> None:
    await session.execute(delete(RecordingPartRow).where(RecordingPartRow.recording_id == recording_id))
    await session.execute(delete(RecordingRow).where(RecordingRow.id == recording_id))


async def of_other_channels(session: AsyncSession, channel_ids: Collection[int]) -> list[RecordingId]:
    """Recordings whose channel is none of these."""
    rows = await session.execute(select(RecordingRow.id, RecordingRow.channel_id))
    return [RecordingId(recording_id) for recording_id, channel_id in rows if channel_id not in channel_ids]


async def _parts_of(session: AsyncSession, ids: Collection[str]) -> dict[str, list[Part]]:
    query = (
        select(RecordingPartRow)
        .where(RecordingPartRow.recording_id.in_(ids))
        .order_by(RecordingPartRow.recording_id, RecordingPartRow.number)
    )
    found: dict[str, list[Part]] = {}
    for row in await session.scalars(query):
        part = Part(**{name: getattr(row, name) for name in Part.__struct_fields__})
        found.setdefault(row.recording_id, []).append(part)
    return found


def _recording(row: RecordingRow, parts: dict[str, list[Part]]) -> Recording:
    return Recording(
        RecordingId(row.id),
        row.channel_id,
        row.broadcast_id,
        _utc(row.broadcast_began_at),
        _utc(row.started_at),
        None if row.ended_at is None else _utc(row.ended_at),
        State(row.state),
        Visibility(row.visibility),
        row.trouble,
        row.duration_ms,
        row.size_bytes,
        tuple(parts.get(row.id, ())),
        None if row.previews is None else msgspec.convert(row.previews, Previews),
        row.title,
        Stored(row.stored),
        row.moved_bytes,
        row.store_trouble,
    )


def _utc(moment: datetime) -> datetime:
    """SQLite forgets the zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

"""Named queries over recordings. The service that calls them owns the transaction."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import upsert

from .recordings import Part, Policy, Previews, Recording, RecordingId, State, Stored, Visibility
from .tables import RecordingPartRow, RecordingPolicyRow, RecordingRow


async def policy_of(session: AsyncSession, channel_id: int) -> Policy | None:
    """``None`` when the owner has decided nothing."""
    found = await session.scalar(
        select(RecordingPolicyRow.policy).where(RecordingPolicyRow.channel_id == channel_id)
    )
    return None if found is None else Policy(found)


async def set_policy(session: AsyncSession, channel_id: int, policy: Policy) -> None:
    statement = upsert(session, RecordingPolicyRow).values(channel_id=channel_id, policy=policy.value)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["channel_id"], set_={"policy": policy.value})
    )


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
    row = await session.get(RecordingRow, recording_id)
    return None if row is None else _recording(row, await _parts_of(session, [row.id]))


async def of_channel(
    session: AsyncSession,
    channel_id: int,
    limit: int,
    after: tuple[datetime, str] | None,
    visible: Collection[Visibility],
    states: Collection[State] = tuple(State),
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


async def note(
    session: AsyncSession,
    recording_id: RecordingId,
    duration_ms: int,
    size_bytes: int,
    broadcast_id: int | None,
) -> None:
    """It goes on."""
    await session.execute(
        update(RecordingRow)
        .where(RecordingRow.id == recording_id)
        .values(duration_ms=duration_ms, size_bytes=size_bytes, broadcast_id=broadcast_id)
    )


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
        .where(RecordingRow.id == recording_id)
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

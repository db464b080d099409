"""The audit log. Entries are added at the end of a transaction, after everything else it does."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action, AuditEntry, next_entry
from accounts.tables import AuditRow

# Any number does, as long as every Harmonie uses the same one.
_POSTGRES_LOCK = 0x41554454


async def append(
    session: AsyncSession,
    action: Action,
    *,
    at: datetime,
    actor: str,
    subject: str,
    details: Mapping[str, str] | None = None,
) -> None:
    """Adds the next link. Writers wait for each other; on SQLite they do in any case.

    The lock is taken last in a transaction, so that nobody holds it while waiting for a row.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRES_LOCK})
    newest = select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)
    last = (await session.execute(newest)).one_or_none()
    entry = next_entry(
        None if last is None else (last.seq, last.hash),
        at=at,
        actor=actor,
        action=action,
        subject=subject,
        details=details or {},
    )
    session.add(
        AuditRow(
            seq=entry.seq,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            details=msgspec.json.encode(entry.details).decode(),
            previous_hash=entry.previous_hash,
            hash=entry.hash,
        )
    )
    await session.flush()


async def after(session: AsyncSession, seq: int, limit: int) -> Sequence[AuditEntry]:
    """In order, for checking the chain."""
    rows = await session.scalars(
        select(AuditRow).where(AuditRow.seq > seq).order_by(AuditRow.seq).limit(limit)
    )
    return [_entry(row) for row in rows]


async def newest_first(session: AsyncSession, before: int | None, limit: int) -> Sequence[AuditEntry]:
    """For reading."""
    statement = select(AuditRow)
    if before is not None:
        statement = statement.where(AuditRow.seq < before)
    rows = await session.scalars(statement.order_by(AuditRow.seq.desc()).limit(limit))
    return [_entry(row) for row in rows]


async def about(session: AsyncSession, person: str, limit: int) -> Sequence[AuditEntry]:
    """What a person did, and what was done to them; the newest first."""
    statement = select(AuditRow).where(or_(AuditRow.actor == person, AuditRow.subject == person))
    rows = await session.scalars(statement.order_by(AuditRow.seq.desc()).limit(limit))
    return [_entry(row) for row in rows]


def _entry(row: AuditRow) -> AuditEntry:
    details = msgspec.json.decode(row.details, type=dict[str, str])
    return AuditEntry(
        row.seq, row.at, row.actor, row.action, row.subject, details, row.previous_hash, row.hash
    )

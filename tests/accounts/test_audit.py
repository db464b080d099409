"""The audit log: its chain, and that the tables keep it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from accounts.audit import GENESIS, Action, AuditEntry, ChainCheck, next_entry
from accounts.repository import audit
from accounts.services.audit_log import AuditLog
from infra.database import Database

NOW = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)


def chain(length: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(length):
        last = (entries[-1].seq, entries[-1].hash) if entries else None
        at = NOW + timedelta(seconds=number)
        entries.append(
            next_entry(
                last, at=at, actor="a", action=Action.SIGNED_IN, subject="b", details={"n": str(number)}
            )
        )
    return entries


def broken_at(entries: list[AuditEntry]) -> int | None:
    check = ChainCheck()
    check.feed(entries)
    return check.broken_at


def test_a_chain_that_was_left_alone_is_whole() -> None:
    entries = chain(5)
    assert entries[0].previous_hash == GENESIS
    assert broken_at(entries) is None


CHANGES = {
    "at": NOW - timedelta(microseconds=1),
    "actor": "x",
    "action": Action.DELETED.value,
    "subject": "x",
    "details": {"n": "7"},
    "previous_hash": bytes(32),
    "hash": bytes(32),
    "seq": 9,
}


@given(st.sampled_from(sorted(CHANGES)), st.integers(1, 4))
def test_a_changed_entry_is_found(field: str, index: int) -> None:
    entries = chain(5)
    entries[index] = replace(entries[index], **{field: CHANGES[field]})  # type: ignore[arg-type]  # one of its fields
    assert broken_at(entries) is not None


@given(st.integers(0, 3))
def test_a_removed_or_repeated_entry_is_found(index: int) -> None:
    entries = chain(5)
    assert broken_at(entries[:index] + entries[index + 1 :]) is not None
    assert broken_at([*entries[: index + 1], *entries[index:]]) is not None


def test_an_end_that_was_cut_off_is_found_by_who_kept_it() -> None:
    entries = chain(5)
    check = ChainCheck((entries[-1].seq, entries[-1].hash))
    check.feed(entries[:-1])
    assert check.broken_at is None
    assert not check.intact
    check.feed(entries[-1:])
    assert check.intact


def test_details_cannot_be_moved_into_other_fields() -> None:
    one = next_entry(None, at=NOW, actor="a", action=Action.DELETED, subject="b", details={"c": "d"})
    other = next_entry(None, at=NOW, actor="a", action=Action.DELETED, subject='b",["c', details={})
    assert one.hash != other.hash


@pytest.fixture
def log(database: Database) -> AuditLog:
    return AuditLog(database, clock=lambda: NOW + timedelta(microseconds=123_456))


async def test_what_was_written_is_read_and_its_chain_is_whole(log: AuditLog) -> None:
    await log.write(Action.SUSPENDED, actor="cli", subject="miles", details={"why": "ünïcode 🎺"})
    await log.write(Action.UNSUSPENDED, actor="cli", subject="miles")
    newest, oldest = await log.newest_first(None, 10)
    assert (newest.seq, newest.action, newest.previous_hash) == (2, "user.unsuspended", oldest.hash)
    assert (oldest.details, oldest.at.microsecond) == ({"why": "ünïcode 🎺"}, 123_456)
    assert [each.seq for each in await log.newest_first(2, 10)] == [1]
    check = await log.check((1, oldest.hash))
    assert (check.intact, check.head) == (True, (2, newest.hash))


async def test_writers_at_once_make_one_chain(log: AuditLog) -> None:
    await asyncio.gather(*(log.write(Action.SIGNED_IN, actor="a", subject=str(n)) for n in range(20)))
    check = await log.check()
    assert check.intact
    assert check.head is not None
    assert check.head[0] == 20


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
async def test_the_database_refuses_to_change_it(log: AuditLog, database: Database, statement: str) -> None:
    await log.write(Action.SUSPENDED, actor="cli", subject="miles")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as session:
            await session.execute(text(statement))
    assert (await log.check()).intact


async def test_who_gets_around_that_is_found_out(log: AuditLog, database: Database) -> None:
    for subject in ("a", "b", "c"):
        await log.write(Action.SUSPENDED, actor="cli", subject=subject)
    async with database.write() as session:
        if database.url.get_backend_name() == "sqlite":
            await session.execute(text("DROP TRIGGER audit_no_update"))
        else:
            await session.execute(text("DROP TRIGGER audit_append_only ON audit"))
        await session.execute(text("UPDATE audit SET subject = 'x' WHERE seq = 2"))
    assert (await log.check()).broken_at == 2


async def test_what_a_person_did_and_what_was_done_to_them(log: AuditLog, database: Database) -> None:
    await log.write(Action.SIGNED_IN, actor="miles", subject="miles")
    await log.write(Action.SUSPENDED, actor="admin", subject="miles")
    await log.write(Action.SUSPENDED, actor="admin", subject="coltrane")
    async with database.read() as session:
        assert [each.seq for each in await audit.about(session, "miles", 10)] == [2, 1]

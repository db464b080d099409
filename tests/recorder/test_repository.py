"""Recordings in the database, the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

from infra.database import Database
from recorder import repository
from recorder.recordings import Decided, Part, Policy, RecordingId, State, Visibility

MOMENT = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
PARTS = (
    Part(1, "part-0001-000000040.mp4", 40, 5000, 1000, "H264", "opus", 1280, 720, "a" * 64),
    Part(2, "part-0002-000005040.webm", 5040, 2000, 500, "VP8", None, 640, 360, "b" * 64),
)


async def add(database: Database, recording: str, channel: int = 1, minutes: int = 0) -> RecordingId:
    recording_id = RecordingId(recording)
    async with database.write() as session:
        began = MOMENT + timedelta(minutes=minutes)
        await repository.add(session, recording_id, channel, began, began, Visibility.PRIVATE, "Live")
    return recording_id


async def test_what_an_owner_decided_is_kept_and_may_change(database: Database) -> None:
    async with database.write() as session:
        assert await repository.decided_of(session, 7) == Decided()
        for policy in (Policy.ALWAYS, Policy.NEVER):
            await repository.set_policy(session, 7, policy)
            assert await repository.decided_of(session, 7) == Decided(policy)
        await repository.set_new_visibility(session, 7, Visibility.UNLISTED)
        await repository.set_keep_days(session, 7, 0)
        assert await repository.decided_of(session, 7) == Decided(Policy.NEVER, Visibility.UNLISTED, 0)
        assert await repository.decided_of(session, 8) == Decided()


async def test_a_recording_goes_from_its_beginning_to_its_parts(database: Database) -> None:
    recording_id = await add(database, "one")
    async with database.write() as session:
        await repository.note(session, [repository.Note(recording_id, 4000, 900, 12)])
        assert [each.state for each in await repository.unfinished(session)] == [State.RECORDING]
        await repository.end(session, recording_id, MOMENT + timedelta(seconds=7), "disk_full")
        await repository.end(session, recording_id, MOMENT + timedelta(seconds=9), None)
        await repository.note(session, [repository.Note(recording_id, 1, 1, None)])  # too late
        assert [each.state for each in await repository.unfinished(session)] == [State.FINISHING]
        assert await repository.finish(session, recording_id, PARTS)
    async with database.read() as session:
        found = await repository.get(session, recording_id)
        assert not await repository.unfinished(session)
    assert found is not None
    assert found.state is State.READY
    assert found.parts == PARTS
    assert (found.duration_ms, found.size_bytes, found.broadcast_id) == (7000, 1500, 12)
    assert (found.ended_at, found.trouble) == (MOMENT + timedelta(seconds=7), "disk_full")


async def test_finishing_again_replaces_the_parts_and_nothing_is_empty(database: Database) -> None:
    recording_id = await add(database, "one")
    async with database.write() as session:
        assert await repository.finish(session, recording_id, PARTS)
        assert await repository.finish(session, recording_id, PARTS[:1])
        assert not await repository.finish(session, RecordingId("none"), PARTS)
        found = await repository.get(session, recording_id)
        assert found is not None
        assert found.parts == PARTS[:1]
        await repository.finish(session, recording_id, ())
    async with database.read() as session:
        found = await repository.get(session, recording_id)
    assert found is not None
    assert (found.state, found.parts, found.duration_ms) == (State.EMPTY, (), 0)


async def test_a_channels_recordings_come_newest_first_page_by_page(database: Database) -> None:
    for number in range(5):
        await add(database, f"r{number}", minutes=number)
    await add(database, "other", channel=2)
    async with database.write() as session:
        await repository.finish(session, RecordingId("r4"), PARTS)
        await repository.show_to(session, RecordingId("r1"), Visibility.PUBLIC)
    async with database.read() as session:
        first = await repository.of_channel(session, 1, 2, None, tuple(Visibility))
        rest = await repository.of_channel(
            session, 1, 9, (first[-1].started_at, first[-1].id), tuple(Visibility)
        )
        public = await repository.of_channel(session, 1, 9, None, (Visibility.PUBLIC,))
    assert [each.id for each in (*first, *rest)] == ["r4", "r3", "r2", "r1", "r0"]
    assert first[0].parts == PARTS
    assert [each.id for each in public] == ["r1"]


async def test_what_is_removed_is_gone_with_its_parts(database: Database) -> None:
    recording_id = await add(database, "one")
    await add(database, "two", channel=2)
    async with database.write() as session:
        await repository.finish(session, recording_id, PARTS)
        assert await repository.of_other_channels(session, {2}) == [recording_id]
        await repository.remove(session, recording_id)
        assert await repository.get(session, recording_id) is None
        assert not await repository.of_other_channels(session, {2})

"""Files that cannot be finished now are not given up, and their owner is told why."""

import asyncio
import errno
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.bus_memory import MemoryBus
from infra.database import Database
from recorder import repository
from recorder.completing import RecordingCompleter
from recorder.files import DIRECTORY
from recorder.news import ReplayNews
from recorder.recordings import Part, Previews, RecordingId, State, Visibility
from tests.polling import eventually

BEGAN = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
ID = RecordingId("0123456789abcdef")
PART = Part(1, "part-0001-000000040.mp4", 40, 5000, 1000, "H264", "opus", 1280, 720, "a" * 64)


class Disk:
    """Where there is no room for a while."""

    def __init__(self) -> None:
        self.full = True
        self.tries = 0

    async def finish(self, _directory: Path) -> list[Part]:
        self.tries += 1
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return [PART]

    async def preview(self, _directory: Path, _parts: object) -> Previews:
        return Previews()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def completer(database: Database, tmp_path: Path, disk: Disk) -> AsyncIterator[RecordingCompleter]:
    """Somebody killed the server that recorded."""
    (tmp_path / DIRECTORY / ID).mkdir(parents=True)
    async with database.write() as session:
        await repository.add(session, ID, 1, BEGAN, BEGAN, Visibility.PRIVATE, "Live")
    completer = RecordingCompleter(
        database,
        ReplayNews(MemoryBus()),
        data_dir=tmp_path,
        finisher=disk.finish,
        previewer=disk.preview,
        first_pause_s=0.0,
    )
    running = asyncio.create_task(completer.run(set))
    yield completer
    running.cancel()
    await asyncio.wait([running])


async def test_where_there_is_no_room_it_is_tried_until_there_is(
    database: Database, completer: RecordingCompleter, disk: Disk
) -> None:
    await eventually(lambda: disk.tries > 1, what="tried again")
    assert completer.trouble_of(ID) == "no_room"
    disk.full = False
    await eventually(lambda: completer.trouble_of(ID) is None, what="finished")
    async with database.read() as session:
        found = await repository.get(session, ID)
    assert found is not None
    assert (found.state, found.parts, found.trouble) == (State.READY, (PART,), "interrupted")


async def test_what_was_deleted_is_not_tried_again(
    completer: RecordingCompleter, disk: Disk, tmp_path: Path
) -> None:
    await eventually(lambda: disk.tries > 1, what="tried again")
    (tmp_path / DIRECTORY / ID).rmdir()
    await eventually(lambda: completer.trouble_of(ID) is None, what="given up")

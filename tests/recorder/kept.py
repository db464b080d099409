"""A finished recording, made of real files without waiting for a broadcast."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from catalog.tables import BroadcastRow
from infra.database import Database
from recorder import repository
from recorder.files import DIRECTORY
from recorder.finishing import finish
from recorder.previews import make_previews
from recorder.recordings import Part, Previews, RecordingId, Visibility
from server.app_keys import DATABASE
from tests.recorder.show import Show, play
from tests.recorder.writing import write

BEGAN = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)


async def keep(
    app: web.Application,
    data_dir: Path,
    channel_id: int,
    visibility: Visibility,
    *,
    recording_id: str = "0123456789abcdef",
    show: Show | None = None,
    minutes: int = 0,
) -> int:
    """Stores it with its files; returns the broadcast's id."""
    directory = data_dir / DIRECTORY / recording_id
    directory.parent.mkdir(exist_ok=True)
    write(directory, play(show or Show(end_s=4)))
    parts = await asyncio.to_thread(finish, directory)
    previews = await asyncio.to_thread(make_previews, directory, parts)
    return await store(
        app[DATABASE], channel_id, visibility, RecordingId(recording_id), parts, previews, minutes
    )


async def store(
    database: Database,
    channel_id: int,
    visibility: Visibility,
    recording_id: RecordingId,
    parts: list[Part],
    previews: Previews,
    minutes: int = 0,
    broadcast_id: int | None = None,
) -> int:
    """The rows alone; ``minutes`` after the first one of the evening, or of a broadcast that there is."""
    began = BEGAN + timedelta(minutes=minutes)
    async with database.write() as session:
        if broadcast_id is None:
            broadcast = BroadcastRow(channel_id=channel_id, started_at=began, ended_at=began, seen_at=began)
            session.add(broadcast)
            await session.flush()
            broadcast_id = broadcast.id
        await repository.add(session, recording_id, channel_id, began, began, visibility, "So What / Live")
        await repository.note(session, [repository.Note(recording_id, 0, 0, broadcast_id)])
        await repository.end(session, recording_id, began, None)
        await repository.finish(session, recording_id, parts)
        await repository.set_previews(session, recording_id, previews)
        return broadcast_id

"""The recorder as a part of the application: its service, its routes, its start and stop."""

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from aiohttp import web

from catalog.app_keys import Catalog
from infra.bus import Bus
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.tasks import BackgroundTasks
from infra.upkeep import keep_doing

from . import handlers, replay_handlers
from .addresses import SignedAddresses
from .completing import RecordingCompleter
from .files import RecordingFiles
from .handlers import KEPT, RECORDER, STILLS
from .keeping import KeptRecordings
from .moving import RecordingMover
from .news import ReplayNews
from .plane import TappedPlane
from .recordings import Part, Policy, Previews
from .replay_handlers import REPLAYS, Replays
from .replay_views import Addresses
from .replays import ReplayService
from .room import NO_ROOM
from .rules import RecordingRules
from .service import RecordingService
from .stills.service import Stills
from .store import RecordingStore


@dataclass(frozen=True, slots=True)
class Recorder:
    """What this room does."""

    recordings: RecordingService
    replays: ReplayService
    addresses: Callable[[], Addresses]
    """Those that are given now."""


def add_recorder(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    catalog: Catalog,
    plane: TappedPlane,
    bus: Bus,
    data_dir: Path,
    default_policy: Policy,
    keep_free_bytes: int,
    address_key: Callable[[], bytes],
    channel_bytes: int = 0,
    keep_days: int = 0,
    store: RecordingStore | None = None,
    redirects: bool = False,
    clock: Clock = utc_now,
) -> Recorder:
    """Registers the recorder. ``setup_endpoints`` has been called."""
    news = ReplayNews(bus)
    completer = RecordingCompleter(
        database, news, data_dir=data_dir, finisher=finish_in_process, previewer=preview_in_process
    )
    recorder = app[RECORDER] = RecordingService(
        database,
        catalog.channels,
        catalog.broadcasts,
        plane,
        tasks,
        data_dir=data_dir,
        rules=RecordingRules(database, catalog.channels, default_policy=default_policy, keep_days=keep_days),
        keep_free_bytes=keep_free_bytes,
        channel_bytes=channel_bytes,
        completer=completer,
        clock=clock,
    )
    files = RecordingFiles(data_dir, store, redirects=redirects)
    kept = app[KEPT] = KeptRecordings(
        database,
        catalog.channels,
        files,
        news,
        is_stuck=lambda each: completer.trouble_of(each) is not None,
        keep_days=keep_days,
        clock=clock,
    )
    mover = None if store is None else RecordingMover(database, files, store)
    if mover is not None:
        completer.on_previews(mover.look)
    replays = ReplayService(database, catalog.channels, clock=clock)
    over_http = app[REPLAYS] = Replays(replays, SignedAddresses(address_key), files, clock)
    handlers.add_routes(app)
    replay_handlers.add_routes(app)
    stills = app[STILLS] = Stills(plane, tasks)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        running = [
            tasks.start("recorder", recorder.run()),
            tasks.start("recording_previews", completer.run_previews()),
        ]
        if mover is not None:
            running.append(tasks.start("recordings_move", mover.run()))
        cleaning = tasks.start("recordings_clean", keep_doing("recordings", kept.clean))
        stills.open()
        yield
        await stills.close()
        cleaning.cancel()
        await recorder.stop()
        for task in running:
            task.cancel()
        await asyncio.wait(running)

    app.cleanup_ctx.append(run)
    return Recorder(recorder, replays, over_http.addresses)


async def finish_in_process(directory: Path) -> list[Part]:
    """``recorder.finishing`` in a process of its own. Raises ``OSError``: ``ENOSPC`` when there is no room for it."""
    return msgspec.json.decode(await _run("recorder.finishing", directory), type=list[Part])


async def preview_in_process(directory: Path, parts: Sequence[Part]) -> Previews:
    """``recorder.previews`` in a process of its own. Raises ``OSError``."""
    return msgspec.json.decode(
        await _run("recorder.previews", directory, msgspec.json.encode(parts)), type=Previews
    )


async def _run(module: str, directory: Path, given: bytes = b"") -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        str(directory),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await process.communicate(given)
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode == NO_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if process.returncode:
        raise OSError(f"{module} ended with status {process.returncode}")
    return output

"""The recorder as a part of the application: its service, its routes, its start and stop."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
from aiohttp import web

from catalog.app_keys import Catalog
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.tasks import BackgroundTasks
from infra.upkeep import keep_doing

from .handlers import RECORDER, STILLS, add_routes
from .plane import TappedPlane
from .recordings import Part, Policy, Previews
from .service import RecordingService
from .stills.service import Stills


def add_recorder(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    catalog: Catalog,
    plane: TappedPlane,
    data_dir: Path,
    default_policy: Policy,
    keep_free_bytes: int,
    clock: Clock = utc_now,
) -> RecordingService:
    """Registers the recorder. ``setup_endpoints`` has been called."""
    recorder = app[RECORDER] = RecordingService(
        database,
        catalog.channels,
        catalog.broadcasts,
        plane,
        tasks,
        data_dir=data_dir,
        default_policy=default_policy,
        keep_free_bytes=keep_free_bytes,
        finisher=finish_in_process,
        previewer=preview_in_process,
        clock=clock,
    )
    stills = app[STILLS] = Stills(plane, tasks)
    add_routes(app)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        running = [
            tasks.start("recorder", recorder.run()),
            tasks.start("recording_previews", recorder.run_previews()),
        ]
        orphans = tasks.start("recordings_clean", keep_doing("recordings", recorder.drop_orphans))
        stills.open()
        yield
        await stills.close()
        orphans.cancel()
        await recorder.stop()
        for task in running:
            task.cancel()
        await asyncio.wait(running)

    app.cleanup_ctx.append(run)
    return recorder


async def finish_in_process(directory: Path) -> list[Part]:
    """``recorder.finishing`` in a process of its own. Raises ``OSError``."""
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
    if process.returncode:
        raise OSError(f"{module} ended with status {process.returncode}")
    return output

"""HLS as a part of the application: its service, its routes, its start and stop."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from catalog.app_keys import Catalog
from infra.tasks import BackgroundTasks

from ..plane import TappedPlane
from ..transcode.events import Transcoding
from .handlers import HLS, add_routes
from .service import HlsService
from .streams import HlsStreams, Mode


def add_hls(
    app: web.Application,
    *,
    tasks: BackgroundTasks,
    catalog: Catalog,
    plane: TappedPlane,
    mode: Mode,
    data_dir: Path,
    window_s: float,
    max_bytes: int,
    keep_free_bytes: int,
    transcoding: Transcoding | None,
    count_viewers: bool,
    viewers_per_address: int,
) -> HlsService:
    """Registers HLS."""
    streams = HlsStreams(
        plane,
        mode=mode,
        data_dir=data_dir,
        window_s=window_s,
        max_bytes=max_bytes,
        keep_free_bytes=keep_free_bytes,
        transcoding=transcoding,
        viewers_per_address=viewers_per_address,
    )
    hls = app[HLS] = HlsService(streams)
    add_routes(app, catalog.channels, count_players=count_viewers)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        await streams.clean()
        running = tasks.start("hls", streams.run())
        yield
        running.cancel()
        await asyncio.wait([running])
        await streams.stop()

    app.cleanup_ctx.append(run)
    return hls

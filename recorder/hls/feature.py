"""HLS as a part of the application: its service, its routes, its start and stop."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from catalog.app_keys import Catalog
from infra.tasks import BackgroundTasks

from ..plane import TappedPlane
from .handlers import HLS, add_routes
from .service import HlsService, Mode


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
) -> HlsService:
    """Registers HLS."""
    hls = app[HLS] = HlsService(
        plane,
        mode=mode,
        data_dir=data_dir,
        window_s=window_s,
        max_bytes=max_bytes,
        keep_free_bytes=keep_free_bytes,
    )
    add_routes(app, catalog.channels)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        await hls.clean()
        running = tasks.start("hls", hls.run())
        yield
        running.cancel()
        await asyncio.wait([running])
        await hls.stop()

    app.cleanup_ctx.append(run)
    return hls

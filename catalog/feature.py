"""The catalog as a part of the application: its service, its routes, its start and stop."""

import time
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from catalog import handlers
from catalog.app_keys import CHANNELS, FEED, LIVE
from catalog.channel import StreamKeyHash
from catalog.feed import ChannelFeed
from catalog.live import LiveStates
from catalog.service import ChannelService
from infra.database import Database
from infra.tasks import BackgroundTasks


def add_catalog(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    live: LiveStates,
    process_keys: Mapping[str, StreamKeyHash] | None = None,
) -> ChannelService:
    """Registers the catalog. The database is migrated by the time the application starts."""
    channels = ChannelService(database, process_keys=process_keys)
    feed = ChannelFeed(channels, live, monotonic=time.monotonic)
    channels.on_change(feed.retitled)
    app[CHANNELS] = channels
    app[LIVE] = live
    app[FEED] = feed
    app.router.add_get("/api/v1/channels", handlers.list_channels)
    app.router.add_get("/api/v1/channels/{channel}", handlers.get_channel)
    app.router.add_patch("/api/v1/channels/{channel}", handlers.change_title)
    app.router.add_get("/api/v1/channels/{channel}/events", handlers.channel_events, allow_head=False)
    app.router.add_get("/api/v1/events", handlers.all_events, allow_head=False)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        task = tasks.start("channel_feed", feed.run())
        yield
        task.cancel()

    async def end_streams(_app: web.Application) -> None:
        feed.close()

    app.cleanup_ctx.append(run)
    app.on_shutdown.append(end_streams)
    return channels

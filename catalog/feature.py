"""The catalog as a part of the application: its service, its routes, its start and stop."""

import time
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from catalog import endpoints, handlers
from catalog.app_keys import CHANNELS, FEED, LIVE
from catalog.channel import StreamKeyHash
from catalog.feed import ChannelFeed
from catalog.live import LiveStates
from catalog.service import ChannelService
from infra.database import Database
from infra.endpoints import add_endpoint
from infra.tasks import BackgroundTasks


def add_catalog(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    live: LiveStates,
    process_keys: Mapping[str, StreamKeyHash] | None = None,
) -> ChannelService:
    """Registers the catalog. The database is migrated by the time the application starts.

    ``setup_endpoints`` has been called."""
    channels = ChannelService(database, process_keys=process_keys)
    feed = ChannelFeed(channels, live, monotonic=time.monotonic)
    channels.on_change(feed.retitled)
    app[CHANNELS] = channels
    app[LIVE] = live
    app[FEED] = feed
    add_endpoint(app, endpoints.LIST_CHANNELS, handlers.list_channels)
    add_endpoint(app, endpoints.GET_CHANNEL, handlers.get_channel)
    add_endpoint(app, endpoints.CHANGE_TITLE, handlers.change_title)
    add_endpoint(app, endpoints.CHANNEL_EVENTS, handlers.channel_events)
    add_endpoint(app, endpoints.ALL_EVENTS, handlers.all_events)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        task = tasks.start("channel_feed", feed.run())
        yield
        task.cancel()

    async def end_streams(_app: web.Application) -> None:
        feed.close()

    app.cleanup_ctx.append(run)
    app.on_shutdown.append(end_streams)
    return channels

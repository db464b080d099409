"""The catalog as a part of the application: its services, its routes, its start and stop."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from aiohttp import web

from catalog import endpoints as declared
from catalog import handlers, handlers_people
from catalog.app_keys import CATALOG, CHANNELS, Catalog
from catalog.broadcast_log import BroadcastLog
from catalog.channel import StreamKeyHash
from catalog.feed import ChannelFeed
from catalog.follows import FollowService
from catalog.live import LiveStates
from catalog.moderators import ModeratorService
from catalog.people import AuditTrail, NobodyKnown, People
from catalog.personal_data import CatalogPersonalData
from catalog.pictures import PictureService, add_pictures
from catalog.presenter import ChannelPresenter
from catalog.publishing_watch import PublishingWatch
from catalog.service import MAX_PER_OWNER, ChannelService, RevocationListener
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.endpoints import add_endpoint
from infra.tasks import BackgroundTasks
from infra.upkeep import keep_doing

STOP_WITHIN_S = 3.0


def add_catalog(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    live: LiveStates,
    data_dir: Path,
    end_broadcast: RevocationListener = lambda name, reason: None,
    people: People | None = None,
    audit: AuditTrail | None = None,
    max_channels_per_user: int = MAX_PER_OWNER,
    process_keys: Mapping[str, StreamKeyHash] | None = None,
    clock: Clock = utc_now,
) -> Catalog:
    """Registers the catalog. The database is migrated by the time the application starts.

    ``setup_endpoints`` has been called, and ``follow_renames`` is among the middlewares. ``end_broadcast`` ends
    whatever is published to a channel, at once.
    """
    people = people or NobodyKnown()
    channels = ChannelService(
        database,
        clock=clock,
        live=live,
        audit=audit,
        people=people,
        process_keys=process_keys,
        max_per_owner=max_channels_per_user,
    )
    presenter = ChannelPresenter(live, people)
    feed = ChannelFeed(channels, live, presenter, monotonic=time.monotonic)
    follows = FollowService(database, channels, live, clock=clock)
    moderators = ModeratorService(database, channels, people, audit=audit, clock=clock)
    pictures = PictureService(database, channels, data_dir)
    broadcasts = BroadcastLog(database, channels, live, clock=clock)
    channels.on_change(feed.changed)
    channels.on_recounted(feed.recounted)
    channels.on_gone(feed.gone)
    channels.on_revoked(end_broadcast)
    catalog = app[CATALOG] = Catalog(
        channels,
        follows,
        moderators,
        pictures,
        broadcasts,
        feed,
        presenter,
        people,
        CatalogPersonalData(channels, follows, moderators, pictures),
    )
    app[CHANNELS] = channels
    _add_routes(app)
    add_pictures(app, pictures)
    publishing_watch = PublishingWatch(database, channels, live, people, clock=clock)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        running = [
            tasks.start("channel_feed", feed.run()),
            tasks.start("broadcast_log", broadcasts.run()),
            tasks.start("publishing_watch", publishing_watch.run()),
        ]
        names_clean = tasks.start("names_clean", keep_doing("former_names", channels.forget_names))
        yield
        names_clean.cancel()
        feed.close()
        broadcasts.stop()
        publishing_watch.stop()
        # Whatever has not come to its end by then is cancelled with the other background tasks.
        await asyncio.wait(running, timeout=STOP_WITHIN_S)

    async def end_streams(_app: web.Application) -> None:
        feed.close()

    app.cleanup_ctx.append(run)
    app.on_shutdown.append(end_streams)
    return catalog


def _add_routes(app: web.Application) -> None:
    add_endpoint(app, declared.LIST_CHANNELS, handlers.list_channels)
    add_endpoint(app, declared.CREATE_CHANNEL, handlers.create_channel)
    add_endpoint(app, declared.GET_CHANNEL, handlers.get_channel)
    add_endpoint(app, declared.CHANGE_CHANNEL, handlers.change_channel)
    add_endpoint(app, declared.DELETE_CHANNEL, handlers.delete_channel)
    add_endpoint(app, declared.ROTATE_STREAM_KEY, handlers.rotate_stream_key)
    add_endpoint(app, declared.SET_PICTURE, handlers.set_picture)
    add_endpoint(app, declared.REMOVE_PICTURE, handlers.remove_picture)
    add_endpoint(app, declared.SET_PAYOUT_WALLET, handlers.set_payout_wallet)
    add_endpoint(app, declared.REMOVE_PAYOUT_WALLET, handlers.remove_payout_wallet)
    add_endpoint(app, declared.CHANNEL_EVENTS, handlers.channel_events)
    add_endpoint(app, declared.ALL_EVENTS, handlers.all_events)
    add_endpoint(app, declared.FOLLOW, handlers_people.follow)
    add_endpoint(app, declared.UNFOLLOW, handlers_people.unfollow)
    add_endpoint(app, declared.FOLLOWING, handlers_people.following)
    add_endpoint(app, declared.MY_CHANNELS, handlers_people.my_channels)
    add_endpoint(app, declared.LIST_MODERATORS, handlers_people.list_moderators)
    add_endpoint(app, declared.ADD_MODERATOR, handlers_people.add_moderator)
    add_endpoint(app, declared.REMOVE_MODERATOR, handlers_people.remove_moderator)
    add_endpoint(app, declared.LIST_BROADCASTS, handlers_people.list_broadcasts)

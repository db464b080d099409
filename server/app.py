"""Builds the application from its rooms: the one place where they meet.

``make_app`` opens nothing; files, sockets and tasks are opened by the ``cleanup_ctx`` of each room when the
application starts, in the order they are registered here, and closed in reverse.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from accounts.feature import add_accounts
from accounts.news import PROOFS_CHANGED
from accounts.passwords import ARGON2, Argon2Parameters
from accounts.server_secret import server_secret
from accounts.services.audit_log import AuditLog
from accounts.services.directory import PeopleDirectory
from catalog.app_keys import CHANNELS
from catalog.feature import add_catalog
from catalog.live import LiveStates
from catalog.renames import follow_renames
from chat.feature import add_chat
from config import Settings, parse_ice_server, version
from infra import migrations
from infra.api_docs import add_api_docs
from infra.bus_redis import RedisBus
from infra.client_address import parse_networks
from infra.clients import Clients
from infra.clock import Clock, utc_now
from infra.commands import COMMANDS, CommandRegistry
from infra.data_dir import held_data_dir
from infra.database import Database, database_url
from infra.endpoints import setup_endpoints
from infra.rate_limiting import RateLimiter, general_limit
from infra.rooms import RoomParts
from infra.tasks import BackgroundTasks
from infra.topics import TopicHub
from media.feature import PLANE, add_media
from recorder.feature import add_recorder
from recorder.happenings import Source
from recorder.hls.feature import add_hls
from recorder.hls.streams import Mode as HlsMode
from recorder.recordings import Policy
from recorder.transcode.events import Transcoding
from server.account_options import accounts_options
from server.app_keys import BUS, DATABASE, DEMO, IDLE, METRICS, PAGES, READINESS, SETTINGS, TASKS
from server.chat_happenings import ChatHappenings
from server.client_config import add_client_config
from server.demo import STAGE_CHANNEL, Demo, add_demo_channels
from server.events import gateway_options, make_bus
from server.headers import add_headers, api_preflight
from server.health import Readiness, ReadinessCheck, add_health
from server.idle import IdleConnections
from server.metrics import Metrics, add_metrics, watch_lag
from server.middlewares import access_log, problems
from server.pages import CHANNEL_PATHS, PAGE_PATHS, Pages, add_pages, default_page_dir
from server.recording_store import media_origins, recording_store
from server.replay_previews import Previews
from server.rooms import OVERLAY_ROOMS, RoomsByPrefix
from server.tipping_info import add_tipping_info
from server.wrong_addresses import wrong_addresses
from signaling import feature as signaling
from signaling.gateway.feature import add_gateway

if TYPE_CHECKING:
    from server.demo_chain import DemoChain
    from server.tips import Tips

_log = structlog.get_logger("server")

BODY_MAX_BYTES = 256 * 1024


def make_app(
    settings: Settings,
    *,
    live: LiveStates | None = None,
    argon2: Argon2Parameters = ARGON2,
    clock: Clock = utc_now,
    demo_chain: "DemoChain | None" = None,
) -> web.Application:
    """The whole application, not yet started. Raises ``DatabaseUrlError``.

    ``live`` stands in for the media plane's live states, ``argon2`` makes passwords quick to check, ``clock`` says
    what time it is (in tests). ``demo_chain`` is the chain that the settings of a demonstration speak of.
    """
    trusted_proxies = parse_networks(settings.trusted_proxies)
    limiter = RateLimiter()
    pages = Pages(settings.page_dir or default_page_dir())
    idle: IdleConnections[RequestHandler] = IdleConnections()
    app = web.Application(
        middlewares=[
            access_log(trusted_proxies, idle),
            problems,
            api_preflight,
            follow_renames,
            general_limit(limiter),
            wrong_addresses(PAGE_PATHS + CHANNEL_PATHS, pages.not_found),
        ],
        client_max_size=BODY_MAX_BYTES,
    )
    clients = Clients(trusted_proxies)
    setup_endpoints(app, clients=clients, limiter=limiter)
    app.on_response_prepare.append(add_headers(settings.cors_origins, clients, media_origins(settings)))
    database = Database(database_url(settings.database_url, settings.data_dir))
    tasks = BackgroundTasks()
    readiness = Readiness()
    metrics = Metrics(version())
    demo = Demo(demo_chain) if settings.demo else None
    bus = make_bus(settings.redis_url)
    hub = TopicHub(bus, tasks)
    commands = CommandRegistry()
    app[SETTINGS] = settings
    app[DATABASE] = database
    app[TASKS] = tasks
    app[IDLE] = idle
    app[READINESS] = readiness
    app[METRICS] = metrics
    app[PAGES] = pages
    app[DEMO] = demo
    app[BUS] = bus
    app[COMMANDS] = commands

    app.cleanup_ctx.append(_foundation)
    if demo_chain is not None:
        from server.demo_tips import add_demo_chain

        add_demo_chain(app, demo_chain, tasks)
    plane = add_media(
        app,
        host=settings.host,
        udp_port=settings.udp_port,
        public_addresses=settings.public_addresses,
        grace_s=settings.publisher_grace_s,
        fanout=None if settings.fanout == "auto" else settings.fanout,
        observe_join_s=metrics.observe_join,
    )
    metrics.show_fanout(plane.fanout)
    people = PeopleDirectory(database, clock=clock)
    catalog = add_catalog(
        app,
        database=database,
        tasks=tasks,
        live=live or plane,
        data_dir=settings.data_dir,
        end_broadcast=plane.end_channel,
        people=people,
        audit=AuditLog(database, clock=clock),
        max_channels_per_user=settings.max_channels_per_user,
        process_keys=None if demo is None else demo.process_keys(),
        clock=clock,
    )
    secret = server_secret(settings.secret_key, settings.data_dir)
    accounts = add_accounts(
        app,
        database=database,
        tasks=tasks,
        secret=secret,
        options=accounts_options(settings, argon2),
        channel_keys=catalog.channels,
        channels=catalog.moderators,
        clock=clock,
    )
    accounts.personal_data.add(catalog.personal_data)
    accounts.people.on_barred(catalog.channels.owner_was_barred)
    signaling.setup(
        app,
        plane=plane,
        stream_keys=catalog.channels,
        ice_servers=[parse_ice_server(url) for url in settings.ice_servers],
        cors_origins=settings.cors_origins,
        trusted_proxies=trusted_proxies,
        max_sessions_per_address=settings.max_sessions_per_address,
    )
    parts = RoomParts()
    tips = _tips(settings, database, clock, is_demo=demo_chain is not None)
    chat = add_chat(
        app,
        database=database,
        tasks=tasks,
        bus=bus,
        hub=hub,
        parts=parts,
        catalog=catalog,
        live=live or plane,
        people=people,
        guest_key=lambda: secret.key("chat guests"),
        supporters=None if tips is None else tips.supporters,
        clock=clock,
    )
    accounts.personal_data.add(chat.personal_data)
    rooms = RoomsByPrefix(chat.directory)
    recorder = add_recorder(
        app,
        database=database,
        tasks=tasks,
        catalog=catalog,
        plane=plane,
        bus=bus,
        data_dir=settings.data_dir,
        default_policy=Policy(settings.recording),
        keep_free_bytes=settings.recording_keep_free_bytes,
        address_key=lambda: secret.key("replay addresses"),
        channel_bytes=settings.recording_channel_bytes,
        keep_days=settings.recording_keep_days,
        store=recording_store(settings),
        redirects=settings.recording_store_redirect,
        clock=clock,
    )
    recorder.replays.add(Source.CHAT, ChatHappenings(chat))
    hls = add_hls(
        app,
        tasks=tasks,
        catalog=catalog,
        plane=plane,
        mode=HlsMode(settings.hls),
        data_dir=settings.data_dir,
        window_s=settings.hls_dvr_s,
        max_bytes=settings.hls_max_bytes,
        keep_free_bytes=settings.recording_keep_free_bytes,
        transcoding=None
        if "off" in settings.transcode
        else Transcoding(settings.transcode, settings.transcode_encoder),
        count_viewers=settings.hls_count_viewers,
        viewers_per_address=settings.max_sessions_per_address,
    )
    gateway = add_gateway(
        app,
        hub=hub,
        registry=commands,
        directory=rooms,
        access=accounts.sockets,
        tasks=tasks,
        clients=clients,
        options=gateway_options(settings),
        clock=clock,
    )
    database.on_news(PROOFS_CHANGED, gateway.proofs_changed)
    if tips is None:
        add_tipping_info(app, None)
    else:
        tipping = tips.add(
            app,
            tasks=tasks,
            bus=bus,
            parts=parts,
            catalog=catalog,
            live=live or plane,
            chat=chat,
            people=people,
            wallets=accounts.wallets,
        )
        rooms.add(OVERLAY_ROOMS, tipping.overlay_rooms)
        recorder.replays.add(Source.TIPS, tips.happenings(tipping))
        accounts.personal_data.add(tipping.personal_data)
        add_tipping_info(app, tips.describe(tipping))
        metrics.add_tips(tipping.stats)
    metrics.add_media(plane)
    metrics.add_events(gateway.stats)
    metrics.add_hls(hls.stats)
    readiness.add("database", database.ping)
    readiness.add("media", _media_is_open(app))
    if isinstance(bus, RedisBus):
        readiness.add("redis", bus.ping)
    add_health(app, readiness)
    add_metrics(app, metrics)
    add_client_config(app, settings)
    add_api_docs(app, version())
    previews = Previews(recorder.replays, recorder.addresses, settings.public_url)
    add_pages(app, pages, catalog.channels, live or plane, previews, settings.public_url)
    app.cleanup_ctx.append(_background)
    if demo_chain is not None and settings.demo_fan_s:
        from server.demo_fan import add_demo_fan

        add_demo_fan(app, demo_chain, tasks, STAGE_CHANNEL, catalog, live or plane, settings.demo_fan_s)
    return app


def _tips(settings: Settings, database: Database, clock: Clock, *, is_demo: bool) -> "Tips | None":
    """Nothing of tipping is imported where there is no chain."""
    if not settings.tip_contract:
        return None
    from server.tips import Tips

    return Tips(settings, database, clock, is_demo=is_demo)


def _media_is_open(app: web.Application) -> ReadinessCheck:
    async def check() -> None:
        if not app[PLANE].listening:
            raise MediaPortClosedError("the media port is not open")

    return check


class MediaPortClosedError(Exception):
    """The media plane has not started, or has stopped."""


async def _foundation(app: web.Application) -> AsyncIterator[None]:
    """What every room stands on: opened first, closed last."""
    database = app[DATABASE]
    bus = app[BUS]
    with held_data_dir(app[SETTINGS].data_dir):
        try:
            await migrations.upgrade(database)
            if isinstance(bus, RedisBus):
                await bus.open()
                app[TASKS].start("bus", bus.run())
            yield
        finally:
            await app[TASKS].close()
            if isinstance(bus, RedisBus):
                await bus.close()
            await database.close()


async def _background(app: web.Application) -> AsyncIterator[None]:
    """What runs beside the rooms."""
    app[TASKS].start("event_loop_lag", watch_lag(app[METRICS]))
    demo = app[DEMO]
    if demo is not None:
        await add_demo_channels(app[CHANNELS], app[DATABASE], demo)
    yield

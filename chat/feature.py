"""Chat as a part of the application: its services, its commands and routes, its start and stop."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from accounts.identity import UserId
from catalog.app_keys import Catalog
from catalog.channel import ChannelName
from catalog.errors import ChannelMoved, ChannelNotFound
from catalog.live import LiveStates
from chat.app_keys import CHAT, Chat
from chat.clock import BroadcastClock
from chat.command_handlers import add_commands
from chat.directory import ChatDirectory
from chat.guests import GuestTokens
from chat.handlers import add_routes
from chat.ids import MessageIds
from chat.moderators import ModeratorGate
from chat.people import NoSupporters, People, Supporters
from chat.personal_data import ChatPersonalData
from chat.retention import RetentionService
from chat.rooms import Rooms
from chat.services.counts import CountService
from chat.services.history import HistoryService
from chat.services.lines import LineService
from chat.services.moderation import ModerationService
from chat.services.text_rules import TextRules
from chat.services.tools import Tools
from chat.services.viewers import ViewerService
from chat.standings import ChannelRef, Standings
from chat.sweeper import Sweeper
from chat.writer import LineWriter
from infra.bus import Bus
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.outbox import Outbox
from infra.rooms import RoomParts
from infra.tasks import BackgroundTasks, uninterrupted
from infra.topics import TopicHub

STOP_WITHIN_S = 3.0


def add_chat(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    bus: Bus,
    hub: TopicHub,
    parts: RoomParts,
    catalog: Catalog,
    live: LiveStates,
    people: People,
    guest_key: Callable[[], bytes],
    supporters: Supporters | None = None,
    clock: Clock = utc_now,
) -> Chat:
    """Registers chat; ``guest_key`` gives a secret of its own.

    The application has a ``CommandRegistry``, and ``setup_endpoints`` has been called.
    """

    def now_ms() -> int:
        return round(clock().timestamp() * 1_000)

    def monotonic() -> float:
        return asyncio.get_running_loop().time()

    ids = MessageIds()
    outbox = Outbox(bus, tasks)
    writer = LineWriter(database, bus, tasks, now_ms, lambda: ids.next(now_ms(), secrets.randbits(40)))
    sweeper = Sweeper(database, writer, now_ms)
    tools = Tools(database, outbox, writer, ids, now_ms)
    standings = Standings(catalog.moderators, people, catalog.follows, supporters or NoSupporters())
    gate = ModeratorGate(catalog.moderators, clock)
    rooms = Rooms(database, bus, hub, parts, tasks, now_ms, process=secrets.token_hex(8))
    lines = LineService(tools, BroadcastClock(catalog.broadcasts, live), people, standings, tasks)
    guests = GuestTokens(guest_key)
    rooms.on_overtaken = lines.overtaken

    async def channel_ids() -> set[int]:
        return {each.id for each in await catalog.channels.list()}

    chat = app[CHAT] = Chat(
        directory=ChatDirectory(database, catalog.channels, standings, gate, rooms),
        rooms=rooms,
        lines=lines,
        moderation=ModerationService(tools, standings),
        counts=CountService(tools, rooms, monotonic),
        viewers=ViewerService(tools, guests),
        history=HistoryService(database),
        retention=RetentionService(tools, channel_ids),
        personal_data=ChatPersonalData(database, outbox),
        standings=standings,
        gate=gate,
        guests=guests,
        text_rules=TextRules(tools),
    )
    add_commands(app, chat)
    add_routes(app)

    def gone(name: ChannelName) -> None:
        """The channel was renamed or deleted: whoever is in its room comes back under its new name, or not."""
        for room in rooms.named(name):
            for seat in list(room.seats):
                seat.caller.connection.expel(seat.room_name, "no_such_room")

    def moderator_changed(name: str, user_id: UserId) -> None:
        tasks.start("chat_roles", uninterrupted(_tell_role(catalog, chat, name, user_id)))

    catalog.channels.on_gone(gone)
    catalog.moderators.on_change(moderator_changed)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        with suppress(SQLAlchemyError, OSError):
            await uninterrupted(writer.recover())
        running = [
            tasks.start("chat_rooms", rooms.run()),
            tasks.start("chat_counts", chat.counts.run()),
            tasks.start("chat_retention", chat.retention.run()),
            tasks.start("chat_sweeper", sweeper.run()),
        ]
        yield
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN_S):
                await writer.drained()
        for task in running:
            task.cancel()
        with suppress(SQLAlchemyError, OSError):
            await uninterrupted(sweeper.flush())

    app.cleanup_ctx.append(run)
    return chat


async def _tell_role(catalog: Catalog, chat: Chat, name: str, user_id: UserId) -> None:
    with suppress(ChannelNotFound, ChannelMoved, SQLAlchemyError, OSError):
        channel = await catalog.channels.get(name)
        await chat.moderation.role_changed(ChannelRef(channel.id, channel.name), user_id)

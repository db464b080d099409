"""Removes what is kept no longer: old lines as each room says, networks after 30 days, all of channels that went."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import structlog
from sqlalchemy.exc import SQLAlchemyError

from accounts.visitor_addresses import KEPT_FOR
from chat import topics
from chat.ids import first_at
from chat.messages import Expired
from chat.repository import lines, restrictions, rooms
from chat.services.tools import Tools
from infra.tasks import uninterrupted

_log = structlog.get_logger("chat")

EVERY_S = 3_600.0
AT_ONCE = 1_000
"""Lines that one transaction removes."""
DAY_MS = 86_400_000
EXPIRED_RESTRICTIONS_KEPT_MS = DAY_MS


class RetentionService:
    """``run`` is its background task."""

    def __init__(self, tools: Tools, channel_ids: Callable[[], Awaitable[Collection[int]]]) -> None:
        self._tools = tools
        self._channel_ids = channel_ids

    async def run(self) -> None:
        """Now, and every hour."""
        while True:
            try:
                await uninterrupted(self.clean())
            except (SQLAlchemyError, OSError) as error:
                _log.warning("chat_not_cleaned", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def clean(self) -> None:
        tools, now_ms = self._tools, self._tools.now_ms()
        async with tools.database.read() as session:
            settings = await rooms.all_settings(session)
            kept = await rooms.channels(session)
        for channel_id, each in settings.items():
            if each.retention_days:
                await self._expire(channel_id, first_at(now_ms - each.retention_days * DAY_MS))
        # Asked after what is kept, so that a channel made meanwhile is among them.
        gone = kept - set(await self._channel_ids())
        async with tools.database.write() as session:
            await lines.forget_networks(session, now_ms - round(KEPT_FOR.total_seconds() * 1_000))
            await restrictions.drop_expired(session, now_ms - EXPIRED_RESTRICTIONS_KEPT_MS)
            if gone:
                await rooms.remove(session, gone)

    async def _expire(self, channel_id: int, before: str) -> None:
        removed = 0
        while True:
            async with self._tools.writer.lock(channel_id), self._tools.database.write() as session:
                count = await lines.expire(session, channel_id, before, AT_ONCE)
            removed += count
            if count < AT_ONCE:
                break
        if removed:
            await self._tools.outbox.publish(topics.public(channel_id), Expired(before))
            _log.info("chat_lines_expired", channel_id=channel_id, count=removed)

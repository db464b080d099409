"""Publishes what was stored and never published: its process died between the two.

Every line is marked when it is stored, in the same transaction, and the mark is taken away soon after it was published.
A mark that has stood for ``CLAIM_AFTER_S`` belongs to nobody who is alive, or to somebody whose bus is gone; whichever
process sees it claims it, publishes the line with the line's own key, and so nobody sees it twice. A line that was
claimed is not taken back as if nobody had seen it (``chat.writer``).
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chat.repository import lines, unpublished
from chat.writer import LineWriter
from infra.bus import BusUnavailable
from infra.database import Database
from infra.tasks import uninterrupted

_log = structlog.get_logger("chat")

SWEEP_EVERY_S = 2.0
CLAIM_AFTER_S = 6.0
"""Longer than it takes to notice that the bus is gone."""
CLAIMED_MAX = 500
"""Lines in one round."""


class Sweeper:
    """Of one process; ``run`` is a background task."""

    def __init__(self, database: Database, writer: LineWriter, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._writer = writer
        self._now_ms = now_ms

    async def run(self) -> None:
        """At the start, and every few seconds."""
        while True:
            try:
                await uninterrupted(self.sweep())
            except (SQLAlchemyError, OSError, BusUnavailable) as error:
                _log.warning("chat_sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_EVERY_S)

    async def flush(self) -> None:
        """Takes away the marks of what this process has published."""
        if published := self._writer.take_published():
            try:
                async with self._database.write() as session:
                    await unpublished.forget(session, published)
            except BaseException:
                self._writer.published.extend(published)
                raise

    async def sweep(self) -> None:
        """One round. Raises ``BusUnavailable`` and what the database raises; the next one goes on."""
        await self.flush()
        before_ms = self._now_ms() - round(CLAIM_AFTER_S * 1_000)
        async with self._database.read() as session:
            if not await unpublished.is_any(session, before_ms):
                return
        async with self._database.write() as session:
            claimed = await unpublished.claim(session, before_ms, CLAIMED_MAX)
        for channel_id, ids in claimed.items():
            async with self._writer.lock(channel_id):
                await self._publish(channel_id, ids)

    async def _publish(self, channel_id: int, ids: Sequence[str]) -> None:
        async with self._database.read() as session:
            found = await lines.by_ids(session, channel_id, ids)
        for line in found:
            await self._writer.publish(channel_id, line)
        _log.info("chat_lines_published_late", channel_id=channel_id, lines=len(found))
        async with self._database.write() as session:
            await unpublished.forget(session, ids)

"""Publishes what has been decided and stored, now or as soon as the bus is there again.

A decision of a moderator holds once it is committed; that the bus is gone for a moment must neither undo it nor lose
its event. So an event that cannot be published waits, in order, and is published with the same key until it is. At most
``WAITING_MAX`` wait in all; past that the oldest is given up, and whoever loads the room from the database sees its
effect.
What must not be accepted when it cannot be published at once does not go this way (``chat.writer``).
"""

import asyncio
from collections import deque

import msgspec
import structlog

from infra.bus import Bus, BusUnavailable
from infra.tasks import BackgroundTasks

encode = msgspec.msgpack.Encoder().encode
_log = structlog.get_logger("outbox")

WAITING_MAX = 10_000
RETRY_S = 1.0


class Outbox:
    """Of one process."""

    def __init__(self, bus: Bus, tasks: BackgroundTasks, *, retry_s: float = RETRY_S) -> None:
        self._bus = bus
        self._tasks = tasks
        self._retry_s = retry_s
        self._waiting: deque[tuple[str, bytes, str | None]] = deque(maxlen=WAITING_MAX)
        self._is_retrying = False

    def __len__(self) -> int:
        return len(self._waiting)

    async def publish(self, topic: str, event: object, key: str | None = None) -> None:
        """Never fails: what cannot be published now follows later."""
        data = encode(event)
        if not self._waiting:
            try:
                await self._bus.publish(topic, data, key=key)
            except BusUnavailable:
                _log.warning("event_waits", topic=topic)
            else:
                return
        self._waiting.append((topic, data, key))
        if not self._is_retrying:
            self._is_retrying = True
            self._tasks.start("outbox", self._retry())

    async def signal(self, topic: str, data: object) -> None:
        """What is not worth waiting for."""
        try:
            await self._bus.signal(topic, encode(data))
        except BusUnavailable:
            return

    async def _retry(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._retry_s)
                await self.flush()
        finally:
            self._is_retrying = False

    async def flush(self) -> None:
        """Publishes what waits, as far as the bus lets it."""
        while self._waiting:
            waiting = self._waiting[0]
            topic, data, key = waiting
            try:
                await self._bus.publish(topic, data, key=key)
            except BusUnavailable:
                return
            if self._waiting and self._waiting[0] is waiting:
                self._waiting.popleft()

"""One connection to Redis on which many requests are under way at once, and pushed messages arrive.

redis-py opens, authenticates, packs and parses; this adds what a bus wants: requests written together without waiting
for one another's answers, one reader, and a loss that is noticed within seconds, also when the other side falls silent.
A link that broke stays broken; whoever uses it makes a new one.
"""

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable
from typing import Any

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

CONNECT_TIMEOUT_S = 3.0
ANSWER_WITHIN_S = 3.0
PING_INTERVAL_S = 2.0
MAX_UNDER_WAY = 10_000
"""Requests not answered yet; past that further ones are refused."""

OnPush = Callable[[list[Any]], None]
Argument = str | bytes | int


class LinkBroken(Exception):
    """The connection is gone. ``sent`` tells whether the request may have arrived."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class RedisLink:
    """A connection from ``open`` to ``close``; ``broken`` is done when it is gone, with the reason."""

    def __init__(self, connection: AbstractConnection, on_push: OnPush | None) -> None:
        self.broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._connection = connection
        self._on_push = on_push
        self._queued: list[tuple[Argument, ...]] = []
        self._answers: deque[asyncio.Future[Any]] = deque()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        """Of the requests that are queued and not written yet."""
        self._tasks: list[asyncio.Task[None]] = []
        self._heard_s = 0.0

    @classmethod
    async def open(cls, pool: ConnectionPool, on_push: OnPush | None = None) -> "RedisLink":
        """Connects. Raises ``RedisError``, ``OSError``, ``TimeoutError``.

        With ``on_push`` the connection is for subscriptions: everything that arrives goes there.
        """
        connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await connection.connect()  # type: ignore[no-untyped-call]
        link = cls(connection, on_push)
        link._heard_s = asyncio.get_running_loop().time()
        loop = asyncio.get_running_loop()
        link._tasks = [loop.create_task(link._read()), loop.create_task(link._watch())]
        return link

    async def ask(self, *command: Argument) -> Any:
        """The answer to one command. Raises ``ResponseError`` of Redis, and ``LinkBroken``."""
        if self.broken.done():
            raise LinkBroken(self.broken.result(), sent=False)
        if len(self._answers) + len(self._waiting) >= MAX_UNDER_WAY:
            raise LinkBroken("too many requests are under way", sent=False)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._queue(command)
        return await answer

    def tell(self, *command: Argument) -> None:
        """A command of a subscribing connection: what comes of it is pushed. Nothing happens on a broken link."""
        if not self.broken.done():
            self._queue(command)

    async def close(self) -> None:
        """Ends it; whoever waits for an answer is told that it broke."""
        self._break("closed")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            await self._connection.disconnect(nowait=True)

    def _queue(self, command: tuple[Argument, ...]) -> None:
        self._queued.append(command)
        if len(self._queued) == 1:
            # What else is asked in this step of the loop leaves in the same write.
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        if self.broken.done():
            return
        queued, self._queued = self._queued, []
        self._answers.extend(self._waiting)
        self._waiting.clear()
        packed = self._connection.pack_commands(queued)
        writer = self._connection._writer
        if writer is None:
            self._break("the connection was closed")
            return
        # Its size is bounded by MAX_UNDER_WAY and the size of an event; an answer that is late breaks the link.
        writer.writelines(packed)

    async def _read(self) -> None:
        reason = "the connection was closed"
        try:
            while True:
                try:
                    answer = await self._connection.read_response(
                        disable_decoding=True, timeout=math.inf, disconnect_on_error=False
                    )
                except ResponseError as error:
                    answer = error
                self._heard_s = asyncio.get_running_loop().time()
                if self._on_push is not None:
                    self._on_push(answer)
                elif self._answers:
                    _settle(self._answers.popleft(), answer)
        except (RedisError, OSError, EOFError) as error:
            reason = str(error) or type(error).__name__
        finally:
            self._break(reason)

    async def _watch(self) -> None:
        """Asks for a sign of life, and breaks the link when none comes."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(PING_INTERVAL_S)
            asked_s = loop.time()
            if self._on_push is None:
                answer: asyncio.Future[Any] = loop.create_future()
                answer.add_done_callback(_nobody_waits)
                self._waiting.append(answer)
            self.tell("PING")
            await asyncio.sleep(ANSWER_WITHIN_S)
            if self._heard_s < asked_s:
                self._break(f"no answer for {ANSWER_WITHIN_S:g} s")
                return

    def _break(self, reason: str) -> None:
        if self.broken.done():
            return
        self.broken.set_result(reason)
        for answer in self._answers:
            _fail(answer, LinkBroken(reason, sent=True))
        for answer in self._waiting:
            _fail(answer, LinkBroken(reason, sent=False))
        self._answers.clear()
        self._waiting.clear()
        self._queued.clear()


def _settle(answer: "asyncio.Future[Any]", value: Any) -> None:
    if answer.done():
        return
    if isinstance(value, ResponseError):
        answer.set_exception(value)
    else:
        answer.set_result(value)


def _fail(answer: "asyncio.Future[Any]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)


def _nobody_waits(answer: "asyncio.Future[Any]") -> None:
    if not answer.cancelled():
        answer.exception()

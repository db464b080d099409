"""The bus of several processes, over Redis 7: streams keep, sharded pub/sub tells, one script does both at once.

``open`` connects and fails when that is impossible; from then on a background task (``run``) keeps two connections, one
for requests and one for subscriptions. When either is gone, both are given up, every receiver is told, and publishing
fails at once; they are made again with growing pauses, subscriptions are renewed, and receivers are told that it is
back. Redis should not evict keys (``maxmemory-policy noeviction``); a lost key is noticed as a lost history.
"""

import asyncio
import hashlib
import random
import secrets
from typing import Any

import structlog
from redis.asyncio import ConnectionPool
from redis.exceptions import NoScriptError, RedisError, ResponseError

from infra.bus import (
    EVENT_MAX_BYTES,
    HISTORY_MAX_AGE_S,
    HISTORY_MAX_ENTRIES,
    KEY_KEPT_S,
    BusUnavailable,
    Entry,
    History,
    Position,
    Receiver,
    check_key,
    check_topic,
)
from infra.redis_link import ANSWER_WITHIN_S, CONNECT_TIMEOUT_S, Argument, LinkBroken, RedisLink
from infra.redis_scripts import HISTORY, PUBLISH

_log = structlog.get_logger("bus")

POSITION_KEPT_S = 7 * 86_400
RETRY_FIRST_S = 0.1
RETRY_MAX_S = 2.0
OPEN_WITHIN_S = 5.0
MINIMUM_VERSION = 7


class BusCannotStart(Exception):
    """Redis cannot be used; the message says why, without a password."""


class RedisBus:
    """An ``infra.bus.Bus``. ``prefix`` separates servers that share one Redis."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "harmonie",
        max_entries: int = HISTORY_MAX_ENTRIES,
        max_age_s: float = HISTORY_MAX_AGE_S,
    ) -> None:
        """Raises ``ValueError`` when the URL is none of Redis."""
        self._pool = ConnectionPool.from_url(
            url, protocol=2, socket_timeout=None, socket_connect_timeout=CONNECT_TIMEOUT_S, driver_info=None
        )
        self._prefix = prefix
        self._max_entries = max_entries
        self._max_age_ms = int(max_age_s * 1_000)
        self._requests: RedisLink | None = None
        self._subscriptions: RedisLink | None = None
        self._run_id = ""
        self._receivers: dict[str, tuple[Receiver, ...]] = {}
        self._acknowledged: dict[str, asyncio.Future[None]] = {}

    @property
    def is_up(self) -> bool:
        return self._requests is not None

    async def open(self) -> None:
        """The first connection. Raises ``BusCannotStart``."""
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                await self._connect()
        except (RedisError, OSError, TimeoutError, LinkBroken) as error:
            raise BusCannotStart(f"cannot use Redis (redis_url): {_reason(error)}") from None

    async def run(self) -> None:
        """A background task, after ``open``: sees to it that there is a connection."""
        while True:
            await self._until_broken()
            await self._reconnect()

    async def close(self) -> None:
        """Gives both connections back."""
        requests, subscriptions = self._requests, self._subscriptions
        self._requests = self._subscriptions = None
        for link in (requests, subscriptions):
            if link is not None:
                await link.close()

    async def ping(self) -> None:
        """Raises ``BusUnavailable`` unless Redis answers."""
        await self._ask("PING")

    async def publish(self, topic: str, data: bytes, *, key: str | None = None) -> Position:
        channel = self._channel(topic)
        if len(data) > EVENT_MAX_BYTES:
            raise ValueError(f"an event has at most {EVENT_MAX_BYTES} bytes")
        keys = [f"{channel}:at", f"{channel}:log", channel]
        if key is not None:
            check_key(key)
            keys.append(f"{channel}:key:{key}")
        epoch, offset = await self._evaluate(
            PUBLISH, keys, [data, self._max_entries, self._max_age_ms, int(KEY_KEPT_S * 1_000)]
        )
        return Position(epoch.decode(), offset)

    async def signal(self, topic: str, data: bytes) -> None:
        channel = self._channel(topic)
        if len(data) > EVENT_MAX_BYTES:
            raise ValueError(f"a signal has at most {EVENT_MAX_BYTES} bytes")
        await self._ask("SPUBLISH", channel, b"s " + data)

    async def history(self, topic: str, since: Position | None, limit: int) -> History:
        channel = self._channel(topic)
        asked: list[Argument] = ["", 0, limit] if since is None else [since.epoch, since.offset, limit]
        epoch, offset, complete, found = await self._evaluate(
            HISTORY, [f"{channel}:at", f"{channel}:log"], asked
        )
        entries = tuple(Entry(number, data) for number, data in zip(found[::2], found[1::2], strict=True))
        return History(Position(epoch.decode(), offset), entries, complete=bool(complete))

    async def subscribe(self, topic: str, receiver: Receiver) -> None:
        channel = self._channel(topic)
        link = self._subscriptions
        if link is None:
            raise BusUnavailable
        before = self._receivers.get(topic, ())
        self._receivers[topic] = (*before, receiver)
        if before and topic not in self._acknowledged:
            return
        try:
            await self._until_acknowledged(link, topic, channel)
        except BaseException:
            await self.unsubscribe(topic, receiver)
            raise

    async def unsubscribe(self, topic: str, receiver: Receiver) -> None:
        left = tuple(each for each in self._receivers.get(topic, ()) if each is not receiver)
        if left:
            self._receivers[topic] = left
        elif self._receivers.pop(topic, None) is not None and self._subscriptions is not None:
            self._subscriptions.tell("SUNSUBSCRIBE", self._channel(topic))

    def _channel(self, topic: str) -> str:
        check_topic(topic)
        return f"{self._prefix}:{{{topic}}}"

    async def _until_acknowledged(self, link: RedisLink, topic: str, channel: str) -> None:
        acknowledged = self._acknowledged.get(topic)
        if acknowledged is None:
            acknowledged = self._acknowledged[topic] = asyncio.get_running_loop().create_future()
            link.tell("SSUBSCRIBE", channel)
        waiting: set[asyncio.Future[Any]] = {acknowledged, link.broken}
        done, _ = await asyncio.wait(waiting, timeout=ANSWER_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        if acknowledged not in done:
            self._acknowledged.pop(topic, None)
            raise BusUnavailable

    # Asking.

    async def _evaluate(self, script: str, keys: list[str], arguments: list[Argument]) -> Any:
        # The run is that of the connection the request goes out on.
        always: list[Argument] = [self._run_id, secrets.token_hex(8), POSITION_KEPT_S * 1_000]
        rest: list[Argument] = [len(keys), *keys, *always, *arguments]
        sha = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        try:
            return await self._ask("EVALSHA", sha, *rest)
        except NoScriptError:
            return await self._ask("EVAL", script, *rest)

    async def _ask(self, *command: Argument) -> Any:
        link = self._requests
        if link is None:
            raise BusUnavailable
        try:
            return await link.ask(*command)
        except LinkBroken as error:
            raise BusUnavailable(uncertain=error.sent) from None
        except NoScriptError:
            raise
        except ResponseError as error:
            _log.warning("bus_refused", error=str(error)[:200])
            if str(error).startswith(("READONLY", "MASTERDOWN", "LOADING")):
                # This is not the server to talk to any more.
                await link.close()
            raise BusUnavailable from None

    # Connecting.

    async def _connect(self) -> None:
        requests = await RedisLink.open(self._pool)
        try:
            about = _parse_info(await requests.ask("INFO", "server"))
            _check_version(about.get("redis_version", "0"))
            for script in (PUBLISH, HISTORY):
                await requests.ask("SCRIPT", "LOAD", script)
            subscriptions = await RedisLink.open(self._pool, self._pushed)
            try:
                await self._subscribe_again(subscriptions)
            except BaseException:
                await subscriptions.close()
                raise
        except BaseException:
            await requests.close()
            raise
        self._run_id = about.get("run_id", "")
        self._requests, self._subscriptions = requests, subscriptions

    async def _subscribe_again(self, link: RedisLink) -> None:
        loop = asyncio.get_running_loop()
        topics = list(self._receivers)
        self._acknowledged = {topic: loop.create_future() for topic in topics}
        waiting = list(self._acknowledged.values())
        for topic in topics:
            link.tell("SSUBSCRIBE", self._channel(topic))
        if waiting:
            either: set[asyncio.Future[Any]] = {asyncio.gather(*waiting), link.broken}
            async with asyncio.timeout(ANSWER_WITHIN_S + len(waiting) / 1_000):
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if link.broken.done():
                raise LinkBroken(link.broken.result(), sent=True)
        for topic in topics:
            if topic not in self._receivers:
                link.tell("SUNSUBSCRIBE", self._channel(topic))

    async def _until_broken(self) -> None:
        links = [link for link in (self._requests, self._subscriptions) if link is not None]
        if not links:
            return
        await asyncio.wait({link.broken for link in links}, return_when=asyncio.FIRST_COMPLETED)
        reason = next(link.broken.result() for link in links if link.broken.done())
        _log.warning("bus_lost", reason=reason)
        await self.close()
        self._acknowledged.clear()
        for receiver in self._everyone():
            _tell(receiver.on_lost)

    async def _reconnect(self) -> None:
        pause_s = RETRY_FIRST_S
        while True:
            try:
                await self._connect()
            except (RedisError, OSError, TimeoutError, LinkBroken) as error:
                _log.info("bus_not_back", reason=_reason(error))
            else:
                _log.info("bus_back")
                for receiver in self._everyone():
                    _tell(receiver.on_back)
                return
            # Not all processes at once.
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    def _everyone(self) -> list[Receiver]:
        return list({id(each): each for receivers in self._receivers.values() for each in receivers}.values())

    # What Redis pushes.

    def _pushed(self, message: Any) -> None:
        match message:
            case [b"smessage", bytes(channel), bytes(payload)]:
                self._hear(self._topic_of(channel), payload)
            case [b"ssubscribe", bytes(channel), *_]:
                acknowledged = self._acknowledged.pop(self._topic_of(channel), None)
                if acknowledged is not None and not acknowledged.done():
                    acknowledged.set_result(None)
            case _:
                pass

    def _topic_of(self, channel: bytes) -> str:
        return channel.decode()[len(self._prefix) + 2 : -1]

    def _hear(self, topic: str, payload: bytes) -> None:
        receivers = self._receivers.get(topic, ())
        if payload[:2] == b"s ":
            for receiver in receivers:
                _tell(receiver.on_signal, topic, payload[2:])
            return
        _, epoch, offset, data = payload.split(b" ", 3)
        entry = Entry(int(offset), data)
        for receiver in receivers:
            _tell(receiver.on_entry, topic, epoch.decode(), entry)


def _tell(hear: Any, *told: object) -> None:
    try:
        hear(*told)
    except Exception:
        # One receiver's fault is not the next receiver's.
        _log.exception("bus_receiver_failed")


def _parse_info(answer: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in answer.decode(errors="replace").splitlines())
    return {name: value for name, colon, value in lines if colon}


def _check_version(version: str) -> None:
    if int(version.partition(".")[0]) < MINIMUM_VERSION:
        raise ResponseError(f"version {MINIMUM_VERSION} or newer is needed, not {version}")


def _reason(error: BaseException) -> str:
    """In words, without what the URL holds."""
    if isinstance(error, TimeoutError):
        return "it does not answer"
    return str(error) or type(error).__name__

"""The bus of a single process: nothing to install, nothing to lose but the process itself."""

import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from infra.bus import (
    EVENT_MAX_BYTES,
    HISTORY_MAX_AGE_S,
    HISTORY_MAX_ENTRIES,
    KEY_KEPT_S,
    Entry,
    History,
    Position,
    Receiver,
    check_key,
    check_topic,
)

_log = structlog.get_logger("bus")

MAX_TOPICS = 100_000
MAX_KEYS = 20_000
"""Per topic; past that the oldest is forgotten."""


@dataclass(slots=True)
class _Log:
    epoch: str
    entries: deque[Entry]
    offset: int = 0
    published_s: float = 0.0
    keys: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    """Idempotency key to offset and when it is forgotten, oldest first."""


class MemoryBus:
    """An ``infra.bus.Bus``. A log nobody hears that is used longest ago goes when there are ``max_topics``."""

    def __init__(
        self,
        *,
        max_entries: int = HISTORY_MAX_ENTRIES,
        max_age_s: float = HISTORY_MAX_AGE_S,
        max_topics: int = MAX_TOPICS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_entries = max_entries
        self._max_age_s = max_age_s
        self._max_topics = max_topics
        self._monotonic = monotonic
        self._logs: OrderedDict[str, _Log] = OrderedDict()
        self._receivers: dict[str, tuple[Receiver, ...]] = {}

    async def publish(self, topic: str, data: bytes, *, key: str | None = None) -> Position:
        check_topic(topic)
        _check_size(data)
        now_s = self._monotonic()
        log = self._log(topic, now_s)
        if key is not None:
            check_key(key)
            _forget_keys(log, now_s)
            if key in log.keys:
                return Position(log.epoch, log.keys[key][0])
            log.keys[key] = (log.offset + 1, now_s + KEY_KEPT_S)
        log.offset += 1
        log.published_s = now_s
        entry = Entry(log.offset, data)
        log.entries.append(entry)
        for receiver in self._receivers.get(topic, ()):
            _tell(receiver.on_entry, topic, log.epoch, entry)
        return Position(log.epoch, entry.offset)

    async def signal(self, topic: str, data: bytes) -> None:
        check_topic(topic)
        _check_size(data)
        for receiver in self._receivers.get(topic, ()):
            _tell(receiver.on_signal, topic, data)

    async def subscribe(self, topic: str, receiver: Receiver) -> None:
        check_topic(topic)
        # A new tuple, so that whoever is being told of something meanwhile is not disturbed.
        self._receivers[topic] = (*self._receivers.get(topic, ()), receiver)

    async def unsubscribe(self, topic: str, receiver: Receiver) -> None:
        left = tuple(each for each in self._receivers.get(topic, ()) if each is not receiver)
        if left:
            self._receivers[topic] = left
        else:
            self._receivers.pop(topic, None)

    async def history(self, topic: str, since: Position | None, limit: int) -> History:
        check_topic(topic)
        log = self._log(topic, self._monotonic())
        position = Position(log.epoch, log.offset)
        if since is None:
            return History(position, tuple(log.entries)[-limit:] if limit else (), complete=True)
        missed = log.offset - since.offset
        if since.epoch != log.epoch or missed < 0 or missed > min(limit, len(log.entries)):
            return History(position, (), complete=False)
        return History(position, tuple(log.entries)[-missed:] if missed else (), complete=True)

    def _log(self, topic: str, now_s: float) -> _Log:
        log = self._logs.get(topic)
        if log is None:
            if len(self._logs) >= self._max_topics:
                self._drop_one()
            log = self._logs[topic] = _Log(secrets.token_hex(8), deque(maxlen=self._max_entries))
        else:
            self._logs.move_to_end(topic)
        if log.entries and now_s - log.published_s >= self._max_age_s:
            log.entries.clear()
        return log

    def _drop_one(self) -> None:
        for topic in self._logs:
            if topic not in self._receivers:
                del self._logs[topic]
                return


def _forget_keys(log: _Log, now_s: float) -> None:
    while log.keys:
        key, (_, until_s) = next(iter(log.keys.items()))
        if until_s > now_s and len(log.keys) < MAX_KEYS:
            return
        del log.keys[key]


def _check_size(data: bytes) -> None:
    if len(data) > EVENT_MAX_BYTES:
        raise ValueError(f"an event has at most {EVENT_MAX_BYTES} bytes")


def _tell(hear: Callable[..., None], *told: object) -> None:
    try:
        hear(*told)
    except Exception:
        # One receiver's fault is not the publisher's, nor the next receiver's.
        _log.exception("bus_receiver_failed")

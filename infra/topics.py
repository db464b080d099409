"""The rooms of this process: each topic of the bus that somebody here looks at, with the state its events make.

A ``Topic`` has one subscription of the bus, one **replica** (the room's state, given by its owner), a ring of the last
events, and listeners. ``infra.follower`` decides what is applied and when something is missing; here that is carried
out. The invariant: whoever is given ``snapshot()`` at ``position`` and applies the events after it has, at any later
position, what ``snapshot()`` would give them then.

Joining takes no time: ``snapshot()``, ``position`` and ``listen`` are plain calls, so that in one step of the loop
there is neither a gap nor a duplicate. Coming back, ``since`` gives exactly what was missed, or ``None``: then a fresh
snapshot is needed. The ring holds as much as the bus keeps and begins with the bus's history, so what it does not have
nobody has.

When the bus is gone, listeners are told (``on_interrupted``) and the topic stays as it is. When it is back, the gap
is filled from the bus, or, when that cannot be, the replica is loaded anew and listeners are told (``on_reset``); in
both cases ``on_resumed`` follows. A topic nobody holds is closed after ``LINGER_S``.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Protocol

import msgspec
import structlog

from infra.bus import HISTORY_MAX_ENTRIES, Bus, BusUnavailable, Entry, Position
from infra.encoded import Encoded
from infra.follower import Apply, CatchUp, Effect, Follower, Reload
from infra.tasks import BackgroundTasks, uninterrupted

_log = structlog.get_logger("topics")

LINGER_S = 30.0
SWEEP_S = 5.0
RESUME_MAX_BYTES = 256 * 1024
"""More than this is not sent again: a fresh snapshot is smaller."""
RETRY_FIRST_S = 0.25
RETRY_MAX_S = 5.0


class Replica(Protocol):
    """The state of one topic in this process, as the room's owner keeps it: a reducer over the topic's events."""

    async def load(self) -> Any:
        """Reads the state from the database and returns it, for ``adopt``; changes nothing here.

        Called before anything is applied, and again when events were lost for good; what was here stays in use
        meanwhile. Whatever was published before the call is in the database by then: store first, then publish.
        Raises what the database raises: the first joiner is told, later it is tried again.
        """

    def adopt(self, loaded: Any, /) -> None:
        """Puts what ``load`` returned in place of what was here."""

    def apply(self, event: Any, offset: int, /) -> None:
        """The next event, as plain dictionaries and lists. Returns at once and does not raise.

        After ``adopt``, events may come whose effect the database held already: applying them again changes nothing.
        """

    def hear(self, signal: Any, /) -> None:
        """An unnumbered signal; what it says may be in the snapshot, but nothing may depend on it."""

    def snapshot(self) -> object:
        """The state now, as msgspec can encode it, without binary. Asked at most once per event."""

    def close(self) -> None:
        """The topic is closed; the replica is not used again."""


class TopicEvent:
    """One event with its offset, in both forms of the wire."""

    __slots__ = ("data", "offset")

    def __init__(self, offset: int, data: Encoded) -> None:
        self.offset = offset
        self.data = data


class Listener(Protocol):
    """Who is told what happens in a topic. Returns at once and does not raise."""

    def on_event(self, event: TopicEvent, /) -> None:
        """It has been applied: the topic's position is this event's or a later one."""

    def on_signal(self, data: Encoded, /) -> None: ...

    def on_interrupted(self) -> None: ...

    def on_resumed(self) -> None: ...

    def on_reset(self) -> None:
        """Events were lost for good: take ``snapshot()`` and ``position`` anew."""


class Topic:
    """A topic in this process. Made by ``TopicHub.open``; a ``Receiver`` of the bus."""

    def __init__(self, name: str, bus: Bus, replica: Replica, start_task: "StartTask") -> None:
        self.name = name
        self.replica = replica
        self.interrupted = False
        """Whether the bus is gone at the moment, so that events may be late."""
        self.closed = False
        self._bus = bus
        self._start_task = start_task
        self._follower = Follower()
        self._applied: Position | None = None
        """Behind the follower's position while what it wants is being carried out."""
        self._ring: deque[TopicEvent] = deque(maxlen=HISTORY_MAX_ENTRIES)
        self._snapshot: Encoded | None = None
        self._listeners: tuple[Listener, ...] = ()
        self._holds = 0
        self._need: CatchUp | Reload | None = None
        self._is_working = False
        self._is_lost = False
        self._came_back = False
        self.free_since_s = 0.0

    # What joiners ask.

    @property
    def position(self) -> Position:
        """Of the last event that was applied."""
        assert self._applied is not None
        return self._applied

    def snapshot(self) -> Encoded:
        """The state at ``position``, encoded at most once per event and form."""
        if self._snapshot is None:
            self._snapshot = Encoded.of(self.replica.snapshot())
        return self._snapshot

    def since(self, position: Position) -> Sequence[TopicEvent] | None:
        """Every event after ``position``, or ``None`` when a fresh snapshot is needed instead."""
        missed = self.position.offset - position.offset
        if position.epoch != self.position.epoch or not 0 <= missed <= len(self._ring):
            return None
        events = list(islice(self._ring, len(self._ring) - missed, None))
        if sum(len(each.data.msgpack) for each in events) > RESUME_MAX_BYTES:
            return None
        return events

    def listen(self, listener: Listener) -> None:
        """From now on it is told; it also holds the topic open."""
        self._listeners = (*self._listeners, listener)
        self._holds += 1

    def unlisten(self, listener: Listener, now_s: float) -> None:
        self._listeners = tuple(each for each in self._listeners if each is not listener)
        self.release(now_s)

    def hold(self) -> None:
        """Keeps the topic open without listening, until ``release``."""
        self._holds += 1

    def release(self, now_s: float) -> None:
        self._holds -= 1
        self.free_since_s = now_s

    @property
    def is_held(self) -> bool:
        return self._holds > 0

    # What the hub does.

    async def open(self) -> None:
        """Subscribes and loads. Raises ``BusUnavailable`` and what the replica raises; then it is not open."""
        await self._bus.subscribe(self.name, self)
        try:
            await self._load()
        except BaseException:
            await self._bus.unsubscribe(self.name, self)
            raise

    async def close(self) -> None:
        self.closed = True
        await self._bus.unsubscribe(self.name, self)
        self.replica.close()

    # What the bus tells.

    def on_entry(self, _topic: str, epoch: str, entry: Entry) -> None:
        self._carry_out(self._follower.hear(epoch, entry))

    def on_signal(self, _topic: str, data: bytes) -> None:
        signal = Encoded(data)
        try:
            self.replica.hear(signal.decoded())
        except Exception:
            _log.exception("signal_failed", topic=self.name)
            return
        self._snapshot = None
        for listener in self._listeners:
            listener.on_signal(signal)

    def on_lost(self) -> None:
        self._follower.lost()
        self._is_lost = True
        if not self.interrupted:
            self.interrupted = True
            for listener in self._listeners:
                listener.on_interrupted()

    def on_back(self) -> None:
        self._is_lost = False
        if self._follower.position is None:
            self._came_back = True
        else:
            self._carry_out(self._follower.back())

    # Carrying out what the follower wants.

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Apply():
                    for entry in effect.entries:
                        self._apply(entry)
                case CatchUp() | Reload():
                    self._need = effect
                    if not self._is_working and not self.closed:
                        self._is_working = True
                        self._start_task(f"topic {self.name}", self._work())

    def _apply(self, entry: Entry) -> None:
        assert self._follower.position is not None
        self._applied = Position(self._follower.position.epoch, entry.offset)
        event = TopicEvent(entry.offset, Encoded(entry.data))
        self._ring.append(event)
        self._snapshot = None
        try:
            self.replica.apply(event.data.decoded(), entry.offset)
        except (msgspec.DecodeError, RecursionError):
            _log.error("event_unreadable", topic=self.name, offset=entry.offset)
            event.data = Encoded.of({})
        except Exception:
            # The state may be half changed; the database knows it whole.
            _log.exception("event_failed", topic=self.name, offset=entry.offset)
            self._carry_out(self._follower.broken())
        for listener in self._listeners:
            listener.on_event(event)

    async def _work(self) -> None:
        """Fills gaps and loads anew until nothing is needed, or the bus is gone (``on_back`` begins again)."""
        retry_s = RETRY_FIRST_S
        try:
            while (need := self._need) is not None and not self.closed:
                try:
                    await self._fulfil(need)
                except BusUnavailable:
                    if self._is_lost:
                        return
                    await asyncio.sleep(retry_s)
                except Exception as error:
                    _log.warning("topic_load_failed", topic=self.name, error=type(error).__name__)
                    await asyncio.sleep(retry_s)
                else:
                    retry_s = RETRY_FIRST_S
                    continue
                retry_s = min(retry_s * 2, RETRY_MAX_S)
        finally:
            self._is_working = False
        if self.interrupted and not self._is_lost and not self.closed:
            self.interrupted = False
            for listener in self._listeners:
                listener.on_resumed()

    async def _fulfil(self, need: CatchUp | Reload) -> None:
        if isinstance(need, CatchUp):
            history = await self._bus.history(self.name, need.since, HISTORY_MAX_ENTRIES)
            if self._need is need:
                self._need = None
                self._carry_out(self._follower.caught_up(history))
            return
        await self._load(need)

    async def _load(self, need: Reload | None = None) -> None:
        """Position first, then the state, so that the state holds at least what the position says."""
        history = await self._bus.history(self.name, None, HISTORY_MAX_ENTRIES)
        # A statement of the database that is cancelled half-way may never let go of its connection.
        loaded = await uninterrupted(self.replica.load())
        if self._need is not need:
            return
        self._need = None
        self.replica.adopt(loaded)
        self._snapshot = None
        self._applied = history.position
        self._ring.clear()
        self._ring.extend(TopicEvent(each.offset, Encoded(each.data)) for each in history.entries)
        effects = self._follower.loaded(history.position)
        if need is not None:
            for listener in self._listeners:
                listener.on_reset()
        self._carry_out(effects)
        if self._came_back:
            # The bus came and went while the state was read for the first time.
            self._came_back = False
            self._carry_out(self._follower.back())


StartTask = Callable[[str, Any], object]


class TopicHub:
    """Every topic this process looks at, each once. ``run`` is a background task that closes the unused ones."""

    def __init__(self, bus: Bus, tasks: BackgroundTasks, *, linger_s: float = LINGER_S) -> None:
        self.bus = bus
        self._tasks = tasks
        self._linger_s = linger_s
        self._topics: dict[str, Topic] = {}
        self._opening: dict[str, asyncio.Future[Topic]] = {}

    async def open(self, name: str, make: Callable[[], Replica]) -> Topic:
        """The topic, open; ``make`` gives its replica when this process does not have it yet.

        It stays open for ``linger_s``; hold it or listen to it in the same step. Many may ask at once, and one of
        them opens it. Raises ``BusUnavailable`` and whatever the replica's ``load`` raises.
        """
        topic = self._topics.get(name)
        if topic is not None:
            topic.free_since_s = asyncio.get_running_loop().time()
            return topic
        opening = self._opening.get(name)
        if opening is None:
            opening = self._opening[name] = asyncio.ensure_future(self._open(name, make))
            opening.add_done_callback(lambda _: self._opening.pop(name, None))
        # Who waits may go away; the others still want it.
        return await asyncio.shield(opening)

    def get(self, name: str) -> Topic | None:
        """The topic, if this process has it open."""
        return self._topics.get(name)

    def __len__(self) -> int:
        return len(self._topics)

    async def run(self) -> None:
        """Closes what nobody has used for a while."""
        while True:
            await asyncio.sleep(min(SWEEP_S, self._linger_s))
            await self.sweep()

    async def sweep(self) -> None:
        """Closes every topic that has been free for ``linger_s``."""
        before_s = asyncio.get_running_loop().time() - self._linger_s
        for topic in [each for each in self._topics.values() if not each.is_held]:
            if not topic.is_held and topic.free_since_s <= before_s:
                del self._topics[topic.name]
                await topic.close()

    async def close(self) -> None:
        """Closes every topic."""
        for opening in list(self._opening.values()):
            opening.cancel()
        topics, self._topics = self._topics, {}
        for topic in topics.values():
            await topic.close()

    async def _open(self, name: str, make: Callable[[], Replica]) -> Topic:
        topic = Topic(name, self.bus, make(), self._tasks.start)
        await topic.open()
        topic.free_since_s = asyncio.get_running_loop().time()
        self._topics[name] = topic
        return topic

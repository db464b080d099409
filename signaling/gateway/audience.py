"""Everyone here who is in one topic: what happens is encoded once per form of the wire and written to all of them.

Events are gathered and leave together when the ``Pace`` says so: one frame for everyone who speaks the same form and
knows the room under the same name. Writing is done in slices, so that a large room does not hold up the event loop.
Whoever joins between is not given what is in their snapshot already: what was gathered before is sealed into a round of
its own for those who were there.

What has gathered is bounded: past ``GATHERED_MAX_BYTES`` it is dropped and everyone gets the state anew.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

import structlog
from msgspec import Raw

from infra.bus import Position
from infra.encoded import Encoded
from infra.topics import Topic, TopicEvent
from signaling.gateway.connection import Membership
from signaling.gateway.messages import (
    EventMessage,
    Interrupted,
    Reset,
    Resumed,
    ServerMessage,
    SignalMessage,
)
from signaling.gateway.pace import Pace
from signaling.gateway.stats import GatewayStats
from signaling.gateway.wire import Format, frame

_log = structlog.get_logger("gateway")

SLICE = 200
"""Connections written to in one step of the event loop."""
GATHERED_MAX_BYTES = 1 << 20


@dataclass(slots=True)
class _Group:
    """Those who get the very same bytes."""

    room: str
    format: Format
    members: dict[Membership, None] = field(default_factory=dict)
    listed: tuple[Membership, ...] | None = None

    def all(self) -> tuple[Membership, ...]:
        if self.listed is None:
            self.listed = tuple(self.members)
        return self.listed


@dataclass(slots=True)
class _Round:
    """One frame on its way to a group."""

    data: bytes
    messages: int
    members: tuple[Membership, ...]
    written: int = 0


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The state at a position, for everyone."""

    position: Position
    state: Encoded


_Gathered = TopicEvent | Encoded | _Snapshot | type[Interrupted] | type[Resumed]


class Audience:
    """A ``Listener`` of one topic, for as long as somebody is in it."""

    def __init__(self, topic: Topic, stats: GatewayStats, *, coalesce: bool = True) -> None:
        self.topic = topic
        self._stats = stats
        self._coalesce = coalesce
        self._pace = Pace(coalesce=coalesce)
        self._loop = asyncio.get_running_loop()
        self._groups: dict[tuple[str, str], _Group] = {}
        self._gathered: list[_Gathered] = []
        self._gathered_bytes = 0
        self._rounds: deque[_Round] = deque()
        self._timer: asyncio.Handle | None = None
        self._is_writing = False
        self._began_s = 0.0
        self._resumption: tuple[tuple[str, str, int, int], list[Raw]] | None = None
        topic.listen(self)

    def __len__(self) -> int:
        return sum(len(group.members) for group in self._groups.values())

    def add(self, membership: Membership) -> None:
        """From now on it gets what happens; what has gathered before is not for it."""
        self._seal()
        format_ = membership.connection.format
        key = (membership.room, format_.subprotocol)
        group = self._groups.setdefault(key, _Group(membership.room, format_))
        group.members[membership] = None
        group.listed = None
        self._stats.memberships += 1

    def remove(self, membership: Membership) -> None:
        key = (membership.room, membership.connection.format.subprotocol)
        group = self._groups.get(key)
        if group is None or membership not in group.members:
            return
        del group.members[membership]
        group.listed = None
        self._stats.memberships -= 1
        if not group.members:
            del self._groups[key]

    def close(self) -> None:
        """Nobody is in it any more."""
        self.topic.unlisten(self, self._loop.time())
        if self._timer is not None:
            self._timer.cancel()

    def missed(self, room: str, format_: Format, since: Position) -> list[Raw] | None:
        """What somebody who knew ``since`` has to be sent, or ``None``: then the snapshot.

        When many come back at once they mostly missed the same, so the last answer is remembered.
        """
        key = (room, format_.subprotocol, since.offset, self.topic.position.offset)
        if since.epoch == self.topic.position.epoch and self._resumption and self._resumption[0] == key:
            return self._resumption[1]
        events = self.topic.since(since)
        if events is None:
            return None
        raw = [Raw(_render(event, room, format_)) for event in events]
        self._resumption = (key, raw)
        return raw

    # What the topic tells.

    def on_event(self, event: TopicEvent) -> None:
        self._gather(event, len(event.data.msgpack))

    def on_signal(self, data: Encoded) -> None:
        self._gather(data, len(data.msgpack))

    def on_interrupted(self) -> None:
        self._gather(Interrupted, 0)

    def on_resumed(self) -> None:
        self._gather(Resumed, 0)

    def on_reset(self) -> None:
        self._resumption = None
        self._gathered.clear()
        self._gathered_bytes = 0
        self._stats.resets += 1
        state = _Snapshot(self.topic.position, self.topic.snapshot())
        self._gather(state, len(state.state.msgpack))

    # Gathering and writing.

    def _gather(self, what: _Gathered, size: int) -> None:
        self._gathered.append(what)
        self._gathered_bytes += size
        self._stats.events_out += 1
        if self._gathered_bytes > GATHERED_MAX_BYTES and not isinstance(what, _Snapshot):
            _log.warning("room_overflowed", topic=self.topic.name)
            self.on_reset()
            return
        if not self._coalesce:
            self._seal()
            self._start()
        elif self._timer is None and not self._is_writing:
            now = self._loop.time()
            due = self._pace.due(now)
            self._timer = (
                self._loop.call_soon(self._tick) if due <= now else self._loop.call_at(due, self._tick)
            )

    def _tick(self) -> None:
        self._timer = None
        self._seal()
        self._start()

    def _seal(self) -> None:
        """What has gathered becomes a round for each group as it is now."""
        if not self._gathered:
            return
        gathered, self._gathered = self._gathered, []
        self._gathered_bytes = 0
        for group in self._groups.values():
            try:
                messages = [_render_any(each, group.room, group.format) for each in gathered]
            except Exception:
                # One event that cannot be said in this form must not keep others from being heard.
                _log.exception("event_unsayable", topic=self.topic.name)
                continue
            data = frame(group.format.payload(messages), group.format.opcode)
            self._rounds.append(_Round(data, len(messages), group.all()))

    def _start(self) -> None:
        if self._rounds and not self._is_writing:
            self._is_writing = True
            self._began_s = self._loop.time()
            self._write()

    def _write(self) -> None:
        """A slice; goes on in the next step of the loop until every round is written."""
        left = SLICE
        while self._rounds and left > 0:
            current = self._rounds[0]
            start = current.written
            end = min(start + left, len(current.members))
            written = _write_to(current.members[start:end], current.data)
            self._stats.frames_out += written
            self._stats.deliveries += written * current.messages
            left -= end - start
            current.written = end
            if end == len(current.members):
                self._rounds.popleft()
                # An empty round costs a step as well.
                left -= 1
        if self._rounds:
            self._loop.call_soon(self._write)
            return
        self._is_writing = False
        self._pace.wrote(self._began_s, self._loop.time())
        if self._gathered and self._timer is None:
            self._timer = self._loop.call_at(self._pace.due(self._loop.time()), self._tick)


def _write_to(members: tuple[Membership, ...], data: bytes) -> int:
    """The hot path: one write for each connection that is still there."""
    written = 0
    size = len(data)
    for member in members:
        if member.active:
            connection = member.connection
            if connection.clogged and not connection.has_room(size):
                continue
            connection.write(data)
            written += 1
    return written


def _render_any(what: _Gathered, room: str, format_: Format) -> bytes:
    if isinstance(what, TopicEvent):
        return _render(what, room, format_)
    message: ServerMessage
    if isinstance(what, Encoded):
        message = SignalMessage(room=room, data=Raw(format_.pick(what)))
    elif isinstance(what, _Snapshot):
        message = Reset(
            room=room,
            epoch=what.position.epoch,
            offset=what.position.offset,
            snapshot=Raw(format_.pick(what.state)),
        )
    else:
        message = what(room=room)
    return format_.encode(message)


def _render(event: TopicEvent, room: str, format_: Format) -> bytes:
    return format_.encode(EventMessage(room=room, offset=event.offset, data=Raw(format_.pick(event.data))))

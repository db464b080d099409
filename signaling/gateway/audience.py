"""Everyone here who is in one topic: what happens is encoded once per form of the wire and written to all of them.

Who is written to when is decided by ``rotation``: a large room goes round in blocks, each getting whatever has happened
since its own last frame, so that neither the event loop is held up nor an event waits for a round to end. Frames with
the same content are made once. Whoever joins between is not given what is in their snapshot already.

What has not been written to everyone yet is bounded: past ``GATHERED_MAX_BYTES`` it is dropped and everyone gets the
state anew.
"""

import asyncio
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
from signaling.gateway.rotation import BLOCK_MAX, Block, Rotation
from signaling.gateway.stats import GatewayStats
from signaling.gateway.wire import Format, frame

_log = structlog.get_logger("gateway")

GATHERED_MAX_BYTES = 1 << 20
ENTRY_BYTES = 64
"""What each thing gathered counts for beside its content."""


@dataclass(slots=True, eq=False)
class _Form:
    """Those who get the very same bytes: one form of the wire, one name of the room."""

    room: str
    format: Format
    made: tuple[int, int, list[tuple[bytes, int]]] | None = None
    """The last frames, with the numbers of what is in them, from and up to."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """The state at a position, for everyone."""

    position: Position
    state: Encoded


_Gathered = TopicEvent | Encoded | _Snapshot | type[Interrupted] | type[Resumed]


@dataclass(slots=True, eq=False)
class _Happened:
    """Something that has not been written to everyone yet."""

    what: _Gathered
    size: int
    rendered: dict[_Form, bytes | None] = field(default_factory=dict)


class Audience:
    """A ``Listener`` of one topic, for as long as somebody is in it."""

    def __init__(
        self,
        topic: Topic,
        stats: GatewayStats,
        *,
        coalesce: bool = True,
        loop: asyncio.AbstractEventLoop | None = None,
        block_max: int = BLOCK_MAX,
    ) -> None:
        self.topic = topic
        self._stats = stats
        self._coalesce = coalesce
        self._loop = loop or asyncio.get_running_loop()
        self._rotation: Rotation[_Form, Membership] = Rotation(paced=coalesce, block_max=block_max)
        self._forms: dict[tuple[str, str], _Form] = {}
        self._gathered: list[_Happened] = []
        self._gathered_bytes = 0
        self._turn: asyncio.Handle | None = None
        self._resumption: tuple[tuple[str, str, int, int], list[Raw]] | None = None
        topic.listen(self)

    def __len__(self) -> int:
        return len(self._rotation)

    def add(self, membership: Membership) -> None:
        """From now on it gets what happens; what has gathered before is not for it."""
        format_ = membership.connection.format
        key = (membership.room, format_.subprotocol)
        form = self._forms.setdefault(key, _Form(membership.room, format_))
        self._rotation.add(membership, form)
        self._stats.memberships += 1

    def remove(self, membership: Membership) -> None:
        if membership.block is None:
            return
        self._stats.memberships -= 1
        if self._rotation.remove(membership):
            del self._forms[membership.room, membership.connection.format.subprotocol]

    def close(self) -> None:
        """Nobody is in it any more."""
        self.topic.unlisten(self, self._loop.time())
        if self._turn is not None:
            self._turn.cancel()

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
        self._rotation.skip()
        self._stats.resets += 1
        state = _Snapshot(self.topic.position, self.topic.snapshot())
        self._gather(state, len(state.state.msgpack))

    # Gathering and writing.

    def _gather(self, what: _Gathered, size: int) -> None:
        happened = _Happened(what, size + ENTRY_BYTES)
        self._gathered.append(happened)
        self._gathered_bytes += happened.size
        self._rotation.happened()
        self._stats.events_out += 1
        if self._gathered_bytes > GATHERED_MAX_BYTES and not isinstance(what, _Snapshot):
            _log.warning("room_overflowed", topic=self.topic.name)
            self.on_reset()
        elif self._turn is None:
            self._go_on()

    def _go_on(self) -> None:
        """Forgets what everyone has, and sees to it that the rest follows in time."""
        oldest, due = self._rotation.look()
        done = len(self._gathered) - (self._rotation.head - oldest)
        if done:
            self._gathered_bytes -= sum(each.size for each in self._gathered[:done])
            del self._gathered[:done]
        if due is None:
            for form in self._forms.values():
                form.made = None
        elif due <= self._loop.time():
            self._turn = self._loop.call_soon(self._write)
        else:
            self._turn = self._loop.call_at(due, self._write)

    def _write(self) -> None:
        """To as many blocks as one step of the event loop bears."""
        self._turn = None
        left, now = self._rotation.block_max, self._loop.time()
        while (taken := self._rotation.take(now, left)) is not None:
            block, since = taken
            left -= len(block)
            began = self._loop.time()
            self._write_block(block, since)
            self._rotation.wrote(block, began, self._loop.time())
        self._go_on()

    def _write_block(self, block: Block[_Form, Membership], since: int) -> None:
        members = block.all()
        for data, messages in self._frames(block.key, since):
            written = _write_to(members, data)
            self._stats.frames_out += written
            self._stats.deliveries += written * messages

    def _frames(self, form: _Form, since: int) -> list[tuple[bytes, int]]:
        """What happened from this number on, as frames with how many messages are in each."""
        head = self._rotation.head
        if form.made is not None and form.made[:2] == (since, head):
            return form.made[2]
        gathered = self._gathered[len(self._gathered) - (head - since) :]
        messages = [said for each in gathered if (said := self._said(each, form)) is not None]
        together = [messages] if self._coalesce else [[each] for each in messages]
        frames = [
            (frame(form.format.payload(each), form.format.opcode), len(each)) for each in together if each
        ]
        form.made = (since, head, frames)
        return frames

    def _said(self, happened: _Happened, form: _Form) -> bytes | None:
        """In one form, made once; ``None`` when it cannot be said in it."""
        if form not in happened.rendered:
            try:
                happened.rendered[form] = _render_any(happened.what, form.room, form.format)
            except Exception:
                # One event that cannot be said in this form must not keep others from being heard.
                _log.exception("event_unsayable", topic=self.topic.name)
                happened.rendered[form] = None
        return happened.rendered[form]


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

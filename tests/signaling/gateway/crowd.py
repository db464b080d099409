"""Members of an audience without sockets: real connections over transports that remember what was written."""

import asyncio
from typing import Any, cast

import msgspec

from infra.bus import Entry
from infra.bus_memory import MemoryBus
from infra.topics import Topic
from signaling.gateway.audience import Audience
from signaling.gateway.connection import EventConnection, Membership, Surroundings
from signaling.gateway.protocol import OUTBOX_MAX_BYTES
from signaling.gateway.stats import GatewayStats
from signaling.gateway.wire import FORMATS, JSON, Format
from tests.signaling.gateway.manual_loop import ManualLoop

Message = dict[str, Any]


class Nothing:
    """A replica without state, and a seat in it."""

    async def load(self) -> None: ...
    def adopt(self, _loaded: None) -> None: ...
    def apply(self, _event: Any, _offset: int) -> None: ...
    def hear(self, _signal: Any) -> None: ...
    def close(self) -> None: ...
    def left(self) -> None: ...
    def snapshot(self) -> object:
        return {}


class Transport:
    """Remembers the messages written to it, each with its time; every write takes a while."""

    def __init__(self, loop: ManualLoop, format_: Format, write_s: float) -> None:
        self.messages: list[Message] = []
        self.times_s: list[float] = []
        self.frames = 0
        self.buffered = 0
        self._loop = loop
        self._format = format_
        self._write_s = write_s

    def write(self, data: bytes) -> None:
        self._loop.now_s += self._write_s
        if data[0] & 0x0F != self._format.opcode:
            return
        self.frames += 1
        start = {126: 4, 127: 10}.get(data[1], 2)
        decode = msgspec.json.decode if self._format is JSON else msgspec.msgpack.decode
        messages = decode(data[start:])
        self.messages += messages
        self.times_s += [self._loop.now_s] * len(messages)

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None: ...
    def close(self) -> None: ...


class Someone:
    """A member: what it has been sent is in ``transport``."""

    def __init__(self, crowd: "Crowd", format_: Format, room: str = "stage") -> None:
        self.transport = Transport(crowd.loop, format_, crowd.write_s)
        self.connection = EventConnection("", cast(Any, self.transport), format_, crowd.around)
        self.membership = Membership(self.connection, room, crowd.audience, cast(Any, Nothing()))
        self.connection.memberships[room] = self.membership
        crowd.audience.add(self.membership)

    def leave(self) -> None:
        self.connection.leave_all()

    def stop_reading(self) -> None:
        """From now on what is sent to it piles up, past what may wait."""
        self.transport.buffered = OUTBOX_MAX_BYTES
        self.connection.pause_writing()


class Crowd:
    """An audience of one topic, on a loop that is stepped by hand."""

    def __init__(self, *, write_s: float = 0.0, coalesce: bool = True, block_max: int = 200) -> None:
        self.loop = ManualLoop()
        self.stats = GatewayStats()
        self.write_s = write_s
        self.topic = Topic("channel:1", MemoryBus(), Nothing(), lambda _name, _work: None)
        asyncio.run(self.topic.open())
        self.around = Surroundings(cast(Any, self.loop), self.stats, cast(Any, None), lambda _: None)
        self.audience = Audience(
            self.topic, self.stats, coalesce=coalesce, loop=cast(Any, self.loop), block_max=block_max
        )

    def joins(self, subprotocol: str = JSON.subprotocol, room: str = "stage") -> Someone:
        return Someone(self, FORMATS[subprotocol], room)

    def happens(self, event: object) -> None:
        position = self.topic.position
        entry = Entry(position.offset + 1, msgspec.msgpack.encode(event))
        self.topic.on_entry(self.topic.name, position.epoch, entry)

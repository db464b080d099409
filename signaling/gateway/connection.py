"""One event socket: what is read from it, what is written to it, how it is closed, which rooms it is in.

It is the transport's protocol itself, and nothing else is there for a connection that only listens: no task, no
request, no queue. A task exists while commands are carried out. Frames are written straight to the transport: a
server's frames are the same for everyone, so none is made per connection and nothing is awaited. What a slow client
does not take waits in the transport, up to ``OUTBOX_MAX_BYTES``.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from msgspec import Raw

from infra.rooms import Caller, Seat
from signaling.gateway.access import Grant
from signaling.gateway.allowance import Allowance, Verdict
from signaling.gateway.frames import ClientMessage, FrameError, FrameReader, close_code
from signaling.gateway.messages import RoomClosed, SignalMessage, You
from signaling.gateway.protocol import MESSAGE_MAX_BYTES, OUTBOX_MAX_BYTES, CloseCode
from signaling.gateway.stats import GatewayStats
from signaling.gateway.wire import CLOSE, PING, PING_FRAME, PONG, Format, close_frame, frame, message_frame

if TYPE_CHECKING:
    from signaling.gateway.audience import Audience

_log = structlog.get_logger("gateway")

CLOSE_WITHIN_S = 5.0
"""After a close frame, until the transport is given up."""
INBOX_MAX = 16
"""Commands that wait for the one under way; past that nothing is read."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every connection of a gateway shares."""

    loop: asyncio.AbstractEventLoop
    stats: GatewayStats
    carry_out: Callable[["EventConnection", str | bytes], Awaitable[None]]
    """Carries out one command; never fails."""
    gone: Callable[["EventConnection"], None]
    """The connection is no more."""


class Membership:
    """A connection in a room, from ``join`` to ``leave``. ``active`` is false from the moment it is out."""

    __slots__ = ("active", "audience", "block", "connection", "room", "seat")

    def __init__(self, connection: "EventConnection", room: str, audience: "Audience", seat: Seat) -> None:
        self.connection = connection
        self.room = room
        self.audience = audience
        self.seat = seat
        self.block: object | None = None
        """Where the audience has it."""
        self.active = True


class EventConnection(asyncio.Protocol):
    """An ``infra.rooms.Connection``, and what asyncio calls when bytes come and go."""

    __slots__ = (
        "_around",
        "_inbox",
        "_reader",
        "_transport",
        "_worker",
        "allowance",
        "caller",
        "clogged",
        "closing",
        "format",
        "grant",
        "heard_s",
        "id",
        "memberships",
        "pinged_s",
        "write",
    )

    def __init__(
        self, connection_id: str, transport: asyncio.Transport, format_: Format, around: Surroundings
    ) -> None:
        now = around.loop.time()
        self.id = connection_id
        self.format = format_
        self.caller: Caller
        """Set before anything is read."""
        self.grant: Grant | None = None
        self.memberships: dict[str, Membership] = {}
        self.allowance = Allowance(now)
        self.heard_s = now
        self.pinged_s = now
        self.clogged = False
        """Whether the transport has more to write than it likes."""
        self.closing = False
        self.write = transport.write
        self._transport = transport
        self._around = around
        self._reader = FrameReader(MESSAGE_MAX_BYTES)
        self._inbox: deque[str | bytes] | None = None
        self._worker: asyncio.Task[None] | None = None

    # What asyncio calls.

    def data_received(self, data: bytes) -> None:
        self.heard_s = self._around.loop.time()
        try:
            messages = self._reader.feed(data)
        except FrameError as error:
            self._end(error.code, str(error))
            return
        for message in messages:
            self._received(message)

    def pause_writing(self) -> None:
        self.clogged = True

    def resume_writing(self) -> None:
        self.clogged = False

    def connection_lost(self, _error: Exception | None) -> None:
        self.closing = True
        self.leave_all()
        self._around.gone(self)

    # What rooms' owners use.

    def send_you(self, room: str, you: object) -> None:
        if room in self.memberships:
            self.send(You(room=room, you=you))

    def send_signal(self, room: str, data: object) -> None:
        if room in self.memberships:
            self.send(SignalMessage(room=room, data=Raw(self.format.encode(data))))

    def expel(self, room: str, reason: str) -> None:
        membership = self.memberships.get(room)
        if membership is not None:
            self.leave(membership)
            self.send(RoomClosed(room=room, reason=reason))

    def close_banned(self) -> None:
        self.close(CloseCode.BANNED)

    # What the gateway uses.

    @property
    def busy(self) -> bool:
        """Whether a command is being carried out; what comes meanwhile may not have been read yet."""
        return self._worker is not None

    def send(self, message: object) -> None:
        """One message in a frame of its own; nothing happens on a connection that is closing."""
        self._send_frame(message_frame(self.format, message))

    def has_room(self, size: int) -> bool:
        """Whether so much may wait for a client that reads slowly; one that may not is cut."""
        if self._transport.get_write_buffer_size() + size <= OUTBOX_MAX_BYTES:
            return True
        self._around.stats.outbox_overflows += 1
        self.close(CloseCode.TOO_SLOW)
        return False

    def ping(self, now: float) -> None:
        self.pinged_s = now
        if not self.clogged:
            self._send_frame(PING_FRAME)

    def leave(self, membership: Membership) -> None:
        """Out of a room, in this very step."""
        if not membership.active:
            return
        membership.active = False
        if self.memberships.get(membership.room) is membership:
            del self.memberships[membership.room]
        membership.audience.remove(membership)
        try:
            membership.seat.left()
        except Exception:
            _log.exception("seat_failed", room=membership.room.partition("/")[0])

    def leave_all(self) -> None:
        for membership in list(self.memberships.values()):
            self.leave(membership)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Says why and ends it; the client has a few seconds to read what was written before."""
        self._end(code, reason or code.name.lower())

    def abort(self) -> None:
        """Ends it without a word."""
        self._transport.abort()

    # Reading.

    def _received(self, message: ClientMessage) -> None:
        opcode, data = message
        if opcode == CLOSE:
            self._said_goodbye(data)
        elif self.closing:
            return
        elif opcode in (PING, PONG):
            verdict = self.allowance.spend(self.heard_s)
            if verdict is Verdict.FLOODING:
                self._around.stats.floods_cut += 1
                self.close(CloseCode.FLOODING)
            elif opcode == PING and verdict is Verdict.ALLOWED and isinstance(data, bytes):
                self._send_frame(frame(data, PONG))
        elif opcode != self.format.opcode:
            self.close(CloseCode.MALFORMED, "the other kind of frame")
        elif self._worker is None:
            self._worker = self._around.loop.create_task(self._work(data))
        else:
            if self._inbox is None:
                self._inbox = deque()
            self._inbox.append(data)
            if len(self._inbox) == INBOX_MAX:
                self._transport.pause_reading()

    async def _work(self, data: str | bytes) -> None:
        """Carries out commands, one after the other, until there is none."""
        try:
            await self._around.carry_out(self, data)
            while self._inbox and not self.closing:
                data = self._inbox.popleft()
                if len(self._inbox) == INBOX_MAX - 1 and not self._transport.is_closing():
                    self._transport.resume_reading()
                await self._around.carry_out(self, data)
        finally:
            self._worker = None
            self._inbox = None

    def _said_goodbye(self, payload: str | bytes) -> None:
        """The client's close frame: the same back, unless it is the answer to ours (RFC 6455 section 5.5.1)."""
        if not self.closing:
            self._end(close_code(payload) or 1000, "")
        self._transport.close()

    # Writing.

    def _send_frame(self, data: bytes) -> None:
        if self.closing or (self.clogged and not self.has_room(len(data))):
            return
        self.write(data)

    def _end(self, code: int, reason: str) -> None:
        """The last frame; nothing is written after it."""
        if self.closing:
            return
        self.closing = True
        self.leave_all()
        if self._transport.is_closing():
            return
        self.write(close_frame(code, reason))
        if self._inbox is not None and len(self._inbox) >= INBOX_MAX:
            # What is still to come is the client's own goodbye.
            self._transport.resume_reading()
        self._around.loop.call_later(CLOSE_WITHIN_S, self._transport.abort)

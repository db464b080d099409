"""One event socket: what is written to it, how it is closed, which rooms it is in.

Frames are written straight to the transport: a server's frames are the same for everyone, so none is made per
connection, nothing is awaited, and what a slow client does not take waits in the transport, up to ``OUTBOX_MAX_BYTES``.
aiohttp reads; after a close frame nothing more is written.
"""

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from msgspec import Raw

from infra.rooms import Caller, Seat
from signaling.gateway.access import Grant
from signaling.gateway.allowance import Allowance
from signaling.gateway.messages import RoomClosed, SignalMessage, You
from signaling.gateway.protocol import OUTBOX_MAX_BYTES, CloseCode
from signaling.gateway.stats import GatewayStats
from signaling.gateway.wire import PING_FRAME, PONG, Format, close_frame, frame, message_frame

if TYPE_CHECKING:
    from signaling.gateway.audience import Audience

_log = structlog.get_logger("gateway")

CLOSE_WITHIN_S = 5.0
"""After a close frame, until the transport is given up."""


class ClientSocket(web.WebSocketResponse):
    """aiohttp's side of a connection. It may close by itself (a malformed frame): then nothing more is written."""

    connection: "EventConnection | None" = None

    async def close(self, *, code: int = 1000, message: bytes = b"", drain: bool = True) -> bool:
        if self.connection is not None:
            self.connection.closed_by_peer()
        return await super().close(code=code, message=message, drain=drain)


class Membership:
    """A connection in a room, from ``join`` to ``leave``. ``active`` is false from the moment it is out."""

    __slots__ = ("active", "audience", "connection", "room", "seat")

    def __init__(self, connection: "EventConnection", room: str, audience: "Audience", seat: Seat) -> None:
        self.connection = connection
        self.room = room
        self.audience = audience
        self.seat = seat
        self.active = True


class EventConnection:
    """An ``infra.rooms.Connection``."""

    __slots__ = (
        "_protocol",
        "_stats",
        "_transport",
        "allowance",
        "busy",
        "caller",
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
        self,
        connection_id: str,
        request: web.Request,
        format_: Format,
        stats: GatewayStats,
        now: float,
    ) -> None:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        self.id = connection_id
        self.format = format_
        self.caller: Caller
        """Set as soon as it is known, before anything is read."""
        self.grant: Grant | None = None
        self.memberships: dict[str, Membership] = {}
        self.allowance = Allowance(now)
        self.heard_s = now
        self.pinged_s = now
        self.busy = False
        """A command is being carried out: what comes meanwhile is not read yet."""
        self.closing = False
        self.write = transport.write
        self._transport = transport
        self._protocol = request.protocol
        self._stats = stats

    # What rooms' owners use.

    def send_you(self, room: str, you: object) -> None:
        if room in self.memberships:
            self.send(You(room=room, you=you))

    def send_signal(self, room: str, data: object) -> None:
        if room in self.memberships:
            encoded = self.format.encode(data)
            self.send(SignalMessage(room=room, data=Raw(encoded)))

    def expel(self, room: str, reason: str) -> None:
        membership = self.memberships.get(room)
        if membership is not None:
            self.leave(membership)
            self.send(RoomClosed(room=room, reason=reason))

    def close_banned(self) -> None:
        self.close(CloseCode.BANNED)

    # What the gateway uses.

    def send(self, message: object) -> None:
        """One message in a frame of its own."""
        self.send_frame(message_frame(self.format, message))

    def send_frame(self, data: bytes) -> None:
        """A frame that is ready. Nothing happens on a connection that is closing."""
        if self.closing:
            return
        if self._protocol.writing_paused and not self.has_room(len(data)):
            return
        self.write(data)

    def has_room(self, size: int) -> bool:
        """Whether so much may wait for a client that reads slowly; one that may not is cut."""
        if self._transport.get_write_buffer_size() + size <= OUTBOX_MAX_BYTES:
            return True
        self._stats.outbox_overflows += 1
        self.close(CloseCode.TOO_SLOW)
        return False

    @property
    def is_clogged(self) -> bool:
        """Whether the transport has more to write than it likes."""
        return self._protocol.writing_paused

    def ping(self, now: float) -> None:
        self.pinged_s = now
        if not self.closing and not self._protocol.writing_paused:
            self.write(PING_FRAME)

    def pong(self, data: bytes) -> None:
        if not self.closing and not self._protocol.writing_paused:
            self.write(frame(data, PONG))

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
            _log.exception("seat_failed", room=membership.room)

    def leave_all(self) -> None:
        for membership in list(self.memberships.values()):
            self.leave(membership)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Says why and ends it; the client has a few seconds to read what was written before."""
        if self.closing:
            return
        self.closing = True
        self.leave_all()
        if self._transport.is_closing():
            return
        self.write(close_frame(code, reason or code.name.lower()))
        asyncio.get_running_loop().call_later(CLOSE_WITHIN_S, self._transport.abort)

    def closed_by_peer(self) -> None:
        """The client, or aiohttp, is about to close it."""
        self.closing = True
        self.leave_all()

    def finish(self, code: int | None) -> None:
        """The client said goodbye, or answered ours: the same back (RFC 6455 section 5.5.1), and the end."""
        was_closing = self.closing
        self.closed_by_peer()
        if not self._transport.is_closing():
            if not was_closing:
                self.write(close_frame(code if code is not None and _may_be_sent(code) else 1000))
            self._transport.close()


def _may_be_sent(code: int) -> bool:
    # RFC 6455 section 7.4: some codes only say that there was none.
    return 1000 <= code < 5000 and code not in (1004, 1005, 1006, 1015)

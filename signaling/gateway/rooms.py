"""Joining and leaving rooms, and what becomes of them when a caller signs in or out."""

import structlog
from msgspec import UNSET, Raw

from infra.bus import Position
from infra.command_errors import CommandError
from infra.errors import DomainError
from infra.rooms import RoomDirectory, Seat
from infra.topics import Topic, TopicHub
from signaling.gateway.audience import Audience
from signaling.gateway.connection import EventConnection, Membership
from signaling.gateway.messages import Interrupted, Join, Joined, RoomClosed
from signaling.gateway.protocol import MAX_ROOMS
from signaling.gateway.stats import GatewayStats

_log = structlog.get_logger("gateway")


class TooManyRooms(CommandError):
    """The connection is in as many rooms as it may be."""

    status = 409
    title = "Leave another room first"


class Rooms:
    """Which connections are in which topics of this process."""

    def __init__(
        self, hub: TopicHub, directory: RoomDirectory, stats: GatewayStats, *, coalesce: bool = True
    ) -> None:
        self._hub = hub
        self._directory = directory
        self._stats = stats
        self._coalesce = coalesce
        self._audiences: dict[str, Audience] = {}

    async def join(self, connection: EventConnection, join: Join) -> None:
        """Answers with ``joined``. Raises ``DomainError``; then nothing has changed."""
        if join.room not in connection.memberships and len(connection.memberships) >= MAX_ROOMS:
            raise TooManyRooms(f"a connection is in at most {MAX_ROOMS} rooms")
        while True:
            caller = connection.caller
            seat = await self._directory.open(join.room, caller)
            topic = await self._hub.open(seat.topic, seat.replica)
            # Signed in or out meanwhile: the seat would be somebody else's.
            if connection.caller is caller:
                break
        if not connection.closing:
            self._enter(connection, join, seat, topic)

    def _enter(self, connection: EventConnection, join: Join, seat: Seat, topic: Topic) -> None:
        """One step of the event loop: what the snapshot has is not sent again, and what comes after it is."""
        before = connection.memberships.get(join.room)
        if before is not None:
            connection.leave(before)
        audience = self._audience(topic)
        missed = None
        if join.epoch is not None and join.offset is not None:
            missed = audience.missed(join.room, connection.format, Position(join.epoch, join.offset))
        try:
            you = seat.you()
            snapshot = UNSET if missed is not None else Raw(connection.format.pick(topic.snapshot()))
        except BaseException:
            self._close_if_empty(audience)
            raise
        connection.send(
            Joined(
                id=join.id,
                room=join.room,
                epoch=topic.position.epoch,
                offset=topic.position.offset,
                recovered=missed is not None,
                snapshot=snapshot,
                events=UNSET if missed is None else missed,
                you=you,
            )
        )
        if missed is None:
            self._stats.joins_fresh += 1
        else:
            self._stats.joins_recovered += 1
        if topic.interrupted:
            connection.send(Interrupted(room=join.room))
        if connection.closing:
            # Even the answer was too much for it.
            self._close_if_empty(audience)
            return
        self._seat(connection, join.room, audience, seat)

    def leave(self, connection: EventConnection, room: str) -> None:
        """Nothing happens when it is not in the room."""
        membership = connection.memberships.get(room)
        if membership is not None:
            connection.leave(membership)

    async def caller_changed(self, connection: EventConnection) -> None:
        """New seats in every room for whoever the caller is now; out of those that are not for them."""
        caller = connection.caller
        for room, before in list(connection.memberships.items()):
            try:
                seat = await self._directory.open(room, caller)
            except DomainError as error:
                self._expel(connection, before, type(error).code())
                continue
            except Exception as error:
                _log.warning("seat_failed", room=room.partition("/")[0], error=type(error).__name__)
                self._expel(connection, before, "storage_unavailable")
                continue
            if connection.closing or connection.caller is not caller:
                return
            if not before.active:
                continue
            if seat.topic != before.seat.topic:
                # Somebody else's `me`.
                self._expel(connection, before, "signed_out" if caller.identity.is_anonymous else "not_yours")
                continue
            audience = before.audience
            connection.leave(before)
            self._seat(connection, room, audience, seat)
            connection.send_you(room, seat.you())

    def sweep(self) -> None:
        """Lets go of topics nobody is in; called now and then, so that coming and going costs nothing."""
        for audience in list(self._audiences.values()):
            self._close_if_empty(audience)

    def __len__(self) -> int:
        return len(self._audiences)

    def _expel(self, connection: EventConnection, membership: Membership, reason: str) -> None:
        if membership.active:
            connection.leave(membership)
            connection.send(RoomClosed(room=membership.room, reason=reason))

    def _seat(self, connection: EventConnection, room: str, audience: Audience, seat: Seat) -> None:
        membership = Membership(connection, room, audience, seat)
        connection.memberships[room] = membership
        audience.add(membership)
        try:
            seat.joined()
        except Exception:
            _log.exception("seat_failed", room=room.partition("/")[0])

    def _audience(self, topic: Topic) -> Audience:
        audience = self._audiences.get(topic.name)
        if audience is None or audience.topic is not topic:
            audience = self._audiences[topic.name] = Audience(topic, self._stats, coalesce=self._coalesce)
        return audience

    def _close_if_empty(self, audience: Audience) -> None:
        if not len(audience) and self._audiences.get(audience.topic.name) is audience:
            del self._audiences[audience.topic.name]
            audience.close()

"""The room of an overlay on the event socket: ``overlay/<token>``, for whoever has the token and nobody else."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.channel import ChannelId
from catalog.service import ChannelService
from infra.command_errors import NoSuchRoom
from infra.database import Database
from infra.rooms import Caller, Seat
from infra.storage import storage
from infra.topics import Replica
from tipping import overlay_repository, topics
from tipping.messages import GoalView
from tipping.overlay import Overlay, OverlayChannel, OverlaySnapshot, hash_token

PREFIX = "overlay/"
ENDED = "no_such_room"

GoalOf = Callable[[AsyncSession, int], Awaitable[GoalView | None]]


class OverlayDirectory:
    """Knows the tokens. Who asks does not matter: a browser source signs in nowhere."""

    def __init__(self, database: Database, channels: ChannelService, goal: GoalOf) -> None:
        self._database = database
        self._channels = channels
        self._goal = goal
        self._seats: defaultdict[int, set[OverlaySeat]] = defaultdict(set)
        self._replicas: dict[int, OverlayReplica] = {}

    async def open(self, room: str, caller: Caller, /) -> Seat:
        """Raises ``NoSuchRoom``."""
        token_hash = hash_token(room.removeprefix(PREFIX))
        if token_hash is None:
            raise NoSuchRoom
        with storage():
            async with self._database.read() as session:
                found = await overlay_repository.by_token(session, token_hash)
            if found is None or await self._channels.find(ChannelId(found[0])) is None:
                raise NoSuchRoom("this overlay's address is not valid any more")
        channel, generation = found
        return OverlaySeat(self, room, channel, generation, caller)

    def replica(self, channel: int) -> "OverlayReplica":
        """The state of one room, to be filled."""
        replica = self._replicas[channel] = OverlayReplica(self, channel)
        return replica

    def closed(self, replica: "OverlayReplica") -> None:
        if self._replicas.get(replica.channel) is replica:
            del self._replicas[replica.channel]

    async def load(self, channel: int) -> Overlay:
        """Raises ``NoSuchRoom`` when the channel is no more."""
        found = await self._channels.find(ChannelId(channel))
        if found is None:
            raise NoSuchRoom
        async with self._database.read() as session:
            stored = await overlay_repository.get(session, channel)
            goal = await self._goal(session, channel)
        shown = OverlaySnapshot(
            OverlayChannel(found.name, found.title), stored.settings, stored.paused, stored.muted, goal
        )
        return Overlay(shown, stored.generation)

    def sat_down(self, seat: "OverlaySeat") -> None:
        self._seats[seat.channel].add(seat)
        replica = self._replicas.get(seat.channel)
        if replica is not None:
            # The token may have been replaced while the room was being opened.
            self.send_away(seat.channel, replica.generation)

    def left(self, seat: "OverlaySeat") -> None:
        self._seats[seat.channel].discard(seat)
        if not self._seats[seat.channel]:
            del self._seats[seat.channel]

    def send_away(self, channel: int, before_generation: int) -> None:
        """Whoever came with an earlier token."""
        for seat in list(self._seats.get(channel, ())):
            if seat.generation < before_generation:
                seat.caller.connection.expel(seat.room, ENDED)

    async def channels_changed(self) -> None:
        """Some channel is gone, or has another name: sends away whoever shows one that is no more."""
        for channel in list(self._seats):
            if await self._channels.find(ChannelId(channel)) is None:
                for seat in list(self._seats.get(channel, ())):
                    seat.caller.connection.expel(seat.room, ENDED)


class OverlaySeat:
    """One page that shows alerts."""

    def __init__(
        self, directory: OverlayDirectory, room: str, channel: int, generation: int, caller: Caller
    ) -> None:
        self.room = room
        self.channel = channel
        self.generation = generation
        self.caller = caller
        self._directory = directory

    @property
    def topic(self) -> str:
        return topics.overlay(self.channel)

    def replica(self) -> Replica:
        return self._directory.replica(self.channel)

    def you(self) -> object:
        return None

    def joined(self) -> None:
        self._directory.sat_down(self)

    def left(self) -> None:
        self._directory.left(self)


class OverlayReplica:
    """The state of an overlay's room in this process."""

    def __init__(self, directory: OverlayDirectory, channel: int) -> None:
        self.channel = channel
        self._directory = directory
        self._overlay: Overlay | None = None

    @property
    def generation(self) -> int:
        """Of the token that holds, as far as is known here."""
        return 0 if self._overlay is None else self._overlay.generation

    async def load(self) -> Overlay:
        return await self._directory.load(self.channel)

    def adopt(self, loaded: Overlay, /) -> None:
        self._overlay = loaded
        self._directory.send_away(self.channel, loaded.generation)

    def apply(self, event: Any, _offset: int, /) -> None:
        assert self._overlay is not None
        before = self._overlay.generation
        self._overlay.apply(event)
        if self._overlay.generation != before:
            self._directory.send_away(self.channel, self._overlay.generation)

    def hear(self, _signal: Any, /) -> None:
        return None

    def snapshot(self) -> OverlaySnapshot:
        assert self._overlay is not None
        return self._overlay.snapshot

    def close(self) -> None:
        self._directory.closed(self)

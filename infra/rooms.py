"""Rooms of the event socket, as their owner offers them: who a caller is, and what the owner gives the gateway.

A room is joined under a name (``stage``, ``stage/moderators``, ``me``). Its owner (``chat``) knows what a name means
and who may enter; the gateway (``signaling.gateway``) knows connections. They meet here, neither imports the other.

The owner implements ``RoomDirectory``; ``server/app.py`` hands it to the gateway. For each connection that joins, the
directory gives a ``Seat``: the connection's place in the room, with whatever the owner wants to remember about it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from infra.command_errors import NoSuchRoom
from infra.topics import Replica


class Person(Protocol):
    """Who a caller is. What is behind it is ``accounts.identity.Identity``; ``accounts.callers`` gives it back."""

    @property
    def user_id(self) -> str | None: ...
    @property
    def is_anonymous(self) -> bool: ...
    @property
    def is_api_key(self) -> bool: ...


class Connection(Protocol):
    """One event socket, as a room's owner may use it. Every method returns at once and never fails.

    Sending to a connection that has gone, or to a room it has left, does nothing.
    """

    @property
    def id(self) -> str:
        """Random, unlike any other, for as long as the connection lasts."""

    def send_you(self, room: str, you: object) -> None:
        """``{"type": "you", "room": ..., "you": ...}``: what concerns this one in the room has changed."""

    def send_signal(self, room: str, data: object) -> None:
        """``{"type": "signal", "room": ..., "data": ...}`` to this one only."""

    def expel(self, room: str, reason: str) -> None:
        """``{"type": "room_closed", "room": ..., "reason": ...}``; the connection is out, and ``Seat.left`` called."""

    def close_banned(self) -> None:
        """Closes the connection with 4503: its address may not come back."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the other side of a connection, now. A new one is made when they sign in or out."""

    identity: Person
    """Anonymous or somebody."""
    name: str | None
    """The display name of somebody signed in."""
    address: str
    """The client's address, behind trusted proxies as well."""
    connection: Connection


class Seat(Protocol):
    """One connection's place in one room. Made by ``RoomDirectory.open``, kept until ``left``."""

    @property
    def topic(self) -> str:
        """The bus topic whose events the room shows, such as ``channel:0193...``."""

    def replica(self) -> Replica:
        """A new, empty replica of the topic's state; asked only when this process has none."""

    def you(self) -> object:
        """The personal part of ``joined``, for msgspec to encode; asked in the very step in which the caller joins."""

    def joined(self) -> None:
        """The connection is in the room; called once, after ``you``."""

    def left(self) -> None:
        """It is out: left, disconnected, expelled, or replaced by a new seat because the caller is somebody else now.

        Called exactly once for every seat whose ``joined`` was called.
        """


class RoomDirectory(Protocol):
    """Knows the rooms."""

    async def open(self, room: str, caller: Caller, /) -> Seat:
        """The seat for ``caller`` in ``room``; whatever the database has to say of them is read here.

        Also asked when a caller in a room has signed in or out: the old seat is then left for the new one, or, when
        this raises, the caller is out (``room_closed`` with the error's code as reason).

        Raises ``NoSuchRoom``, ``Moved``, ``NotSignedIn``, ``NotAllowed`` or another ``DomainError``, which is told.
        """


class NoRooms:
    """A directory without rooms."""

    async def open(self, _room: str, _caller: Caller, /) -> Seat:
        raise NoSuchRoom


class RoomParts:
    """What makes up a channel's public room: each part is a replica of its own, all fed by the same topic.

    ``server/app.py`` has one and hands it to the rooms: chat adds ``"chat"``, tipping later ``"tips"``. The snapshot
    is a map of the parts' snapshots by name. Every part hears every event and passes over those that are not its own.
    """

    def __init__(self) -> None:
        self._makers: dict[str, Callable[[str], Replica]] = {}

    def add(self, name: str, make: Callable[[str], Replica]) -> None:
        """``make`` is given the channel's id. Before the first ``build``; ``ValueError`` when there is one."""
        if name in self._makers:
            raise ValueError(f"there is a part {name!r} already")
        self._makers[name] = make

    def build(self, channel_id: str) -> "PartedReplica":
        """A replica of all parts, for one channel."""
        return PartedReplica({name: make(channel_id) for name, make in self._makers.items()})


class PartedReplica:
    """A ``Replica`` made of several, by name."""

    def __init__(self, parts: Mapping[str, Replica]) -> None:
        self.parts = parts

    async def load(self) -> Any:
        return {name: await part.load() for name, part in self.parts.items()}

    def adopt(self, loaded: Any) -> None:
        for name, part in self.parts.items():
            part.adopt(loaded[name])

    def apply(self, event: Any, offset: int) -> None:
        for part in self.parts.values():
            part.apply(event, offset)

    def hear(self, signal: Any) -> None:
        for part in self.parts.values():
            part.hear(signal)

    def snapshot(self) -> object:
        return {name: part.snapshot() for name, part in self.parts.items()}

    def close(self) -> None:
        for part in self.parts.values():
            part.close()

"""Commands of the event socket with their handlers. Everything a room needs to offer one is in this module:

    class Say(CommandBody):
        text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
        key: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]

    SAY = Command(name="say", summary="Write a line", body=Say, result=Said,
                  access=SIGNED_IN.scoped("chat:write"), errors=(SlowMode,))

    async def say(call: CommandCall[Say, ChatSeat]) -> Said:
        return await call.seat.room.say(call.caller, call.body)

    add_command(app, SAY, say)

A handler is given a ``CommandCall`` with the decoded body and the seat its own directory gave this connection in the
room. It returns the declared result, or raises a ``DomainError``, which the client is told (``infra.command_errors``).
Anything else it raises is logged and told as ``internal``, without words.

Commands of one connection are carried out one after the other; the connection reads on when a command is done. A
handler is never cancelled half-way because the client left; it bounds its own waiting.

The order is: the connection's and the user's general limit, decoding, joined, access, the command's own limit, handler.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic

from aiohttp import web
from typing_extensions import TypeVar

from infra.access import ADMIN, PUBLIC, SIGNED_IN, Access
from infra.command import AnyCommand, Body, Command, CommandBody, Result, RoomEvent, RoomSnapshot
from infra.command_errors import CommandError, Moved, NoSuchRoom, StorageUnavailable
from infra.rooms import Caller, Connection, NoRooms, RoomDirectory, RoomParts, Seat
from infra.topics import Topic

__all__ = [
    "ADMIN",
    "COMMANDS",
    "PUBLIC",
    "SIGNED_IN",
    "Access",
    "Caller",
    "Command",
    "CommandBody",
    "CommandCall",
    "CommandError",
    "CommandRegistry",
    "Connection",
    "Moved",
    "NoRooms",
    "NoSuchRoom",
    "RoomDirectory",
    "RoomEvent",
    "RoomParts",
    "RoomSnapshot",
    "Seat",
    "StorageUnavailable",
    "add_command",
    "document_room",
]

SeatType = TypeVar("SeatType", bound=Seat, default=Seat)


@dataclass(frozen=True, slots=True)
class CommandCall(Generic[Body, SeatType]):
    """One command of a connection that is in the room. ``CommandCall[Say, ChatSeat]``, ``CommandCall[None]``."""

    caller: Caller
    room: str
    """The room's name, as joined."""
    seat: SeatType
    topic: Topic
    """The room's topic in this process, with its replica."""
    body: Body


Handler = Callable[[CommandCall[Any, Any]], Awaitable[Any]]


class CommandRegistry:
    """Every command of one application, in the order declared."""

    def __init__(self) -> None:
        self._commands: dict[str, tuple[AnyCommand, Handler]] = {}
        self.events: list[RoomEvent] = []
        """What rooms publish, for the documentation."""
        self.snapshots: list[RoomSnapshot] = []

    def add(
        self,
        command: Command[Body, Result],
        handler: Callable[[CommandCall[Body, SeatType]], Awaitable[Result]],
    ) -> None:
        """Raises ``ValueError`` when there is one of this name already."""
        if command.name in self._commands:
            raise ValueError(f"the command {command.name!r} is declared twice")
        self._commands[command.name] = (command, handler)

    def get(self, name: str) -> tuple[AnyCommand, Handler] | None:
        return self._commands.get(name)

    def __iter__(self) -> Iterator[AnyCommand]:
        return (command for command, _ in self._commands.values())


COMMANDS = web.AppKey("commands", CommandRegistry)


def add_command(
    app: web.Application,
    command: Command[Body, Result],
    handler: Callable[[CommandCall[Body, SeatType]], Awaitable[Result]],
) -> None:
    """Registers the command. The application has a ``CommandRegistry`` under ``COMMANDS``."""
    app[COMMANDS].add(command, handler)


def document_room(
    app: web.Application, events: Iterable[RoomEvent], snapshots: Iterable[RoomSnapshot] = ()
) -> None:
    """Adds what a room says to the documentation."""
    app[COMMANDS].events.extend(events)
    app[COMMANDS].snapshots.extend(snapshots)

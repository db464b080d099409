"""Every message of the event socket that is not a room's own: what the server says, and the gateway's commands.

The wire and its documentation both come from these types. A core.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from infra.command import CommandBody

CommandId = Annotated[
    int, Meta(ge=0, le=2**53 - 1, description="The client's number for the command; answers carry it.")
]
RoomName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="A channel's name, `NAME/moderators`, or `me`.",
        examples=["stage"],
    ),
]
Epoch = Annotated[str, Meta(min_length=1, max_length=64, description="What offsets are counted in.")]
Offset = Annotated[int, Meta(ge=0, le=2**53 - 1, description="The number of an event in its room and epoch.")]


class Envelope(msgspec.Struct, frozen=True):
    """What every command has, read before it is known which one it is."""

    type: Any = None
    id: Any = None
    room: Any = None


# Commands of the gateway.


class Authenticate(CommandBody, frozen=True):
    """Say who you are, by an access token or an API key; again before it expires. Without a token: sign out."""

    type: str
    id: CommandId
    token: Annotated[str, Meta(max_length=2_000)] | None = None


class Join(CommandBody, frozen=True):
    """Enter a room. With `epoch` and `offset` of the last event known, to get what was missed since."""

    type: str
    id: CommandId
    room: RoomName
    epoch: Epoch | None = None
    offset: Offset | None = None


class Leave(CommandBody, frozen=True):
    """Leave a room."""

    type: str
    id: CommandId
    room: RoomName


# What the server says.


class User(msgspec.Struct, frozen=True):
    """Who the connection belongs to."""

    id: str
    name: str


class Limits(msgspec.Struct, frozen=True):
    """What a client has to keep to."""

    message_bytes: int
    """The largest frame it may send."""
    commands_per_s: int
    """Commands a second in the long run; a few more at once are fine."""
    rooms: int
    """Rooms it may be in at a time."""


class ServerMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of everything the server says."""


class Welcome(ServerMessage, frozen=True, kw_only=True, tag="welcome"):
    """The first message of every connection."""

    version: int
    """Of the protocol; a client that does not know it should go."""
    connection: str
    """The connection's id, for reports of trouble."""
    user: User | None
    """Who the connection belongs to; null for an anonymous one."""
    ping_interval_ms: int
    """How often the server pings. A client that hears nothing for twice as long should connect again."""
    limits: Limits


class Authenticated(ServerMessage, frozen=True, kw_only=True, tag="authenticated"):
    """The answer to `authenticate`."""

    id: int
    user: User | None
    expires_in_ms: int | None
    """Until the token expires: authenticate again before. Null when it does not."""


class SignedOut(ServerMessage, frozen=True, kw_only=True, tag="signed_out"):
    """The token expired or the session ended: the connection goes on as an anonymous one."""


class EventMessage(ServerMessage, frozen=True, kw_only=True, tag="event"):
    """Something that happened in the room; every one follows the last without a gap."""

    room: RoomName
    offset: Offset
    data: Raw
    """What happened; its `type` tells."""


class SignalMessage(ServerMessage, frozen=True, kw_only=True, tag="signal"):
    """Something of the moment, without a number; one that was missed is not sent again."""

    room: RoomName
    data: Raw


class Joined(ServerMessage, frozen=True, kw_only=True, tag="joined"):
    """The answer to `join`: the state at (`epoch`, `offset`), or what was missed up to there."""

    id: int
    room: RoomName
    epoch: Epoch
    offset: Offset
    recovered: bool
    """Whether `events` holds exactly what was missed; otherwise `snapshot` is the state, and what was known is void."""
    snapshot: Raw | UnsetType = UNSET
    events: list[Raw] | UnsetType = UNSET
    """`event` messages, in order."""
    you: Any
    """What concerns the one who joined."""


class Reset(ServerMessage, frozen=True, kw_only=True, tag="reset"):
    """Events were lost for good: the room's state anew. What was known of the room is void."""

    room: RoomName
    epoch: Epoch
    offset: Offset
    snapshot: Raw


class Interrupted(ServerMessage, frozen=True, kw_only=True, tag="interrupted"):
    """Events may be late: a part of the server cannot be reached. `resumed` follows."""

    room: RoomName


class Resumed(ServerMessage, frozen=True, kw_only=True, tag="resumed"):
    """Everything that happened meanwhile has been sent."""

    room: RoomName


class You(ServerMessage, frozen=True, kw_only=True, tag="you"):
    """What concerns this one in the room has changed."""

    room: RoomName
    you: Any


class RoomClosed(ServerMessage, frozen=True, kw_only=True, tag="room_closed"):
    """The connection is no longer in the room."""

    room: RoomName
    reason: str
    """A word, such as an error's code."""


class Done(ServerMessage, frozen=True, kw_only=True, tag="done"):
    """The answer to a command that was carried out."""

    id: int
    result: Any = UNSET
    """What the command's declaration says, if anything."""


class Error(ServerMessage, frozen=True, kw_only=True, tag="error"):
    """The answer to a command that was not carried out. Further members depend on the code."""

    id: int | UnsetType = UNSET
    """Absent when the command's could not be read."""
    code: str
    """A word for programs."""
    detail: str
    """A sentence for people."""
    retry_after_ms: int | UnsetType = UNSET
    """When it makes sense to try again."""
    name: str | UnsetType = UNSET
    """With `moved`: the channel's name now."""


SERVER_MESSAGES: tuple[type[ServerMessage], ...] = (
    Welcome,
    Authenticated,
    SignedOut,
    Joined,
    EventMessage,
    SignalMessage,
    Interrupted,
    Resumed,
    Reset,
    You,
    RoomClosed,
    Done,
    Error,
)
GATEWAY_COMMANDS = {"authenticate": Authenticate, "join": Join, "leave": Leave}

"""One declaration per command of the event socket, from which its decoding, its checks and its documentation come.

A core, and what ``infra.endpoint`` is for HTTP: it declares and checks declarations. ``infra.commands`` registers them
with their handlers, ``signaling.gateway`` serves and documents them.

On the wire a command is one map: ``type`` (the command's name), ``id`` (the client's number for it), ``room`` (the room
it is for), and beside them the fields of the body. So a body has no fields of these three names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Generic

import msgspec
from typing_extensions import TypeVar

from infra.access import PUBLIC, Access
from infra.endpoint import RequestType, require_strict
from infra.errors import DomainError
from infra.rate_limits import LIMITS, LimitName

Body = TypeVar("Body", default=None)
Result = TypeVar("Result", default=None)

RESERVED = ("type", "id", "room")
GATEWAY_COMMANDS = frozenset({"authenticate", "join", "leave"})
NOTHING: Any = NoneType

_NAME = re.compile(r"[a-z]+(_[a-z]+)*")


class CommandBody(RequestType, frozen=True):
    """Base of command bodies: an unknown field is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[Body, Result]):
    """What one command is. ``TypeError`` or ``ValueError`` at import when the declaration contradicts itself.

    >>> SAY = Command(
    ...     name="say",
    ...     summary="Write a line",
    ...     body=Say,
    ...     result=Said,
    ...     access=SIGNED_IN.scoped("chat:write"),
    ...     errors=(SlowMode, Banned, BusUnavailable),
    ...     limit="say",
    ... )
    """

    name: str
    """The ``type`` on the wire, in snake_case."""
    summary: str
    """One line for the documentation, in the imperative, without a full stop."""
    description: str = ""
    """More than the summary, where there is more to say."""
    rooms: str = "a channel's room"
    """Which rooms take it, in words for the documentation; the handler refuses others."""
    body: type[Body] = NOTHING
    """A ``CommandBody``; left out: no further fields."""
    result: type[Result] = NOTHING
    """What the handler returns, sent as ``result``. Left out: the handler returns ``None``, and there is none."""
    access: Access = PUBLIC
    """``PUBLIC`` or ``SIGNED_IN``, with the scope an API key needs. What depends on the channel the handler decides."""
    errors: Sequence[type[DomainError]] = ()
    """Errors of the room. Those of decoding, access and limits are added by themselves."""
    limit: LimitName | None = None
    """A limit of ``infra.rate_limits`` by user, or by address for anonymous, besides the connection's own."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name in GATEWAY_COMMANDS:
            raise ValueError(f"{self.name!r} cannot be a command's name")
        if self.access.of_channel or self.access.step_up:
            raise ValueError(f"{self.name}: what concerns the channel is for the handler to decide")
        if self.limit is not None and self.limit not in LIMITS:
            raise ValueError(f"{self.name}: there is no limit {self.limit!r}")
        if self.has_body:
            require_strict(self.body)
            body: Any = self.body
            names = {each.encode_name for each in msgspec.structs.fields(body)}
            if taken := names.intersection(RESERVED):
                raise ValueError(f"{self.name}: the body cannot have {', '.join(sorted(taken))}")

    @property
    def has_body(self) -> bool:
        return self.body is not NoneType

    @property
    def has_result(self) -> bool:
        return self.result is not NoneType


AnyCommand = Command[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEvent:
    """One kind of event or signal a room's owner publishes, for the documentation; nothing is checked at run time.

    >>> SAID = RoomEvent(name="said", data=Said, summary="Somebody wrote a line")
    """

    name: str
    """The ``type`` in its data."""
    summary: str
    data: Any
    """The type of the data: a ``msgspec.Struct`` with ``tag=name, tag_field="type"``."""
    rooms: str = "a channel's room"
    """Where it is heard, in words."""
    is_signal: bool = False
    """Unnumbered, and not kept."""

    def __post_init__(self) -> None:
        config = self.data.__struct_config__
        if (config.tag_field, config.tag) != ("type", self.name):
            raise ValueError(f"the data of {self.name!r} has to say so in its `type`")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSnapshot:
    """What the snapshot and the personal part (``you``) of a kind of room are, for the documentation."""

    name: str
    """The kind of room, or the part of it, such as ``chat``."""
    summary: str
    snapshot: Any
    you: Any = NOTHING

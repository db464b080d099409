"""What can be wrong with a command over the event socket, besides what the room has to say.

Any ``DomainError`` a command's handler raises is told to the client as an ``error`` message: its ``code`` is the
class's name in snake_case (``SlowMode`` becomes ``slow_mode``), its ``detail`` the sentence. A ``CommandError`` may add
when to try again, and further members.

CommandError
  +-- CommandMalformed ("malformed"), UnknownCommand, NotJoined
  +-- NoSuchRoom, Moved
  +-- StorageUnavailable
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from infra.errors import DomainError


class CommandError(DomainError):
    """Base of refusals that say more than a code and a sentence."""

    def __init__(
        self,
        detail: str = "",
        *,
        retry_after_ms: int | None = None,
        members: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        super().__init__(detail)
        self.retry_after_ms = retry_after_ms
        """When it makes sense to try again, in milliseconds from now."""
        self.members = members
        """Further members of the ``error`` message, such as ``name`` of ``moved``."""


class CommandMalformed(CommandError):
    """The command is not what it should be; the detail names the field."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The command is not what this takes"

    @classmethod
    def slug(cls) -> str:
        return "malformed"


class UnknownCommand(CommandError):
    """There is no command of this type."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such command"


class NotJoined(CommandError):
    """The command is for a room that this connection has not joined."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Join the room first"


class NoSuchRoom(CommandError):
    """There is no room of this name."""

    status: ClassVar[int] = 404
    title: ClassVar[str] = "There is no such room"


class Moved(CommandError):
    """The channel has another name now; ``name`` tells which."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The channel has another name now"

    def __init__(self, name: str) -> None:
        super().__init__(f"the channel is named {name} now", members={"name": name})


class StorageUnavailable(CommandError):
    """The database did not do what it should; nothing was changed."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "The server cannot store anything at the moment"

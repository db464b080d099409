"""The types of clients' frames: a command's body, and what every command has besides. A core."""

from typing import Any

import msgspec

from infra.command import AnyCommand
from signaling.gateway.messages import CommandId, RoomName


def frame_type(command: AnyCommand) -> Any:
    """The body's type with ``type``, ``id`` and ``room``; an unknown field is an error."""
    name = "".join(word.title() for word in command.name.split("_"))
    frame: Any = msgspec.defstruct(
        f"{name}Command",
        [("type", str), ("id", CommandId), ("room", RoomName)],
        bases=(command.body,) if command.has_body else (),
        namespace={"__doc__": command.summary},
        frozen=True,
        forbid_unknown_fields=True,
        kw_only=True,
    )
    return frame

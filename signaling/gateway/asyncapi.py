"""The AsyncAPI 3.0 document of the event socket, from the types the wire is made of. A core.

What the server sends is always an array of messages; what a client sends is one command. Both are said of the channel's
messages in their descriptions, because AsyncAPI describes messages rather than frames.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from accounts.errors import SessionEnded
from infra.command import AnyCommand, RoomEvent, RoomSnapshot
from infra.command_errors import (
    CommandMalformed,
    Moved,
    NoSuchRoom,
    NotJoined,
    StorageUnavailable,
    UnknownCommand,
)
from infra.errors import DomainError
from infra.rate_limits import LIMITS
from infra.request_errors import NotAllowed, NotSignedIn, RateLimited
from signaling.gateway.command_frames import frame_type
from signaling.gateway.messages import GATEWAY_COMMANDS, SERVER_MESSAGES
from signaling.gateway.protocol import CloseCode
from signaling.gateway.wire import FORMATS

Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
_ALWAYS: tuple[type[DomainError], ...] = (
    CommandMalformed,
    UnknownCommand,
    RateLimited,
    StorageUnavailable,
)
_OF_GATEWAY: Mapping[str, tuple[type[DomainError], ...]] = {
    "join": (NoSuchRoom, Moved, NotSignedIn, NotAllowed),
    "leave": (),
    "authenticate": (SessionEnded,),
}


def document(
    commands: Iterable[AnyCommand],
    events: Iterable[RoomEvent],
    snapshots: Iterable[RoomSnapshot],
    version: str,
) -> Json:
    """The document, ready for JSON."""
    declared, told, states = list(commands), list(events), list(snapshots)
    types: list[Any] = [*SERVER_MESSAGES, *GATEWAY_COMMANDS.values()]
    frames = {each.name: frame_type(each) for each in declared}
    types += frames.values()
    types += [each.result for each in declared if each.has_result]
    types += [each.data for each in told]
    for state in states:
        types += [state.snapshot] if state.you is type(None) else [state.snapshot, state.you]
    references, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip([id(each) for each in types], references, strict=True))
    taken: dict[str, Any] = {**GATEWAY_COMMANDS, **frames}
    for name, frame in taken.items():
        schemas[schema_of[id(frame)]["$ref"].rpartition("/")[2]]["properties"]["type"] = {"const": name}
    messages: dict[str, Json] = {}
    gateway_commands: dict[str, Any] = dict(GATEWAY_COMMANDS)
    for type_ in SERVER_MESSAGES:
        messages[_tag(type_)] = _message(_tag(type_), type_, schema_of[id(type_)])
    for name, taking in gateway_commands.items():
        messages[name] = {
            **_message(name, taking, schema_of[id(taking)]),
            "x-errors": _errors((*_ALWAYS, *_OF_GATEWAY[name])),
        }
    for each in declared:
        messages[each.name] = _command(each, schema_of[id(frames[each.name])], schema_of)
    commands_named = [*GATEWAY_COMMANDS, *(each.name for each in declared)]
    whole: Json = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Harmonie events",
            "version": version,
            "description": "One WebSocket per page: rooms with snapshots and events, and commands. "
            "A client sends one command per frame; the server sends arrays of messages.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "here": {
                "host": "localhost",
                "pathname": "/ws",
                "protocol": "ws",
                "description": "The server itself; wss behind TLS.",
            }
        },
        "channels": {
            "events": {
                "address": "/ws",
                "description": "Subprotocols: "
                + ", ".join(f"`{name}`" for name in FORMATS)
                + " (the same messages as text frames of JSON, or binary frames of msgpack).",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET"}},
            }
        },
        "operations": {
            "command": _operation("receive", "What a client says: one command per frame.", commands_named),
            "tell": _operation(
                "send",
                "What the server says: every frame is an array of these.",
                [_tag(type_) for type_ in SERVER_MESSAGES],
            ),
        },
        "components": {"messages": messages, "schemas": schemas},
        "x-close-codes": {
            str(int(code)): {
                "name": code.name.lower(),
                "comeBack": code.comes_back,
            }
            for code in CloseCode
        },
        "x-room-events": [_room_event(each, schema_of[id(each.data)]) for each in told],
        "x-room-snapshots": [_room_snapshot(each, schema_of) for each in states],
    }
    return whole


def errors_of(command: AnyCommand) -> list[type[DomainError]]:
    """Every error the command may be answered with."""
    found: list[type[DomainError]] = [*command.errors, *_ALWAYS, NotJoined]
    if not command.access.is_public:
        found += [NotSignedIn, NotAllowed]
    return list(dict.fromkeys(found))


def _command(command: AnyCommand, payload: Json, schema_of: Mapping[int, Json]) -> Json:
    message: Json = {
        "name": command.name,
        "title": command.name,
        "summary": command.summary,
        "payload": payload,
        "x-rooms": command.rooms,
        "x-access": command.access.describe(),
        "x-errors": _errors(errors_of(command)),
    }
    if command.description:
        message["description"] = command.description
    if command.has_result:
        message["x-result"] = schema_of[id(command.result)]
    if command.limit is not None:
        limit = LIMITS[command.limit]
        message["x-rate-limit"] = f"{limit.quota} in {limit.window_s} s"
    return message


def _message(name: str, type_: Any, payload: Json) -> Json:
    return {
        "name": name,
        "title": name,
        "summary": " ".join((type_.__doc__ or "").split()),
        "payload": payload,
    }


def _errors(errors: Iterable[type[DomainError]]) -> dict[str, str]:
    return {each.code(): each.title for each in errors}


def _operation(action: str, summary: str, names: Iterable[str]) -> Json:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/events"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/events/messages/{name}"} for name in names],
    }


def _room_event(event: RoomEvent, data: Json) -> Json:
    return {
        "type": event.name,
        "summary": event.summary,
        "rooms": event.rooms,
        "message": "signal" if event.is_signal else "event",
        "data": data,
    }


def _room_snapshot(state: RoomSnapshot, schema_of: Mapping[int, Json]) -> Json:
    described: Json = {
        "name": state.name,
        "summary": state.summary,
        "snapshot": schema_of[id(state.snapshot)],
    }
    if id(state.you) in schema_of:
        described["you"] = schema_of[id(state.you)]
    return described


def _tag(type_: Any) -> str:
    return str(type_.__struct_config__.tag)

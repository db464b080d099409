"""The opening handshake (RFC 6455 section 4.2). A core: a request's headers in, the answer's head out."""

import base64
import binascii
import hashlib
from collections.abc import Collection, Iterable, Mapping

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16


def accept_value(headers: Mapping[str, str]) -> str | None:
    """``Sec-WebSocket-Accept`` for a request that asks for a WebSocket of version 13; ``None`` when it does not."""
    if headers.get("Upgrade", "").strip().lower() != "websocket":
        return None
    if "upgrade" not in (each.strip().lower() for each in headers.get("Connection", "").split(",")):
        return None
    if headers.get("Sec-WebSocket-Version", "").strip() != "13":
        return None
    key = headers.get("Sec-WebSocket-Key", "").strip()
    try:
        if len(base64.b64decode(key, validate=True)) != _KEY_BYTES:
            return None
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


def chosen_subprotocol(offered: Iterable[str], spoken: Collection[str]) -> str | None:
    """The first one offered that is spoken here. ``offered`` are the values of the headers."""
    names = (name.strip() for value in offered for name in value.split(","))
    return next((name for name in names if name in spoken), None)


def head(accept: str, subprotocol: str | None) -> bytes:
    """The answer: from the next byte on, both sides speak frames."""
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept}",
        "Server: Harmonie",
    ]
    if subprotocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join([*lines, "", ""]).encode()

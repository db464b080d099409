"""The two forms of the wire, and the frame around what the server sends (RFC 6455). A core.

A server's frames are not masked, so one message for many connections is one sequence of bytes, made once.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from infra.encoded import Encoded

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
_FINAL = 0x80


def frame(payload: bytes, opcode: int) -> bytes:
    """A whole, unmasked frame (RFC 6455 section 5.2)."""
    length = len(payload)
    if length < 126:
        header = bytes((_FINAL | opcode, length))
    elif length < 1 << 16:
        header = bytes((_FINAL | opcode, 126)) + length.to_bytes(2, "big")
    else:
        header = bytes((_FINAL | opcode, 127)) + length.to_bytes(8, "big")
    return header + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """``reason`` has at most 123 bytes (RFC 6455 section 5.5)."""
    return frame(code.to_bytes(2, "big") + reason.encode()[:123], CLOSE)


PING_FRAME = frame(b"", PING)


class Decoder(Protocol):
    """Reads frames of one type. Raises ``msgspec.DecodeError``, ``RecursionError``, ``UnicodeError``."""

    def decode(self, data: Any, /) -> Any: ...


class Format(Protocol):
    """How messages are written. A server's frame is an array of messages, a client's is one command."""

    @property
    def subprotocol(self) -> str: ...

    @property
    def opcode(self) -> int:
        """Of data frames, both ways."""

    def decoder(self, type_: Any, /) -> Decoder: ...

    def encode(self, value: object, /) -> bytes:
        """One message."""

    def pick(self, encoded: Encoded, /) -> bytes:
        """The bytes in this form."""

    def payload(self, messages: Sequence[bytes], /) -> bytes:
        """The array of encoded messages."""


class JsonFormat:
    """``harmonie.json``: text frames."""

    subprotocol = "harmonie.json"
    opcode = TEXT

    def __init__(self) -> None:
        self.encode = msgspec.json.Encoder().encode

    def decoder(self, type_: Any) -> Decoder:
        return msgspec.json.Decoder(type_)

    def pick(self, encoded: Encoded) -> bytes:
        return encoded.json

    def payload(self, messages: Sequence[bytes]) -> bytes:
        return b"[" + b",".join(messages) + b"]"


class MsgpackFormat:
    """``harmonie.msgpack``: binary frames."""

    subprotocol = "harmonie.msgpack"
    opcode = BINARY

    def __init__(self) -> None:
        self.encode = msgspec.msgpack.Encoder().encode

    def decoder(self, type_: Any) -> Decoder:
        return msgspec.msgpack.Decoder(type_)

    def pick(self, encoded: Encoded) -> bytes:
        return encoded.msgpack

    def payload(self, messages: Sequence[bytes]) -> bytes:
        count = len(messages)
        if count < 16:
            header = bytes((0x90 | count,))
        elif count < 1 << 16:
            header = b"\xdc" + count.to_bytes(2, "big")
        else:
            header = b"\xdd" + count.to_bytes(4, "big")
        return header + b"".join(messages)


JSON: Format = JsonFormat()
MSGPACK: Format = MsgpackFormat()
FORMATS = {each.subprotocol: each for each in (JSON, MSGPACK)}


def message_frame(format_: Format, message: object) -> bytes:
    """The frame of a single message, for a single connection."""
    return frame(format_.payload((format_.encode(message),)), format_.opcode)

"""What clients send, as frames and messages (RFC 6455 sections 5 and 6). A core: bytes in, messages out.

No extension is ever negotiated, so reserved bits are errors. Fragments are put together up to ``max_bytes``; nothing
larger is ever kept, because a frame's length is judged by its header.
"""

from typing import NamedTuple

from signaling.gateway.wire import BINARY, CLOSE, PING, PONG, TEXT

PROTOCOL_ERROR, INVALID_TEXT, TOO_LARGE = 1002, 1007, 1009
_CONTINUATION = 0x0
_DATA = (TEXT, BINARY)
_CONTROL = (CLOSE, PING, PONG)


class FrameError(Exception):
    """The client broke the protocol; ``code`` is what to close with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class ClientMessage(NamedTuple):
    """A whole message, or a control frame. Text is decoded."""

    opcode: int
    data: str | bytes


class FrameReader:
    """Reads one connection. After a ``FrameError`` nothing more can be read from it."""

    __slots__ = ("_buffer", "_fragments", "_max_bytes", "_opcode")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._buffer = b""
        self._opcode = 0
        self._fragments = b""

    def feed(self, data: bytes) -> list[ClientMessage]:
        """What has become whole. Raises ``FrameError``: what came before it in ``data`` is void as well."""
        buffer = self._buffer + data if self._buffer else data
        messages: list[ClientMessage] = []
        at = 0
        while (found := self._frame(buffer, at)) is not None:
            final, opcode, payload, at = found
            message = self._message(final, opcode, payload)
            if message is not None:
                messages.append(message)
        self._buffer = bytes(buffer[at:])
        return messages

    def _frame(self, buffer: bytes, at: int) -> tuple[bool, int, bytes, int] | None:
        """The frame at ``at``, unmasked, and where the next begins; ``None`` when it is not all there."""
        if len(buffer) < at + 2:
            return None
        first, second = buffer[at], buffer[at + 1]
        final, opcode, length = bool(first & 0x80), first & 0x0F, second & 0x7F
        if first & 0x70 or not second & 0x80:
            raise FrameError(PROTOCOL_ERROR, "reserved bits or no mask")
        if opcode in _CONTROL:
            if not final or length > 125:
                raise FrameError(PROTOCOL_ERROR, "a control frame is small and whole")
        elif opcode not in _DATA and opcode != _CONTINUATION:
            raise FrameError(PROTOCOL_ERROR, "unknown opcode")
        at += 2
        if length >= 126:
            size = 2 if length == 126 else 8
            if len(buffer) < at + size:
                return None
            length = int.from_bytes(buffer[at : at + size], "big")
            at += size
        if len(self._fragments) + length > self._max_bytes and opcode not in _CONTROL:
            raise FrameError(TOO_LARGE, f"a message has at most {self._max_bytes} bytes")
        end = at + 4 + length
        if len(buffer) < end:
            return None
        return final, opcode, _unmasked(buffer[at + 4 : end], buffer[at : at + 4]), end

    def _message(self, final: bool, opcode: int, payload: bytes) -> ClientMessage | None:
        if opcode in _CONTROL:
            return ClientMessage(opcode, payload)
        if (opcode == _CONTINUATION) != bool(self._opcode):
            raise FrameError(PROTOCOL_ERROR, "fragments out of order")
        if not final:
            self._opcode = self._opcode or opcode
            self._fragments += payload
            return None
        if opcode == _CONTINUATION:
            opcode, payload = self._opcode, self._fragments + payload
            self._opcode, self._fragments = 0, b""
        if opcode == BINARY:
            return ClientMessage(opcode, payload)
        try:
            return ClientMessage(opcode, payload.decode())
        except UnicodeDecodeError:
            raise FrameError(INVALID_TEXT, "text is UTF-8") from None


def close_code(payload: str | bytes) -> int | None:
    """The code of a client's close frame, if it has one that may be sent back (RFC 6455 section 7.4)."""
    if not isinstance(payload, bytes) or len(payload) < 2:
        return None
    code = int.from_bytes(payload[:2], "big")
    return code if 1000 <= code < 5000 and code not in (1004, 1005, 1006, 1015) else None


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    if not length:
        return b""
    # One exclusive or of two large numbers, rather than one of each byte.
    key = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")

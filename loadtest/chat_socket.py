"""One event socket, cheap enough for thousands in a process: a raw WebSocket over asyncio, and a count of what comes.

Events carry offsets that follow one another, so every connection is checked exactly for losses and repetitions without
decoding anything. What is to be looked into is handed on.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from loadtest.errors import CommandRefused, ConnectError

HANDSHAKE_MAX_BYTES = 16_384
MESSAGE_MAX_BYTES = 4 << 20
_OFFSET = re.compile(rb'"type":"event","room":"[^"]*","offset":(\d+)')
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


@dataclass(slots=True)
class SocketStats:
    """Of one connection since it joined."""

    events: int = 0
    missed: int = 0
    repeated: int = 0
    resets: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where a room's events have come; what one comes back with."""

    epoch: str
    offset: int


class ChatSocket(asyncio.Protocol):
    """`connect`, `command`, and what comes is counted. `on_messages` is called with every decoded frame, if given."""

    def __init__(
        self,
        room: str,
        on_messages: Callable[[list[dict[str, Any]]], None] | None = None,
        since: Place | None = None,
    ) -> None:
        self.stats = SocketStats()
        self.recovered = False
        """Whether the server said that all since `since` was sent."""
        self.closed = asyncio.Event()
        self._room = room
        self._on_messages = on_messages
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._open: asyncio.Future[None] = self._loop.create_future()
        self._shaken = False
        self._broken = ""
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next_id = 0
        self._since = since
        self._joined_at: int | None = None
        self.epoch = ""
        self.offset = -1

    @classmethod
    async def connect(
        cls,
        url: str,
        room: str,
        *,
        headers: dict[str, str] | None = None,
        on_messages: Callable[[list[dict[str, Any]]], None] | None = None,
        since: Place | None = None,
        timeout_s: float = 15.0,
    ) -> ChatSocket:
        """Connected, and in `room`, where it goes on from `since` if it may. Raises `LoadtestError`s, `OSError`."""
        try:
            async with asyncio.timeout(timeout_s):
                return await cls._connect(url, room, headers or {}, on_messages, since)
        except TimeoutError:
            raise ConnectError(f"/ws did not answer within {timeout_s:g} s") from None

    @classmethod
    async def _connect(
        cls,
        url: str,
        room: str,
        headers: dict[str, str],
        on_messages: Callable[[list[dict[str, Any]]], None] | None,
        since: Place | None,
    ) -> ChatSocket:
        parts = urlsplit(url)
        secure = parts.scheme in ("https", "wss")
        port = parts.port or (443 if secure else 80)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: cls(room, on_messages, since),
            parts.hostname or "",
            port,
            ssl=ssl.create_default_context() if secure else None,
        )
        try:
            connection._shake_hands(parts.netloc, parts.path or "/ws", headers)
            await connection._open
            where = {} if since is None else {"epoch": since.epoch, "offset": since.offset}
            await connection.command("join", **where)
        except BaseException:
            connection.abort()
            raise
        return connection

    @property
    def place(self) -> Place | None:
        """For the next connection; None before it has joined."""
        return Place(self.epoch, self.offset) if self.offset >= 0 else self._since

    async def command(self, kind: str, /, **fields: object) -> dict[str, Any]:
        """The answer; raises `CommandRefused` when it is an error, `ConnectError` when none comes."""
        return await self._ask(kind, room=self._room, **fields)

    async def authenticate(self, token: str) -> None:
        """Go on as this person; raises as `command`."""
        await self._ask("authenticate", token=token)

    async def _ask(self, kind: str, /, **fields: object) -> dict[str, Any]:
        self._next_id += 1
        number = self._next_id
        future = self._answers[number] = self._loop.create_future()
        self._send(_TEXT, json.dumps({"type": kind, "id": number, **fields}).encode())
        try:
            answer: dict[str, Any] = await asyncio.wait_for(future, 15.0)
        except TimeoutError:
            raise ConnectError(f"{kind} was not answered") from None
        finally:
            self._answers.pop(number, None)
        if answer.get("type") == "error":
            raise CommandRefused(kind, str(answer.get("code")))
        return answer

    def close(self) -> None:
        """Say goodbye; the server closes."""
        if self._transport is not None and not self._transport.is_closing():
            self._send(_CLOSE, (1000).to_bytes(2, "big"))
            self._transport.close()

    def abort(self) -> None:
        """Vanish."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by descent

    def connection_lost(self, error: Exception | None) -> None:
        self.closed.set()
        words = self._broken or error
        lost = ConnectError(f"the server closed the connection{f': {words}' if words else ''}")
        waiting: list[asyncio.Future[Any]] = [self._open, *self._answers.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(lost)
        if self._open.done() and not self._open.cancelled():
            self._open.exception()  # nobody may be waiting for it

    def data_received(self, data: bytes) -> None:
        try:
            self._read(data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # What is no message of the protocol, whatever it is, ends the connection with a reason.
            self._broken = f"not of the protocol ({error!r})"[:80]
            self.abort()

    def _read(self, data: bytes) -> None:
        if self._buffer or not self._shaken:  # seldom: mostly whole frames come
            self._buffer += data
            if not self._shaken and not self._read_handshake():
                return
            data = bytes(self._buffer)
            self._buffer.clear()
        position = 0
        while (frame := _frame(data, position)) is not None:
            opcode, start, end = frame
            self._received(opcode, data[start:end])
            position = end
        if position < len(data):
            self._buffer += data[position:]

    # Frames.

    def _received(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            if self._transport is not None:
                self._transport.close()
        elif opcode == _TEXT:
            if self._on_messages is not None or self._answers:
                self._decode(payload)
            self._count(payload)

    def _count(self, payload: bytes) -> None:
        """By the offsets in the frame; quotes within texts are escaped, so nobody's words look like one."""
        for found in _OFFSET.finditer(payload):
            offset = int(found[1])
            if self.offset < 0:  # before `joined` has been read
                continue
            step = offset - self.offset
            if step >= 1:
                self.stats.missed += step - 1
                self.stats.events += 1
                self.offset = offset
            else:
                self.stats.repeated += 1
        if self._joined_at is not None:  # what was to come with the answer has been counted
            self.stats.missed += max(0, self._joined_at - self.offset)
            self.offset = max(self.offset, self._joined_at)
            self._joined_at = None
        if b'"type":"reset"' in payload:
            self._reset(payload)

    def _reset(self, payload: bytes) -> None:
        for message in json.loads(payload):
            if message["type"] == "reset":
                self.stats.resets += 1
                self.epoch, self.offset = str(message["epoch"]), int(message["offset"])
            elif message["type"] == "event":
                self.offset = max(self.offset, int(message["offset"]))

    def _joined(self, message: dict[str, Any]) -> None:
        self.epoch = str(message["epoch"])
        self.recovered = bool(message.get("recovered"))
        if self.recovered and self._since is not None:
            self.offset, self._joined_at = self._since.offset, int(message["offset"])
        else:
            self.offset = int(message["offset"])

    def _decode(self, payload: bytes) -> None:
        messages = json.loads(payload)
        for message in messages:
            number = message.get("id")
            future = self._answers.get(number) if number is not None else None
            if future is not None and message["type"] in ("done", "error", "joined", "authenticated"):
                if message["type"] == "joined":
                    self._joined(message)
                if not future.done():
                    future.set_result(message)
        if self._on_messages is not None:
            self._on_messages(messages)

    def _shake_hands(self, host: str, path: str, headers: dict[str, str]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Protocol: harmonie.json",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        assert self._transport is not None
        self._transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def _read_handshake(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HANDSHAKE_MAX_BYTES:
                self.abort()
            return False
        status = bytes(self._buffer[: self._buffer.find(b"\r\n")])
        del self._buffer[: end + 4]
        self._shaken = True
        if not self._open.done():
            if b" 101 " in status + b" ":
                self._open.set_result(None)
            else:
                self._open.set_exception(ConnectError(f"/ws answered {status.decode('latin-1')[:60]}"))
        return True

    def _send(self, opcode: int, payload: bytes) -> None:
        """A client's frame is masked (RFC 6455 section 5.3)."""
        if self._transport is None or self._transport.is_closing():
            return
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        else:
            head += bytes([0x80 | 126]) + size.to_bytes(2, "big")
        mask = secrets.token_bytes(4)
        masked = bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))
        self._transport.write(head + mask + masked)


def _frame(buffer: bytes, start: int) -> tuple[int, int, int] | None:
    """Opcode, beginning and end of the payload of the next whole frame. Servers do not mask."""
    if len(buffer) < start + 2:
        return None
    opcode, size, head = buffer[start] & 0x0F, buffer[start + 1] & 0x7F, 2
    if size == 126:
        head = 4
    elif size == 127:
        head = 10
    if len(buffer) < start + head:
        return None
    if head > 2:
        size = int.from_bytes(buffer[start + 2 : start + head], "big")
    begin = start + head
    if size > MESSAGE_MAX_BYTES:
        raise ValueError("a message is too long")
    return (opcode, begin, begin + size) if len(buffer) >= begin + size else None

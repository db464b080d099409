"""A client of single bytes: what no library would send."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

OPEN = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
)


class RawClient:
    """After the handshake; the welcome has been read."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        self.reader = reader
        self.writer = writer
        self.head = head

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, url: str, subprotocol: str = "harmonie.json") -> AsyncIterator["RawClient"]:
        host = urlsplit(url).netloc
        name, _, port = host.partition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        writer.write(OPEN.format(host=host, subprotocol=subprotocol).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        client = cls(reader, writer, head)
        await client.frame()
        try:
            yield client
        finally:
            writer.close()

    def send(self, data: bytes, opcode: int = 0x1, *, final: bool = True) -> None:
        """A masked frame."""
        self.writer.write(masked(data, opcode, final=final))

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload."""
        async with asyncio.timeout(15):
            first, second = await self.reader.readexactly(2)
            assert first & 0x80, "the server does not fragment"
            assert not second & 0x80, "the server does not mask"
            length = second & 0x7F
            if length >= 126:
                length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8), "big")
            return first & 0x0F, await self.reader.readexactly(length)

    async def close_code(self) -> int:
        """Reads up to the close frame."""
        while True:
            opcode, payload = await self.frame()
            if opcode == 0x8:
                return int.from_bytes(payload[:2], "big")

    async def ended(self) -> bool:
        """Whether the server closes the connection."""
        async with asyncio.timeout(15):
            return await self.reader.read() == b""


def masked(data: bytes, opcode: int = 0x1, *, final: bool = True) -> bytes:
    key = os.urandom(4)
    first = (0x80 if final else 0) | opcode
    if len(data) < 126:
        header = bytes((first, 0x80 | len(data)))
    elif len(data) < 1 << 16:
        header = bytes((first, 0x80 | 126)) + len(data).to_bytes(2, "big")
    else:
        header = bytes((first, 0x80 | 127)) + len(data).to_bytes(8, "big")
    return header + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(data))

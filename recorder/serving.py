"""Answers requests for files: whole or by range, with an entity tag, piece by piece as the client reads.

A file is read in worker threads. A client that goes away ends the reading; one that reads slowly holds one piece.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog
from aiohttp import web

from infra.byte_ranges import NotModified, PreconditionFailed, Slice, Unsatisfiable, wanted

from .errors import FileChanged, RangeUnsatisfiable, RecorderError

_log = structlog.get_logger("recorder")

PIECE_BYTES = 256 * 1024

Pieces = Callable[[int, int], AsyncGenerator[bytes, None]]
"""Reads so many bytes from an offset on."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file, wherever it is. ``sha256`` in hexadecimal identifies it."""

    pieces: Pieces
    size_bytes: int
    sha256: str
    mime_type: str
    cache: str
    download_as: str | None = None
    """A file name, when the browser shall keep it rather than show it."""


async def answer(request: web.Request, content: Content) -> web.StreamResponse:
    """Raises ``OSError`` when it cannot be read, before anything was sent."""
    tag = f'"{content.sha256}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": content.cache,
        "ETag": tag,
        "X-Content-Type-Options": "nosniff",
    }
    found = wanted(request.headers, content.size_bytes, tag)
    match found:
        case NotModified():
            return web.Response(status=304, headers=headers)
        case PreconditionFailed():
            raise FileChanged
        case Unsatisfiable():
            size = content.size_bytes
            raise RangeUnsatisfiable(
                f"the file has {size} bytes", headers={"Content-Range": f"bytes */{size}"}
            )
        case Slice(first, length):
            headers["Content-Range"] = found.content_range(content.size_bytes)
            status = 206
        case _:
            first, length, status = 0, content.size_bytes, 200
    headers["Content-Type"] = content.mime_type
    if content.download_as is not None:
        headers["Content-Disposition"] = disposition(content.download_as)
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = length
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    await _send(request, response, content.pieces(first, length))
    return response


async def _send(
    request: web.Request, response: web.StreamResponse, pieces: AsyncGenerator[bytes, None]
) -> None:
    """The first piece is read before the answer begins, so that a file that is not there is an error.

    What fails later cannot be told any more: the connection is cut, so that nobody takes half a file for the whole.
    """
    begun = False
    async with aclosing(pieces):
        try:
            async for piece in pieces:
                if not begun:
                    await response.prepare(request)
                    begun = True
                await response.write(piece)
        except ConnectionResetError:  # the client has gone
            return
        except (OSError, RecorderError) as error:
            if not begun:
                raise
            _log.warning("file_not_sent", error=type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
            return
    if not begun:
        await response.prepare(request)
    await response.write_eof()


def disposition(name: str) -> str:
    """For a file to be kept (RFC 6266): the name in ASCII, and as it is."""
    plain = "".join(
        each if each.isascii() and each.isprintable() and each not in '"\\%' else "_" for each in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def file_pieces(path: Path) -> Pieces:
    """Of a file in a directory of ours."""

    async def pieces(first: int, length: int) -> AsyncGenerator[bytes, None]:
        descriptor = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            while length:
                piece = await asyncio.to_thread(os.pread, descriptor, min(PIECE_BYTES, length), first)
                if not piece:
                    raise OSError("the file ends early")
                first, length = first + len(piece), length - len(piece)
                yield piece
        finally:
            os.close(descriptor)

    return pieces


def bytes_pieces(data: bytes) -> Pieces:
    """Of what is in memory."""

    async def pieces(first: int, length: int) -> AsyncGenerator[bytes, None]:
        yield data[first : first + length]

    return pieces

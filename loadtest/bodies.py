"""Reads the body of an answer up to a bound: a server that never ends one costs neither memory nor the run."""

from __future__ import annotations

import asyncio

import aiohttp

from loadtest.errors import BodyError

SHOWN_MAX = 200


def printable(body: bytes) -> str:
    """The beginning of a body for people to read: whoever sent it does not write to their terminal."""
    text = body[: 4 * SHOWN_MAX].decode(errors="replace")
    return "".join(each if each.isprintable() else " " for each in text)[:SHOWN_MAX].strip()


async def read_body(response: aiohttp.ClientResponse, max_bytes: int, *, within_s: float = 10.0) -> bytes:
    """Raises `BodyError`, `aiohttp.ClientError`."""
    parts: list[bytes] = []
    size_bytes = 0
    try:
        async with asyncio.timeout(within_s):
            async for part in response.content.iter_any():
                size_bytes += len(part)
                if size_bytes > max_bytes:
                    response.close()
                    raise BodyError(f"{response.url.path} answered more than {max_bytes:,} bytes")
                parts.append(part)
    except TimeoutError:
        response.close()
        raise BodyError(f"{response.url.path} did not end its answer within {within_s:g} s") from None
    return b"".join(parts)

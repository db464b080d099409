"""HTTP connections of a run, which lead to this machine and private networks alone, wherever they were sent.

The target is checked before a run. What a redirect leads to afterwards, or what its name means by then (here or on
another machine that takes part), is checked at each connection, before the first byte.
"""

from __future__ import annotations

import asyncio
import os
import socket
from urllib.parse import urlsplit

import aiohttp
from aiohttp.connector import AddrInfoType

from loadtest.errors import LoadtestError, ScenarioError
from loadtest.safety import check_address, check_targets
from loadtest.scenario import Target


def connector(*, is_own: bool) -> aiohttp.TCPConnector:
    """A connection for each request, as of so many people. Requests raise `TargetRefused` unless `is_own`."""

    def checked(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        check_address(str(address[0]), is_own=is_own)
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(limit=0, force_close=True, socket_factory=checked)


async def check_reach(target: Target, others: list[str], *, is_own: bool) -> None:
    """Of every address a run is told of, `others` among them. Raises `ScenarioError`, `TargetRefused`."""
    places = target.endpoints()
    urls = [target.url, places.whip, places.whep, places.hls, target.rpc_url, *others]
    loop = asyncio.get_running_loop()
    addresses: dict[str, list[str]] = {}
    for url in filter(None, urls):
        host = urlsplit(url).hostname
        if not host:
            raise ScenarioError(f"target: {url!r} is no address")
        try:
            found = await loop.getaddrinfo(host, None)
        except OSError as error:
            raise ScenarioError(f"target: {host}: {error.strerror}") from None
        addresses[host] = sorted({str(each[4][0]) for each in found})
    check_targets(addresses, is_own=is_own)


def words_of(error: BaseException) -> str:
    """Short, and alike for alike causes; `str` of what `aiohttp` raises is neither."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"{error.host} is not known here"
        case aiohttp.ClientConnectorError():
            why = f" ({os.strerror(error.os_error.errno)})" if error.os_error.errno else ""
            return f"{error.host}:{error.port} cannot be reached{why}"
        case LoadtestError():
            return str(error)[:160]
        case _:
            return f"{type(error).__name__}{f': {error}' if str(error) else ''}"[:120]

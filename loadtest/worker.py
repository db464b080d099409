"""A crowd of viewers in a process of its own, told what to do by lines of JSON on standard input.

    {"do": "join", "count": 100, "at_once": 20}   -> JoinReport
    {"do": "mark"}                                -> {}
    {"do": "report"}                              -> WindowReport
    {"do": "leave", "notify": true}               -> {}

One line of JSON answers each. The process ends at the end of its input, or with its parent.
`python -m loadtest.worker --help` lists its options.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import aiohttp
import uvloop

from loadtest.crowd import Crowd
from loadtest.dtls import AES_128_GCM, ALL_PROFILES
from loadtest.latency import LatencyProbe, SendTimes
from loadtest.media import MaterialSpec, load_material
from loadtest.viewer import ViewerOptions


def main() -> None:
    """Entry of the process."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtest.worker", description="A crowd of synthetic viewers."
    )
    parser.add_argument("--url", required=True, help="WHEP address of the channel")
    parser.add_argument("--nack", action="store_true", help="ask for lost packets")
    parser.add_argument("--connect-timeout-s", type=float, default=15.0, help="for each viewer, ICE and DTLS")
    parser.add_argument("--aes-128-gcm", action="store_true", help="offer this SRTP profile only")
    parser.add_argument(
        "--material", type=Path, help="directory of the publisher's material, to measure latency"
    )
    parser.add_argument("--send-times", type=Path, help="file the publisher notes its send times in")
    uvloop.run(_serve(parser.parse_args()))


async def _serve(arguments: argparse.Namespace) -> None:
    probe = None
    if arguments.material and arguments.send_times:
        material = load_material(MaterialSpec(), arguments.material)
        probe = LatencyProbe(material, SendTimes(arguments.send_times, material.packet_count))
    options = ViewerOptions(
        nack=arguments.nack,
        profiles=(AES_128_GCM,) if arguments.aes_128_gcm else ALL_PROFILES,
        connect_timeout_s=arguments.connect_timeout_s,
    )
    # No keep-alive: each viewer is its own client, as in life.
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as http:
        crowd = Crowd(http, arguments.url, options=options, probe=probe)
        _answer({"ready": True})
        reader = await _lines()
        async for line in reader:
            _answer(await _obey(crowd, json.loads(line)))
        await crowd.leave(notify=False)


async def _obey(crowd: Crowd, order: Mapping[str, object]) -> Mapping[str, object]:
    match order:
        case {"do": "join", "count": int(count), "at_once": int(at_once)}:
            return asdict(await crowd.join(count, at_once=at_once))
        case {"do": "mark"}:
            crowd.mark()
        case {"do": "report"}:
            return asdict(crowd.report())
        case {"do": "leave", "notify": bool(notify)}:
            await crowd.leave(notify=notify)
        case _:
            return {"error": f"not an order: {order}"}
    return {}


async def _lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _answer(message: Mapping[str, object]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()

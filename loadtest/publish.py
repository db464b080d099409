"""One synthetic publisher in a process of its own: `python -m loadtest.publish --url ...`.

The stream key is read from HARMONIE_STREAM_KEY. It prints a line of JSON when it is live, and one with its counters
when it ends: at the end of its input, or when the server ended the broadcast.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import aiohttp
import uvloop

from loadtest.errors import LoadtestError
from loadtest.latency import SendTimes
from loadtest.media import MaterialSpec, load_material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient


def main() -> None:
    """Entry of the process."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.publish", description="A synthetic publisher.")
    parser.add_argument("--url", required=True, help="WHIP address of the channel")
    parser.add_argument("--material", type=Path, required=True, help="directory for the encoded material")
    parser.add_argument(
        "--send-times", type=Path, help="file to note send times in, for latency measurements"
    )
    parser.add_argument(
        "--pacing-bps", type=int, help="spread a frame's packets at this rate instead of at once"
    )
    parser.add_argument(
        "--answer-keyframe-requests", action="store_true", help="else they are ignored, as by OBS"
    )
    try:
        uvloop.run(_publish(parser.parse_args()))
    except (LoadtestError, aiohttp.ClientError) as error:
        sys.exit(f"cannot publish: {error}")


async def _publish(arguments: argparse.Namespace) -> None:
    material = load_material(MaterialSpec(), arguments.material)
    send_log = SendTimes(arguments.send_times, material.packet_count) if arguments.send_times else None
    async with aiohttp.ClientSession() as http:
        publisher = Publisher(
            SignalingClient(http),
            material,
            answer_keyframe_requests=arguments.answer_keyframe_requests,
            pacing_bps=arguments.pacing_bps,
            send_log=send_log,
        )
        await publisher.start(arguments.url, bearer=os.environ.get("HARMONIE_STREAM_KEY"))
        print(json.dumps({"live": True}), flush=True)
        ended = [asyncio.create_task(publisher.closed.wait()), asyncio.create_task(_end_of_input())]
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        closed_by_server = publisher.closed.is_set()
        for task in ended:
            task.cancel()
        await publisher.stop()
        print(json.dumps({**asdict(publisher.stats), "closed_by_server": closed_by_server}), flush=True)


async def _end_of_input() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    main()

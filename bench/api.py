"""The API's hot reads: how fast they answer and how many a second, beside the floor of the same server.

`python -m bench.api` measures this alone. The floor is `/livez`, measured in the same run by the same client: a request
that goes through all of the server's HTTP and does nothing. The client is a bare one (a socket, a few bytes to write, a
length to read), on another core; each of its requests comes from another address, as visitors do, by the header
of a proxy the server is told to trust, so that limits per address are counted and not reached.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.processes import CHANNEL, BenchError, Cores, Server, running_server
from catalog.service import ChannelService
from infra.database import Database, database_url

CHANNELS = 50
CONNECTIONS = 8
WARM_UP_S = 0.5
FLOOR = "/livez"
PATHS = (FLOOR, f"/api/v1/channels/{CHANNEL}", "/api/v1/channels")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Read:
    """One path asked again and again over `CONNECTIONS` connections, each one request at a time."""

    path: str
    requests: int
    per_second: float
    p50_ms: float
    p95_ms: float
    body_bytes: int
    client_cpu_share: float


async def add_channels(directory: Path, count: int) -> None:
    """Channels to list, in the data directory of a server that runs."""
    database = Database(database_url("", directory / "data"))
    try:
        service = ChannelService(database)
        for number in range(count):
            await service.add(f"{CHANNEL}-{number}", f"Session {number}, recorded live")
    finally:
        await database.close()


async def measure_api(server: Server, cores: Cores, *, seconds: float) -> list[Read]:
    """Each path for so long, the floor first; raises `BenchError` when an answer is not 200."""
    arguments = ["-m", "bench.api", "--load", server.url, str(seconds), str(cores.load[0])]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise BenchError("the API could not be measured; the message is above")
    return [Read(**each) for each in json.loads(output)]


def render_api(reads: Sequence[Read]) -> list[str]:
    """The section of docs/benchmarks.md."""
    floor = next(read for read in reads if read.path == FLOOR)
    rows = [
        f"| `{read.path}` | {read.per_second:,.0f} | {read.p50_ms:.2f} ms | {read.p95_ms:.2f} ms "
        f"| {floor.per_second / read.per_second:.2f} | {read.body_bytes:,} | {read.client_cpu_share:.0%} |"
        for read in reads
    ]
    return [
        "## The API",
        "",
        f"Hot reads over {CONNECTIONS} connections, one request at a time on each, with {CHANNELS + 1} channels;",
        f"`{FLOOR}` is the floor: the same server, client and run, and nothing to do. Measure it alone by",
        "`python -m bench.api`.",
        "",
        "| path | requests per second | p50 | p95 | times the floor | bytes | client's core |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]


async def _load(url: str, seconds: float) -> list[Read]:
    return [await ask_again_and_again(url, path, seconds=seconds) for path in PATHS]


async def ask_again_and_again(url: str, path: str, *, seconds: float, warm_up_s: float = WARM_UP_S) -> Read:
    """The client: raises `BenchError` when an answer is not 200."""
    began = time.perf_counter() + warm_up_s
    latencies: list[float] = []
    results = asyncio.gather(
        *(_connection(url, path, number, began, began + seconds, latencies) for number in range(CONNECTIONS))
    )
    await asyncio.sleep(warm_up_s)
    cpu_s = time.process_time()
    sizes = await results
    busy = (time.process_time() - cpu_s) / seconds
    latencies.sort()
    return Read(
        path=path,
        requests=len(latencies),
        per_second=len(latencies) / seconds,
        p50_ms=latencies[len(latencies) // 2] * 1e3,
        p95_ms=latencies[len(latencies) * 95 // 100] * 1e3,
        body_bytes=sizes[0],
        client_cpu_share=busy,
    )


async def _connection(
    url: str, path: str, number: int, began: float, until: float, latencies: list[float]
) -> int:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    length, visitor = 0, number
    try:
        while (sent := time.perf_counter()) < until:
            visitor += CONNECTIONS
            address = f"10.{visitor >> 16 & 255}.{visitor >> 8 & 255}.{visitor & 255}"
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nX-Forwarded-For: {address}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            found = _LENGTH.search(head)
            if b" 200 " not in head[:16] or found is None:
                raise BenchError(f"{path} answered {head[:64]!r}")
            length = len(await reader.readexactly(int(found[1])))
            if sent >= began:
                latencies.append(time.perf_counter() - sent)
    finally:
        writer.close()
    return length


async def _measure() -> list[Read]:
    cores = Cores.plan()
    with tempfile.TemporaryDirectory(prefix="harmonie-bench-") as name:
        async with running_server(Path(name), cores) as server:
            await add_channels(Path(name), CHANNELS)
            return await measure_api(server, cores, seconds=4.0)


def main() -> int:
    """Measures and prints; with `--load URL SECONDS CORE` it is the client's process."""
    try:
        if sys.argv[1:2] == ["--load"]:
            url, seconds, core = sys.argv[2:5]
            os.sched_setaffinity(0, {int(core)})
            print(json.dumps([asdict(read) for read in asyncio.run(_load(url, float(seconds)))]))
        else:
            print("\n".join(render_api(asyncio.run(_measure()))))
    except (BenchError, OSError) as error:
        print(f"bench.api: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

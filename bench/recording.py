"""`python -m bench.recording`: what twenty recordings at once cost, and whether the event loop notices.

Twenty broadcasts of the reference material are live; the same window is measured without recordings, with all of them
recorded, and without again. The recorder's process is on the core of the load, as on a machine with a core to spare;
what it takes there is compared with as many `ffmpeg -c copy` that read the same material from a file at the same pace.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import uvloop

from bench import procfs
from bench.metrics import Scrape, quantile_bound, scrape
from bench.processes import BenchError, Cores, Server, Told, running_server, told
from bench.tables import table
from catalog.service import ChannelService
from infra.database import Database, database_url
from loadtest.errors import LoadtestError
from loadtest.media import MaterialSpec, load_material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient

ROOT = Path(__file__).resolve().parent.parent
MATERIAL_DIRECTORY = ROOT / "build" / "bench"
RECORDINGS = 20
SETTLE_S = 2.5
LIVE_WITHIN_S = 20.0
GRACE_S = 60.0
FINISHED_WITHIN_S = 10.0
"""Previews of what was recorded are made meanwhile, by all cores there are."""
PASSWORD = "a bench is no place for secrets"
LAG_HISTOGRAM = "harmonie_event_loop_lag_seconds"
BAR_LAG_MEAN_S = 0.001
"""How much longer a step of the loop may wait on average while everything is recorded."""


@dataclass(frozen=True, slots=True)
class Load:
    """One window. CPU as a share of a core."""

    label: str
    lag_mean_s: float
    lag_p99_s: float | None
    server_share: float
    recorder_share: float
    recorded_mbps: float


@dataclass(frozen=True, slots=True)
class RecordingResults:
    recordings: int
    windows: Sequence[Load]
    copy_share: float | None
    """Of as many ``ffmpeg -c copy``; ``None`` without ffmpeg."""
    copy_mbps: float

    @property
    def recorder_cost(self) -> float:
        """CPU seconds of the recorder's process for a megabit."""
        recorded = self.windows[1]
        return recorded.recorder_share / recorded.recorded_mbps

    @property
    def times_copy(self) -> float | None:
        if not self.copy_share:
            return None
        return self.recorder_cost / (self.copy_share / self.copy_mbps)


async def measure_recordings(
    cores: Cores, *, recordings: int = RECORDINGS, seconds: float = 8.0
) -> RecordingResults:
    """Raises `BenchError`."""
    await asyncio.to_thread(load_material, MaterialSpec(), MATERIAL_DIRECTORY)
    with tempfile.TemporaryDirectory(prefix="harmonie-bench-") as name:
        directory = Path(name)
        async with (
            aiohttp.ClientSession() as http,
            running_server(directory, cores, grace_s=GRACE_S) as server,
            _publishers(server, cores, directory, recordings) as publishers,
        ):
            moving = asyncio.create_task(_move_children(server.pid, cores))
            headers = await _admin(http, server, directory)
            windows = [await _window("not recorded", http, server, None, directory, seconds)]
            await _for_all(http, server, headers, publishers, "start")
            recorder = _recorder_of(server.pid)
            windows.append(await _window("recorded", http, server, recorder, directory, seconds))
            await _for_all(http, server, headers, publishers, "stop")
            await asyncio.sleep(FINISHED_WITHIN_S)
            windows.append(await _window("not recorded again", http, server, None, directory, seconds))
            moving.cancel()
        copy_s, copied_bytes = await asyncio.to_thread(_copy, directory, cores, recordings, seconds)
    copy_share = None if copy_s is None else copy_s / seconds
    return RecordingResults(recordings, windows, copy_share, copied_bytes * 8 / seconds / 1e6)


def render_recordings(results: RecordingResults) -> list[str]:
    """The section of docs/benchmarks.md."""
    rows = [
        [
            each.label,
            f"{each.lag_mean_s * 1e3:.2f} ms",
            "-" if each.lag_p99_s is None else f"<= {each.lag_p99_s * 1e3:g} ms",
            f"{each.server_share:.0%}",
            f"{each.recorder_share:.0%}" if each.recorder_share else "-",
            f"{each.recorded_mbps:.1f} Mbit/s" if each.recorded_mbps else "-",
        ]
        for each in results.windows
    ]
    heads = ["", "loop lag, mean", "loop lag, p99", "server core", "recorder core", "recorded"]
    lines = [
        "## Recordings",
        "",
        f"{results.recordings} broadcasts of the same material, recorded all at once; the recorder is a process of its",
        "own, on another core.",
        "",
        *table(heads, rows),
        "",
        f"The recorder takes {results.recorder_cost * 1e3:.2f} ms of CPU for a recorded megabit",
    ]
    if results.copy_share is None or results.times_copy is None:
        return [*lines[:-1], lines[-1] + "; there is no ffmpeg to compare with.", ""]
    copied = results.copy_share / results.copy_mbps * 1e3
    return [
        *lines,
        f"(packets taken apart, put in order and in step, written), `ffmpeg -c copy` of a file {copied:.2f} ms:",
        f"**{results.times_copy:.1f} times** as much.",
        "",
    ]


def missed_recording_bars(results: RecordingResults) -> list[str]:
    """In words; empty when all were reached."""
    before, during, after = results.windows
    added_s = during.lag_mean_s - max(before.lag_mean_s, after.lag_mean_s)
    if added_s <= BAR_LAG_MEAN_S:
        return []
    added, bar = f"{added_s * 1e3:.2f} ms", f"{BAR_LAG_MEAN_S * 1e3:g}"
    return [f"{results.recordings} recordings add {added} to the event loop's lag, bar {bar}"]


async def _window(
    label: str,
    http: aiohttp.ClientSession,
    server: Server,
    recorder: int | None,
    directory: Path,
    seconds: float,
) -> Load:
    await asyncio.sleep(SETTLE_S)
    loop = asyncio.get_running_loop()
    before, began_s = await scrape(http, server.url), loop.time()
    cpu_s = [procfs.cpu_time(each).total_s for each in (server.pid, recorder) if each is not None]
    size = _recorded_bytes(directory)
    await asyncio.sleep(seconds)
    elapsed_s = loop.time() - began_s
    used_s = [procfs.cpu_time(each).total_s for each in (server.pid, recorder) if each is not None]
    grown = _recorded_bytes(directory) - size if recorder is not None else 0
    after = await scrape(http, server.url)
    shares = [(b - a) / elapsed_s for a, b in zip(cpu_s, used_s, strict=True)]
    return Load(
        label,
        _mean(before, after),
        quantile_bound(before, after, LAG_HISTOGRAM, 0.99),
        shares[0],
        shares[1] if len(shares) > 1 else 0.0,
        grown * 8 / elapsed_s / 1e6,
    )


def _mean(before: Scrape, after: Scrape) -> float:
    total, count = (
        (after.value(f"{LAG_HISTOGRAM}_{what}") or 0.0) - (before.value(f"{LAG_HISTOGRAM}_{what}") or 0.0)
        for what in ("sum", "count")
    )
    return total / count if count else 0.0


def _recorded_bytes(directory: Path) -> int:
    return sum(each.stat().st_size for each in (directory / "data" / "recordings").glob("*/part-*"))


@contextlib.asynccontextmanager
async def _publishers(server: Server, cores: Cores, directory: Path, count: int) -> AsyncIterator[Told]:
    database = Database(database_url("", directory / "data"))
    try:
        service = ChannelService(database)
        keys = {f"show-{number}": (await service.add(f"show-{number}"))[1] for number in range(count)}
    finally:
        await database.close()
    given = {"HARMONIE_BENCH_KEYS": json.dumps(keys)}
    options = ["--publish", server.url]
    async with told("the publishers", "bench.recording", options, cores.load[-1:], given) as publishers:
        yield publishers


async def _admin(http: aiohttp.ClientSession, server: Server, directory: Path) -> dict[str, str]:
    """Headers of somebody who may record every channel."""
    added = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "server.cli", "user", "admin", "operator@example.org"],
        env={**os.environ, "HARMONIE_DATA_DIR": str(directory / "data")},
        input=f"{PASSWORD}\n{PASSWORD}\n",
        capture_output=True,
        text=True,
    )
    body = {"email": "operator@example.org", "password": PASSWORD}
    async with http.post(f"{server.url}/api/v1/session", json=body) as answer:
        said = await answer.json()
    if answer.status != 200:
        raise BenchError(f"the admin cannot sign in: {said} {added.stderr}")
    return {"Authorization": f"Bearer {said['session']['access_token']}"}


async def _for_all(
    http: aiohttp.ClientSession, server: Server, headers: dict[str, str], publishers: Told, what: str
) -> None:
    for channel in publishers.first["live"]:
        await _until_live(http, server, channel)
        url = f"{server.url}/api/v1/channels/{channel}/recording/{what}"
        async with http.post(url, headers=headers) as answer:
            if answer.status != 200:
                raise BenchError(f"{channel} could not {what}: {await answer.text()}")


async def _until_live(http: aiohttp.ClientSession, server: Server, channel: str) -> None:
    loop = asyncio.get_running_loop()
    until_s = loop.time() + LIVE_WITHIN_S
    while loop.time() < until_s:
        async with http.get(f"{server.url}/api/v1/channels/{channel}") as answer:
            if (await answer.json())["state"] == "live":
                return
        await asyncio.sleep(0.1)
    raise BenchError(f"{channel} is not live: the machine has too much else to do, or this many is too many")


def _recorder_of(pid: int) -> int:
    for child in procfs.children(pid):
        if b"recorder.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
    raise BenchError("the recorder's process is not there")


async def _move_children(pid: int, cores: Cores) -> None:
    """Keep what the server starts off the server's own core, until cancelled."""
    while True:
        for child in procfs.children(pid):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(child, cores.load)
        await asyncio.sleep(0.05)


def _copy(directory: Path, cores: Cores, count: int, seconds: float) -> tuple[float | None, int]:
    """CPU seconds and bytes of `count` copies at once, paced as the broadcasts were; what it takes to start ffmpeg is
    measured by copies of a second and left out.
    """
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return None, 0
    start_s, start_bytes = _copies(ffmpeg, directory, cores, count, 1.0)
    used_s, copied_bytes = _copies(ffmpeg, directory, cores, count, 1.0 + seconds)
    return max(used_s - start_s, 1e-3), copied_bytes - start_bytes


def _copies(ffmpeg: str, directory: Path, cores: Cores, count: int, seconds: float) -> tuple[float, int]:
    source = MATERIAL_DIRECTORY / MaterialSpec().file_name
    outputs = [directory / f"copy-{number}.mp4" for number in range(count)]
    before = os.times()
    running = [
        subprocess.Popen(
            [
                *(ffmpeg, "-nostdin", "-v", "error", "-y", "-re", "-stream_loop", "-1", "-i", str(source)),
                *("-t", str(seconds), "-c", "copy", "-movflags", "frag_keyframe+empty_moov", str(output)),
            ],
            preexec_fn=lambda: os.sched_setaffinity(0, cores.load),
        )
        for output in outputs
    ]
    failed = [each for each in running if each.wait()]
    if failed:
        raise BenchError("ffmpeg could not copy; its messages are above")
    after = os.times()
    used_s = after.children_user + after.children_system - before.children_user - before.children_system
    return used_s, sum(output.stat().st_size for output in outputs)


async def _publish(url: str) -> None:
    """The publishers' process: live until its input ends."""
    keys: dict[str, str] = json.loads(os.environ["HARMONIE_BENCH_KEYS"])
    material = load_material(MaterialSpec(), MATERIAL_DIRECTORY)
    async with aiohttp.ClientSession() as http:
        publishers = []
        for channel, key in keys.items():
            publisher = Publisher(SignalingClient(http), material, answer_keyframe_requests=True)
            await publisher.start(f"{url}/whip/{channel}", bearer=key)
            publishers.append(publisher)
        print(json.dumps({"live": list(keys)}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for publisher in publishers:
            await publisher.stop()


def main() -> int:
    """Measures and prints; with `--publish URL` it is the publishers' process."""
    try:
        if sys.argv[1:2] == ["--publish"]:
            uvloop.run(_publish(sys.argv[2]))
        else:
            parser = argparse.ArgumentParser(prog="python -m bench.recording")
            parser.add_argument("--recordings", type=int, default=RECORDINGS, help="how many at once")
            parser.add_argument("--seconds", type=float, default=8.0, help="each window")
            asked = parser.parse_args()
            measuring = measure_recordings(Cores.plan(), recordings=asked.recordings, seconds=asked.seconds)
            results = asyncio.run(measuring)
            print("\n".join(render_recordings(results)))
            for bar in missed_recording_bars(results):
                print(f"Missed: {bar}", file=sys.stderr)
    except (BenchError, LoadtestError, aiohttp.ClientError, OSError) as error:
        print(f"bench.recording: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

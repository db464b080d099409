"""`harmonie loadtest`: plays a scenario against a server and says whether it held; `compare` compares two results.

Exit codes: 0 every threshold was reached, 1 one was missed or the run was stopped, 2 it could not be run or its result
not be written, 130 it was interrupted before there was anything to stop.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import av
from rich.console import Console
from rich.table import Table

from loadtest.broadcasts import material_of
from loadtest.compare_cli import compare_main
from loadtest.connections import check_reach, connector
from loadtest.coordinator import Coordinator
from loadtest.errors import LoadtestError, ScenarioError
from loadtest.measures import Measures
from loadtest.outcome import Outcome, outcome_of, read_outcome, write_outcome
from loadtest.own_cost import note_machine
from loadtest.progress import show_progress
from loadtest.report import render_html
from loadtest.run_worker import main as worker_main
from loadtest.scenario import Scenario, keys_of, parse_scenario, read_value
from loadtest.server_watch import watch_server
from loadtest.targets import Make
from loadtest.words import describe, summary

PRESETS = Path(__file__).parent / "presets"
KEY_VARIABLE = "HARMONIE_STREAM_KEY"
STOP_WITHIN_S = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["compare"]:
        return compare_main(arguments[1:])
    if arguments[:1] == ["worker"]:
        return worker_main(arguments[1:])
    parsed = _parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        scenario = _scenario(parsed)
        for path in (parsed.json, parsed.html):
            if path and not path.parent.is_dir():
                raise ScenarioError(f"{path}: there is no directory {path.parent}")
        before = read_outcome(parsed.compare.read_bytes()) if parsed.compare else None
        outcome = asyncio.run(_run(scenario, parsed, console))
    except (LoadtestError, ValueError, OSError) as error:
        console.print(f"harmonie loadtest: {error}", style="red", markup=False, highlight=False)
        return 2
    except KeyboardInterrupt:  # before there was anything to stop in order
        return 130
    _show(console, outcome)
    wanted = [(parsed.json, write_outcome(outcome)), (parsed.html, render_html(outcome, before).encode())]
    written = [_is_written(path, data, console) for path, data in wanted if path]
    if not all(written) or (outcome.errors and not outcome.was_played):
        return 2
    return 0 if outcome.passed else 1


async def _run(scenario: Scenario, parsed: argparse.Namespace, console: Console) -> Outcome:
    await _check(scenario, parsed.metrics, is_own=parsed.i_own_this_target)
    key = parsed.bearer or os.environ.get(KEY_VARIABLE) or scenario.target.stream_key
    keys_of(key, scenario.publishers.count)
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="harmonie-loadtest-") as name:
        directory = parsed.material or Path(name)
        if scenario.publishers.count:
            console.print("Encoding the material ...")
            try:
                await asyncio.to_thread(material_of, scenario.publishers, directory)
            except (av.FFmpegError, IndexError) as error:  # no such file, no media, or no picture in it
                raise ScenarioError(f"publishers.file: {scenario.publishers.file}: {error}") from None
        coordinator = Coordinator(
            scenario,
            key,
            directory,
            expected=parsed.workers + parsed.remote_workers,
            is_own=parsed.i_own_this_target,
        )
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, coordinator.stop)
        host, port = parsed.listen
        measures = Measures()
        async with (
            coordinator.serving(host, port) as address,
            aiohttp.ClientSession(connector=connector(is_own=parsed.i_own_this_target)) as http,
        ):
            if parsed.remote_workers:
                near = address.replace("//0.0.0.0:", f"//{platform.node()}:").replace(
                    "//[::]:", f"//{platform.node()}:"
                )
                console.print(
                    f"On the other machines, {parsed.remote_workers} times: harmonie loadtest worker {near}",
                    soft_wrap=True,
                    highlight=False,
                )
            async with _local_workers(parsed.workers, address, host, coordinator):
                showing = asyncio.create_task(show_progress(console, scenario, coordinator))
                metrics = parsed.metrics or scenario.target.url.rstrip("/") + "/metrics"
                watching = asyncio.create_task(watch_server(http, metrics, parsed.pid, measures))
                noting = asyncio.create_task(note_machine(measures))
                try:
                    await coordinator.until_begun()
                    ending = asyncio.create_task(coordinator.until_ended())
                    await _ended(ending, coordinator)
                finally:
                    for task in (showing, watching, noting):
                        task.cancel()
                    await asyncio.gather(showing, watching, noting, return_exceptions=True)
        seconds = measures.take(time.time() + 1)
        for number, second in seconds.items():
            if not coordinator.timeline.seconds or number in coordinator.timeline.seconds:
                coordinator.timeline.add(number, second)
        return outcome_of(
            scenario,
            coordinator.timeline,
            began_at_s=coordinator.begins_at_s or time.time(),
            workers=coordinator.here,
            stopped=coordinator.stopping,
            errors=coordinator.errors,
        )


async def _ended(ending: asyncio.Task[None], coordinator: Coordinator) -> None:
    """Waits for the workers; once the run is being stopped, not for long."""
    while not ending.done():
        await asyncio.wait([ending], timeout=0.5)
        if coordinator.stopping:
            await asyncio.wait([ending], timeout=STOP_WITHIN_S)
            ending.cancel()
            return


@contextlib.asynccontextmanager
async def _local_workers(
    count: int, address: str, host: str, coordinator: Coordinator
) -> AsyncIterator[None]:
    url = urlsplit(address)
    near = f"http://127.0.0.1:{url.port}{url.path}" if host in ("0.0.0.0", "::") else address  # noqa: S104
    workers = [
        # A session of their own: Ctrl-C reaches the coordinator, which stops them in order.
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "loadtest.run_worker", near, start_new_session=True
        )
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                if not coordinator.begins_at_s:  # it has nothing to end in order
                    worker.terminate()
                try:
                    await asyncio.wait_for(worker.wait(), STOP_WITHIN_S)
                except TimeoutError:
                    worker.terminate()
                    try:
                        await asyncio.wait_for(worker.wait(), STOP_WITHIN_S)
                    except TimeoutError:
                        worker.kill()
                        await worker.wait()


async def _check(scenario: Scenario, metrics: str | None, *, is_own: bool) -> None:
    target = scenario.target
    if scenario.viewers.hls_share and not target.endpoints().hls:
        raise ScenarioError("viewers.hls_share: where the playlist is has to be said (target.hls, --hls-url)")
    await check_reach(target, [metrics] if metrics else [], is_own=is_own)
    if scenario.tippers.tips_per_s and not target.rpc_url:
        raise ScenarioError("tippers: tips need target.rpc_url, a development node")


def _scenario(parsed: argparse.Namespace) -> Scenario:
    path = parsed.scenario
    named = PRESETS / f"{path}.toml"
    try:
        text = (named if named.exists() else Path(path)).read_text()
    except FileNotFoundError:
        presets = ", ".join(_presets())
        raise ScenarioError(f"{path} is neither a file nor a preset ({presets})") from None
    overrides: dict[str, object] = {}
    for flag, key in _FLAGS.items():
        value = getattr(parsed, flag)
        if value is not None:
            overrides[key] = value
    for pair in parsed.set:
        key, separator, value = pair.partition("=")
        if not separator:
            raise ScenarioError(f"--set {pair}: expected KEY=VALUE, such as viewers.count=50")
        overrides[key.strip()] = read_value(value.strip())
    return parse_scenario(text, overrides)


_FLAGS = {
    "url": "target.url",
    "target": "target.make",
    "whip_url": "target.whip",
    "whep_url": "target.whep",
    "hls_url": "target.hls",
    "channel": "target.channel",
    "rpc_url": "target.rpc_url",
    "viewers": "viewers.count",
    "chatters": "chatters.count",
    "duration": "duration_s",
}


def _presets() -> list[str]:
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="harmonie loadtest",
        description="Plays artists, viewers, chatters, tippers and readers against a server.",
        epilog="`harmonie loadtest compare A.json B.json` compares two results, `harmonie loadtest worker ADDRESS`"
        " takes part in a run of another machine."
        f" The stream key is read from {KEY_VARIABLE}. Exit codes: 0 thresholds reached, 1 missed, 2 not run.",
    )
    presets = ", ".join(_presets())
    parser.add_argument("scenario", nargs="?", default="smoke", help=f"a preset ({presets}) or a TOML file")
    parser.add_argument("--url", help="address of the server (http://127.0.0.1:8080)")
    parser.add_argument(
        "--target", choices=[make.value for make in Make], help="which server it is (harmonie)"
    )
    parser.add_argument("--whip-url", help="template of WHIP addresses, {channel} in it, for other servers")
    parser.add_argument("--whep-url", help="template of WHEP addresses")
    parser.add_argument("--hls-url", help="template of playlists")
    parser.add_argument(
        "--bearer", help=f"the stream key, where {KEY_VARIABLE} cannot be set (others see it)"
    )
    parser.add_argument("--channel", help="the channel (demo)")
    parser.add_argument("--rpc-url", help="a development chain's node, for tips")
    parser.add_argument("--viewers", type=int, help="how many")
    parser.add_argument("--chatters", type=int, help="how many")
    parser.add_argument("--duration", type=float, help="seconds")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any key of the scenario"
    )
    parser.add_argument(
        "--workers", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="processes here"
    )
    parser.add_argument(
        "--remote-workers", type=int, default=0, help="processes on other machines to wait for"
    )
    parser.add_argument(
        "--listen", type=_address, default=("127.0.0.1", 0), metavar="HOST:PORT", help="where workers report"
    )
    parser.add_argument("--metrics", help="Prometheus metrics of the server (its /metrics)")
    parser.add_argument("--pid", type=int, help="the server's process on this machine")
    parser.add_argument(
        "--material", type=Path, help="keep the encoded media in this directory, for the next run"
    )
    parser.add_argument("--json", type=Path, help="write the result there ('-': standard output)")
    parser.add_argument("--html", type=Path, help="write the report there")
    parser.add_argument("--compare", type=Path, help="a former result (--json) to compare with in the report")
    parser.add_argument(
        "--i-own-this-target", action="store_true", help="the server is mine, though not near"
    )
    return parser


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError("expected HOST:PORT")
    return host.strip("[]"), int(port)


def _is_written(path: Path, data: bytes, console: Console) -> bool:
    """Whole, or nothing of it; what stood there before stays when it cannot be."""
    if str(path) == "-":
        sys.stdout.buffer.write(data + b"\n")
        return True
    try:
        if path.exists() and not path.is_file():  # a device or a pipe
            path.write_bytes(data)
            return True
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            unfinished.write_bytes(data)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        words = f"harmonie loadtest: {path} was not written: {error.strerror or error}"
        console.print(words, style="red", markup=False, highlight=False)
        return False
    return True


def _show(console: Console, outcome: Outcome) -> None:
    table = Table(
        title=f"{outcome.scenario.name}{' (stopped)' if outcome.stopped else ''}", title_justify="left"
    )
    table.add_column("")
    table.add_column("")
    for name, value in summary(outcome):
        table.add_row(name, value)
    if table.row_count:
        console.print(table)
    elif outcome.stopped:
        console.print("Stopped before anything was played.")
    for error in outcome.errors:
        console.print(error, style="red", markup=False)
    for note in outcome.notes:
        console.print(f"Note: {note}", style="yellow", markup=False)
    for check in outcome.checks:
        style = "green" if check.passed else "red"
        console.print(
            f"{'reached' if check.passed else 'MISSED '}  {describe(check)}", style=style, markup=False
        )


if __name__ == "__main__":
    sys.exit(main())

"""One process of a load test: plays its share of a scenario and hands over what it saw, second by second.

    harmonie loadtest worker http://127.0.0.1:PORT/TOKEN

It ends with the run, on a signal, or when the coordinator is gone; its sessions end with it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import uvloop

from loadtest.arrivals import divide, plan_visits, share_of
from loadtest.audience import Audience
from loadtest.broadcasts import Broadcasts, material_of
from loadtest.chatters import Chatters
from loadtest.connections import check_reach, connector, words_of
from loadtest.coordination import Assignment, WorkerEnd, WorkerHello
from loadtest.dtls import AES_128_GCM, ALL_PROFILES
from loadtest.errors import LoadtestError
from loadtest.hls_audience import HlsAudience
from loadtest.latency import LatencyProbe, SendTimes
from loadtest.measures import Measures
from loadtest.own_cost import note_own_cost
from loadtest.readers import play_readers
from loadtest.relayed import RelayedSignaling
from loadtest.scenario import keys_of
from loadtest.signaling import SignalingClient
from loadtest.stage_time import RunClock
from loadtest.tippers import Tippers
from loadtest.viewer import ViewerOptions
from loadtest.watching import Decoded, Stage

HAND_OVER_EVERY_S = 0.5
COORDINATOR_LOST_AFTER = 20
LEVEL_AFTER_S = 2.5
END_WITHIN_S = 25.0
"""For whoever waits for answers when the run is over."""
FIRST_PICTURE_S = 2.0
"""The publisher is this much ahead of the run's beginning."""


class Stopped(Exception):
    """The coordinator wants no more."""


async def work(coordinator: str, name: str) -> None:
    """From the first word to the last."""
    async with aiohttp.ClientSession() as home:
        hello = WorkerHello(name, os.getpid(), time.time())
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        async with home.post(
            f"{coordinator}/workers", data=msgspec.json.encode(hello), timeout=timeout
        ) as response:
            if response.status == 410:  # the run was stopped before it began
                return
            if response.status != 200:
                raise LoadtestError(f"the coordinator refuses: {(await response.text())[:200]}")
            assignment = msgspec.json.decode(await response.read(), type=Assignment)
        measures = Measures()
        error = ""
        playing = asyncio.create_task(_play(assignment, measures))
        handing = asyncio.create_task(_hand_over(home, coordinator, assignment.number, measures, playing))
        costing = asyncio.create_task(note_own_cost(measures))
        try:
            await playing
        except* asyncio.CancelledError:
            pass
        except* Exception as failures:
            error = "; ".join(_words(failures))
        finally:
            for task in (handing, costing):
                task.cancel()
            await asyncio.gather(handing, costing, return_exceptions=True)
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            with contextlib.suppress(Stopped):  # it knows
                await _send_seconds(home, coordinator, assignment.number, measures, time.time() + 1)
            end = msgspec.json.encode(WorkerEnd(error))
            async with home.post(f"{coordinator}/workers/{assignment.number}/end", data=end):
                pass


async def _play(assignment: Assignment, measures: Measures) -> None:
    scenario, number, workers = assignment.scenario, assignment.number, assignment.workers
    target = scenario.target
    await check_reach(target, [], is_own=assignment.is_own)  # names may mean something else on this machine
    clock = RunClock(assignment.begins_at_s, scenario.duration_s)
    key = assignment.stream_key
    places = target.endpoints()
    directory = Path(assignment.material) if assignment.material else None
    async with contextlib.AsyncExitStack() as stack:
        no_cookies = aiohttp.DummyCookieJar()  # whoever plays many people keeps none's
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector(is_own=assignment.is_own), cookie_jar=no_cookies)
        )
        material = None
        if directory is not None and scenario.publishers.count and (number == 0 or scenario.viewers.count):
            material = await asyncio.to_thread(material_of, scenario.publishers, directory)
        if number == 0 and material is not None and directory is not None:
            broadcasts = Broadcasts(http, scenario, material, directory, measures, is_own=assignment.is_own)
            await clock.until(-FIRST_PICTURE_S)
            await broadcasts.start(key)
            stack.push_async_callback(broadcasts.stop)
        parts: list[Coroutine[Any, Any, None]] = []
        if scenario.viewers.count:
            own_decoded = None
            if directory is None and scenario.publishers.count and number < scenario.viewers.sampled:
                # On another machine than the publisher's: the same pictures, and nothing to tell latency by.
                own = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harmonie-loadtest-")))
                own_decoded = Decoded(
                    scenario.viewers.sampled, await asyncio.to_thread(material_of, scenario.publishers, own)
                )
            stages = []
            for artist, channel in enumerate(scenario.channels):
                watched = target.endpoints(channel)
                bearer = keys_of(key, len(scenario.channels))[artist] if watched.key_watches else None
                stage = Stage(watched.whep, bearer, decoded=own_decoded)
                if material is not None and directory is not None:
                    times = SendTimes(directory / f"send-times-{artist}", material.packet_count)
                    decoded = Decoded(scenario.viewers.sampled, material, times)
                    stage = replace(stage, probe=LatencyProbe(material, times), decoded=decoded)
                stages.append(stage)
            signaling = SignalingClient(http, is_own=assignment.is_own)
            if scenario.viewers.network is not None:
                relayed = RelayedSignaling(
                    http, scenario.viewers.network, seed=scenario.seed + number, is_own=assignment.is_own
                )
                stack.callback(relayed.close, measures)
                signaling = relayed
            host = await _local_host(places.whep)
            audience = Audience(
                http,
                stages,
                measures,
                clock,
                options=ViewerOptions(
                    nack=scenario.viewers.nack,
                    profiles=(AES_128_GCM,) if scenario.viewers.aes_128_gcm else ALL_PROFILES,
                    local_host=host,
                    patience_s=scenario.patience_s,
                    level_after_s=LEVEL_AFTER_S,
                ),
                signaling=signaling,
                is_spread=target.forwarded_for,
            )
            visits = plan_visits(scenario.viewers.crowd, duration_s=scenario.duration_s, seed=scenario.seed)
            by_webrtc, by_hls = divide(share_of(visits, number, workers), scenario.viewers.hls_share)
            parts.append(audience.play(by_webrtc))
            if by_hls:
                playlists = [target.endpoints(channel).hls for channel in scenario.channels]
                parts.append(HlsAudience(http, playlists, measures, clock).play(by_hls))
        events = target.url.replace("http", "ws", 1).rstrip("/") + "/ws"
        if scenario.chatters.count:
            chatters = Chatters(
                http,
                target.url,
                target.channel,
                scenario.chatters,
                measures,
                clock,
                worker=number,
                workers=workers,
                seed=scenario.seed,
                is_spread=target.forwarded_for,
            )
            parts.append(chatters.play())
        parts.append(
            play_readers(http, target.url, scenario.readers, measures, clock, worker=number, workers=workers)
        )
        if number == 0 and scenario.tippers.tips_per_s:
            tippers = Tippers(
                http, target.url, events, target.channel, target.rpc_url, scenario.tippers, measures, clock
            )
            parts.append(tippers.play())
        left_s = max(0.0, scenario.duration_s - clock.now_s())
        try:
            async with asyncio.timeout(left_s + END_WITHIN_S), asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(part)
                group.create_task(clock.until(scenario.duration_s))
        except TimeoutError:
            measures.count(f"failure: not everybody had left {END_WITHIN_S:g} s after the end", time.time())


async def _hand_over(
    home: aiohttp.ClientSession,
    coordinator: str,
    number: int,
    measures: Measures,
    playing: asyncio.Task[None],
) -> None:
    """Until cancelled; a coordinator that says stop, or is gone, ends the playing."""
    failures = 0
    while True:
        await asyncio.sleep(HAND_OVER_EVERY_S)
        try:
            await _send_seconds(home, coordinator, number, measures, time.time())
            failures = 0
        except Stopped:
            playing.cancel()
            return
        except (aiohttp.ClientError, OSError, TimeoutError):
            failures += 1
            if failures >= COORDINATOR_LOST_AFTER:
                playing.cancel()
                return


async def _send_seconds(
    home: aiohttp.ClientSession, coordinator: str, number: int, measures: Measures, before_s: float
) -> None:
    seconds = measures.take(before_s)
    body = msgspec.json.encode({str(each): second.to_json() for each, second in seconds.items()})
    timeout = aiohttp.ClientTimeout(total=10)
    async with home.post(f"{coordinator}/workers/{number}/seconds", data=body, timeout=timeout) as response:
        if response.status in (404, 410) or (await response.json(content_type=None)).get("stop"):
            raise Stopped


async def _local_host(url: str) -> str:
    """Which of our addresses reaches the target: what an ICE candidate of ours has to be."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_DGRAM)
    family, _, _, _, address = found[0]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(address)
        host: str = probe.getsockname()[0]
    return host


def _words(failures: BaseExceptionGroup[Exception]) -> list[str]:
    words: list[str] = []
    for each in failures.exceptions:
        if isinstance(each, BaseExceptionGroup):
            words += _words(each)
        else:
            words.append(words_of(each))
    return words


async def _main(coordinator: str, name: str) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    working = asyncio.create_task(work(coordinator, name))
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry of the process; returns the exit code: 0 done, 2 it could not take part."""
    parser = argparse.ArgumentParser(
        prog="harmonie loadtest worker", description="Takes part in a load test that runs on another machine."
    )
    parser.add_argument("coordinator", help="the address that the coordinator printed")
    parser.add_argument("--name", default=platform.node(), help="what this machine is called (its host name)")
    parsed = parser.parse_args(arguments)
    try:
        uvloop.run(_main(parsed.coordinator.rstrip("/"), parsed.name))
    except (LoadtestError, aiohttp.ClientError, OSError) as error:
        print(f"harmonie loadtest worker: {words_of(error)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

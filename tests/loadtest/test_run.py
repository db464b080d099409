"""Whole runs against the real server, their numbers held against what is known to be true."""

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from loadtest.decoding import DecodedView
from loadtest.dtls import PeerCertificate
from loadtest.media import Material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from loadtest.viewer import Viewer
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually

PATIENT = "patience_s = 30\n"
"""For what is not about being cut off, on a machine that may be busy."""
SMALL = f"{PATIENT}[publishers]\nwidth = 320\nheight = 180\nvideo_bps = 300_000\nkeyframe_interval_s = 1\n"
FRAMES_PER_S, SOUNDS_PER_S = 30, 50


pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Target:
    """A channel of a server that all runs share, and where the run's files go."""

    server: HarmonieServer
    channel: str
    key: str
    directory: Path

    async def start(self, scenario: str, *flags: str) -> asyncio.subprocess.Process:
        (self.directory / "scenario.toml").write_text(scenario)
        return await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "loadtest",
                str(self.directory / "scenario.toml"),
                "--channel",
                self.channel,
            ),
            *("--url", self.server.url, "--workers", "1", "--json", "-", *flags),
            env={**os.environ, "HARMONIE_STREAM_KEY": self.key},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    async def run(self, scenario: str, *flags: str) -> tuple[int | None, dict[str, Any]]:
        """The exit code and the result."""
        process = await self.start(scenario, *flags)
        output, words = await asyncio.wait_for(process.communicate(), 90)
        assert output, words.decode()
        return process.returncode, json.loads(output)

    async def lines(self) -> list[dict[str, Any]]:
        """What was said, as anyone may read it."""
        url = f"{self.server.url}/api/v1/channels/{self.channel}/chat/messages?limit=200"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            messages: list[dict[str, Any]] = (await response.json())["messages"]
        return messages

    async def metric(self, name: str) -> float:
        async with aiohttp.ClientSession() as http, http.get(f"{self.server.url}/metrics") as response:
            lines = (await response.text()).splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HarmonieServer]:
    directory = tmp_path_factory.mktemp("server")
    async with HarmonieServer.running(
        directory, publisher_grace_s="1", trusted_proxies="127.0.0.1"
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def target(server: HarmonieServer, tmp_path: Path) -> Target:
    channel = f"stage-{next(_numbers)}"
    return Target(server, channel, await server.add_channel(channel), tmp_path)


_numbers = itertools.count()


async def test_losses_and_delay_of_the_network_are_what_is_measured(target: Target) -> None:
    network = "network = { loss = 0.03, delay_ms = 80, reordered = 0.02, twice = 0.01 }"
    code, result = await target.run(
        f"duration_s = 6\n{SMALL}simulcast = ['h', 'm', 'l']\n"
        f"[viewers]\ncount = 4\nramp_per_s = 0\nnack = false\n{network}\n"
        "[thresholds]\njoined = 1.0\nlost = 0.01\n"
    )
    counters, latency = result["counters"], result["quantiles"]["latency"]
    assert counters["joins_done"] == 4
    # The relay's own count is the truth; besides media it lost a few of the server's reports.
    assert counters["relay_lost"] - 10 <= counters["packets_lost"] <= counters["relay_lost"]
    assert 0.02 < result["derived"]["lost_share"] < 0.04
    assert 80 <= latency["p50"] < 130
    assert counters["relay_twice"] - 10 <= counters["duplicates"] <= counters["relay_twice"]
    # What is 30 ms late is out of order only when something else came meanwhile.
    assert counters["relay_late"] * 0.5 < counters["late"] <= counters["relay_late"]
    checks = {check["name"]: check["passed"] for check in result["checks"]}
    assert checks == {"joined": True, "lost": False}
    assert code == 1
    sent = counters["published_packets"]
    assert sent >= 6 * (FRAMES_PER_S + SOUNDS_PER_S) * 0.9
    # This server takes one layer: the best, and nothing else is sent.
    assert sent - counters["published_packets_h"] == pytest.approx(9 * SOUNDS_PER_S, rel=0.3)
    assert not counters.keys() & {"published_packets_m", "published_packets_l"}
    assert any("(h, m, l), the server took h" in note for note in result["notes"]), result["notes"]
    # Each saw what was sent while it was there, save what was lost.
    assert counters["packets"] + counters["packets_lost"] <= 4 * sent


async def test_a_good_run_passes_and_its_report_says_so(target: Target, material: Material) -> None:
    """Of two artists, each with a channel and a key of their own."""
    report = target.directory / "report.html"
    second = await target.server.add_channel(f"{target.channel}-2")
    code, result = await replace(target, key=f"{target.key},{second}").run(
        f"duration_s = 6\n{SMALL}count = 2\n[viewers]\ncount = 3\nramp_per_s = 0\nsampled = 1\n"
        "[readers]\nrequests_per_s = 5\n[chatters]\ncount = 3\nramp_per_s = 0\nwriters = 1\nlines_per_s = 0\n",
        *("--html", str(report), "--pid", str(target.server.process.pid if target.server.process else 0)),
    )
    # This channel takes no guests, so its one writer only looks on.
    assert result["failures"].keys() <= {"chat failure: guest: not_signed_in"}
    assert (code, result["errors"]) == (0, [])
    # Those who watch the second artist saw what that one sent.
    assert (result["counters"]["joins_done"], result["counters"].get("payloads_unknown", 0)) == (3, 0)
    assert result["counters"]["published_pictures"] > 2 * 6 * FRAMES_PER_S * 0.9
    assert "packets_lost" not in result["counters"]
    assert result["counters"]["requests"] >= 15
    assert result["derived"]["server_cores"] > 0
    # One viewer decoded: every picture that was published while it was there, and sound that fits.
    assert "pictures_skipped" not in result["counters"]
    assert 4 * FRAMES_PER_S <= result["counters"]["pictures_decoded"] <= 9 * FRAMES_PER_S
    assert result["quantiles"]["lip_sync"]["p50"] < 10
    assert result["quantiles"]["first_picture"]["count"] == 1
    assert result["quantiles"]["picture_latency"]["p50"] > result["quantiles"]["latency"]["p50"] > 0
    assert ">passed<" in report.read_text()
    assert await _lip_sync_of_early_sound(target, material) == pytest.approx(120, abs=12)


async def _lip_sync_of_early_sound(target: Target, material: Material) -> float:
    """In milliseconds, through the server, of sound that is six packets of 20 ms ahead of its picture."""
    frames = material.audio.frames
    early = replace(material, audio=replace(material.audio, frames=frames[6:] + frames[:6]))
    found: list[int] = []
    async with aiohttp.ClientSession() as http:
        publisher = Publisher(SignalingClient(http), early)
        view = DecodedView(material)
        viewer = Viewer(SignalingClient(http), certificate=PeerCertificate.generate(), screen=view)
        view.start()
        try:
            await publisher.start(target.server.whip(target.channel), bearer=target.key)
            await target.server.until_live(target.channel)
            await viewer.join(target.server.whep(target.channel))

            def measured() -> int:
                found.extend(view.take().sync_us)
                return len(found)

            await eventually(measured, lambda count: count > 60, timeout_s=60)
        finally:
            view.stop()
            await viewer.leave()
            await publisher.stop()
    return sorted(found)[len(found) // 2] / 1_000


async def test_everybody_comes_back_to_a_server_that_was_killed_and_chat_is_exactly_once(
    target: Target,
) -> None:
    """The database is the truth; who wrote and reacted had an account for the run, which is gone after it."""
    running = await target.start(
        f"duration_s = 600\n{SMALL.removeprefix(PATIENT)}[viewers]\ncount = 3\nramp_per_s = 0\n"
        "[chatters]\ncount = 6\nramp_per_s = 0\nlines_per_s = 2\n"
        "writers = 2\nsigned_in = 2\nreactors = 2\nreactions_per_s = 2\n[target]\nforwarded_for = true\n"
    )

    async def here() -> tuple[bool, bool, bool]:
        is_full = await target.metric("harmonie_event_connections") == 6
        is_watched = await target.metric("harmonie_viewers") == 3
        return is_full, is_watched, len(await target.lines()) > lines

    lines = 10
    await eventually(here, all, timeout_s=90)
    killed_s = time.monotonic()
    await target.server.kill()
    await target.server.start()
    restart_s = time.monotonic() - killed_s
    lines = 0
    await eventually(here, all, timeout_s=90)
    back_s = time.monotonic() - killed_s
    lines = len(await target.lines()) + 6  # some time for the first pictures as well
    await eventually(here, all, timeout_s=90)
    running.send_signal(signal.SIGINT)
    output, words = await asyncio.wait_for(running.communicate(), 60)
    assert output, words.decode()
    result = json.loads(output)
    counters = result["counters"]
    stored = await target.lines()
    assert len(stored) == len({line["text"] for line in stored}) == counters["lines_accepted"]
    # Once, or once more where a busy machine let the server be silent for as long as they bear.
    assert counters["chat_cut"] == counters["chat_came_back"] >= 6
    # Artist and viewers are back as well; without media they were at least as long as there was no server.
    assert counters["publishers_cut"] == counters["publishers_came_back"] >= 1
    assert counters["viewers_cut"] == counters["viewers_came_back"] >= 3
    assert counters["joins_done"] == counters["joins_begun"] == 3
    assert restart_s * 1000 < result["quantiles"]["away"]["max"] < back_s * 1000 + 3_000
    checks = {check["name"]: check["passed"] for check in result["checks"]}
    assert (checks["cut"], checks["came_back"], result["errors"]) == (False, True, [])
    assert counters["lines_checked"] == counters["lines_accepted"] > 15
    untrue = {"lines_missed", "lines_repeated", "events_missed", "reactions_missed"}
    assert {name: counters[name] for name in untrue & counters.keys()} == {}
    assert counters["reactions_accepted"] > 5
    # The accounts of the run are gone, and what they gave with them.
    assert all(line["author"] is None and not line["reactions"] for line in stored)
    # Reactions are not given again, unlike lines.
    passing = ("react", "connect", "coming back")
    assert all(any(word in failure for word in passing) for failure in result["failures"]), result["failures"]
    assert (running.returncode, result["stopped"]) == (1, True)
    assert await target.metric("harmonie_event_connections") == 0


async def test_ctrl_c_ends_every_session(target: Target) -> None:
    process = await target.start(
        f"duration_s = 600\n{SMALL}[viewers]\ncount = 3\nramp_per_s = 0\n"
        "[chatters]\ncount = 3\nramp_per_s = 0\nwriters = 2\nsigned_in = 2\nlines_per_s = 4\n"
    )

    async def watching() -> bool:
        return await target.metric("harmonie_viewers") == 3 and len(await target.lines()) > 3

    await eventually(watching, timeout_s=60)
    process.send_signal(signal.SIGINT)
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert json.loads(output)["stopped"] is True
    assert await target.metric("harmonie_viewers") == 0
    assert await target.metric("harmonie_event_connections") == 0
    assert all(line["author"] is None for line in await target.lines()), (
        "an account of the run is there still"
    )

    async def off() -> bool:
        return await target.metric("harmonie_streams") == 0

    await eventually(off, timeout_s=10)


async def test_viewers_by_hls_play_what_the_server_packages(target: Target) -> None:
    code, result = await target.run(
        f"duration_s = 14\n{SMALL}[viewers]\ncount = 4\nramp_per_s = 0\nhls_share = 0.5\n"
        "[thresholds]\nhls_latency_p99_ms = 8000\n"
    )
    counters, times = result["counters"], result["quantiles"]
    assert (counters["joins_done"], counters["hls_joins_done"]) == (2, 2), result["failures"]
    assert result["failures"] == {}
    # Picture and sound in parts, by blocking reloads; the latency is at least what the server has players hold back.
    assert counters["hls_pieces"] > 40
    assert counters["hls_reload_requests"] > 10
    assert 800 <= times["hls_latency"]["p50"] < 8000
    assert (code, [check["name"] for check in result["checks"] if not check["passed"]]) == (0, [])


async def test_two_machines_share_a_crowd(target: Target) -> None:
    """Two processes that take each other for other machines: one publishes, both watch, one after the other decodes."""
    running = await target.start(
        f"duration_s = 8\n{SMALL}[viewers]\ncount = 4\nramp_per_s = 4\nsampled = 2\n"
        "[chatters]\ncount = 4\nramp_per_s = 0\nwriters = 1\nsigned_in = 1\nlines_per_s = 6\n",
        *("--remote-workers", "1"),
    )
    assert running.stderr is not None
    said = ""
    while (found := re.search(r"worker (http://\S+)", said)) is None:
        line = await asyncio.wait_for(running.stderr.readline(), 60)
        assert line, said
        said += line.decode()
    wrong = await _worker(found[1].rpartition("/")[0] + "/another-token")
    assert await wrong.wait() == 2
    other = await _worker(found[1])
    output, words = await asyncio.wait_for(running.communicate(), 60)
    assert output, words.decode()
    result = json.loads(output)
    assert await asyncio.wait_for(other.wait(), 10) == 0
    counters = result["counters"]
    assert (result["workers"], result["errors"]) == (2, [])
    assert counters["joins_done"] == 4, result["failures"]
    assert result["levels"]["viewers"] == 4
    # Both decoded: the other machine made the material itself, and knows the same pictures by their numbers.
    assert result["quantiles"]["first_picture"]["count"] == 2
    assert "pictures_unread" not in counters
    assert result["quantiles"]["lip_sync"]["p50"] < 10
    assert counters["lines_accepted"] == counters["lines_checked"] > 5
    assert "lines_missed" not in counters


async def _worker(address: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest", "worker", address, "--name", "another-machine"),
        stderr=subprocess.DEVNULL,
    )

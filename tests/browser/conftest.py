"""The real server, one Chromium for the whole session, and pages in it.

All tests of this directory share one event loop, because the browser's driver belongs to the loop it was started in.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from loadtest.media import Material as Encoded
from loadtest.media import MaterialSpec, load_material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from tests.browser.accounts import STEP_MS
from tests.browser.chromium import People, find_chromium, launch_chromium
from tests.browser.material import make_material
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer

# A machine that runs other tests beside these is slow at times; what is there is seen at once all the same.
expect.set_options(timeout=STEP_MS)

GRACE_S = 2.0
CHAIN = 1116
STAGE = "stage"
_STAGES = itertools.count(1)
GRAVE = ("warning", "error", "critical")
SERVER_LINES = 4
BUILD = Path(__file__).resolve().parents[2] / "build"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a test publishes to."""

    server: HarmonieServer
    channel: str
    key: str


Publish = Callable[[Stage], Awaitable[Publisher]]


LONG = (
    "test_chat",
    "test_tips",
    "test_hls",
    "test_chromium_recovery",
    "test_accounts_channels",
    "test_accounts_protected",
    "test_accounts",
    "test_firefox",
    "test_replays",
    "test_firefox_chat",
    "test_chromium_live",
    "test_chromium_pages",
    "test_chromium_streaming",
)
"""Files that take long, the longest first; begun last, one would hold a process while the others have nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in ours:
        if pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    places = {name: place for place, name in enumerate(LONG)}
    ours.sort(key=lambda item: places.get(item.path.stem, len(LONG)))
    items[:] = [item for item in items if item not in ours] + ours


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test tells what its pages and servers said last, in few lines."""
    report = yield
    if report.failed and call.when == "call":
        given = getattr(item, "funcargs", {}).values()
        report.sections.insert(0, ("pages and servers", "\n".join(line[:300] for line in _last_words(given))))
    return report


def _last_words(given: Iterable[Any]) -> Iterator[str]:
    servers = set()
    for each in given:
        if isinstance(each, People):
            yield from (f"page at {url}" for url in each.whereabouts())
            yield from (f"console {line}" for line in each.said)
        server = each if isinstance(each, HarmonieServer) else getattr(each, "server", None)
        if isinstance(server, HarmonieServer) and server.port not in servers:
            servers.add(server.port)
            grave = [line for line in server.events() if line.get("level") in GRAVE]
            yield from (f"server {json.dumps(line)}" for line in grave[-SERVER_LINES:])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(need: Need, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    executable = find_chromium()
    need(executable is not None, "Chromium (package chromium)")
    assert executable is not None
    material = make_material(tmp_path_factory.mktemp("material"))
    async with launch_chromium(executable, material) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def people(chromium: Browser) -> AsyncIterator[People]:
    """Pages in Chromium; the test fails when one of them wrote an error to its console (CSP among them)."""
    people = People(chromium)
    yield people
    await people.leave()
    assert people.complaints == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HarmonieServer]:
    """The server most tests share."""
    directory = tmp_path_factory.mktemp("server")
    async with HarmonieServer.running(directory, publisher_grace_s=str(GRACE_S)) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HarmonieServer]:
    """The server that tests of accounts share. People have addresses of their own there, or limits would meet them."""
    directory = tmp_path_factory.mktemp("house")
    async with HarmonieServer.running(
        directory, publisher_grace_s=str(GRACE_S), chain_id=str(CHAIN), trusted_proxies="127.0.0.1"
    ) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def stage(server: HarmonieServer) -> Stage:
    """A channel of the test's own on the shared server: that of the test before goes offline a while after it."""
    channel = f"{STAGE}-{next(_STAGES)}"
    return Stage(server, channel, await server.add_channel(channel))


@pytest_asyncio.fixture(loop_scope="session")
async def own_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A channel on a server that the test may stop and start."""
    async with HarmonieServer.running(tmp_path / "server", publisher_grace_s=str(GRACE_S)) as server:
        yield Stage(server, STAGE, await server.add_channel(STAGE))


@pytest.fixture(scope="session")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Encoded:
    """What the synthetic publisher plays: a grey picture, not the fake camera's, with a keyframe every 4 s."""
    spec = MaterialSpec(width=640, height=360, video_bps=800_000, duration_s=4, keyframe_interval_s=4)
    return load_material(spec, tmp_path_factory.mktemp("encoded"))


@pytest_asyncio.fixture(loop_scope="session")
async def publish(encoded: Encoded) -> AsyncIterator[Publish]:
    """`await publish(stage)`: a publisher that ignores keyframe requests, as OBS does; stopped after the test."""
    publishers: list[Publisher] = []
    async with aiohttp.ClientSession() as http:

        async def start(stage: Stage) -> Publisher:
            publisher = Publisher(SignalingClient(http), encoded, answer_keyframe_requests=False)
            await publisher.start(stage.server.whip(stage.channel), bearer=stage.key)
            publishers.append(publisher)
            return publisher

        yield start
        for publisher in publishers:
            await publisher.stop()


Record = Callable[[str, dict[str, Any]], None]


@pytest.fixture(scope="session")
def record() -> Record:
    """Keep a measurement in build/browser/NAME.json, and print it."""

    def write(name: str, values: dict[str, Any]) -> None:
        directory = BUILD / "browser"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{name}.json").write_text(json.dumps(values, indent=2) + "\n")
        print(f"\n{name}: {json.dumps(values)}")

    return write


Screenshot = Callable[[Any, str], Awaitable[None]]


@pytest.fixture(scope="session")
def screenshot() -> Screenshot:
    """With SCREENSHOTS=1, keep a picture of a page in build/screenshots/NAME.png, to be looked at.

    Nothing is tested by it, and sixty pictures take half a minute of a processor.
    """

    async def take(tab: Any, name: str) -> None:
        if os.environ.get("SCREENSHOTS") != "1":
            return
        directory = BUILD / "screenshots"
        directory.mkdir(parents=True, exist_ok=True)
        await tab.evaluate("window.scrollTo(0, 0)")
        await tab.page.screenshot(path=directory / f"{name}.png", full_page=True)

    return take

"""Real Firefox goes live through the studio page and watches the channel page, on another host than the server."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from statistics import median

import pytest
import pytest_asyncio

from tests.browser.conftest import Record, Stage
from tests.browser.firefox import Firefox, driver_installed, find_firefox
from tests.browser.namespaces import SERVER_ADDRESS, joined_hosts, why_impossible
from tests.browser.pages import ChannelPage, Studio
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually

pytestmark = pytest.mark.browser

JOINS = 5
AUDIBLE = 0.01
SANE_FIRST_FRAME_MS = 3000


@dataclasses.dataclass(frozen=True, slots=True)
class FarStage:
    """A stage on the server's host, and Firefox on the other."""

    stage: Stage
    firefox: Firefox


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two_hosts(need: Need, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FarStage]:
    executable = find_firefox()
    need(executable is not None, "Firefox (package firefox-esr)")
    need(driver_installed(), "Firefox's driver (npm ci in tests/browser)")
    missing = why_impossible()
    need(missing is None, str(missing))
    assert executable is not None
    directory = tmp_path_factory.mktemp("far")
    with joined_hosts() as wire:
        async with (
            HarmonieServer.running(directory, host=SERVER_ADDRESS, prefix=wire.at_server) as server,
            Firefox.launch(executable, secure_host=SERVER_ADDRESS, prefix=wire.at_viewer) as firefox,
        ):
            yield FarStage(Stage(server, "stage", await server.add_channel("stage")), firefox)


@pytest_asyncio.fixture(loop_scope="session")
async def far(two_hosts: FarStage) -> AsyncIterator[FarStage]:
    yield two_hosts
    await two_hosts.firefox.close_tabs()


@pytest.mark.parametrize("codec", ["auto", "VP8", "VP9"])
async def test_firefox_publishes_and_watches(far: FarStage, codec: str) -> None:
    stage = far.stage
    studio = await Studio.open(
        await far.firefox.tab(), stage.server, stage.channel, stage.key, codec=codec, music=codec == "auto"
    )
    await studio.go_live()
    # Apart: the way that one fan chooses (HLS) is not the next one's.
    fan = await ChannelPage.open(await far.firefox.tab(apart=True), stage.server, stage.channel)
    await fan.until_playing()
    before = await fan.picture()
    await eventually(fan.picture, lambda seen: seen["ground"] != before["ground"], what="a moving picture")
    # Without a loudspeaker Firefox starts no AudioContext; its receiver decodes all the same.
    await eventually(lambda: fan.receiving("audio"), lambda seen: seen["audioLevel"] > AUDIBLE, what="sound")
    if codec != "auto":
        assert (await fan.receiving("video"))["codec"] == codec
    if codec == "VP9":
        await watch_by_hls(fan)
    await studio.press()
    await studio.until("idle")
    await fan.until("ended", "offline")


async def watch_by_hls(fan: ChannelPage) -> None:
    """The same broadcast, seconds later."""
    hls = "[role=menuitemradio]:nth-of-type(3)"

    async def offered() -> bool:
        # Controls that have stepped aside come back as the pointer nears, on a busy machine after the click.
        await fan.tab.click("[data-testid=way]")
        return bool(await fan.tab.evaluate(f"document.querySelector('{hls}') !== null"))

    await eventually(offered, what="the ways to watch")
    await fan.tab.click(hls)
    await eventually(
        lambda: fan.tab.evaluate("document.querySelector('[data-testid=way]').textContent"),
        lambda seen: seen == "HLS",
        what="HLS",
    )
    await fan.until_playing(timeout_s=60)
    before = await fan.picture()
    await eventually(fan.picture, lambda seen: seen["ground"] != before["ground"], what="a moving picture")


async def test_joining_is_quick_in_firefox(far: FarStage, record: Record) -> None:
    stage = far.stage
    studio = await Studio.open(await far.firefox.tab(), stage.server, stage.channel, stage.key, codec="VP8")
    await studio.go_live()
    joins_ms = []
    fan_tab = await far.firefox.tab(apart=True)
    for _ in range(JOINS):
        fan = await ChannelPage.open(fan_tab, stage.server, stage.channel)
        joins_ms.append(await fan.first_frame_ms())
    record("joins-of-firefox", {"first_frame_ms": joins_ms, "p50_ms": median(joins_ms)})
    assert median(joins_ms) < SANE_FIRST_FRAME_MS

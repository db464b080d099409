"""Broadcasts that were kept, in real Chromium: recorded for real, with chat and a real tip, and watched again.

One broadcast serves all tests of this file, in their order.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest_asyncio
from playwright.async_api import Locator, expect

from loadtest.media import Material
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from server.demo_chain import find_anvil
from tests.browser.accounts import Person
from tests.browser.chatting import voices
from tests.browser.chromium import People
from tests.browser.conftest import Screenshot
from tests.browser.tipping import pay_out
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually
from tests.tipping.anvil import CHAIN_ID, AnvilProcess, Node

CHANNEL = "miles"
EMAIL = "miles@example.org"
FIRST, SECOND, THIRD = "Are you on?", "That bass!", "Encore"
COIN = 10**18
SAID_EVERY_S = 2.5


@dataclass
class Hall:
    """A server with a channel that was live once. What happened in it, by the recording's own time, in ms."""

    server: HarmonieServer
    recording: str
    key: str
    times: dict[str, float]

    @property
    def path(self) -> str:
        return f"/{CHANNEL}/replays/{self.recording}"


class Watcher(Person):
    """Somebody at the page of a replay."""

    async def watch(self, hall: Hall, *, at: str = "") -> None:
        await self.goto(f"{hall.path}{at and f'?t={at}'}")
        await expect(self.player).to_have_attribute("data-state", "playing")

    @property
    def player(self) -> Locator:
        return self.page.get_by_test_id("replay-player")

    @property
    def slider(self) -> Locator:
        return self.page.get_by_role("slider", name="Seek")

    def line(self, text: str) -> Locator:
        return self.page.get_by_test_id("line").filter(has_text=text)

    async def position_ms(self) -> float:
        return float(await self.slider.input_value())

    async def pause(self) -> None:
        await self.page.keyboard.press("k")
        await expect(self.player).to_have_attribute("data-state", "paused")

    async def seek(self, ms: float) -> None:
        await self.slider.fill(str(round(ms)))

    async def shown_s(self) -> float:
        shown: float = await self.page.get_by_test_id("replay-video").evaluate("(video) => video.currentTime")
        return shown


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house_of_tips(need: Need, tmp_path_factory: Any) -> AsyncIterator[tuple[HarmonieServer, Node, Any]]:
    binary = find_anvil()
    need(binary is not None, "anvil (scripts/contract --chain)")
    assert binary is not None
    with AnvilProcess.running(binary) as anvil:
        async with Node.connected(anvil.url) as node:
            jar = await node.deploy_jar()
            async with HarmonieServer.running(
                tmp_path_factory.mktemp("hall"),
                chain_id=str(CHAIN_ID),
                chain_rpc_url=anvil.url,
                chain_wake_url=anvil.socket_url,
                tip_contract=jar.address,
                tip_confirmations="1",
                tip_from_block="1",
                publisher_grace_s="2",
            ) as server:
                yield server, node, jar


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hall(
    house_of_tips: tuple[HarmonieServer, Node, Any], chromium: Any, encoded: Material
) -> AsyncIterator[Hall]:
    """The broadcast, recorded as its artist said in the studio."""
    server, node, jar = house_of_tips
    people = People(chromium)
    artist = Person(await people.tab(), server)
    await artist.has_account("Miles", EMAIL)
    key = await artist.has_channel(CHANNEL)
    pay_out(server.directory, CHANNEL, node.accounts[5])
    await artist.goto(f"/studio?channel={CHANNEL}")
    card = artist.page.get_by_test_id("recording-card")
    for setting, chosen in (("record-policy", "always"), ("record-visibility", "unlisted")):
        await card.get_by_test_id(setting).select_option(chosen)
        # As the server has it.
        await expect(card.get_by_test_id(setting)).to_have_value(chosen)
    await expect(card.get_by_test_id("record-visibility-words")).to_contain_text(
        "Whoever you give the address"
    )
    await expect(card.get_by_test_id("recording-now")).to_have_count(0)

    async with aiohttp.ClientSession() as http, voices(server, CHANNEL, ["Ella"]) as (ella,):
        publisher = Publisher(SignalingClient(http), encoded, answer_keyframe_requests=False)
        await publisher.start(server.whip(CHANNEL), bearer=key)
        await expect(card.get_by_test_id("recording-now")).to_contain_text(re.compile("0:0[2-9]"))
        for text in (FIRST, SECOND, THIRD):
            assert (await ella.say(text))["type"] == "done"
            if text == SECOND:
                asked = await _get(http, server, f"channels/{CHANNEL}/tipping")
                numbers = {"channel": asked["channel"], "broadcast": asked["broadcast"]}
                await jar.tip(node.accounts[5], COIN, message="For the band", **numbers)
                await node.mine()
                await eventually(
                    lambda: _get(http, server, f"channels/{CHANNEL}/tips"),
                    lambda seen: len(seen["tips"]) == 1,
                    what="the tip",
                )
            await asyncio.sleep(SAID_EVERY_S)
        await publisher.stop()
        # The studio says what happens to it, until it can be watched.
        await expect(card.get_by_role("link", name="Watch it")).to_be_visible(timeout=60_000)
        path = str(await card.get_by_role("link", name="Watch it").get_attribute("href"))
        recording = path.rsplit("/", 1)[1]
        replay = await _get(http, server, f"replays/{recording}")
        events = await _get(http, server, f"replays/{recording}/events")
    assert people.complaints == []
    await people.leave()
    begins_ms = replay["parts"][0]["start_ms"]
    times = {
        "tip" if each["event"]["type"] == "tip_seen" else each["event"]["message"]["text"]: each["clock_ms"]
        - begins_ms
        for each in events["items"]
    }
    assert list(times) == [FIRST, SECOND, "tip", THIRD]
    yield Hall(server, recording, key, times)


async def test_chat_and_tips_are_in_step_with_the_picture(
    people: People, hall: Hall, screenshot: Screenshot
) -> None:
    fan = Watcher(await people.tab(), hall.server)
    await fan.watch(hall)
    before_s = await fan.shown_s()
    await eventually(fan.shown_s, lambda now_s: now_s > before_s + 0.5, what="the picture going on")
    await fan.pause()
    await fan.seek(hall.times[SECOND] - 400)
    await expect(fan.line(FIRST)).to_be_visible()
    await expect(fan.line(SECOND)).to_have_count(0)
    # It is said while it is watched, at half the speed.
    for key in ("<", "<", "k"):
        await fan.page.keyboard.press(key)
    await expect(fan.page.get_by_test_id("rate")).to_have_value("0.5")
    await expect(fan.line(SECOND)).to_be_visible()
    assert hall.times[SECOND] <= await fan.position_ms()
    await expect(fan.page.get_by_test_id("tip-card")).to_contain_text("For the band")
    await expect(fan.page.get_by_test_id("tip-line")).to_contain_text("1 CORE")
    await fan.pause()
    await fan.seek(hall.times[THIRD])
    await expect(fan.line(THIRD)).to_be_visible()
    await screenshot(fan.tab, "replay")

    # Going back, what was said later is not there any more.
    await fan.seek(hall.times[FIRST] - 300)
    for text in (FIRST, SECOND, THIRD):
        await expect(fan.line(text)).to_have_count(0)
    await expect(fan.page.get_by_test_id("tip-line")).to_have_count(0)
    await expect(fan.page.get_by_test_id("tip-card")).to_have_count(0)
    await expect(fan.page.get_by_test_id("lines")).to_contain_text("Nobody had said anything yet")

    # By keys, and over the picture: peaks, the picture of where one points.
    await fan.page.keyboard.press("End")
    await expect(fan.line(THIRD)).to_be_visible()
    await fan.slider.press("Home")
    assert await fan.position_ms() == 0
    await fan.slider.press("ArrowRight")
    assert await fan.position_ms() == 5_000
    await expect(fan.page.get_by_test_id("seek-preview")).to_contain_text("0:05")
    await expect(fan.page.get_by_test_id("seek-curve")).to_be_attached()
    await expect(fan.page.get_by_test_id("seek-tip")).to_have_count(1)
    await fan.page.get_by_test_id("rate").select_option("2")
    assert await fan.page.get_by_test_id("replay-video").evaluate("(video) => video.playbackRate") == 2


async def test_a_link_with_a_time_begins_there_on_a_phone(
    people: People, hall: Hall, screenshot: Screenshot
) -> None:
    fan = Watcher(await people.tab(width=360, height=740, touch=True), hall.server)
    await fan.watch(hall, at="0m5s")
    assert await fan.position_ms() >= 5_000
    # The first touch brings back what has stepped aside, and cannot press it unseen; the next one pauses.
    picture = fan.page.get_by_test_id("replay-video")
    await fan.page.keyboard.press("ArrowLeft")
    await expect(fan.player).to_have_attribute("data-resting", "true")
    await expect(fan.page.get_by_role("group", name="Player controls")).to_have_css("pointer-events", "none")
    await picture.tap(position={"x": 100, "y": 40})
    await expect(fan.player).to_have_attribute("data-resting", "false")
    await expect(fan.player).to_have_attribute("data-state", "playing")

    async def paused() -> bool:
        # By now they may have stepped aside again.
        await picture.tap(position={"x": 100, "y": 40})
        return await fan.player.get_attribute("data-state") == "paused"

    await eventually(paused, what="a touch that pauses")
    await fan.seek(5_200)
    await fan.page.get_by_test_id("share").click()
    await expect(fan.page.get_by_test_id("share-address")).to_have_value(f"{hall.server.url}{hall.path}?t=5")
    await screenshot(fan.tab, "replay-share-phone")
    await fan.page.keyboard.press("Escape")
    await screenshot(fan.tab, "replay-phone")


async def test_addresses_that_have_expired_are_asked_for_again_at_the_same_place(
    people: People, hall: Hall
) -> None:
    fan = Watcher(await people.tab(), hall.server)
    asked: list[str] = []

    async def outdated(route: Any) -> None:
        """The first answer has addresses that do not hold any more."""
        asked.append(str(route.request.url))
        answer = await route.fetch()
        body = await answer.text()
        await route.fulfill(
            response=answer, body=re.sub(r"expires=\d+", "expires=1", body) if len(asked) == 1 else body
        )

    await fan.page.route(f"**/api/v1/replays/{hall.recording}", outdated)
    await fan.watch(hall, at="4")
    assert len(asked) == 2
    assert await fan.position_ms() >= 4_000


async def test_recordings_are_private_shared_found_and_deleted(
    people: People, hall: Hall, screenshot: Screenshot
) -> None:
    artist, fan = Person(await people.tab(), hall.server), Watcher(await people.tab(), hall.server)
    await artist.sign_in(EMAIL)
    await artist.until_signed_in()
    await artist.goto(f"/studio/recordings?channel={CHANNEL}")
    item = artist.page.get_by_test_id("recording")
    await expect(item).to_have_attribute("data-state", "ready")
    await expect(item.get_by_test_id("recording-size")).to_contain_text("0:")

    await item.get_by_test_id("recording-visibility").select_option("private")
    await expect(item.get_by_test_id("recording-visibility")).to_have_value("private")
    await fan.goto(hall.path)
    await expect(fan.page.get_by_test_id("replay-gone")).to_be_visible()
    assert (await fan.page.request.get(hall.server.url + hall.path)).status == 404
    await fan.goto(f"/{CHANNEL}")
    await expect(fan.page.get_by_test_id("player")).to_have_attribute("data-state", "offline")
    await expect(fan.page.get_by_test_id("replays")).to_have_count(0)
    # The artist sees their own.
    owner = Watcher(artist.tab, hall.server)
    await owner.watch(hall)
    await expect(owner.page.get_by_test_id("visibility")).to_have_text("Private")

    await artist.goto(f"/studio/recordings?channel={CHANNEL}")
    await item.get_by_test_id("recording-title").fill("So What, live")
    await item.get_by_role("button", name="Save").click()
    await item.get_by_test_id("recording-visibility").select_option("public")
    await expect(item.get_by_role("heading", name="So What, live")).to_be_visible()
    async with artist.page.expect_download() as download:
        await item.get_by_test_id("recording-download").click()
    assert (await (await download.value).path()).stat().st_size > 100_000
    await screenshot(artist.tab, "studio-recordings")

    # Who is at the channel's page sees it come.
    card = fan.page.get_by_test_id("replay-card")
    await expect(card).to_contain_text("So What, live")
    await expect(card).to_contain_text("1 tip")
    await expect(card.locator("img")).to_have_css("opacity", "1")
    await screenshot(fan.tab, "channel-replays")
    await card.click()
    await expect(fan.player).to_have_attribute("data-state", "playing")

    await item.get_by_test_id("recording-delete").click()
    await artist.page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    await expect(item).to_have_count(0)
    await fan.page.reload()
    await expect(fan.page.get_by_test_id("replay-gone")).to_be_visible()
    assert not list((hall.server.directory / "data" / "recordings").glob("*/*.mp4"))


async def _get(http: aiohttp.ClientSession, server: HarmonieServer, path: str) -> Any:
    async with http.get(f"{server.url}/api/v1/{path}") as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()

"""The channel page by HLS, in real Chromium: chosen, and where WebRTC does not get through."""

from __future__ import annotations

import re
from statistics import median

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.chromium import People
from tests.browser.conftest import Record, Screenshot, Stage
from tests.browser.material import COUNTER_MODULUS, FRAMES_PER_S, bars_match
from tests.browser.pages import ChannelPage, Studio
from tests.polling import eventually

pytestmark = pytest.mark.browser

NOBODY = "192.0.2.1"
READINGS = 5


async def choose(page: Page, label: str) -> None:
    await page.get_by_test_id("way").click()
    await page.get_by_role("menuitemradio", name=label).click()


async def told_latency_ms(page: Page) -> int:
    """By the dates in the playlist."""
    return int(await page.get_by_test_id("way").get_attribute("data-latency-ms") or 0)


async def until_one_viewer(page: Page, stage: Stage) -> None:
    """Who went over to another way said that they left, or would be counted twice for a while."""

    async def viewers() -> int:
        answer = await page.request.get(f"{stage.server.url}/api/v1/channels/{stage.channel}")
        return int((await answer.json())["viewers"])

    await eventually(viewers, lambda count: count == 1, what="one viewer", timeout_s=8)


async def latency_s(fan: ChannelPage, studio: Studio) -> float:
    """By the counter in the picture, as the artist's page shows it now and the fan's does."""
    counted = []
    for _ in range(READINGS):
        shown = (await fan.picture())["counter"]
        made = (await studio.probe("picture()"))["counter"]
        counted.append((made - shown) % COUNTER_MODULUS / FRAMES_PER_S)
    return float(median(counted))


async def test_hls_is_watched_seconds_behind_and_rewound(
    people: People, stage: Stage, record: Record, screenshot: Screenshot
) -> None:
    studio = await Studio.open(await people.tab(), stage.server, stage.channel, stage.key, codec="H264")
    await studio.go_live()
    tab = await people.tab()
    fan = await ChannelPage.open(tab, stage.server, stage.channel)
    await fan.until_playing()
    assert await fan.connections() == 1
    page = tab.page
    await expect(page.get_by_test_id("way")).to_have_text("Real time")

    await choose(page, "HLS")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-way", "hls", timeout=60_000)
    await fan.until_playing(timeout_s=60)
    await eventually(fan.picture, lambda seen: bars_match(seen["bars"]), what="the colour bars")
    await until_one_viewer(page, stage)

    # Rewound, once there is something to go back to.
    rewind = page.get_by_test_id("rewind")
    await expect(rewind).to_be_visible(timeout=60_000)
    told_ms = await eventually(
        lambda: told_latency_ms(page), lambda ms: 0 < ms < 3000, what="< 3 s", timeout_s=60
    )
    behind_s = await latency_s(fan, studio)
    record("hls-latency", {"by_counter_s": behind_s, "by_date_ms": told_ms, "codec": "H264"})
    await screenshot(tab, "hls-live-1280")
    back = page.get_by_test_id("back-to-live")

    async def rewound() -> bool:
        # A machine without time for the player sends it back to live: then it is asked again.
        if not await back.is_visible():
            await page.keyboard.press("ArrowLeft")
        return await back.is_visible() and int(await rewind.input_value()) <= -7

    await eventually(rewound, what="rewound", timeout_s=60)
    await fan.until_playing(timeout_s=60)
    await page.set_viewport_size({"width": 360, "height": 740})
    await screenshot(tab, "hls-rewound-360")
    await page.set_viewport_size({"width": 1280, "height": 800})

    # Who does without the picture stays where they are, and sees that there is sound.
    await choose(page, "Sound only")
    await expect(page.locator(".audio-art")).to_be_visible()
    await expect(back).to_be_visible(timeout=60_000)
    await page.mouse.click(600, 760)  # lets the browser measure what it plays
    await expect(page.locator(".audio-rings")).to_have_attribute(
        "style", re.compile(r"--loudness: 0\.[1-9]"), timeout=20_000
    )
    await back.click()
    await expect(back).to_be_hidden(timeout=60_000)
    await eventually(
        fan.tones, lambda ears: min(ear["db"] for ear in ears) > -60, what="sound without a picture"
    )
    # It is not fetched either.
    await expect(page.get_by_test_id("player-video")).to_have_js_property("videoWidth", 0)
    await choose(page, "Picture and sound")
    await choose(page, "Real time")
    await expect(page.get_by_test_id("player")).to_have_attribute("data-way", "realtime", timeout=60_000)
    await fan.until_playing(timeout_s=60)
    await until_one_viewer(page, stage)


async def test_where_webrtc_is_blocked_the_page_goes_over_to_hls_by_itself(
    people: People, stage: Stage, screenshot: Screenshot
) -> None:
    studio = await Studio.open(await people.tab(), stage.server, stage.channel, stage.key, codec="VP9")
    await studio.go_live()
    tab = await people.tab(width=360, height=740)

    async def block(route: Route) -> None:
        """The answer names an address that nobody answers at."""
        answer = await route.fetch()
        text = re.sub(r"(a=candidate:\S+ \d+ \S+ \d+) \S+", rf"\1 {NOBODY}", await answer.text())
        await route.fulfill(response=answer, body=text)

    await tab.page.route("**/whep/**", block)
    fan = await ChannelPage.open(tab, stage.server, stage.channel)
    await expect(tab.page.get_by_test_id("player")).to_have_attribute("data-way", "hls", timeout=60_000)
    await fan.until_playing(timeout_s=60)
    await eventually(fan.picture, lambda seen: bars_match(seen["bars"]), what="the colour bars")
    way = tab.page.get_by_test_id("way")
    await expect(way).to_have_text("HLS")
    await expect(way).to_have_attribute("title", "HLS, because this network lets no WebRTC through")
    await tab.page.get_by_label("Statistics").click()
    await expect(tab.page.get_by_test_id("statistics")).to_contain_text("Behind the stage")
    # What this browser decodes by itself is not encoded for it, though H264 is offered.
    await expect(tab.page.get_by_test_id("statistics")).to_contain_text("vp09")
    await screenshot(tab, "hls-fallback-360")


async def test_pictures_that_hls_cannot_carry_are_encoded_for_it(
    people: People, stage: Stage, screenshot: Screenshot
) -> None:
    studio = await Studio.open(await people.tab(), stage.server, stage.channel, stage.key, codec="VP8")
    await studio.go_live()
    tab = await people.tab()
    await tab.page.add_init_script("localStorage.setItem('harmonie.way', '{\"way\":\"hls\"}')")
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    fan = await ChannelPage.open(tab, stage.server, stage.channel)
    await fan.until_playing(timeout_s=60)
    await eventually(fan.picture, lambda seen: bars_match(seen["bars"]), what="the colour bars")
    await eventually(fan.tones, lambda ears: min(ear["db"] for ear in ears) > -60, what="sound")
    await tab.page.get_by_label("Statistics").click()
    await expect(tab.page.get_by_test_id("statistics")).to_contain_text("avc1.64")
    await expect(tab.page.get_by_text("The picture is sent as VP8")).to_be_hidden()
    await screenshot(tab, "hls-from-vp8-1280")
    # A browser that decodes Opus has no need of AAC, and asking for it would have it made.
    assert not [url for url in asked if "aac.m3u8" in url]

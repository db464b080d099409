"""The pages themselves in real Chromium: keys, console silence, and pictures of them to be looked at.

The `people` fixture fails a test whose pages wrote an error to their console, a breach of the content security policy
among them. With SCREENSHOTS=1 the pictures are in build/screenshots.
"""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from tests.browser.chromium import People
from tests.browser.conftest import Publish, Screenshot, Stage
from tests.browser.pages import ChannelPage, Studio
from tests.polling import eventually

pytestmark = pytest.mark.browser

LONG_TITLE = "An evening of machine music, played live and recorded"
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}


async def test_the_player_obeys_its_keys(people: People, stage: Stage, publish: Publish) -> None:
    await publish(stage)
    tab = await people.tab()
    fan = await ChannelPage.open(tab, stage.server, stage.channel)
    await fan.until_playing()

    muted = (await fan.player())["muted"]
    await tab.page.keyboard.press("m")
    await eventually(fan.player, lambda seen: seen["muted"] is not muted, what="m")
    await tab.page.keyboard.press(" ")
    await eventually(fan.player, lambda seen: seen["paused"], what="space")
    await tab.page.keyboard.press(" ")
    await eventually(fan.player, lambda seen: not seen["paused"], what="space again")
    await fan.until_playing()
    await tab.page.keyboard.press("f")
    await eventually(lambda: tab.evaluate("document.fullscreenElement?.dataset.testid ?? null"), what="f")
    await tab.page.keyboard.press("f")
    await eventually(lambda: tab.evaluate("document.fullscreenElement === null"), what="f again")
    await tab.page.keyboard.press("i")
    await eventually(lambda: fan.text("statistics"), what="i")


@pytest.mark.parametrize("size", SIZES)
async def test_every_page_fits_and_complains_of_nothing(
    people: People, stage: Stage, publish: Publish, screenshot: Screenshot, size: str
) -> None:
    width, height = SIZES[size]

    async def look(tab: object, name: str) -> None:
        await screenshot(tab, f"{name}-{size}")

    home = await people.tab(width=width, height=height)
    await home.goto(stage.server.url)
    await eventually(
        lambda: home.evaluate("!!document.querySelector('[data-testid=empty]')"), what="the empty stage"
    )
    await look(home, "home-empty")
    fan = await ChannelPage.open(await people.tab(width=width, height=height), stage.server, stage.channel)
    await fan.until("offline")
    await look(fan.tab, "channel-offline")
    assert await fan.tab.evaluate(_entitle(stage.channel, stage.key, LONG_TITLE)) == HTTPStatus.OK
    studio = await Studio.open(
        await people.tab(width=width, height=height), stage.server, stage.channel, stage.key, music=True
    )
    await eventually(
        lambda: studio.tab.evaluate("document.querySelector('[data-testid=preview]').videoWidth")
    )
    await look(studio.tab, "studio-idle")

    await studio.go_live()
    await fan.until_playing()
    await look(fan.tab, "channel-live")
    await eventually(
        lambda: studio.text("health"), lambda words: "kbit/s" in words or "Mbit/s" in words, what="health"
    )
    await look(studio.tab, "studio-live")
    picture = "document.querySelector('[data-testid=live-card] .live-card-picture')?.dataset"
    await eventually(
        lambda: home.evaluate(f"{picture}?.still === 'true'"), what="a still on the home page", timeout_s=60
    )
    await home.page.hover("[data-testid=live-card]")
    await eventually(lambda: home.evaluate(f"{picture}?.playing === 'true'"), what="a moving preview")
    await look(home, "home-live")
    for tab in (home, fan.tab, studio.tab):
        assert await tab.evaluate("document.documentElement.scrollWidth") <= width


def _entitle(channel: str, key: str, title: str) -> str:
    """What changes a channel's title and gives the answer's status, in JavaScript."""
    request = {
        "method": "PATCH",
        "headers": {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        "body": json.dumps({"title": title}),
    }
    return f"fetch('/api/v1/channels/{channel}', {json.dumps(request)}).then((answer) => answer.status)"

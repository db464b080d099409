"""An artist in real Chromium goes live through the studio page; fans in real Chromium watch the channel page."""

from __future__ import annotations

from statistics import median

import pytest

from tests.browser.chromium import People
from tests.browser.conftest import Record, Stage
from tests.browser.material import LEFT_HZ, RIGHT_HZ, bars_match
from tests.browser.pages import ChannelPage, Studio
from tests.polling import eventually

pytestmark = pytest.mark.browser

AUDIBLE_DB = -60.0
JOINS = 10
SANE_FIRST_FRAME_MS = 3000


async def test_the_fan_sees_the_artists_picture_and_hears_both_ears(people: People, stage: Stage) -> None:
    studio = await Studio.open(await people.small_tab(), stage.server, stage.channel, stage.key, music=True)
    await studio.go_live()
    fan = await ChannelPage.open(await people.small_tab(), stage.server, stage.channel)
    await fan.until_playing()

    picture = await eventually(fan.picture, lambda seen: bars_match(seen["bars"]), what="the colour bars")
    await eventually(fan.picture, lambda seen: seen["counter"] != picture["counter"], what="the next picture")
    tones = await eventually(
        fan.tones, lambda ears: min(ear["db"] for ear in ears) > AUDIBLE_DB, what="sound"
    )
    assert tones[0]["hz"] == pytest.approx(LEFT_HZ, abs=15)
    assert tones[1]["hz"] == pytest.approx(RIGHT_HZ, abs=15)
    assert await fan.first_frame_ms() < SANE_FIRST_FRAME_MS
    assert "stereo=1" in (await fan.receiving("audio"))["fmtp"]
    channel = await stage.server.channel(stage.channel)
    assert (channel["live"], channel["viewers"], channel["audio_codec"]) == (True, 1, "opus")


@pytest.mark.parametrize("codec", ["H264", "VP8", "VP9", "AV1"])
async def test_every_codec_chromium_can_send_is_watched(people: People, stage: Stage, codec: str) -> None:
    studio = await Studio.open(await people.small_tab(), stage.server, stage.channel, stage.key, codec=codec)
    await studio.go_live()
    fan = await ChannelPage.open(await people.small_tab(), stage.server, stage.channel)
    await fan.until_playing()
    await eventually(fan.picture, lambda seen: bars_match(seen["bars"]), what="the colour bars")
    assert (await fan.receiving("video"))["codec"] == codec
    assert (await stage.server.channel(stage.channel))["video_codec"] == codec


async def test_joining_is_quick(people: People, stage: Stage, record: Record) -> None:
    studio = await Studio.open(await people.small_tab(), stage.server, stage.channel, stage.key)
    await studio.go_live()
    await stage.server.until_live(stage.channel)
    tab = await people.small_tab()
    joins_ms = []
    for _ in range(JOINS):
        fan = await ChannelPage.open(tab, stage.server, stage.channel)
        joins_ms.append(await fan.first_frame_ms())
    record("joins-of-a-browser", {"first_frame_ms": joins_ms, "p50_ms": median(joins_ms)})
    assert median(joins_ms) < SANE_FIRST_FRAME_MS

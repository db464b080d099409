"""An artist in real Chromium goes live through the studio page; fans in real Chromium watch the channel page."""

from __future__ import annotations

import pytest

from tests.browser.chromium import People
from tests.browser.conftest import Stage
from tests.browser.material import LEFT_HZ, RIGHT_HZ, bars_match
from tests.browser.pages import ChannelPage, Stats, Studio
from tests.polling import eventually

pytestmark = pytest.mark.browser

AUDIBLE_DB = -60.0


async def test_the_fan_sees_the_artists_picture_and_hears_both_ears(people: People, stage: Stage) -> None:
    studio = await Studio.open(await people.small_tab(), stage.server, stage.channel, stage.key, music=True)
    await studio.go_live()
    fan = await ChannelPage.open(await people.small_tab(), stage.server, stage.channel)
    await fan.until_playing()

    picture = await eventually(fan.picture, lambda seen: bars_match(seen["bars"]), what="the colour bars")
    await eventually(fan.picture, lambda seen: seen["counter"] != picture["counter"], what="the next picture")
    # What is heard first is not a whole tone yet.
    await eventually(fan.tones, in_both_ears, what="both tones")
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


def in_both_ears(heard: list[Stats]) -> bool:
    return all(
        ear["db"] > AUDIBLE_DB and abs(ear["hz"] - hz) < 15
        for ear, hz in zip(heard, (LEFT_HZ, RIGHT_HZ), strict=True)
    )

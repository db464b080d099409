"""What fans and the artist see in real Chromium when a page, the network or the server goes away and comes back."""

from __future__ import annotations

from functools import partial

import pytest

from tests.browser.chromium import People
from tests.browser.conftest import Publish, Stage
from tests.browser.material import bars_match
from tests.browser.pages import ChannelPage, Studio
from tests.harmonie_server import Event
from tests.polling import eventually

pytestmark = pytest.mark.browser


async def _studio(people: People, stage: Stage) -> Studio:
    studio = await Studio.open(await people.small_tab(), stage.server, stage.channel, stage.key)
    await studio.go_live()
    return studio


async def _fan(people: People, stage: Stage) -> ChannelPage:
    fan = await ChannelPage.open(await people.small_tab(), stage.server, stage.channel)
    await fan.until_playing()
    return fan


async def test_a_fan_who_reloads_is_back_at_once(people: People, stage: Stage) -> None:
    await _studio(people, stage)
    fan = await _fan(people, stage)
    await fan.tab.reload()
    await fan.until_playing()
    await eventually(
        lambda: stage.server.channel(stage.channel),
        lambda seen: seen["viewers"] == 1,
        what="one viewer again",
    )


async def test_an_offline_channel_starts_by_itself_and_again_after_the_studio_was_reloaded(
    people: People, stage: Stage
) -> None:
    fan = await ChannelPage.open(await people.small_tab(), stage.server, stage.channel)
    await fan.until("offline")
    studio = await _studio(people, stage)
    await fan.until_playing()

    await studio.tab.reload()
    await fan.until("ended")
    await eventually(
        lambda: studio.probe("state('studio')"), lambda seen: seen == "idle", what="an idle studio"
    )
    await studio.go_live()
    await fan.until_playing()


async def test_a_second_studio_takes_over_and_fans_keep_their_connection(
    people: People, stage: Stage
) -> None:
    first = await _studio(people, stage)
    fan = await _fan(people, stage)
    before = len(stage.server.events("publisher_took_over"))
    second = await Studio.open(await people.small_tab(), stage.server, stage.channel, stage.key)
    await second.go_live()
    await fan.until_playing(more_frames=30)
    await first.until("failed")
    assert "elsewhere" in await first.words()
    assert await fan.connections() == 1
    assert await fan.state() == "live"
    assert (
        len(stage.server.events("publisher_took_over")) == before + 1
    )  # the first one does not take it back


async def test_another_publisher_takes_over_and_the_picture_changes_in_the_same_connection(
    people: People, stage: Stage, publish: Publish
) -> None:
    await publish(stage)
    fan = await _fan(people, stage)
    assert not bars_match((await fan.picture())["bars"])
    await _studio(people, stage)
    await eventually(fan.picture, lambda seen: bars_match(seen["bars"]), what="the studio's picture")
    await fan.until_playing()
    assert await fan.connections() == 1


async def test_fans_are_told_when_the_artists_page_dies(people: People, stage: Stage) -> None:
    tab = await people.small_tab()
    studio = await Studio.open(tab, stage.server, stage.channel, stage.key)
    await studio.go_live()
    fan = await _fan(people, stage)
    await fan.note_states()
    await tab.crash()
    await fan.until("ended")
    assert "reconnecting" in await fan.noted_states()
    assert not (await stage.server.channel(stage.channel))["live"]


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_both_sides_recover_by_themselves_when_the_server_comes_back(
    people: People, own_stage: Stage, end: str
) -> None:
    studio = await _studio(people, own_stage)
    fan = await _fan(people, own_stage)
    home = await people.small_tab()
    await home.goto(own_stage.server.url)
    badge = "document.querySelector('.badge')?.textContent ?? null"
    for tab in (home, fan.tab):
        await eventually(
            partial(tab.evaluate, badge), lambda seen: seen == "Live", what="a channel said to be live"
        )
    await fan.note_states()
    await (own_stage.server.stop() if end == "stop" else own_stage.server.kill())
    await studio.until("reconnecting")
    await fan.until("reconnecting")
    notice = "document.querySelector('.player-notice').textContent"
    await eventually(
        lambda: fan.tab.evaluate(notice),
        lambda seen: "The server cannot be reached" in seen,
        what="the truth",
    )
    for tab in (home, fan.tab):
        await eventually(
            partial(tab.evaluate, badge), lambda seen: seen == "Reconnecting", what="no more live"
        )
    await own_stage.server.start()
    await studio.until("live", timeout_s=60)
    await fan.until_playing(timeout_s=60)
    states = await fan.noted_states()
    assert "ended" not in states, states
    assert "offline" not in states, states
    await eventually(
        partial(home.evaluate, badge), lambda seen: seen == "Live", what="live again", timeout_s=60
    )


async def test_a_wrong_key_is_explained_and_not_tried_again(people: People, stage: Stage) -> None:
    studio = await Studio.open(await people.small_tab(), stage.server, stage.channel, "not-the-key")
    before = len(refusals(stage))
    await studio.press()
    await studio.until("failed")
    assert "key" in await studio.words()
    assert len(refusals(stage)) == before + 1


def refusals(stage: Stage) -> list[Event]:
    return [event for event in stage.server.events("request") if event.get("status") in (401, 403)]


async def test_an_unknown_channel_is_said_to_be_unknown(people: People, stage: Stage) -> None:
    tab = await people.small_tab()
    fan = await ChannelPage.open(tab, stage.server, "nobody-at-all")
    await eventually(lambda: fan.text("not-found"), what="the page for unknown channels")

"""Tips as an artist runs them, in real Chromium: the overlay in the stream, the goal, the history, who gets it.

The demonstration's own chain is real, and its wallet tips in two clicks.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from server.demo_chain import find_anvil
from tests.browser.chromium import ChromiumTab, People
from tests.browser.conftest import Screenshot
from tests.browser.tipping import Fan
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually

pytestmark = pytest.mark.browser

PAYOUT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
"""One of the accounts that every such chain begins with."""


class Artist(Fan):
    """Somebody who runs the tips of a channel of theirs."""

    channel = ""

    async def begins(self, channel: str) -> None:
        """With an account and a channel of their own, at the desk."""
        self.channel = channel
        await self.has_account(channel.capitalize(), f"{channel}@example.org")
        await self.has_channel(channel)
        await self.opens_desk()

    async def is_paid_to(self, wallet: str) -> None:
        """As if they had proven that it is theirs; at the desk again."""
        with contextlib.closing(
            sqlite3.connect(self.server.directory / "data" / "harmonie.sqlite3")
        ) as database:
            database.execute("UPDATE channels SET payout_wallet = ? WHERE name = ?", (wallet, self.channel))
            database.commit()
        await self.opens_desk()

    async def opens_desk(self) -> None:
        await self.goto(f"/studio/tips?channel={self.channel}")
        await expect(self.page.get_by_test_id("overlay-controls")).to_be_visible()

    async def tab_of_desk(self, name: str) -> None:
        await self.page.get_by_role("tab", name=name).click()

    async def makes_overlay(self) -> str:
        """The address of a new overlay."""
        await self.page.get_by_test_id("overlay-make").click()
        dialog = self.page.get_by_role("dialog", name="A new address?")
        secret = self.page.get_by_test_id("secret")
        await expect(dialog.or_(secret)).to_be_visible()
        if await dialog.is_visible():
            await dialog.get_by_role("button", name="Make a new one").click()
        await expect(secret).to_be_visible()
        address: str = await secret.locator(".secret-text code").inner_text()
        await secret.get_by_role("button", name="I have kept it").click()
        return address

    async def presses(self, command: str) -> None:
        await self.page.get_by_test_id(f"overlay-{command}").click()


@dataclass
class Source:
    """A browser source, as in OBS."""

    tab: ChromiumTab

    @property
    def alert(self) -> Locator:
        return self.tab.page.get_by_test_id("alert")

    @property
    def gone(self) -> Locator:
        return self.tab.page.get_by_test_id("overlay-gone")

    async def opens(self, address: str) -> None:
        await self.tab.goto(address)
        await expect(self.tab.page.locator("[data-testid=overlay][data-known=true]")).to_be_attached()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(need: Need, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HarmonieServer]:
    need(find_anvil() is not None, "anvil (scripts/contract --chain)")
    directory = tmp_path_factory.mktemp("house")
    async with HarmonieServer.running(directory, demo="true", demo_artist="false", demo_fan_s="0") as server:
        yield server


async def tips(people: People, house: HarmonieServer, channel: str, message: str) -> None:
    """A fan with the demonstration's wallet, until the tip is in a block."""
    fan = Fan(await people.tab(), house)
    await fan.open(channel)
    await fan.page.get_by_test_id("tip").click()
    await fan.page.get_by_test_id("tip-message").fill(message)
    await fan.page.get_by_test_id("tip-send").click()
    await expect(fan.progress).to_have_attribute("data-fate", re.compile("mined|confirmed"))
    await fan.page.close()


async def test_the_overlay_shows_a_test_and_a_real_tip_until_its_address_is_replaced(
    people: People, house: HarmonieServer, screenshot: Screenshot
) -> None:
    nina, source = Artist(await people.tab(), house), Source(await people.tab(width=960, height=540))
    await nina.begins("nina")
    await expect(nina.page.get_by_test_id("payout-state")).to_contain_text("Nobody can tip you yet")
    await nina.is_paid_to(PAYOUT)
    first = await nina.makes_overlay()
    await source.opens(first)
    assert await source.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert await source.tab.page.context.cookies() == []
    await nina.presses("test")
    await expect(source.alert).to_contain_text("5 DEMO")
    await screenshot(source.tab, "overlay-test")
    await nina.presses("skip")
    await expect(source.alert).to_have_count(0)

    # Settings are followed at once.
    await nina.page.get_by_label("Picture").select_option("heart")
    await nina.page.get_by_test_id("overlay-save").click()
    await expect(nina.page.get_by_test_id("overlay-form").get_by_role("status")).to_contain_text("Saved.")

    await nina.presses("pause")
    await expect(nina.page.get_by_test_id("overlay-state")).to_contain_text("paused")
    await tips(people, house, "nina", "For the encore <b>now</b>")
    await expect(source.alert).to_have_count(0)
    await nina.presses("resume")
    heart = source.tab.page.locator("[data-picture=heart]")
    await expect(source.alert.filter(has_text="For the encore <b>now</b>").filter(has=heart)).to_be_visible()

    second = await nina.makes_overlay()
    assert second != first
    await expect(source.gone).to_be_visible()
    await expect(source.alert).to_have_count(0)
    await source.opens(second)
    # What was on screen before is not shown again by itself.
    await expect(source.alert).to_have_count(0)


async def test_an_artist_sees_what_came_and_fetches_it(
    people: People, house: HarmonieServer, screenshot: Screenshot
) -> None:
    ada = Artist(await people.tab(), house)
    await ada.begins("ada")
    await ada.tab_of_desk("Payout")
    await ada.page.get_by_test_id("payout-connect").click()
    await expect(ada.page.get_by_test_id("owed-nothing")).to_be_visible()
    wallet = await ada.page.get_by_test_id("payout").locator("code.address").inner_text()
    await ada.is_paid_to(wallet)

    await ada.tab_of_desk("Goal")
    await ada.page.get_by_label("What for").fill("A new amplifier")
    await ada.page.get_by_label("How much").fill("4")
    await ada.page.get_by_test_id("goal-save").click()
    await expect(ada.page.get_by_test_id("goal")).to_contain_text("A new amplifier")
    await ada.tab_of_desk("History")
    history = ada.page.get_by_test_id("tip-history")
    await expect(history).to_contain_text("No tips in these days.")

    await tips(people, house, "ada", "=SUM(A1)")

    async def listed() -> bool:
        # It is offered again when the server has seen the tip in a block; the fan's page may know that sooner.
        if await ada.page.get_by_test_id("history-reload").is_visible():
            await ada.page.get_by_test_id("history-reload").click()
        return await history.get_by_test_id("past-tip").is_visible()

    await eventually(listed, what="the tip in the history")
    await expect(history.get_by_test_id("past-tip")).to_contain_text("=SUM(A1)")
    await expect(history.get_by_test_id("tip-days")).to_contain_text("1 tip")
    async with ada.page.expect_download() as download:
        await history.get_by_test_id("tips-csv").click()
    table = (await (await download.value).path()).read_text()
    assert "SUM(A1)" in table
    assert not any(cell.startswith("=") for cell in table.split(","))
    await screenshot(ada.tab, "tip-history")
    await ada.tab_of_desk("Goal")
    await expect(ada.page.get_by_test_id("goal").get_by_role("progressbar")).to_have_attribute(
        "aria-valuenow", "25"
    )

    await ada.tab_of_desk("Payout")
    await ada.page.get_by_test_id("payout-connect").click()
    await expect(ada.page.get_by_test_id("owed")).to_contain_text("1 DEMO")
    await ada.page.get_by_test_id("fetch").click()
    await expect(ada.page.get_by_test_id("owed-nothing")).to_be_visible()

    split = ada.page.get_by_test_id("split")
    for number, (account, percent) in enumerate([(wallet, "66.67"), (PAYOUT, "33")], 1):
        await split.get_by_role("button", name="Add a wallet").click()
        await split.get_by_label(f"Wallet {number}", exact=True).fill(account)
        await split.get_by_label("Share in %").nth(number - 1).fill(percent)
    await ada.page.get_by_test_id("split-save").click()
    await expect(split.get_by_role("alert")).to_contain_text("0.33 % are left")
    await split.get_by_label("Share in %").nth(1).fill("33.33")
    await ada.page.get_by_test_id("split-save").click()
    await expect(ada.page.get_by_test_id("payout")).to_contain_text("Tips are divided like this from now on.")
    await screenshot(ada.tab, "tip-payout")
    await tips(people, house, "ada", "for the band")
    await ada.page.get_by_test_id("payout-connect").click()
    await expect(ada.page.get_by_test_id("owed")).to_contain_text("0.6667 DEMO")

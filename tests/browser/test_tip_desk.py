"""Tips as an artist runs them, in real Chromium: the overlay in the stream, the goal, the history, who gets it.

The demonstration's own chain is real, and its wallet tips in two clicks.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from server.demo_chain import find_anvil
from tests.browser.chromium import ChromiumTab, People
from tests.browser.conftest import Screenshot
from tests.browser.tipping import Fan
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer

pytestmark = pytest.mark.browser

CHANNEL = "nina"
PAYOUT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
"""One of the accounts that every such chain begins with."""


class Artist(Fan):
    """Somebody who runs the tips of a channel of theirs."""

    async def opens_desk(self) -> None:
        await self.goto(f"/studio/tips?channel={CHANNEL}")
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


@pytest_asyncio.fixture(loop_scope="session")
async def nina(people: People, house: HarmonieServer) -> Artist:
    """Her channel takes tips; at the desk."""
    nina = Artist(await people.tab(), house)
    await nina.sign_up("Nina", "nina@example.org")
    await nina.make_channel(CHANNEL)
    pay_out(house.directory, CHANNEL, PAYOUT)
    await nina.opens_desk()
    return nina


async def test_the_overlay_shows_a_test_and_a_real_tip_until_its_address_is_replaced(
    people: People, house: HarmonieServer, nina: Artist, screenshot: Screenshot
) -> None:
    source = Source(await people.tab(width=960, height=540))
    first = await nina.makes_overlay()
    await source.opens(first)
    await nina.presses("test")
    await expect(source.alert).to_contain_text("A kind listener")
    await source.tab.page.wait_for_timeout(900)
    await screenshot(source.tab, "overlay-test")
    await nina.presses("skip")
    await expect(source.alert).to_have_count(0)

    await nina.presses("pause")
    fan = Fan(await people.tab(), house)
    await fan.open(CHANNEL)
    await fan.page.get_by_test_id("tip").click()
    await fan.page.get_by_test_id("tip-message").fill("For the encore <b>now</b>")
    await fan.page.get_by_test_id("tip-send").click()
    await expect(fan.progress).to_contain_text("Thank you")
    await expect(source.alert).to_have_count(0)
    await nina.presses("resume")
    await expect(source.alert).to_contain_text("For the encore <b>now</b>")

    second = await nina.makes_overlay()
    assert second != first
    await expect(source.gone).to_be_visible()
    await expect(source.alert).to_have_count(0)
    await source.opens(second)
    # What was shown is not shown again by itself.
    await expect(source.alert).to_have_count(0)


def pay_out(directory: Path, channel: str, wallet: str) -> None:
    """As if the channel's owner had said so."""
    with contextlib.closing(sqlite3.connect(directory / "data" / "harmonie.sqlite3")) as database:
        database.execute("UPDATE channels SET payout_wallet = ? WHERE name = ?", (wallet, channel))
        database.commit()

"""Coming back to a chat in real Chromium: as the same guest, to one's own reactions, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.chatting import Chatter
from tests.browser.chromium import People
from tests.browser.conftest import STAGE, Screenshot
from tests.harmonie_server import HarmonieServer

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[HarmonieServer]:
    # People have addresses of their own, so that one of them can be shut out.
    async with HarmonieServer.running(tmp_path / "server", trusted_proxies="127.0.0.1") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def nina(people: People, house: HarmonieServer) -> Chatter:
    """The artist, in the chat of her channel."""
    nina = Chatter(await people.tab(), house)
    await nina.has_account("Nina", "nina@example.org")
    await nina.has_channel(STAGE)
    await nina.open(STAGE)
    return nina


async def test_a_guest_who_comes_back_is_the_same(
    people: People, house: HarmonieServer, nina: Chatter
) -> None:
    guest = Chatter(await people.tab(width=360, height=740), house)
    await guest.open(STAGE)
    await nina.page.get_by_test_id("chat-options").click()
    await nina.page.get_by_role("menuitem", name="Settings…").click()
    settings = nina.page.get_by_role("dialog", name="Chat settings")
    await settings.get_by_label("Guests without an account can write").check()
    await settings.get_by_role("button", name="Done").click()
    await guest.page.get_by_role("button", name="Write as a guest").click()
    await guest.page.get_by_label("Your name here").fill("Passer-by")
    await guest.page.keyboard.press("Enter")
    await guest.say("just passing")
    await nina.sees("just passing")

    await guest.page.reload()
    await guest.until_joined()
    await guest.say("still here")
    await expect(nina.line("still here").locator(".line-name")).to_have_text("Passer-by")
    await expect(guest.line("just passing")).to_have_attribute("data-own", "true")

    await nina.choose("still here", "Ban Passer-by…")
    await nina.page.get_by_role("dialog").get_by_role("button", name="Ban", exact=True).click()
    await expect(guest.barrier).to_contain_text("You are banned from this chat.")
    await guest.page.evaluate("localStorage.clear()")
    await guest.page.reload()
    await expect(guest.barrier).to_contain_text("Your network is banned from this chat.")


async def test_own_reactions_are_marked_after_a_reload(nina: Chatter) -> None:
    await nina.say("what a sound")
    reaction = nina.line("what a sound").get_by_test_id("reaction")
    await nina.line("what a sound").hover()
    await nina.line("what a sound").get_by_role("button", name="React").click()
    await nina.page.get_by_test_id("emoji-picker").get_by_role("searchbox").fill("fire")
    await nina.page.keyboard.press("Enter")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await nina.page.reload()
    await nina.until_joined()
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    await reaction.click()
    await expect(reaction).to_have_count(0)


async def test_a_shut_out_address_is_told_so_and_may_go_elsewhere(
    people: People, house: HarmonieServer, nina: Chatter, screenshot: Screenshot
) -> None:
    ella = Chatter(await people.tab(), house)
    await ella.has_account("Ella", "ella@example.org")
    await ella.has_channel("hall")
    await ella.open(STAGE)
    await ella.say("bad apple")
    await nina.sees("bad apple")
    await nina.choose("bad apple", "Ban Ella…")
    dialog = nina.page.get_by_role("dialog", name="Ban Ella")
    await dialog.get_by_label("Their network address too").check()
    await dialog.get_by_label("Nobody reads the chat from that address").check()
    await dialog.get_by_role("button", name="Ban", exact=True).click()
    await expect(ella.barrier).to_contain_text("Your network is banned from this chat.")
    await expect(ella.page.get_by_test_id("composer")).to_have_count(0)
    await screenshot(ella.tab, "chat-shut-out")
    await ella.page.get_by_role("button", name="Try again").click()
    await ella.page.reload()
    await expect(ella.barrier).to_contain_text("Your network is banned from this chat.")
    await expect(ella.lines).to_have_count(0)

    # Without a page load: the connection comes back by itself for the other chat.
    await ella.page.get_by_test_id("account").click()
    await ella.page.get_by_role("link", name="My channels").click()
    await ella.page.locator("main a[href='/hall']").first.click()
    await ella.until_joined()
    await ella.say("open here")
    await ella.sees("open here")

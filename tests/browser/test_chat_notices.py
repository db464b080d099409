"""What reaches people who look at another page than the chat it happens in, in real Chromium with the real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.browser.chatting import Chatter
from tests.browser.chromium import People
from tests.browser.conftest import STAGE, Screenshot
from tests.harmonie_server import HarmonieServer

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[HarmonieServer]:
    async with HarmonieServer.running(tmp_path / "server") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def two(people: People, house: HarmonieServer) -> tuple[Chatter, Chatter]:
    """Nina in the chat of her channel, and Ella on the home page."""
    nina, ella = Chatter(await people.tab(), house), Chatter(await people.tab(), house)
    await nina.has_account("Nina", "nina@example.org")
    await nina.has_channel(STAGE)
    await nina.open(STAGE)
    await ella.has_account("Ella", "ella@example.org")
    await ella.listens_on("/")
    return nina, ella


def fresh(chatter: Chatter) -> Locator:
    return chatter.page.get_by_test_id("fresh-notice")


def count(chatter: Chatter) -> Locator:
    return chatter.page.locator(".notices-count")


async def test_a_mention_listens_on_every_page(two: tuple[Chatter, Chatter], screenshot: Screenshot) -> None:
    nina, ella = two
    await nina.say("where is @Ella today?")
    await expect(fresh(ella)).to_contain_text(f"Nina in {STAGE}: where is @Ella today?")
    await screenshot(ella.tab, "notice")
    await expect(count(ella)).to_have_text("1")

    # Kept over a reload, and gone in every tab once the person has been there.
    await ella.page.reload()
    await expect(count(ella)).to_have_text("1")
    second = await ella.page.context.new_page()
    await second.goto(ella.page.url)
    await expect(second.locator(".notices-count")).to_have_text("1")
    await ella.page.bring_to_front()
    await ella.page.get_by_test_id("notices").click()
    await ella.page.get_by_test_id("notice").get_by_role("link").click()
    await ella.sees("where is @Ella today?")
    await expect(count(ella)).to_have_count(0)
    await expect(second.locator(".notices-count")).to_have_count(0)

    # In the chat itself the line stands out, which is enough.
    await nina.say("there you are, @Ella")
    await ella.sees("there you are, @Ella")
    await expect(fresh(ella)).to_have_count(0)


async def test_a_restriction_elsewhere_is_told_at_once(two: tuple[Chatter, Chatter]) -> None:
    nina, ella = two
    await ella.open(STAGE)
    await ella.say("good evening")
    await nina.sees("good evening")
    await ella.listens_on("/")
    await nina.say("/timeout Ella 10m too loud")
    await expect(fresh(ella)).to_contain_text(f"You are timed out in {STAGE} for 10 minutes.")
    await expect(fresh(ella)).to_contain_text("too loud")
    await nina.say("/untimeout Ella")
    await expect(fresh(ella)).to_contain_text(f"You can write in {STAGE} again.")
    await ella.page.get_by_role("button", name="Put the notice away").click()
    await expect(count(ella)).to_have_count(0)

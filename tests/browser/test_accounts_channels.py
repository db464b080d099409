"""Channels that belong to people, in real Chromium: making one, replacing its key while it is live, following."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import expect

from tests.browser.accounts import Person
from tests.browser.chromium import People
from tests.browser.conftest import GRACE_S, Publish, Screenshot, Stage
from tests.browser.pages import ChannelPage, Studio
from tests.harmonie_server import HarmonieServer

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1280, 800), "phone": (360, 740)}


async def test_a_replaced_key_ends_the_broadcast(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Thelonious", "monk@example.org")
    first = await artist.has_channel("monk")

    await artist.goto("/studio?channel=monk")
    await artist.page.get_by_role("button", name="Get a key for this tab").click()
    await artist.page.get_by_role("dialog").get_by_role("button", name="Replace the key").click()
    await expect(artist.page.get_by_test_id("stream-key")).not_to_have_value("")
    key = await artist.page.get_by_test_id("stream-key").input_value()
    assert key != first
    studio = Studio(artist.tab)
    await studio.set_up(resolution=360, bitrate_kbps=None, codec="auto", music=False)
    await studio.go_live()
    fan = await ChannelPage.open(await people.small_tab(), house, "monk")
    await fan.until_playing()

    backstage = Person(await people.tab(), house)
    await backstage.sign_in("monk@example.org")
    await backstage.until_signed_in()
    await backstage.goto("/channels/monk")
    await backstage.page.get_by_role("button", name="Get a new key").click()
    await backstage.page.get_by_role("dialog").get_by_role("button", name="Replace the key").click()
    (fresh,) = await backstage.secrets()
    assert fresh not in (first, key)
    await fan.until("ended", "offline")
    await studio.until("failed")
    assert "key was replaced" in await studio.words()

    await artist.page.get_by_test_id("stream-key").fill(fresh)
    await studio.go_live()
    await fan.until_playing()
    elsewhere = Person(await people.tab(), house)
    await elsewhere.goto(f"/studio?channel=monk#key={fresh}")
    await expect(elsewhere.page.get_by_test_id("go-live-words")).to_contain_text("live from elsewhere")


async def test_a_channel_shows_what_its_artist_tells(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Alice", "alice@example.org")
    await artist.has_channel("alice-harp")
    await artist.goto("/channels/alice-harp")
    words = artist.page.get_by_role("form", name="Title and description")
    await words.get_by_label("Title").fill("Journey")
    await words.get_by_label("Description").fill("Harp and piano.\n<b>No markup</b>")
    await words.get_by_role("button", name="Save").click()
    await expect(words.get_by_text("Saved.")).to_be_visible()
    links = artist.page.get_by_role("form", name="Links")
    await links.get_by_role("button", name="Add a link").click()
    await links.get_by_label("Name").fill("Records")
    await links.get_by_label("Address").fill("https://alice.example.org/records")
    await links.get_by_role("button", name="Save").click()
    await expect(links.get_by_text("Saved.")).to_be_visible()
    picture = artist.page.get_by_role("region", name="Picture")
    await picture.locator("input[type=file]").set_input_files(
        {"name": "harp.png", "mimeType": "image/png", "buffer": _png()}
    )
    await expect(picture.get_by_text("Saved.")).to_be_visible()

    fan = Person(await people.tab(), house)
    await fan.goto("/alice-harp")
    await expect(fan.page.get_by_role("heading", name="Journey")).to_be_visible()
    await expect(fan.page.get_by_text("<b>No markup</b>")).to_be_visible()
    await expect(fan.page.get_by_role("link", name="Records")).to_have_attribute(
        "href", "https://alice.example.org/records"
    )
    drawn = fan.page.locator(".about img")
    await expect(drawn).to_have_js_property("complete", True)
    assert await drawn.evaluate("(picture) => picture.naturalWidth") > 0


async def test_a_name_that_cannot_be_is_refused_while_it_is_typed(
    people: People, house: HarmonieServer
) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Max", "max@example.org")
    await artist.goto("/channels")
    name = artist.page.get_by_label("Channel name")
    await name.fill("-drums")
    await expect(artist.page.get_by_text("No dash at the beginning")).to_be_visible()
    await expect(artist.page.get_by_role("button", name="Make the channel")).to_be_disabled()
    await name.fill("studio")
    await artist.page.get_by_role("button", name="Make the channel").click()
    await expect(artist.page.get_by_role("alert").filter(has_text="studio")).to_be_visible()


@pytest_asyncio.fixture(loop_scope="session")
async def quiet_house(tmp_path: Path) -> AsyncIterator[HarmonieServer]:
    """Nobody else is live here."""
    async with HarmonieServer.running(tmp_path / "server", publisher_grace_s=str(GRACE_S)) as server:
        yield server


async def test_who_is_followed_comes_first(
    people: People, quiet_house: HarmonieServer, publish: Publish
) -> None:
    house = quiet_house
    keys = {name: await house.add_channel(name) for name in ("aaa", "zzz")}
    for name, key in keys.items():
        await publish(Stage(house, name, key))
        await house.until_live(name)
    fan = Person(await people.tab(), house)
    await fan.has_account("Fan", "fan@example.org")
    await fan.goto("/")
    cards = fan.page.get_by_test_id("live-card")
    await expect(cards).to_have_count(2)
    await expect(cards.first).to_have_attribute("data-channel", "aaa")

    await fan.goto("/zzz")
    await fan.page.get_by_test_id("follow").click()
    await expect(fan.page.get_by_test_id("follow")).to_have_text("Following")
    await expect(fan.page.get_by_test_id("followers")).to_have_text("1 follower")
    await fan.goto("/")
    await expect(cards.first).to_have_attribute("data-channel", "zzz")
    await expect(cards.first).to_contain_text("You follow")

    await fan.goto("/zzz")
    await fan.page.get_by_role("button", name="Following").click()
    await expect(fan.page.get_by_test_id("followers")).to_have_text("0 followers")
    await fan.goto("/")
    await expect(cards.first).to_have_attribute("data-channel", "aaa")


@pytest.mark.parametrize("size", SIZES)
async def test_every_page_of_accounts_fits(
    people: People, house: HarmonieServer, screenshot: Screenshot, size: str
) -> None:
    width, height = SIZES[size]
    person = Person(await people.tab(width=width, height=height), house)

    async def look(name: str, path: str, ready: str) -> None:
        await person.goto(path)
        await person.page.locator(ready).first.wait_for()
        assert await person.tab.evaluate("document.documentElement.scrollWidth") <= width, name
        await screenshot(person.tab, f"{name}-{size}")

    await look("signin", "/signin", ".door form")
    await look("signup", "/signup", ".door form")
    await look("reset", "/account/reset", ".door")
    await look("verify", "/account/verify#token=abc", ".door form")
    await look("signed-out", "/settings", "[data-testid=signed-out]")
    address = f"wolfgang-amadeus.with-a-long-address@{size}.example.org"
    await person.sign_up("Wolfgang Amadeus", address)
    await house.command("user", "admin", address)
    channel = f"a-night-of-serenades-{size}"
    await person.make_channel(channel)
    await screenshot(person.tab, f"channels-key-{size}")
    await look("channels", "/channels", "[data-testid=my-channel]")
    await look("channel-edit", f"/channels/{channel}", "form")
    await look("channel-about", f"/{channel}", ".about")
    await look("studio-mine", f"/studio?channel={channel}", "[data-testid=my-channels]")
    await look("settings-profile", "/settings", ".backstage form")
    await look("settings-sessions", "/settings/sessions", "[data-testid=device]")
    await look("settings-wallets", "/settings/wallets", "[data-testid=no-wallet]")
    await look("settings-keys", "/settings/keys", ".checks")
    await look("settings-privacy", "/settings/privacy", ".card-warning")
    await look("admin", "/admin", "[data-testid=person]")
    await look("admin-audit", "/admin/audit", "[data-testid=audit-entry]")
    await look("settings-security", "/settings/security", ".card")
    await person.page.get_by_role("button", name="Set up").click()
    await person.page.locator("svg.qr path").wait_for()
    await screenshot(person.tab, f"settings-second-factor-{size}")
    await person.page.get_by_test_id("account").click()
    await person.page.get_by_role("link", name=re.compile("Administration")).wait_for()
    await screenshot(person.tab, f"account-menu-{size}")


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (200, 120, 40)).save(file, "PNG")
    return file.getvalue()

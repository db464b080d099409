"""Accounts in real Chromium: signing up, in and out, the second factor, wallets, settings, administration.

The `people` fixture fails a test whose pages wrote an error to their console, a breach of the content security policy
among them.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import expect

from tests.browser.accounts import PASSWORD, Person, totp_secret
from tests.browser.chromium import People
from tests.browser.conftest import CHAIN
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually

pytestmark = pytest.mark.browser


async def test_sign_up_sign_out_and_sign_in_again(people: People, house: HarmonieServer) -> None:
    fan = Person(await people.tab(), house)
    await fan.goto("/signup?next=%2Fsettings%2Fsessions")
    await fan.page.get_by_label("Name", exact=True).fill("Ella")
    await fan.page.get_by_label("E-mail address").fill("ella@example.org")
    password = fan.page.get_by_label("Password", exact=True)
    await password.fill("aaaaaaaaaaaa")
    await fan.page.get_by_role("button", name="Make my account").click()
    await expect(fan.page.get_by_role("alert").filter(has_text="guess")).to_be_visible()
    await password.fill(PASSWORD)
    await expect(fan.page.get_by_text("Good.", exact=True)).to_be_visible()
    await fan.page.get_by_role("button", name="Make my account").click()
    await expect(fan.page.get_by_test_id("device")).to_have_count(1)
    await fan.page.reload()
    await fan.until_signed_in()
    await fan.sign_out()
    await fan.page.reload()
    await fan.until_signed_out()

    await fan.sign_in("ella@example.org", "not the password at all")
    await expect(fan.page.get_by_role("alert").filter(has_text="do not belong together")).to_be_visible()
    await fan.sign_in("ella@example.org")
    await fan.until_signed_in()
    stored = await fan.tab.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert "signed-in" in stored
    assert "eyJ" not in stored, "the access token stays in memory"


async def test_a_second_factor_is_set_up_and_asked_for(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Nina", "nina@example.org")
    await artist.goto("/settings/security")
    card = artist.page.get_by_role("region", name="Second factor")
    await card.get_by_role("button", name="Set up").click()
    await expect(card.locator("svg.qr path")).to_be_visible()
    totp = pyotp.TOTP(totp_secret(await artist.page.get_by_test_id("totp-secret").inner_text()))
    await card.get_by_label("Code", exact=True).fill("000000" if totp.now() != "000000" else "111111")
    await card.get_by_role("button", name="Turn on").click()
    await expect(card.get_by_role("alert").filter(has_text="not right")).to_be_visible()
    await card.get_by_label("Code", exact=True).fill(totp.now())
    await card.get_by_role("button", name="Turn on").click()
    codes = await artist.secrets()
    assert len(set(codes)) == 10
    await card.get_by_role("button", name="I have kept it").click()
    await expect(card.get_by_text("10 recovery codes left")).to_be_visible()
    await artist.sign_out()

    await artist.sign_in("nina@example.org")
    form = artist.page.get_by_role("form", name="Second factor")
    # No code is taken twice: this is the next one, which is taken half a minute early.
    await form.get_by_label("Code of your authenticator app").fill(totp.at(int(time.time()) + 30))
    await form.get_by_role("button", name="Sign in").click()
    await artist.until_signed_in()
    await artist.sign_out()

    await artist.sign_in("nina@example.org")
    await form.get_by_role("button", name="Use a recovery code").click()
    await form.get_by_label("Recovery code").fill(codes[0].lower())
    await form.get_by_role("button", name="Sign in").click()
    await artist.until_signed_in()
    await artist.goto("/settings/security")
    await expect(card.get_by_text("9 recovery codes left")).to_be_visible()


async def test_a_wallet_signs_in_and_makes_the_account(people: People, house: HarmonieServer) -> None:
    tipper = Person(await people.tab(), house)
    address = await tipper.has_wallet(chain=1)
    await tipper.goto("/signin")
    await tipper.page.get_by_role("button", name="Test Wallet").click()
    await tipper.until_signed_in()
    await tipper.goto("/settings/wallets")
    await expect(tipper.page.get_by_test_id("wallet")).to_contain_text(address)
    await tipper.page.get_by_role("button", name="Unlink").click()
    await expect(tipper.page.get_by_role("alert").filter(has_text="another wallet")).to_be_visible()


async def test_wallets_that_cannot_or_will_not_sign_are_explained(
    people: People, house: HarmonieServer
) -> None:
    bare = Person(await people.tab(), house)
    await bare.goto("/signin")
    await expect(bare.page.get_by_test_id("no-wallet")).to_contain_text("No wallet was found")

    unsure = Person(await people.tab(), house)
    await unsure.has_wallet(chain=CHAIN, declines=True)
    await unsure.goto("/signin")
    await unsure.page.get_by_role("button", name="Test Wallet").click()
    await expect(unsure.page.get_by_role("alert").filter(has_text="You declined")).to_be_visible()

    elsewhere = Person(await people.tab(), house)
    await elsewhere.has_wallet(chain=1, switches=False)
    await elsewhere.goto("/signin")
    await elsewhere.page.get_by_role("button", name="Test Wallet").click()
    await expect(elsewhere.page.get_by_role("alert").filter(has_text="needs Core")).to_be_visible()


async def test_a_linked_wallet_opens_the_same_account(people: People, house: HarmonieServer) -> None:
    fan = Person(await people.tab(), house)
    address = await fan.has_wallet(chain=CHAIN)
    await fan.has_account("Billie", "billie@example.org")
    await fan.goto("/settings/wallets")
    await fan.page.get_by_role("button", name="Test Wallet").click()
    await expect(fan.page.get_by_test_id("wallet")).to_contain_text(address)
    await fan.sign_out()
    await fan.goto("/signin")
    await fan.page.get_by_role("button", name="Test Wallet").click()
    await expect(fan.page.get_by_test_id("account")).to_contain_text("Billie")


async def test_a_device_is_signed_out_from_another(people: People, house: HarmonieServer) -> None:
    here = Person(await people.tab(), house)
    there = Person(await people.tab(), house)
    await here.has_account("Chet", "chet@example.org")
    await there.sign_in("chet@example.org")
    await there.until_signed_in()
    await here.goto("/settings/sessions")
    await expect(here.page.get_by_test_id("device")).to_have_count(2)
    await here.page.get_by_test_id("device").get_by_role("button", name="Sign out").click()
    await expect(here.page.get_by_test_id("device")).to_have_count(1)
    # Its page hears of it at once, by the event socket.
    await expect(there.page.get_by_test_id("account")).to_have_count(0)
    await there.goto("/settings")
    await expect(there.page.get_by_test_id("signed-out")).to_be_visible()


async def test_an_api_key_is_made_shown_once_and_revoked(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Dizzy", "dizzy@example.org")
    await artist.goto("/settings/keys")
    await artist.page.get_by_label("What is it for?").fill("Stream deck")
    await artist.page.get_by_label("See my account").check()
    await artist.page.get_by_role("button", name="Make the key").click()
    (key,) = await artist.secrets()
    answer = await artist.page.request.get(
        f"{house.url}/api/v1/me", headers={"Authorization": f"Bearer {key}"}
    )
    assert (await answer.json())["user"]["display_name"] == "Dizzy"
    await artist.page.reload()
    await expect(artist.page.get_by_test_id("api-key")).to_contain_text("Stream deck")
    assert key not in await artist.page.content()
    await artist.page.get_by_role("button", name="Revoke").click()
    await expect(artist.page.get_by_test_id("api-key")).to_have_count(0)


async def test_my_data_comes_along_and_the_account_goes(people: People, house: HarmonieServer) -> None:
    fan = Person(await people.tab(), house)
    await fan.has_account("Art", "art@example.org")
    await fan.goto("/settings/privacy")
    async with fan.page.expect_download() as download:
        await fan.page.get_by_role("button", name="Download my data").click()
    exported = json.loads(Path(await (await download.value).path()).read_text())
    assert "art@example.org" in json.dumps(exported)
    await fan.page.get_by_role("button", name="Delete my account").click()
    dialog = fan.page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Delete for good")).to_be_disabled()
    await dialog.get_by_label(re.compile("Type")).fill("delete")
    await dialog.get_by_role("button", name="Delete for good").click()
    await expect(fan.page.get_by_role("heading", name="Your account is deleted.")).to_be_visible()
    await fan.until_signed_out()
    await fan.sign_in("art@example.org")
    await expect(fan.page.get_by_role("alert").filter(has_text="do not belong together")).to_be_visible()


async def test_a_suspended_person_is_signed_out(people: People, house: HarmonieServer) -> None:
    troll = Person(await people.tab(), house)
    await troll.has_account("Troll", "troll@example.org")
    await troll.goto("/")
    await troll.until_signed_in()
    admin = Person(await people.tab(), house)
    await admin.has_account("Boss", "boss@example.org")
    await house.command("user", "admin", "boss@example.org")
    await admin.goto("/admin")
    await admin.page.get_by_label("Search").fill("troll")
    await expect(admin.page.get_by_test_id("person")).to_have_count(1)
    await admin.page.get_by_role("button", name="Suspend Troll").click()
    await admin.page.get_by_role("dialog").get_by_role("button", name="Suspend", exact=True).click()
    await expect(admin.page.get_by_test_id("person")).to_contain_text("Suspended")

    await expect(troll.page.get_by_test_id("account")).to_have_count(0)
    await troll.sign_in("troll@example.org")
    await expect(troll.page.get_by_role("alert").filter(has_text="suspended")).to_be_visible()

    await admin.goto("/admin/audit")
    await expect(admin.page.get_by_test_id("audit-entry").filter(has_text="suspend").first).to_be_visible()
    await admin.goto("/admin")
    await admin.page.get_by_label("Search").fill("troll")
    await expect(admin.page.get_by_test_id("person")).to_have_count(1)
    await admin.page.get_by_role("button", name="Let in again Troll").click()
    await expect(admin.page.get_by_role("button", name="Suspend Troll")).to_be_visible()
    await troll.sign_in("troll@example.org")
    await troll.until_signed_in()


async def test_a_server_without_mail_says_so(people: People, house: HarmonieServer) -> None:
    fan = Person(await people.tab(), house)
    await fan.goto("/account/reset")
    await expect(fan.page.get_by_test_id("mail-off")).to_contain_text("sends no mail")


async def test_links_of_mails_confirm_the_address_and_set_a_new_password(
    people: People, tmp_path: Path
) -> None:
    # A demonstration writes the links of its mails into its log.
    async with HarmonieServer.running(tmp_path / "server", demo="true", demo_artist="false") as house:
        fan = Person(await people.tab(), house)
        await fan.sign_up("Sarah", "sarah@example.org")
        await fan.goto("/settings")
        await fan.page.get_by_role("button", name="Send the mail again").click()
        await fan.page.goto(await _link(house, "/account/verify#token=", mails=2))
        await fan.page.get_by_role("button", name="Confirm", exact=True).click()
        await expect(fan.page.get_by_role("heading", name="Your address is confirmed.")).to_be_visible()
        assert "token" not in fan.page.url
        await fan.sign_out()

        await fan.goto("/account/reset")
        await fan.page.get_by_label("E-mail address").fill("sarah@example.org")
        await fan.page.get_by_role("button", name="Send me a link").click()
        await expect(fan.page.get_by_role("status").filter(has_text="on its way")).to_be_visible()
        link = await _link(house, "/account/reset#token=")
        await _choose_password(fan, link, "quiet clarinet before dawn")
        await expect(fan.page.get_by_role("heading", name="Your password is changed.")).to_be_visible()
        await _choose_password(fan, link, "another clarinet before dawn")
        await expect(fan.page.get_by_role("alert").filter(has_text="too old")).to_be_visible()
        await fan.sign_in("sarah@example.org", "quiet clarinet before dawn")
        await fan.until_signed_in()


async def _choose_password(fan: Person, link: str, password: str) -> None:
    await fan.page.goto(link)
    await fan.page.get_by_label("New password", exact=True).fill(password)
    await fan.page.get_by_role("button", name="Change the password").click()


async def _link(house: HarmonieServer, path: str, *, mails: int = 1) -> str:
    """That of the newest mail, once there are so many: a new link takes the place of the one before."""
    found = await eventually(
        lambda: re.findall(rf"{re.escape(house.url)}{re.escape(path)}[A-Za-z0-9_.~-]+", house.log()),
        lambda links: len(links) == mails,
        what=f"a mail with {path}",
    )
    return str(found[-1])

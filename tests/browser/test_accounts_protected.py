"""What is protected, and what goes wrong, in real Chromium: the step-up dialog, moderators, roles, a server out of
reach.
"""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.accounts import PASSWORD, Person, signed_in_long_ago
from tests.browser.chromium import People
from tests.harmonie_server import HarmonieServer

pytestmark = pytest.mark.browser

WALLET = "0x52908400098527886E0F7030069857D2E4169EE7"


async def test_a_protected_change_waits_for_a_proof(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(width=360, height=740), house)
    await artist.has_account("Barry", "barry@example.org")
    await artist.has_channel("barry")
    await artist.goto("/channels/barry")
    await artist.page.get_by_role("button", name="Get a new key").click()
    asked = artist.page.get_by_role("dialog", name="A new key for barry?")
    replace = asked.get_by_role("button", name="Replace the key")
    proof = artist.page.get_by_role("dialog", name="Confirm that it is you")
    signed_in_long_ago(house)

    await replace.click()
    await expect(proof.get_by_label("Your password")).to_be_focused()
    await artist.page.keyboard.press("Escape")
    await expect(proof).to_be_hidden()
    await expect(asked.get_by_role("alert")).to_contain_text("Not done")
    await expect(replace).to_be_focused()

    await artist.page.keyboard.press("Enter")
    await proof.get_by_label("Your password").fill("not the password at all")
    await artist.page.keyboard.press("Enter")
    await expect(proof.get_by_role("alert")).to_have_text("This is not your password.")
    await artist.confirm_by_password()
    assert len(await artist.secrets()) == 1


async def test_tips_go_where_the_owner_says_after_a_proof(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Mary Lou", "mary@example.org")
    await artist.has_channel("mary-lou")
    await artist.goto("/channels/mary-lou")
    signed_in_long_ago(house)
    payout = artist.page.get_by_role("form", name="Payout wallet")
    await payout.get_by_label("Address").fill(WALLET.replace("E", "e", 1))
    await payout.get_by_role("button", name="Save").click()
    await artist.confirm_by_password()
    await expect(payout.get_by_role("alert")).to_contain_text("mistyped")
    await payout.get_by_label("Address").fill(WALLET)
    await payout.get_by_role("button", name="Save").click()
    await expect(payout.get_by_text("Tips go there from now on")).to_be_visible()
    assert (await house.channel("mary-lou"))["payout_wallet"] == WALLET
    await payout.get_by_role("button", name="Take it away").click()
    await expect(payout.get_by_text("takes no tips")).to_be_visible()


async def test_a_renamed_channel_is_followed_by_everyone(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Sun", "sun@example.org")
    await artist.has_channel("sun-trio")
    fan = Person(await people.tab(), house)
    await fan.goto("/sun-trio")
    await expect(fan.page.get_by_test_id("followers")).to_be_visible()

    await artist.goto("/channels/sun-trio")
    form = artist.page.get_by_role("form", name="Channel name")
    await form.get_by_label("Channel name").fill("Sun Arkestra")
    await form.get_by_role("button", name="Rename").click()
    await artist.page.wait_for_url("**/channels/sun-arkestra")
    await expect(artist.page.get_by_role("heading", name="sun-arkestra", exact=True)).to_be_visible()
    # Whoever waits there already, whoever comes by the old address, and the owner by theirs.
    await fan.page.wait_for_url("**/sun-arkestra")
    await fan.goto("/sun-trio")
    await fan.page.wait_for_url("**/sun-arkestra")
    await artist.goto("/channels/sun-trio")
    await artist.page.wait_for_url("**/channels/sun-arkestra")


async def test_a_deleted_channel_leaves_nothing_to_come_back_to(
    people: People, house: HarmonieServer
) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Bud", "bud@example.org")
    await artist.make_channel("bud")
    await artist.page.get_by_role("link", name="Edit bud").click()
    await artist.page.get_by_role("button", name="Delete bud").click()
    dialog = artist.page.get_by_role("dialog")
    await dialog.get_by_label(re.compile("Type")).fill("bud")
    await dialog.get_by_role("button", name="Delete for good").click()
    await expect(artist.page.get_by_text("None yet.")).to_be_visible()
    await artist.page.go_back()
    await expect(artist.page.get_by_role("heading", name="My channels")).to_be_visible()
    await artist.goto("/channels/bud")
    await expect(artist.page.get_by_test_id("not-found")).to_be_visible()


async def test_moderators_are_named_and_removed(people: People, house: HarmonieServer) -> None:
    helper = Person(await people.tab(), house)
    await helper.has_account("Strayhorn", "billy@example.org")
    artist = Person(await people.tab(), house)
    await artist.has_account("Duke", "duke@example.org")
    await artist.has_channel("duke")
    await artist.goto("/channels/duke")
    card = artist.page.get_by_role("region", name="Moderators")
    await expect(card.get_by_text("Nobody yet.")).to_be_visible()
    await card.get_by_label("Whom to name").fill("Nobody of that name")
    await card.get_by_role("button", name="Name a moderator").click()
    await expect(card.get_by_role("alert")).to_contain_text("Nobody has the id or the name")
    await card.get_by_label("Whom to name").fill("Strayhorn")
    await card.get_by_role("button", name="Name a moderator").click()
    await expect(card.get_by_test_id("moderator")).to_contain_text("Strayhorn")
    await artist.page.reload()
    await card.get_by_role("button", name="Remove Strayhorn").click()
    await expect(card.get_by_text("Nobody yet.")).to_be_visible()


async def test_an_admin_changes_a_role_and_the_log_names_both(people: People, house: HarmonieServer) -> None:
    fan = Person(await people.tab(), house)
    await fan.has_account("Abbey", "abbey@example.org")
    boss = Person(await people.tab(), house)
    await boss.has_account("Norman", "norman@example.org")
    await house.command("user", "admin", "norman@example.org")
    await boss.goto("/admin")
    await boss.page.get_by_label("Search").fill("ABBEY@")
    await expect(boss.page.get_by_test_id("person")).to_have_count(1)
    role = boss.page.get_by_role("combobox", name="Role of Abbey")
    await role.select_option("artist")
    await boss.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(role).to_have_value("user")
    await role.select_option("artist")
    await boss.page.get_by_role("dialog").get_by_role("button", name="Make them: Artist").click()
    await expect(role).to_have_value("artist")
    await boss.goto("/admin/audit")
    entry = boss.page.get_by_test_id("audit-entry").filter(has_text="role_changed").first
    await expect(entry).to_contain_text("Norman")
    await expect(entry).to_contain_text("Abbey")


async def test_signing_out_everywhere_includes_this_device(people: People, house: HarmonieServer) -> None:
    here = Person(await people.tab(), house)
    there = Person(await people.tab(), house)
    await here.has_account("Stan", "stan@example.org")
    await there.sign_in("stan@example.org")
    await there.until_signed_in()
    await here.goto("/settings/sessions")
    await here.page.get_by_role("button", name="Sign out everywhere").click()
    await here.until_signed_out()
    for each in (here, there):
        await each.page.reload()
        await each.until_signed_out()


async def test_a_sign_out_while_offline_reaches_the_server_later(
    people: People, house: HarmonieServer
) -> None:
    fan = Person(await people.tab(), house)
    await fan.has_account("Lester", "lester@example.org")
    other = Person(await people.tab(), house)
    await other.sign_in("lester@example.org")
    await other.until_signed_in()
    await fan.goto("/")
    await fan.until_signed_in()
    await fan.page.context.set_offline(True)
    await fan.sign_out()
    async with fan.page.expect_response(lambda answer: answer.request.method == "DELETE") as told:
        await fan.page.context.set_offline(False)
    assert (await told.value).ok
    await other.goto("/settings/sessions")
    await expect(other.page.get_by_test_id("device")).to_have_count(1)


async def test_a_page_waits_for_a_server_that_is_out_of_reach(people: People, house: HarmonieServer) -> None:
    fan = Person(await people.tab(), house)
    await fan.has_account("Coleman", "coleman@example.org")

    async def refuse(route: Route) -> None:
        await route.abort()

    await fan.page.route("**/api/**", refuse)
    await fan.goto("/settings")
    await expect(fan.page.get_by_text("could not be reached")).to_be_visible()
    await fan.page.unroute("**/api/**")
    await expect(fan.page.get_by_role("form", name="Name", exact=True)).to_be_visible()

    await fan.page.route("**/me/wallets", refuse)
    await fan.page.get_by_role("link", name="Wallets").click()
    await expect(fan.page.get_by_text("could not be reached")).to_be_visible()
    await fan.page.unroute("**/me/wallets")
    await fan.page.get_by_role("button", name="Try again").click()
    await expect(fan.page.get_by_text("None yet.")).to_be_visible()


async def test_a_page_whose_code_cannot_be_fetched_says_so(people: People, house: HarmonieServer) -> None:
    fan = Person(await people.tab(), house)
    await fan.goto("/")
    await fan.page.context.set_offline(True)
    await fan.page.get_by_role("link", name="Studio").first.click()
    await expect(fan.page.get_by_test_id("page-broken")).to_be_visible()
    await fan.page.context.set_offline(False)
    await expect(fan.page.get_by_test_id("studio")).to_be_visible()
    # React reports what was caught; that is no defect of the page.
    people.complaints[:] = [each for each in people.complaints if "preload" not in each]


async def test_a_signed_in_owner_titles_without_a_key(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Carla", "carla@example.org")
    await artist.has_channel("carla")
    await artist.goto("/studio?channel=carla")
    title = artist.page.get_by_role("form", name="Title")
    await title.get_by_label("What are you playing?").fill("Escalator")
    await title.get_by_role("button", name="Save").click()
    await expect(title.get_by_text("Saved.")).to_be_visible()
    assert (await house.channel("carla"))["title"] == "Escalator"


async def test_the_new_key_goes_to_the_studio_by_itself(people: People, house: HarmonieServer) -> None:
    artist = Person(await people.tab(), house)
    await artist.has_account("Geri", "geri@example.org")
    key = await artist.make_channel("geri")
    await artist.page.get_by_role("link", name="Go to the studio with it").click()
    await expect(artist.page.get_by_test_id("stream-key")).to_have_value(key)
    assert key not in artist.page.url
    assert PASSWORD not in await artist.tab.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")

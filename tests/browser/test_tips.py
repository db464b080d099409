"""Tips in real Chromium: wallets that sign for real, a real chain, and what others on the page see of it.

Blocks are mined by the test, so that each state is there to be looked at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from server.demo_chain import find_anvil
from tests.browser.chromium import People
from tests.browser.conftest import Screenshot, Stage
from tests.browser.tipping import Fan, Wallet, pay_out
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer
from tests.tipping.anvil import CHAIN_ID, AnvilProcess, Contract, Jar, Node
from tests.tipping.solidity import CONTRACTS, compiled

COIN = 10**18
GOLD = 10**6
CONFIRMATIONS = 3
ARTIST = 5
"""Which of the chain's accounts."""
STRANGE_CHAIN = 1
ICON = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="


@dataclass(frozen=True)
class Venue:
    """A server that watches a chain with the contract and a token on it; one channel takes tips."""

    server: HarmonieServer
    anvil: AnvilProcess
    node: Node
    jar: Jar
    gold: Contract
    """A token that takes permits."""
    plain: Contract
    """One whose permits nobody can sign for: it does not tell their domain."""
    channel: str = "stage"

    def wallet(self, chain: int = CHAIN_ID) -> Wallet:
        return Wallet(self.anvil.url, CHAIN_ID, chain)

    @property
    def artist(self) -> str:
        return self.node.accounts[ARTIST]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def venue(need: Need, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Venue]:
    binary = find_anvil()
    need(binary is not None, "anvil (scripts/contract --chain)")
    assert binary is not None
    directory = tmp_path_factory.mktemp("venue")
    with AnvilProcess.running(binary) as anvil:
        async with Node.connected(anvil.url) as node:
            jar = await node.deploy_jar()
            coins = compiled(CONTRACTS / "Gold.sol", CONTRACTS / "Hostile.sol")
            gold, plain = [
                Contract(node, await node.deploy(coins[name]["bytecode"])) for name in ("Gold", "Coin")
            ]
            async with HarmonieServer.running(
                directory,
                chain_id=str(CHAIN_ID),
                chain_rpc_url=anvil.url,
                chain_wake_url=anvil.socket_url,
                tip_contract=jar.address,
                tip_confirmations=str(CONFIRMATIONS),
                tip_tokens=f"{gold.address},{plain.address}",
                tip_prices="native=0.42",
                tip_from_block="1",
            ) as server:
                venue = Venue(server, anvil, node, jar, gold, plain)
                await server.add_channel(venue.channel)
                pay_out(directory, venue.channel, venue.artist)
                yield venue


async def test_a_tip_is_on_its_way_then_on_everyones_screen_then_confirmed(
    people: People, venue: Venue, screenshot: Screenshot
) -> None:
    fan, other = Fan(await people.tab(), venue.server), Fan(await people.tab(width=360), venue.server)
    wallet = venue.wallet(STRANGE_CHAIN)
    await wallet.funded(100 * COIN)
    await fan.has_tip_wallet(wallet, icon=ICON)
    for each in (fan, other):
        await each.open(venue.channel)

    owed = await venue.jar.owed(venue.artist)
    line = other.tip_lines.filter(has_text="For the encore")
    await fan.opens_tips()
    assert await fan.page.get_by_test_id("tip-wallet").locator("img").get_attribute("src") == ICON
    await expect(fan.page.get_by_test_id("tip-dialog")).to_have_count(0)
    await fan.sends("1.000000000000000001", "For the encore <b>🎸</b>")
    await expect(fan.progress).to_contain_text("On its way")
    # The wallet did not know the chain.
    assert wallet.chain == CHAIN_ID
    assert "wallet_addEthereumChain" in wallet.asked
    assert wallet.sent[0]["chainId"] == hex(CHAIN_ID)

    await expect(line).to_have_attribute("data-state", "pending")
    await expect(line).to_contain_text("On its way")
    await expect(other.card).to_have_count(0)
    await screenshot(fan.tab, "tip-sent")

    await venue.node.mine()
    # All at once: it is there for some seconds.
    card = other.card.filter(has_text="For the encore <b>🎸</b>").filter(has_text="1 CORE")
    await expect(card.filter(has_text="$0.42")).to_be_visible()
    await expect(line).to_have_attribute("data-state", "seen")
    await screenshot(other.tab, "tip-seen-phone")
    await expect(fan.progress).to_have_attribute("data-fate", "mined")
    await venue.node.mine(CONFIRMATIONS - 1)
    await expect(fan.progress).to_contain_text("Thank you")
    await expect(line).to_have_attribute("data-state", "confirmed")
    assert await venue.jar.owed(venue.artist) == owed + COIN + 1
    await fan.page.get_by_test_id("tip-close").click()
    await expect(fan.page.get_by_test_id("top-tipper").filter(has_text="$0.42")).to_be_visible()


async def test_what_goes_wrong_is_said_in_words(people: People, venue: Venue) -> None:
    fan = Fan(await people.tab(), venue.server)
    wallet = venue.wallet()
    await wallet.funded(2 * COIN)
    await fan.has_tip_wallet(wallet)
    await fan.open(venue.channel)
    await fan.opens_tips()

    wallet.declines = True
    await fan.sends("1")
    await expect(fan.progress.get_by_role("alert")).to_contain_text("You declined in your wallet")
    wallet.declines = False
    await fan.sends("50")
    await expect(fan.progress.get_by_role("alert")).to_contain_text("does not hold enough")
    await fan.page.get_by_test_id("tip-amount").fill("1,5")
    await expect(fan.page.get_by_role("dialog")).to_contain_text("Write decimals with a point")
    await fan.page.get_by_test_id("tip-message").fill("é" * 251)
    await expect(fan.page.get_by_test_id("tip-bytes")).to_have_text("502 of 500 bytes: too long")
    await expect(fan.page.get_by_test_id("tip-send")).to_have_attribute("aria-disabled", "true")

    # The contract is paused in the block that would have held the tip.
    await fan.sends("1", "too late")
    await expect(fan.progress).to_contain_text("On its way")
    await venue.node.call(
        "eth_sendTransaction",
        {
            "from": venue.node.accounts[0],
            "to": venue.jar.address,
            "data": "0x8456cb59",  # pause()
            "gas": hex(100_000),
            "gasPrice": hex(10**12),
        },
    )
    await venue.node.mine()
    await expect(fan.progress.get_by_role("alert")).to_contain_text("did not go through")
    await expect(fan.progress.get_by_role("alert")).to_contain_text("paused")
    await expect(fan.tip_lines.filter(has_text="too late")).to_have_count(0)
    await fan.page.get_by_test_id("tip-again").click()
    await fan.sends("1")
    await expect(fan.progress.get_by_role("alert")).to_contain_text("New tips are paused")
    await venue.jar.send("unpause()")

    # The wallet takes the tip back with another transaction of the same number.
    await fan.sends("1", "not any more")
    await expect(fan.progress).to_contain_text("On its way")
    nonce = wallet.sent[-1]["nonce"]
    cancel = {"to": wallet.account.address, "data": "0x", "gas": hex(21_000)}
    await wallet.send(cancel, nonce=nonce, gasPrice=10**12)
    await venue.node.mine()
    await expect(fan.progress.get_by_role("alert")).to_contain_text("cancelled")
    await expect(fan.tip_lines.filter(has_text="not any more")).to_have_count(0)


async def test_a_tip_that_the_chain_drops_vanishes(people: People, venue: Venue) -> None:
    other = Fan(await people.tab(), venue.server)
    await other.open(venue.channel)
    await venue.jar.tip(venue.artist, COIN, message="gone soon")
    await venue.node.mine()
    line = other.tip_lines.filter(has_text="gone soon")
    await expect(line).to_have_count(1)
    await expect(other.card).to_contain_text("gone soon")
    await venue.node.drop(1)
    await venue.node.mine_elsewhere()
    await venue.node.mine()
    await expect(line).to_have_count(0)
    await expect(other.card.filter(has_text="gone soon")).to_have_count(0)


async def test_the_artist_hides_a_message_and_shows_it_again(people: People, venue: Venue) -> None:
    artist, other = Fan(await people.tab(), venue.server), Fan(await people.tab(), venue.server)
    await artist.has_account("Mary", "mary@example.org")
    await artist.has_channel("mary")
    pay_out(venue.server.directory, "mary", venue.artist)
    for each in (artist, other):
        await each.open("mary")
    number = await artist.page.evaluate(
        "fetch('/api/v1/channels/mary/tipping').then((answer) => answer.json()).then(({channel}) => channel)"
    )
    for count in range(35):
        await venue.jar.tip(venue.artist, COIN + count, channel=number, message=f"tip {count}.")
    await venue.node.mine()
    line = other.tip_lines.filter(has_text="tip 34.")
    await expect(line).to_be_visible()
    await artist.tip_lines.filter(has_text="tip 34.").get_by_role("button", name="Hide the message").click()
    await expect(other.tip_lines.filter(has_text="The message is hidden")).to_have_count(1)
    await expect(line).to_have_count(0)
    hidden = artist.tip_lines.filter(has_text="The message is hidden")
    await hidden.get_by_role("button", name="Read it").click()
    await expect(artist.page.get_by_test_id("tip-withheld")).to_have_text("tip 34.")
    await hidden.get_by_role("button", name="Show it to everyone").click()
    await expect(line).to_be_visible()
    # The room tells of the last 30; the others are fetched.
    await other.page.reload()
    await other.until_joined()
    await expect(line).to_be_visible()
    await other.page.get_by_test_id("lines").focus()
    await other.page.keyboard.press("Home")
    await expect(other.tip_lines.filter(has_text="tip 0.")).to_be_visible()


async def test_a_token_with_permits_takes_one_transaction(people: People, venue: Venue) -> None:
    fan = Fan(await people.tab(), venue.server)
    wallet = venue.wallet()
    await wallet.funded(COIN)
    await venue.gold.send("make(address,uint256)", wallet.account.address, 5 * GOLD)
    await fan.has_tip_wallet(wallet)
    await fan.open(venue.channel)
    await fan.opens_tips()
    await fan.page.get_by_test_id("tip-coin").select_option(venue.gold.address)
    await fan.sends("2.5", "in gold")
    await expect(fan.progress).to_contain_text("On its way")
    assert wallet.asked.count("eth_sendTransaction") == 1
    assert "eth_signTypedData_v4" in wallet.asked
    await venue.node.mine()
    await expect(fan.tip_lines.filter(has_text="2.5 GOLD")).to_have_count(1)
    assert await venue.jar.owed(venue.artist, venue.gold.address) == 2_500_000


async def test_a_token_without_permits_takes_two_transactions(people: People, venue: Venue) -> None:
    fan = Fan(await people.tab(), venue.server)
    wallet = venue.wallet()
    await wallet.funded(COIN)
    await venue.plain.send("make(address,uint256)", wallet.account.address, 5 * COIN)
    await fan.has_tip_wallet(wallet)
    await fan.open(venue.channel)
    dialog = await fan.opens_tips()
    await fan.page.get_by_test_id("tip-coin").select_option(venue.plain.address)
    await expect(dialog).to_contain_text("goes in two transactions")
    await fan.sends("3")
    await expect(fan.progress).to_contain_text("The permission is on its way")
    await venue.node.mine()
    await expect(fan.progress).to_contain_text("It shows on the stream as soon as it is in a block")
    await venue.node.mine()
    await expect(fan.progress).to_have_attribute("data-fate", "mined")
    assert wallet.asked.count("eth_sendTransaction") == 2
    assert await venue.jar.owed(venue.artist, venue.plain.address) == 3 * COIN


async def test_who_has_no_wallet_is_told_how_to_get_one(
    people: People, venue: Venue, screenshot: Screenshot
) -> None:
    fan = Fan(await people.tab(width=360), venue.server)
    await fan.open(venue.channel)
    dialog = await fan.opens_tips()
    await expect(dialog.get_by_test_id("tip-contract")).to_have_text(venue.jar.address)
    await expect(dialog.get_by_role("img", name="Code for a phone")).to_be_visible()
    await screenshot(fan.tab, "tip-no-wallet-phone")
    await fan.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_where_there_is_no_chain_there_is_nothing_of_tips(people: People, stage: Stage) -> None:
    fan = Fan(await people.tab(), stage.server)
    await fan.open(stage.channel)
    await expect(fan.page.get_by_test_id("follow")).to_be_visible()
    for each in ("tip", "tip-small", "leaderboard", "goal"):
        await expect(fan.page.get_by_test_id(each)).to_have_count(0)


async def test_the_demonstrations_wallet_tips_in_two_clicks(
    people: People, need: Need, tmp_path: Path, screenshot: Screenshot
) -> None:
    need(find_anvil() is not None, "anvil (scripts/contract --chain)")
    async with HarmonieServer.running(tmp_path, demo="true", demo_artist="false", demo_fan_s="0") as server:
        fan, other = Fan(await people.tab(), server), Fan(await people.tab(), server)
        for each in (fan, other):
            await each.open("demo")
        await fan.page.get_by_test_id("tip").click()
        await expect(fan.page.get_by_test_id("tip-demo")).to_contain_text("worth nothing")
        await fan.page.get_by_test_id("tip-send").click()
        await expect(other.card).to_be_visible()
        await screenshot(other.tab, "tip-demo")
        await expect(fan.progress).to_contain_text("Thank you")

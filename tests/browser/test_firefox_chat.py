"""Two people chat in real Firefox, on another host than the server and without HTTPS, as in a house's own network."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.browser.accounts import PASSWORD
from tests.browser.conftest import STAGE
from tests.browser.firefox import Firefox, FirefoxTab, driver_installed, find_firefox
from tests.browser.namespaces import SERVER_ADDRESS, joined_hosts, why_impossible
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually

pytestmark = pytest.mark.browser

COMPOSER = "[data-testid=composer]"


class FirefoxChatter:
    """Somebody at a page with a chat, in Firefox."""

    def __init__(self, tab: FirefoxTab, server: HarmonieServer) -> None:
        self.tab = tab
        self._server = server

    async def sign_up(self, name: str) -> None:
        await self.tab.goto(f"{self._server.url}/signup")
        await self.until("input[autocomplete=nickname]")
        await self.tab.type("input[autocomplete=nickname]", name)
        await self.tab.type("input[type=email]", f"{name.lower()}@example.org")
        await self.tab.type("input[autocomplete=new-password]", f"{PASSWORD}\n")
        await self.until("[data-testid=account]")

    async def open_chat(self) -> None:
        await self.tab.goto(f"{self._server.url}/{STAGE}/chat")
        await self.until(COMPOSER)

    async def say(self, text: str) -> None:
        await self.tab.type(COMPOSER, f"{text}\n")

    async def lines(self) -> list[str]:
        script = "[...document.querySelectorAll('.line-text')].map((line) => line.textContent)"
        found: list[str] = await self.tab.evaluate(script)
        return found

    async def sees(self, *texts: str) -> None:
        """Exactly these lines, in this order."""
        await eventually(self.lines, lambda seen: seen == list(texts), what=f"the lines {texts}")

    async def until(self, selector: str) -> None:
        await eventually(
            lambda: self.tab.evaluate(f"document.querySelector('{selector}') !== null"), what=selector
        )


@pytest_asyncio.fixture(loop_scope="session")
async def chatters(
    need: Need, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[FirefoxChatter, FirefoxChatter]]:
    executable = find_firefox()
    need(executable is not None, "Firefox (package firefox-esr)")
    need(driver_installed(), "Firefox's driver (npm ci in tests/browser)")
    missing = why_impossible()
    need(missing is None, str(missing))
    assert executable is not None
    directory = tmp_path_factory.mktemp("house")
    with joined_hosts() as wire:
        async with (
            HarmonieServer.running(directory, host=SERVER_ADDRESS, prefix=wire.at_server) as server,
            # No host counts as secure.
            Firefox.launch(executable, secure_host="", prefix=wire.at_viewer) as firefox,
        ):
            await server.add_channel(STAGE)
            nina, ella = [FirefoxChatter(await firefox.tab(apart=True), server) for _ in range(2)]
            yield nina, ella
            await firefox.close_tabs()


async def test_two_people_chat_and_a_reload_keeps_the_history(
    chatters: tuple[FirefoxChatter, FirefoxChatter],
) -> None:
    nina, ella = chatters
    for each, name in ((nina, "Nina"), (ella, "Ella")):
        await each.sign_up(name)
        await each.open_chat()
    await nina.say("good evening")
    await ella.sees("good evening")
    await ella.say("what a sound, @Nina")
    await nina.sees("good evening", "what a sound, @Nina")
    await nina.until(".line[data-mentioned]")

    await ella.tab.reload()
    await ella.until(COMPOSER)
    await ella.sees("good evening", "what a sound, @Nina")
    await nina.say("welcome back")
    await ella.sees("good evening", "what a sound, @Nina", "welcome back")

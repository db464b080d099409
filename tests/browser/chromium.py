"""Chromium for the tests: where it is, how it is started, its pages as `Tab`s."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.browser.material import Material
from tests.browser.pages import PROBE

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same browser without windows: a page in it costs a third of the processor's time."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages that are not in front still play and send at full rate.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
CRASH_WITHIN_S = 10.0
CONSOLE_LINES = 6
_ADDRESSES = count(1)
EXPECTED_COMPLAINTS = (
    # For every answer of 400 and above, such as 409 for a channel that is not live.
    "Failed to load resource",
    # The event socket, while there is no server or no network.
    "Error in connection establishment: net::ERR_",
    # The same, from a server that is stopping, or that was killed in the middle of it.
    "Error during WebSocket handshake: Unexpected response code: 503",
    "Error during WebSocket handshake: net::ERR_",
    "Connection closed before receiving a handshake response",
)
"""What Chromium itself writes to the console in the course of things."""


def find_chromium() -> str | None:
    """The executable, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name)) is not None), None)


@contextlib.asynccontextmanager
async def launch_chromium(executable: str, material: Material) -> AsyncIterator[Browser]:
    """A browser whose camera and microphone play `material`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable,
            args=[
                *FLAGS,
                f"--use-file-for-fake-video-capture={material.picture}",
                f"--use-file-for-fake-audio-capture={material.sound}",
            ],
        )
        try:
            yield browser
        finally:
            await browser.close()


class ChromiumTab:
    """A `Tab` over a Playwright page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def goto(self, url: str) -> None:
        await self.page.goto(url)

    async def reload(self) -> None:
        await self.page.reload()

    async def evaluate(self, expression: str) -> Any:
        return await self.page.evaluate(f"() => ({expression})")

    async def click(self, selector: str) -> None:
        await self.page.click(selector)

    async def select(self, selector: str, value: str) -> None:
        await self.page.select_option(selector, value)

    async def close(self) -> None:
        await self.page.close()

    async def crash(self) -> None:
        """The page's process dies: no goodbye of any kind."""
        crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.page.once("crash", lambda _page: crashed.set_result(None))
        session = await self.page.context.new_cdp_session(self.page)
        command = asyncio.create_task(session.send("Page.crash"))
        await asyncio.wait_for(crashed, CRASH_WITHIN_S)
        command.cancel()  # its answer can never come


@dataclass
class People:
    """Opens pages, each for a person with a browser profile of their own, and notes what pages complain of."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=CONSOLE_LINES))
    """The last that pages wrote to their consoles."""
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def tab(self, *, width: int = 1280, height: int = 800, touch: bool = False) -> ChromiumTab:
        # An address of their own, for servers that believe the proxy: sign-ins are limited by address.
        number = next(_ADDRESSES)
        context = await self.browser.new_context(
            permissions=["camera", "microphone"],
            viewport={"width": width, "height": height},
            has_touch=touch,
            is_mobile=touch,
            extra_http_headers={"X-Forwarded-For": f"10.{number >> 8 & 255}.{number & 255}.1"},
        )
        self._contexts.append(context)
        await context.add_init_script(path=PROBE)
        page = await context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: dialog.accept())
        return ChromiumTab(page)

    async def small_tab(self) -> ChromiumTab:
        """For whom only plays or sends: drawing a moving picture large takes more than decoding it."""
        return await self.tab(width=640, height=480)

    async def leave(self) -> None:
        """Close everything that was opened."""
        for context in self._contexts:
            await context.close()
        self._contexts = []

    def whereabouts(self) -> list[str]:
        """The addresses of all open pages."""
        return [page.url for context in self._contexts for page in context.pages]

    def _console(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")
        if message.type == "error" and not any(each in message.text for each in EXPECTED_COMPLAINTS):
            self.complaints.append(f"{message.page.url if message.page else ''}: {message.text}")

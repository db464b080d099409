"""What a person does and sees in a chat, and many people at once who chat without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from playwright.async_api import Locator, expect

from tests.browser.accounts import PASSWORD, STEP_MS, Person
from tests.harmonie_server import HarmonieServer


class Chatter(Person):
    """Somebody at a page with a chat."""

    async def open(self, channel: str, within: str = "") -> None:
        await self.goto(f"/{channel}{within}")
        await self.until_joined()

    async def listens_on(self, path: str) -> None:
        """On a page without a chat, until the event socket is in the person's own room: what is missed is not told."""
        joined = asyncio.get_running_loop().create_future()

        def heard(frame: str | bytes) -> None:
            messages = json.loads(frame)
            if not joined.done() and any(
                (each["type"], each.get("room")) == ("joined", "me") for each in messages
            ):
                joined.set_result(None)

        self.page.on("websocket", lambda socket: socket.on("framereceived", heard))
        await self.goto(path)
        await asyncio.wait_for(joined, STEP_MS / 1000)

    async def until_joined(self) -> None:
        await expect(self.page.locator("[data-testid=chat][data-state=joined]")).to_be_visible()

    @property
    def lines(self) -> Locator:
        """Those in the document: what is seen, and a little around it."""
        return self.page.get_by_test_id("line")

    def line(self, text: str) -> Locator:
        return self.lines.filter(has=self.page.locator(".line-text", has_text=text))

    async def sees(self, text: str) -> None:
        await expect(self.line(text)).to_be_visible()

    async def sees_not(self, text: str) -> None:
        await expect(self.line(text)).to_have_count(0)

    async def write(self, text: str) -> None:
        """Into the field, without sending."""
        await self.page.get_by_test_id("composer").fill(text)

    async def say(self, text: str) -> None:
        await self.write(text)
        await self.page.get_by_test_id("composer").press("Enter")

    async def menu(self, text: str) -> Locator:
        """The menu of a line, opened by the mouse."""
        await self.line(text).click(button="right", position={"x": 4, "y": 4})
        menu = self.page.get_by_test_id("menu")
        await expect(menu).to_be_visible()
        return menu

    async def choose(self, text: str, item: str) -> None:
        """An item of a line's menu."""
        await (await self.menu(text)).get_by_role("menuitem", name=item, exact=True).click()

    @property
    def barrier(self) -> Locator:
        return self.page.get_by_test_id("barrier")

    @property
    def strip(self) -> Locator:
        return self.page.get_by_test_id("chat-strip")


class Voice:
    """A person without a browser, over the event socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, channel: str) -> None:
        self._socket = socket
        self._channel = channel
        self._ids = itertools.count(1)
        self._turn = asyncio.Lock()

    async def command(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return its answer; everything else that comes is passed over."""
        async with self._turn:
            number = next(self._ids)
            await self._socket.send_json({"type": type_, "id": number, **fields})
            while True:
                for message in await self._socket.receive_json(timeout=10):
                    if message.get("id") == number:
                        answer: dict[str, Any] = message
                        return answer

    async def say(self, text: str) -> dict[str, Any]:
        return await self.command("say", room=self._channel, text=text, key=f"{id(self)}-{next(self._ids)}")


@contextlib.asynccontextmanager
async def voices(server: HarmonieServer, channel: str, names: list[str]) -> AsyncIterator[list[Voice]]:
    """People with accounts of their own, in the channel's room."""
    async with aiohttp.ClientSession() as http, contextlib.AsyncExitStack() as stack:
        found = []
        for name in names:
            token = await _token(http, server, name)
            socket = await stack.enter_async_context(
                http.ws_connect(f"{server.url}/ws", protocols=["harmonie.json"])
            )
            voice = Voice(socket, channel)
            assert (await voice.command("authenticate", token=token))["type"] == "authenticated"
            assert (await voice.command("join", room=channel))["type"] == "joined"
            found.append(voice)
        yield found


async def _token(http: aiohttp.ClientSession, server: HarmonieServer, name: str) -> str:
    credentials = {"email": f"{name.lower()}@example.org", "password": PASSWORD}
    async with http.post(f"{server.url}/api/v1/users", json={**credentials, "display_name": name}) as answer:
        assert answer.status == 202, await answer.text()
    async with http.post(f"{server.url}/api/v1/session", json=credentials) as answer:
        token: str = (await answer.json())["session"]["access_token"]
    return token


async def at_rate(per_second: float, calls: int, call: Any) -> None:
    """`call(number)` so many times, evenly, without waiting for answers longer than that."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    running = set()
    for number in range(calls):
        await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
        task = asyncio.ensure_future(call(number))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)

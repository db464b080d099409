"""Firefox for the tests: its pages as `Tab`s, driven by `firefox_driver.mjs` in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from tests.browser.pages import PROBE

HERE = Path(__file__).parent
DRIVER = HERE / "firefox_driver.mjs"
READY_WITHIN_S = 60.0
ANSWER_WITHIN_S = 30.0
MAX_ANSWER_BYTES = 1 << 20


def find_firefox() -> str | None:
    """The executable, if there is one."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


def driver_installed() -> bool:
    """Whether `npm ci` was done in this directory, and there is Node.js to run it."""
    return (HERE / "node_modules" / "puppeteer-core").exists() and shutil.which("node") is not None


class Firefox:
    """A running Firefox; `launch` is the way in."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._tabs: list[FirefoxTab] = []
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def launch(
        cls, executable: str, *, secure_host: str, prefix: Sequence[str]
    ) -> AsyncIterator[Firefox]:
        """`prefix` is what the driver is run by; pages of `secure_host` may use devices as if it had HTTPS."""
        process = await asyncio.create_subprocess_exec(
            *(*prefix, "node", str(DRIVER), executable, str(PROBE), secure_host),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=HERE,
            limit=MAX_ANSWER_BYTES,
        )
        firefox = cls(process)
        try:
            assert process.stdout is not None
            ready = await asyncio.wait_for(process.stdout.readline(), READY_WITHIN_S)
            assert ready, "Firefox did not start"
            firefox._reader = asyncio.create_task(firefox._read())
            yield firefox
        finally:
            await firefox._end()

    async def tab(self, *, apart: bool = False) -> FirefoxTab:
        """`apart`: with cookies and storage of its own, as another person's browser."""
        tab = FirefoxTab(self, next(self._numbers))
        self._tabs.append(tab)
        await self.command("open", tab=tab.number, apart=apart)
        return tab

    async def close_tabs(self) -> None:
        """Close every page, so that what it held is given back."""
        for tab in self._tabs:
            await tab.close()
        self._tabs = []

    async def command(self, command: str, **given: Any) -> Any:
        """Have the driver do something; raises `RuntimeError` with its words when that failed."""
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "command": command, **given}).encode() + b"\n")
        return await asyncio.wait_for(waiting, ANSWER_WITHIN_S)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            waiting = self._waiting.pop(answer["id"])
            if waiting.done():  # nobody waits any more
                continue
            if "error" in answer:
                waiting.set_exception(RuntimeError(answer["error"]))
            else:
                waiting.set_result(answer["value"])

    async def _end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), ANSWER_WITHIN_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()


class FirefoxTab:
    """A `Tab` over one page."""

    def __init__(self, firefox: Firefox, number: int) -> None:
        self.number = number
        self._firefox = firefox

    async def goto(self, url: str) -> None:
        await self._firefox.command("goto", tab=self.number, url=url)

    async def reload(self) -> None:
        await self._firefox.command("reload", tab=self.number)

    async def evaluate(self, expression: str) -> Any:
        return await self._firefox.command("evaluate", tab=self.number, expression=expression)

    async def click(self, selector: str) -> None:
        await self._firefox.command("click", tab=self.number, selector=selector)

    async def type(self, selector: str, text: str) -> None:
        """Key by key; a line break is the Enter key."""
        await self._firefox.command("type", tab=self.number, selector=selector, text=text)

    async def select(self, selector: str, value: str) -> None:
        await self._firefox.command("select", tab=self.number, selector=selector, value=value)

    async def close(self) -> None:
        await self._firefox.command("close", tab=self.number)

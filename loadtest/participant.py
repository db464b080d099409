"""Somebody in a room for the length of a run, over as many connections as it takes: who is cut off comes back.

It comes back as a page does: where it was, after a wait that grows, as the same guest or person. A line that was not
answered is said again with its key, so that it is there once however often the server went away.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from loadtest.chat_socket import ChatSocket, Place, SocketStats
from loadtest.errors import CommandRefused, ConnectError, LoadtestError
from loadtest.fans import Fan, Fans
from loadtest.measures import Measures

FIRST_WAIT_S = 0.3
LONGEST_WAIT_S = 5.0
SAY_WITHIN_S = 45.0
"""How long a line is tried again; a server may take that long to restart."""
LOOK_EVERY_S = 5.0
PASSING = frozenset({"bus_unavailable", "storage_unavailable", "not_joined"})
"""Refusals after which the same line, with the same key, may be said again."""

Looking = Callable[[list[dict[str, Any]]], None]


class Participant:
    """`come`, then `stay`; meanwhile `command`s."""

    def __init__(
        self,
        url: str,
        room: str,
        measures: Measures,
        *,
        headers: dict[str, str],
        guest: str = "",
        fan: Fan | None = None,
        fans: Fans | None = None,
        on_messages: Looking | None = None,
        chance: random.Random,
    ) -> None:
        self._url = url
        self._room = room
        self._measures = measures
        self._headers = headers
        self._guest = guest
        self._guest_token = ""
        self._fan = fan
        self._fans = fans
        self._on_messages = on_messages
        self._chance = chance
        self._socket: ChatSocket | None = None
        self._here = asyncio.Event()
        self._before: list[SocketStats] = []

    @property
    def is_here(self) -> bool:
        return self._socket is not None and not self._socket.closed.is_set()

    @property
    def place(self) -> Place | None:
        return None if self._socket is None else self._socket.place

    @property
    def stats(self) -> SocketStats:
        """Over all connections."""
        total = SocketStats()
        for each in [*self._before, *([self._socket.stats] if self._socket else [])]:
            total.events += each.events
            total.missed += each.missed
            total.repeated += each.repeated
            total.resets += each.resets
        return total

    async def come(self) -> None:
        """Raises `ConnectError`, `OSError`, `TimeoutError`."""
        headers = dict(self._headers)
        if self._fan is not None:
            if self._fan.is_stale and self._fans is not None:
                await self._fans.renew(self._fan)
            headers["Authorization"] = f"Bearer {self._fan.token}"
        socket = await ChatSocket.connect(
            self._url, self._room, headers=headers, on_messages=self._on_messages, since=self.place
        )
        try:
            if self._guest:
                token = {"token": self._guest_token} if self._guest_token else {}
                answer = await socket.command("guest", name=self._guest, **token)
                self._guest_token = str((answer.get("result") or {}).get("token") or "")
        except BaseException:
            socket.abort()
            raise
        if self._socket is not None:
            self._before.append(self._socket.stats)
        self._socket = socket
        self._here.set()

    async def stay(self, until: asyncio.Task[None]) -> None:
        """Returns when `until` is done; comes back whenever it is cut off before."""
        while not until.done():
            assert self._socket is not None
            closed = asyncio.ensure_future(self._socket.closed.wait())
            try:
                await asyncio.wait([closed, until], timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
            finally:
                closed.cancel()
            if self._socket.closed.is_set() and not until.done():
                self._measures.count("chat_cut", time.time())
                await self._come_back(until)
            elif self._fan is not None and self._fans is not None and self._fan.is_stale:
                await self._renew(self._fan, self._fans)

    async def say(self, text: str, key: str) -> dict[str, Any]:
        """The result. Raises `ConnectError`: what became of the line is not known; `CommandRefused`: there is none."""
        deadline_s = time.monotonic() + SAY_WITHIN_S
        while True:
            try:
                answer = await self.command("say", text=text, key=key)
                return answer.get("result") or {}
            except LoadtestError as error:
                is_over = time.monotonic() > deadline_s
                if isinstance(error, CommandRefused) and error.code not in PASSING:
                    raise
                if is_over:
                    raise
            self._measures.count("lines_said_again", time.time())
            await asyncio.sleep(self._chance.uniform(0.2, 0.6))
            await asyncio.wait_for(self._here.wait(), max(0.1, deadline_s - time.monotonic()))

    async def command(self, kind: str, /, **fields: object) -> dict[str, Any]:
        """Raises `ConnectError`."""
        if self._socket is None or self._socket.closed.is_set():
            raise ConnectError("not connected")
        return await self._socket.command(kind, **fields)

    def leave(self) -> None:
        """Says goodbye."""
        if self._socket is not None:
            self._socket.close()

    async def _come_back(self, until: asyncio.Task[None]) -> None:
        self._here.clear()
        began_s, wait_s = time.monotonic(), FIRST_WAIT_S
        while not until.done():
            await asyncio.wait([until], timeout=self._chance.uniform(wait_s / 2, wait_s * 1.5))
            try:
                await self.come()
            except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError):
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
                continue
            assert self._socket is not None
            self._measures.count("chat_came_back", time.time())
            self._measures.count("chat_recovered", time.time(), int(self._socket.recovered))
            self._measures.observe("chat_away_us", time.time(), int((time.monotonic() - began_s) * 1e6))
            return

    async def _renew(self, fan: Fan, fans: Fans) -> None:
        try:
            await fans.renew(fan)
            assert self._socket is not None
            await self._socket.authenticate(fan.token)
        except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError) as error:
            self._measures.count(f"chat failure: {error}"[:120], time.time())

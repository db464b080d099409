"""Those who chat, of one process: event sockets that listen; some of them write, and every line is followed to all.

A line carries the time it was sent at. Losses are exact: each connection counts the room's offsets, and the first
listener of the process looks for every line that its writers were told is accepted.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from typing import Any

from loadtest.arrivals import Visit, plan_visits, share_of
from loadtest.chat_socket import ChatSocket
from loadtest.errors import LoadtestError
from loadtest.measures import Measures
from loadtest.scenario import Chatters as ChattersPart
from loadtest.stage_time import RunClock, play_visits

SETTLE_S = 3.0
"""After the end, for what is still on its way."""
SAMPLE_EVERY = 25
"""One connection of so many decodes what it gets, and measures latency."""


class Chatters:
    """`headers_of` gives the handshake's extra headers for a connection's number."""

    def __init__(
        self,
        url: str,
        room: str,
        part: ChattersPart,
        measures: Measures,
        clock: RunClock,
        *,
        worker: int,
        workers: int,
        seed: int,
        is_spread: bool,
    ) -> None:
        self._url = url
        self._room = room
        self._part = part
        self._measures = measures
        self._clock = clock
        self._worker = worker
        self._workers = workers
        self._seed = seed
        self._is_spread = is_spread
        self._run = secrets.token_hex(3)
        self._sockets: dict[int, ChatSocket] = {}
        self._writers: list[ChatSocket] = []
        self._observer: ChatSocket | None = None
        self._seen: Counter[str] = Counter()
        self._accepted: list[str] = []
        self._refused = 0

    async def play(self) -> None:
        """Returns a moment after the end, with everything noted."""
        visits = plan_visits(self._part.crowd, duration_s=self._clock.duration_s, seed=self._seed)
        mine = share_of(visits, self._worker, self._workers)
        tasks = [asyncio.create_task(self._note_levels()), asyncio.create_task(self._write())]
        tasks += [
            asyncio.create_task(self._burst(burst.at_s, burst.lines, burst.text))
            for burst in self._part.bursts
        ]
        try:
            await play_visits(mine, self._clock, self._visit, self._measures.crashed)
        finally:
            for task in tasks:
                task.cancel()
            self._close()

    async def _visit(self, visit: Visit) -> None:
        count = self._measures.count
        count("chat_joins_begun", time.time())
        is_writer = visit.number < self._part.writers
        is_sample = is_writer or visit.number // self._workers % SAMPLE_EVERY == 0
        began_s = time.monotonic()
        try:
            socket = await ChatSocket.connect(
                self._url,
                self._room,
                headers=self._headers(visit.number),
                on_messages=self._looked_into if is_sample and not is_writer else None,
            )
            if is_writer:
                await socket.command("guest", name=f"Fan {self._run} {visit.number}")
        except (LoadtestError, OSError, TimeoutError) as error:
            count(f"chat failure: {error or type(error).__name__}"[:120], time.time())
            return
        self._measures.observe("chat_join_us", time.time(), int((time.monotonic() - began_s) * 1e6))
        count("chat_joins_done", time.time())
        self._sockets[visit.number] = socket
        if is_writer:
            self._writers.append(socket)
        elif self._observer is None and is_sample:
            self._observer = socket
            self._accepted.clear()  # what was written before is not for it
        await self._clock.until(visit.leave_s + SETTLE_S)
        if socket.closed.is_set():
            count("chat_cut", time.time())

    def _headers(self, number: int) -> dict[str, str]:
        """Behind a trusted proxy's word, each comes from an address of their own."""
        return (
            {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
            if self._is_spread
            else {}
        )

    async def _write(self) -> None:
        rate_per_s = self._part.lines_per_s / self._workers
        if not rate_per_s:
            return
        number = 0
        began_s = self._clock.now_s()
        while not self._clock.is_over:
            number += 1
            await self._clock.until(began_s + number / rate_per_s)
            if self._writers and not self._clock.is_over:
                asyncio.create_task(self._say(self._writers[number % len(self._writers)], "la la la"))  # noqa: RUF006

    async def _burst(self, at_s: float, lines: int, text: str) -> None:
        await self._clock.until(at_s)
        for number in range(self._worker, lines, self._workers):
            if self._writers:
                asyncio.create_task(self._say(self._writers[number % len(self._writers)], text))  # noqa: RUF006

    async def _say(self, writer: ChatSocket, text: str) -> None:
        key = secrets.token_hex(8)
        sent_ns = time.time_ns()
        self._measures.count("lines_sent", time.time())
        try:
            answer = await writer.command("say", text=f"{text} {key} {sent_ns}", key=key)
        except LoadtestError as error:
            self._measures.count("lines_refused", time.time())
            self._measures.count(f"chat failure: {error}"[:120], time.time())
            return
        now_s = time.time()
        self._measures.count("lines_accepted", now_s)
        self._measures.observe("say_us", now_s, (time.time_ns() - sent_ns) // 1000)
        result = answer.get("result") or {}
        if self._observer is not None and "message" in result:
            self._accepted.append(str(result["message"]["id"]))

    def _looked_into(self, messages: list[dict[str, Any]]) -> None:
        now_ns = time.time_ns()
        for message in messages:
            data = message.get("data")
            if message["type"] != "event" or not isinstance(data, dict) or data.get("type") != "said":
                continue
            words = str(data["message"]["text"]).rsplit(" ", 2)
            if len(words) == 3 and words[2].isdigit():
                self._measures.observe("chat_us", now_ns / 1e9, (now_ns - int(words[2])) // 1000)
            self._seen[str(data["message"]["id"])] += 1

    async def _note_levels(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            now_s = time.time()
            self._measures.level(
                "chatters", now_s, sum(not each.closed.is_set() for each in self._sockets.values())
            )

    def _close(self) -> None:
        now_s = time.time()
        count = self._measures.count
        sockets = list(self._sockets.values())
        last = max((each.offset for each in sockets), default=0)
        stayed = [each for each in sockets if not each.closed.is_set()]
        count("events_received", now_s, sum(each.stats.events for each in sockets))
        count("events_missed", now_s, sum(each.stats.missed + (last - each.offset) for each in stayed))
        count("events_repeated", now_s, sum(each.stats.repeated for each in sockets))
        if self._observer is not None and not self._observer.closed.is_set():
            listeners = self._listeners()
            seen = self._seen
            count("lines_checked", now_s, len(self._accepted))
            count("lines_missed", now_s, sum(line not in seen for line in self._accepted))
            count("lines_repeated", now_s, sum(times > listeners for times in seen.values()))
        count("lines_missed", now_s, sum(each.stats.missed + (last - each.offset) for each in stayed))
        for each in sockets:
            each.close()

    def _listeners(self) -> int:
        return sum(
            number // self._workers % SAMPLE_EVERY == 0 and number >= self._part.writers
            for number in self._sockets
        )

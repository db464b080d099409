"""Those who chat, of one process: event sockets that listen; some of them write or react, and every line is followed.

A line carries the time it was sent at. Losses are exact: each connection counts the room's offsets, and a few listeners
of the process look for every line and every reaction that its writers were told is accepted.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import aiohttp

from loadtest.addresses import CHATTERS, forwarded_for
from loadtest.arrivals import Visit, plan_visits, share_of
from loadtest.chat_socket import Place
from loadtest.errors import LoadtestError
from loadtest.fans import Fan, Fans
from loadtest.lines import Accepted, LineLog, lines_of
from loadtest.measures import Measures
from loadtest.participant import Looking, Participant
from loadtest.reactions import Reactions
from loadtest.scenario import Chatters as ChattersPart
from loadtest.stage_time import RunClock, play_visits

FLIGHT_S = 1.0
SETTLE_S = 3.0
"""After the end, for what is not answered yet; then `FLIGHT_S` for events on their way."""
SAMPLE_EVERY = 25
"""One connection of so many decodes what it gets, and measures latency."""
REMOVE_WITHIN_S = 10.0
"""For the accounts of the run, whatever the server does."""
LOGS_MAX = 4
"""So many of those check every line."""


class Chatters:
    """`play` them; everything is noted when it returns."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base: str,
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
        self._url = base.replace("http", "ws", 1).rstrip("/") + "/ws"
        self._room = room
        self._part = part
        self._measures = measures
        self._clock = clock
        self._worker = worker
        self._workers = workers
        self._seed = seed
        self._is_spread = is_spread
        self._run = secrets.token_hex(3)
        self._chance = random.Random(seed * 1_000 + worker)  # noqa: S311 (a plan, no secret)
        self._people: dict[int, Participant] = {}
        self._writers: list[Participant] = []
        self._reactors: list[tuple[int, Participant]] = []
        self._logs: list[tuple[Participant, LineLog]] = []
        self._accepted: list[Accepted] = []
        self._reactions = Reactions(worker, workers)
        self._fans = Fans(http, base)
        self._saying: set[asyncio.Task[None]] = set()

    async def play(self) -> None:
        """Returns a moment after the end, with everything noted."""
        visits = plan_visits(self._part.crowd, duration_s=self._clock.duration_s, seed=self._seed)
        mine = share_of(visits, self._worker, self._workers)
        tasks = [asyncio.create_task(each) for each in (self._note_levels(), self._write(), self._react())]
        tasks += [
            asyncio.create_task(self._burst(burst.at_s, burst.lines, burst.text))
            for burst in self._part.bursts
        ]
        try:
            await play_visits(mine, self._clock, self._visit, self._measures.crashed)
        finally:
            for task in tasks:
                task.cancel()
            await self._settle()
            self._close()
            self._measures.count("accounts_left", time.time(), await self._fans.remove(REMOVE_WITHIN_S))

    async def _visit(self, visit: Visit) -> None:
        count, number = self._measures.count, visit.number
        count("chat_joins_begun", time.time())
        is_writer, is_reactor = number < self._part.writers, number < self._part.reactors
        listener = number - max(self._part.writers, self._part.reactors)
        # Where everybody writes or reacts, the last of them looks as well.
        is_last = listener < 0 and number == self._part.count - 1
        is_sample = is_last or (listener >= 0 and listener // self._workers % SAMPLE_EVERY == 0)
        log = LineLog(time.time_ns()) if is_sample and len(self._logs) < LOGS_MAX else None
        began_s = time.monotonic()
        try:
            fan = await self._sign_in(number)
            person = Participant(
                self._url,
                self._room,
                self._measures,
                headers=self._headers(number),
                guest=f"Fan {self._run} {number}" if is_writer and fan is None else "",
                fan=fan,
                fans=self._fans,
                on_messages=self._looking(log) if is_sample else None,
                chance=self._chance,
            )
            await person.come()
        except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError) as error:
            count("chat_joins_failed", time.time())
            count(f"chat failure: {str(error) or type(error).__name__}"[:120], time.time())
            return
        self._measures.observe("chat_join_us", time.time(), int((time.monotonic() - began_s) * 1e6))
        count("chat_joins_done", time.time())
        self._people[number] = person
        if log is not None:
            self._logs.append((person, log))
        if is_writer:
            self._writers.append(person)
        if is_reactor:
            self._reactors.append((number, person))
        until = asyncio.create_task(self._clock.until(visit.leave_s + SETTLE_S))
        try:
            await person.stay(until)
        finally:
            until.cancel()

    async def _settle(self) -> None:
        """What is on its way arrives, also when the run was stopped."""
        if self._saying:
            await asyncio.wait(self._saying, timeout=SETTLE_S)
        for task in self._saying:
            task.cancel()
        await asyncio.sleep(FLIGHT_S)

    async def _sign_in(self, number: int) -> Fan | None:
        if number >= max(self._part.signed_in, self._part.reactors):
            return None
        return await self._fans.sign_in(self._headers(number))

    def _headers(self, number: int) -> dict[str, str]:
        return forwarded_for(CHATTERS, number) if self._is_spread else {}

    async def _write(self) -> None:
        async for number in self._beat(self._part.lines_per_s):
            if self._writers:
                self._start(self._say(self._writers[number % len(self._writers)], "la la la"))

    async def _burst(self, at_s: float, lines: int, text: str) -> None:
        await self._clock.until(at_s)
        for number in range(self._worker, lines, self._workers):
            if self._writers:
                self._start(self._say(self._writers[number % len(self._writers)], text))

    async def _react(self) -> None:
        async for turn in self._beat(self._part.reactions_per_s):
            if not self._reactors:
                continue
            number, person = self._reactors[turn % len(self._reactors)]
            line = self._reactions.choose(number)
            if line is not None:
                self._start(self._give(person, line))

    async def _beat(self, rate_per_s: float) -> AsyncIterator[int]:
        """Counts up, as often as is this process's share of `rate_per_s`, to the end of the run."""
        rate_per_s /= self._workers
        if not rate_per_s:
            return
        began_s = max(0.0, self._clock.now_s())
        number = 0
        while not self._clock.is_over:
            number += 1
            await self._clock.until(began_s + number / rate_per_s)
            if not self._clock.is_over:
                yield number

    def _start(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _say(self, writer: Participant, text: str) -> None:
        key = secrets.token_hex(8)
        sent_ns = time.time_ns()
        self._measures.count("lines_sent", time.time())
        try:
            result = await writer.say(f"{text} {key} {sent_ns}", key)
        except (LoadtestError, TimeoutError) as error:
            self._measures.count("lines_refused", time.time())
            self._measures.count(f"chat failure: {str(error) or 'say: no answer'}"[:120], time.time())
            return
        now_s = time.time()
        if "message" not in result:  # held for the moderators
            self._measures.count("lines_held", now_s)
            return
        self._measures.count("lines_accepted", now_s)
        self._measures.observe("say_us", now_s, (time.time_ns() - sent_ns) // 1000)
        line = str(result["message"]["id"])
        self._reactions.said(line)
        if self._logs:
            self._accepted.append(Accepted(line, sent_ns))

    async def _give(self, person: Participant, line: str) -> None:
        began_s = time.monotonic()
        self._measures.count("reactions_sent", time.time())
        try:
            await person.command("react", message=line, emoji=self._reactions.emoji, on=True)
        except LoadtestError as error:
            self._measures.count("reactions_refused", time.time())
            self._measures.count(f"chat failure: {error}"[:120], time.time())
            return
        self._reactions.accepted(line)
        self._measures.count("reactions_accepted", time.time())
        self._measures.observe("react_us", time.time(), int((time.monotonic() - began_s) * 1e6))

    def _looking(self, log: LineLog | None) -> Looking:
        def look(messages: list[dict[str, Any]]) -> None:
            now_ns = time.time_ns()
            for message in messages:
                if log is not None and message.get("snapshot"):
                    self._begin_anew(message["snapshot"], log)
            for data in lines_of(messages):
                if data.get("type") == "said":
                    self._heard(data["message"], now_ns, log)
                elif data.get("type") == "reacted" and log is not None:
                    self._reactions.told(str(data["id"]), data["reactions"])

        return look

    def _begin_anew(self, snapshot: dict[str, Any], log: LineLog) -> None:
        log.began_anew(snapshot)
        for message in (snapshot.get("chat") or {}).get("messages") or ():
            self._reactions.told(str(message["id"]), message.get("reactions") or {})

    def _heard(self, message: dict[str, Any], now_ns: int, log: LineLog | None) -> None:
        words = str(message["text"]).rsplit(" ", 2)
        if len(words) == 3 and words[2].isdigit():
            self._measures.observe("chat_us", now_ns / 1e9, (now_ns - int(words[2])) // 1000)
        if log is not None:
            log.said(str(message["id"]))

    async def _note_levels(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            here = sum(each.is_here for each in self._people.values())
            self._measures.level("chatters", time.time(), here)

    def _close(self) -> None:
        now_s, count = time.time(), self._measures.count
        people = list(self._people.values())
        last: dict[str, int] = {}
        stayed = [place for each in people if each.is_here and (place := each.place) is not None]
        for place in stayed:
            last[place.epoch] = max(last.get(place.epoch, 0), place.offset)
        missed = sum(each.stats.missed for each in people) + _behind(stayed, last)
        count("events_received", now_s, sum(each.stats.events for each in people))
        count("events_missed", now_s, missed)
        count("events_repeated", now_s, sum(each.stats.repeated for each in people))
        count("chat_resets", now_s, sum(each.stats.resets for each in people))
        logs = [log for person, log in self._logs if person.is_here]
        if logs:
            count("lines_checked", now_s, len(self._accepted))
            count("lines_missed", now_s, sum(log.missed(self._accepted) for log in logs))
            count("lines_repeated", now_s, sum(log.repeated for log in logs))
            count("reactions_missed", now_s, self._reactions.missed)
            count("reactions_too_many", now_s, self._reactions.too_many)
        for each in people:
            each.leave()


def _behind(places: list[Place], last: dict[str, int]) -> int:
    """Events that some had in the end and others had not."""
    return sum(last[place.epoch] - place.offset for place in places)

"""Servers that lie: a line accepted and not shown, shown twice, or numbered past one that never came is found out."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loadtest.chatters import Chatters
from loadtest.measures import Measures
from loadtest.reactions import EMOJI, Reactions
from loadtest.scenario import Chatters as Part
from loadtest.stage_time import RunClock

EVERY = 5


class Liar:
    """An event socket with one room; of every fifth line it does what `lie` says."""

    def __init__(self, lie: str) -> None:
        self.lie = lie
        self.offset = 0
        self.told = 0
        self.accepted = 0
        self.sockets: list[web.WebSocketResponse] = []

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("harmonie.json",))
        await socket.prepare(request)
        async for message in socket:
            await self.obey(socket, json.loads(message.data))
        return socket

    async def obey(self, socket: web.WebSocketResponse, command: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"type": "done", "id": command["id"], "result": {}}
        if command["type"] == "join":
            answer = {
                "type": "joined",
                "id": command["id"],
                "room": "stage",
                "epoch": "e",
                "offset": self.offset,
            }
            self.sockets.append(socket)
        elif command["type"] == "say":
            self.accepted += 1
            line = {"id": f"{self.accepted:06}", "text": command["text"]}
            answer["result"] = {"message": line}
            await self.show(line, is_special=self.accepted % EVERY == 0)
        await _send(socket, answer)

    async def show(self, line: dict[str, Any], *, is_special: bool) -> None:
        times = 1
        if is_special:
            times = {"drop": 0, "repeat": 2}.get(self.lie, 1)
            self.told += 1
            self.offset += self.lie == "skip"
        for _ in range(times):
            self.offset += 1
            data = {"type": "said", "message": line}
            for each in self.sockets:
                await _send(each, {"type": "event", "room": "stage", "offset": self.offset, "data": data})


async def _send(socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
    await socket.send_str(json.dumps([message], separators=(",", ":")))


async def play(liar: Liar) -> dict[str, int]:
    app = web.Application()
    app.router.add_get("/ws", liar.connect)
    measures = Measures()
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        loop = asyncio.get_running_loop()
        clock = RunClock(time.time(), 1.0)
        part = Part(count=4, ramp_per_s=0, writers=1, lines_per_s=40)
        chatters = Chatters(
            http, str(server.make_url("")), "stage", part, measures, clock,
            worker=0, workers=1, seed=1, is_spread=False,
        )  # fmt: skip
        began_s = loop.time()
        await chatters.play()
        assert loop.time() - began_s < 20
    counters: dict[str, int] = {}
    for second in measures.take(2**40).values():
        for name, count in second.counters.items():
            counters[name] = counters.get(name, 0) + count
    return counters


async def test_every_lie_is_counted_exactly() -> None:
    liars = {lie: Liar(lie) for lie in ("none", "drop", "repeat", "skip")}
    found = dict(zip(liars, await asyncio.gather(*map(play, liars.values())), strict=True))
    for lie, liar in liars.items():
        assert found[lie]["lines_accepted"] == found[lie]["lines_checked"] == liar.accepted >= EVERY
        assert liar.told >= 1
    assert not found["none"].keys() & {"lines_missed", "lines_repeated", "events_missed", "events_repeated"}
    assert found["drop"]["lines_missed"] == liars["drop"].told
    assert found["repeat"]["lines_repeated"] == liars["repeat"].told
    assert found["skip"]["events_missed"] == 4 * liars["skip"].told


@pytest.mark.parametrize(("told", "missed", "too_many"), [(2, 0, 0), (1, 1, 0), (3, 0, 1)])
def test_a_reaction_counts_once(told: int, missed: int, too_many: int) -> None:
    reactions = Reactions(worker=1, workers=2)
    reactions.said("a")
    assert [reactions.choose(person) for person in (1, 2, 1)] == ["a", "a", None]
    reactions.accepted("a")
    reactions.accepted("a")
    reactions.told("a", {EMOJI[0]: 7, EMOJI[1]: told})
    assert (reactions.missed, reactions.too_many) == (missed, too_many)

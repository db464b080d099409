"""A small room for the gateway's tests: lines that people say, kept in a table, one list for everyone.

It does what a real owner does: store first, then publish with the key, take the row back when publishing failed.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from aiohttp import web

from infra.bus import Bus, BusUnavailable
from infra.commands import (
    PUBLIC,
    SIGNED_IN,
    Caller,
    Command,
    CommandBody,
    CommandCall,
    CommandRegistry,
    Moved,
    NoSuchRoom,
)
from infra.errors import DomainError
from infra.request_errors import NotAllowed, NotSignedIn
from infra.topics import Replica

TOPICS = {"stage": "channel:stage", "hall": "channel:hall"}


class Say(CommandBody, frozen=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=8_000)]
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Said(msgspec.Struct, frozen=True):
    id: int


class TooQuick(DomainError):
    status = 429
    title = "Wait a little"


SAY = Command(name="say", summary="Write a line", body=Say, result=Said, errors=(BusUnavailable,))
WAVE = Command(name="wave", summary="Wave to whoever is here now", access=SIGNED_IN.scoped("chat:write"))
FAIL = Command(name="fail", summary="Fail", access=PUBLIC)
REFUSE = Command(name="refuse", summary="Refuse", errors=(TooQuick,))
DECLARED = (SAY, WAVE, FAIL, REFUSE)


class Table:
    """What is stored: the lines, in a file that several processes may share, or in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self.database = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, timeout=10
        )
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=OFF")
        self.database.execute(
            "CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, key TEXT, text TEXT,"
            " UNIQUE (topic, key))"
        )
        self.fails = False

    def add(self, topic: str, key: str, text: str) -> int:
        self._check()
        with_key = (topic, key)
        found = self.database.execute("SELECT id FROM lines WHERE topic = ? AND key = ?", with_key).fetchone()
        if found is not None:
            return int(found[0])
        added = self.database.execute(
            "INSERT INTO lines (topic, key, text) VALUES (?, ?, ?)", (topic, key, text)
        )
        return int(added.lastrowid or 0)

    def take_back(self, id_: int) -> None:
        self.database.execute("DELETE FROM lines WHERE id = ?", (id_,))

    def lines(self, topic: str) -> dict[int, str]:
        self._check()
        rows = self.database.execute("SELECT id, text FROM lines WHERE topic = ? ORDER BY id", (topic,))
        return dict(rows.fetchall())

    def _check(self) -> None:
        if self.fails:
            raise sqlite3.OperationalError("the disk is gone")


class Lines:
    """The replica: every line by its id."""

    def __init__(self, table: Table, topic: str) -> None:
        self._table = table
        self._topic = topic
        self.lines: dict[int, str] = {}
        self.waves = 0

    async def load(self) -> dict[int, str]:
        try:
            return self._table.lines(self._topic)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    def adopt(self, loaded: dict[int, str]) -> None:
        self.lines = loaded

    def apply(self, event: Any, _offset: int) -> None:
        match event:
            case {"type": "said", "id": int(id_), "text": str(text)}:
                self.lines[id_] = text
            case {"type": "broken"}:
                raise RuntimeError("this replica cannot do it")
            case _:
                pass

    def hear(self, signal: Any) -> None:
        self.waves += signal.get("type") == "waved"

    def snapshot(self) -> object:
        return {"lines": [[id_, text] for id_, text in sorted(self.lines.items())]}

    def close(self) -> None:
        self.lines = {}


class TestSeat:
    """What the room remembers about one connection."""

    __test__ = False

    def __init__(self, directory: "TestDirectory", room: str, topic: str, caller: Caller) -> None:
        self.directory = directory
        self.room = room
        self.caller = caller
        self.topic = topic

    def replica(self) -> Replica:
        return Lines(self.directory.table, self.topic)

    def you(self) -> Mapping[str, object]:
        return {"name": self.caller.name}

    def joined(self) -> None:
        self.directory.seated.append(self)

    def left(self) -> None:
        self.directory.seated.remove(self)


@dataclass
class TestDirectory:
    """Rooms: two public ones, one for signed-in people only, each one's own."""

    __test__ = False

    bus: Bus
    table: Table

    def __post_init__(self) -> None:
        self.seated: list[TestSeat] = []

    async def open(self, room: str, caller: Caller) -> TestSeat:
        user_id = caller.identity.user_id
        if room in TOPICS:
            return TestSeat(self, room, TOPICS[room], caller)
        if room == "former":
            raise Moved("stage")
        if room in ("me", "members") and user_id is None:
            raise NotSignedIn
        if room == "me":
            return TestSeat(self, room, f"user:{user_id}", caller)
        if room == "members":
            return TestSeat(self, room, "channel:members", caller)
        if room == "backstage":
            raise NotAllowed("only moderators come in here")
        raise NoSuchRoom(f"there is no room {room[:40]!r}")

    def register(self, registry: CommandRegistry) -> None:
        registry.add(SAY, self.say)
        registry.add(WAVE, self.wave)
        registry.add(FAIL, self.fail)
        registry.add(REFUSE, self.refuse)

    async def say(self, call: CommandCall[Say, TestSeat]) -> Said:
        topic, body = call.seat.topic, call.body
        id_ = self.table.add(topic, body.key, body.text)
        try:
            await publish(self.bus, topic, {"type": "said", "id": id_, "text": body.text}, key=body.key)
        except BusUnavailable as error:
            if not error.uncertain:
                self.table.take_back(id_)
            raise
        return Said(id_)

    async def wave(self, call: CommandCall[None, TestSeat]) -> None:
        await self.bus.signal(call.seat.topic, msgspec.msgpack.encode({"type": "waved"}))

    async def fail(self, _call: CommandCall[None, TestSeat]) -> None:
        raise RuntimeError("sesame")

    async def refuse(self, _call: CommandCall[None, TestSeat]) -> None:
        raise TooQuick(headers={"Retry-After": "3"})


async def publish(bus: Bus, topic: str, event: dict[str, object], *, key: str | None = None) -> None:
    await bus.publish(topic, msgspec.msgpack.encode(event), key=key)


DIRECTORY = web.AppKey("directory", TestDirectory)

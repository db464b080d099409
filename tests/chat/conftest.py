"""Chat over the real event socket and HTTP, with a stage and a clock set by hand, and people who are signed in."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from accounts.identity import Role
from config import Settings
from server.app import make_app
from server.app_keys import BUS
from tests.accounts.conftest import PASSWORD, QUICK, Person, Site, Time
from tests.catalog.live import Stage
from tests.prepared_tables import PreparedSqlite
from tests.signaling.gateway.client import EventClient, Message

Client = TestClient[web.Request, web.Application]
SignIn = Callable[..., Awaitable[Person]]
Connect = Callable[..., AbstractAsyncContextManager["Chatter"]]


class Chatter:
    """Somebody with an event socket, in the room ``miles`` unless told otherwise."""

    def __init__(self, client: EventClient, room: str, joined: Message) -> None:
        self.client = client
        self.room = room
        self.joined = joined
        self._keys = itertools.count()

    @property
    def snapshot(self) -> Any:
        return self.joined["snapshot"]["chat"]

    @property
    def you(self) -> Any:
        """What the room last said they are."""
        told = [each["you"] for each in self.client.of_type("you") if each["room"] == self.room]
        return told[-1] if told else self.joined["you"]

    async def ask(self, type_: str, **fields: object) -> Message:
        return await self.client.ask(type_, room=self.room, **fields)

    async def do(self, type_: str, **fields: object) -> Any:
        """The result of a command that has to work."""
        answer = await self.ask(type_, **fields)
        assert answer["type"] == "done", answer
        return answer.get("result")

    async def refused(self, type_: str, **fields: object) -> str:
        """The code of a command that must not."""
        answer = await self.ask(type_, **fields)
        assert answer["type"] == "error", answer
        code: str = answer["code"]
        return code

    def fields(self, text: str) -> dict[str, object]:
        return {"text": text, "key": f"{id(self)}-{next(self._keys)}"}

    async def say(self, text: str, **fields: object) -> Any:
        """The line, or whatever else came of it."""
        result = await self.do("say", **(self.fields(text) | fields))
        return result.get("message", result)

    async def cannot_say(self, text: str, **fields: object) -> str:
        return await self.refused("say", **(self.fields(text) | fields))

    def events(self, kind: str) -> list[Any]:
        return [each for each in self.client.data(self.room) if each["type"] == kind]

    async def heard(self, kind: str, wanted: Callable[[Any], Any] = bool) -> Any:
        """The first event of this kind that is wanted."""
        found = await self.client.until(lambda _: [each for each in self.events(kind) if wanted(each)])
        return found[0]

    async def told(self, wanted: Callable[[Any], bool]) -> None:
        """Waits until the room says that they are what is wanted."""
        await self.client.until(lambda _: wanted(self.you))

    async def texts(self, count: int) -> list[str]:
        """What is said while they are here, in the order of ids, once there are so many."""
        await self.client.until(lambda _: len(self.events("said")) >= count)
        messages = sorted((each["message"] for each in self.events("said")), key=lambda each: each["id"])
        return [each["text"] for each in messages]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
async def app(tmp_path: Path, stage: Stage, clock: Time, prepared_sqlite: PreparedSqlite) -> web.Application:
    prepared_sqlite.lay(tmp_path)
    settings = Settings(host="127.0.0.1", udp_port=0, data_dir=tmp_path, shutdown_timeout_s=1.0)
    return make_app(settings, live=stage, argon2=QUICK, clock=clock)


@pytest.fixture
async def client(app: web.Application) -> AsyncIterator[Client]:
    async with asyncio.timeout(60), TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
        yield client


@pytest.fixture
def site(client: Client) -> Site:
    return Site(client)


@pytest.fixture
def sign_in(site: Site) -> SignIn:
    """``await sign_in("Miles")``: somebody new of this name, just signed in."""

    async def sign_in(name: str, role: Role = Role.USER) -> Person:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        await site.accounts.people.add(email, PASSWORD, actor="cli", role=role, name=name)
        return await site.sign_in(email)

    return sign_in


@pytest.fixture
async def miles(sign_in: SignIn) -> Person:
    """The artist, with the channel ``miles``."""
    person = await sign_in("Miles")
    reply = await person.call("POST", "/channels", {"name": "miles", "title": "Kind of Blue"})
    assert reply.status == 201, reply.body
    return person


@pytest.fixture
async def fan(sign_in: SignIn) -> Person:
    return await sign_in("Fan")


@pytest.fixture
async def bill(sign_in: SignIn, miles: Person) -> Person:
    """A moderator of ``miles``."""
    person = await sign_in("Bill Evans")
    reply = await miles.call("POST", "/channels/miles/moderators", {"user": person.user["id"]})
    assert reply.status in (200, 201), reply.body
    return person


@pytest.fixture
def connect(site: Site, miles: Person) -> Connect:
    """``async with connect(person) as chatter``: in the room; without a person, anonymous."""

    @contextlib.asynccontextmanager
    async def connect(
        person: Person | None = None, room: str = "miles", format_: str = "harmonie.json"
    ) -> AsyncIterator[Chatter]:
        headers = {} if person is None else {"Authorization": f"Bearer {person.token}"}
        async with EventClient.connected(site.origin, format_, headers=headers) as client:
            yield Chatter(client, room, await client.join(room))

    return connect


class Bus:
    """The bus of the application, which can be broken."""

    def __init__(self, app: web.Application) -> None:
        self._bus: Any = app[BUS]
        self._publish = self._bus.publish

    def break_(self, *, uncertain: bool = False, delivered: bool = False) -> None:
        """From now on publishing fails; perhaps after the event went through."""
        from infra.bus import BusUnavailable

        async def publish(topic: str, data: bytes, *, key: str | None = None) -> None:
            if delivered:
                await self._publish(topic, data, key=key)
            raise BusUnavailable(uncertain=uncertain)

        self._bus.publish = publish

    def mend(self) -> None:
        self._bus.publish = self._publish


@pytest.fixture
def bus(client: Client) -> Bus:
    return Bus(client.app)

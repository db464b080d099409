"""The whole server in the test's own process, with a chain, an artist with a wallet, and people on the event socket."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update

from accounts.ethereum import Address
from accounts.identity import UserId
from accounts.records import Wallet
from accounts.repository import wallets
from catalog.tables import ChannelRow
from config import Settings
from infra.clock import utc_now
from server.app import make_app
from server.app_keys import DATABASE
from tests.accounts.conftest import PASSWORD, QUICK, Person, Site
from tests.catalog.live import Stage
from tests.signaling.gateway.client import EventClient, Message
from tests.tipping.anvil import CHAIN_ID, AnvilProcess, Jar, Node

ROOM = "miles"
ARTIST = 4
"""The number of the account that Miles is paid to."""


class Clock:
    """The real time, moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


class Viewer:
    """Somebody in the room."""

    def __init__(self, client: EventClient, joined: Message) -> None:
        self.client = client
        self.joined = joined

    @property
    def snapshot(self) -> Any:
        return self.joined["snapshot"]["tips"]

    def events(self, *types: str) -> list[Any]:
        return [each for each in self.client.data(ROOM) if each["type"] in types]

    async def heard(self, type_: str, count: int = 1) -> Any:
        """The last of so many events of a type, once they have come."""
        found: list[Any] = await self.client.until(lambda _: _enough(self.events(type_), count))
        return found[-1]


@dataclass
class Served:
    """``running`` is the way in. Miles owns the channel."""

    app: web.Application
    site: Site
    stage: Stage
    clock: Clock
    jar: Jar
    node: Node
    channel: int = 0
    miles: Person | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, directory: Path, anvil: AnvilProcess, jar: Jar, **settings: Any
    ) -> AsyncIterator["Served"]:
        stage, clock = Stage(), Clock()
        chosen: dict[str, Any] = {
            "host": "127.0.0.1",
            "udp_port": 0,
            "data_dir": directory,
            "shutdown_timeout_s": 1.0,
            "chain_id": CHAIN_ID,
            "chain_rpc_url": anvil.url,
            "chain_wake_url": anvil.socket_url,
            "tip_contract": jar.address,
            "tip_confirmations": 3,
            "tip_from_block": 1,
            "tip_prices": ("native=0.5",),
        }
        app = make_app(Settings(**(chosen | settings)), live=stage, argon2=QUICK, clock=clock)
        async with TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
            served = cls(app, Site(client), stage, clock, jar, jar.node)
            await served._prepare()
            yield served

    async def _prepare(self) -> None:
        self.miles = await self.sign_in("Miles")
        reply = await self.miles.call("POST", "/channels", {"name": ROOM, "title": "Kind of Blue"})
        assert reply.status == 201, reply.body
        async with self.app[DATABASE].write() as session:
            changed = await session.scalar(
                update(ChannelRow)
                .where(ChannelRow.name == ROOM)
                .values(payout_wallet=self.artist)
                .returning(ChannelRow.id)
            )
        assert changed is not None
        self.channel = changed

    @property
    def artist(self) -> Address:
        return self.node.accounts[ARTIST]

    async def sign_in(self, name: str, *, wallet: Address | None = None) -> Person:
        """Somebody new; ``wallet`` is theirs."""
        email = f"{name.lower()}@example.org"
        await self.site.accounts.people.add(email, PASSWORD, actor="cli", name=name)
        person = await self.site.sign_in(email)
        if wallet is not None:
            async with self.app[DATABASE].write() as session:
                await wallets.add(session, Wallet(wallet, UserId(person.user["id"]), utc_now()))
        return person

    @contextlib.asynccontextmanager
    async def viewer(self) -> AsyncIterator[Viewer]:
        async with EventClient.connected(self.site.origin) as client:
            yield Viewer(client, await client.join(ROOM))

    async def fresh(self) -> Any:
        """What somebody who joins now is shown."""
        async with self.viewer() as viewer:
            return viewer.snapshot

    async def tip(
        self, amount: int = 10**18, message: str = "", *, sender: int = 1, broadcast: int = 0
    ) -> str:
        """A tip on its way; returns the transaction's hash."""
        return await self.jar.tip(
            self.artist, amount, channel=self.channel, message=message, sender=sender, broadcast=broadcast
        )

    async def get(self, path: str) -> Any:
        reply = await self.site.call("GET", path)
        assert reply.status == 200, (reply.status, reply.body)
        return reply.body


def _enough(found: list[Any], count: int) -> list[Any]:
    return found if len(found) >= count else []

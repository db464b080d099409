"""Real server processes: killed at the worst moments, two over one Redis and one database, and Redis gone meanwhile."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from catalog.tables import ChannelRow
from infra.database import Database, database_url
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually
from tests.postgres import PostgresServer
from tests.redis_server import RedisServer
from tests.signaling.gateway.client import EventClient
from tests.tipping.anvil import CHAIN_ID, AnvilProcess, Jar, Node
from tests.tipping.serving import ARTIST, ROOM, Viewer
from tipping.tables import TipRow, TipWatchRow

pytestmark = pytest.mark.xdist_group("postgres")


def settings_of(anvil: AnvilProcess, jar: Jar) -> dict[str, str]:
    return {
        "chain_id": str(CHAIN_ID),
        "chain_rpc_url": anvil.url,
        "chain_wake_url": anvil.socket_url,
        "chain_poll_s": "0.2",
        "tip_contract": jar.address,
        "tip_confirmations": "2",
        "tip_from_block": "1",
        "secret_key": "s" * 40,
    }


async def add_channel(database: Database, wallet: str) -> int:
    now = datetime.now(UTC)
    async with database.write() as session:
        added = await session.scalar(
            insert(ChannelRow)
            .values(
                name=ROOM,
                title="Kind of Blue",
                stream_key_hash=b"\0",
                stream_key_set_at=now,
                created_at=now,
                description="",
                links=[],
                payout_wallet=wallet,
                followers=0,
                past_broadcasts=0,
            )
            .returning(ChannelRow.id)
        )
    return int(added or 0)


async def stored(database: Database) -> dict[str, str | None]:
    """Transactions of the tips that count, and what was told of them."""
    async with database.read() as session:
        rows = await session.execute(select(TipRow.transaction_hash, TipRow.told).where(TipRow.recognised))
        return {row.transaction_hash: row.told for row in rows}


@contextlib.asynccontextmanager
async def viewing(server: HarmonieServer, **since: Any) -> AsyncIterator[Viewer]:
    async with EventClient.connected(server.url) as client:
        yield Viewer(client, await client.join(ROOM, **since))


async def tip(jar: Jar, channel: int, sender: int, *, mine: bool = True) -> str:
    transaction = await jar.tip(jar.node.accounts[ARTIST], sender, channel=channel, sender=sender)
    if mine:
        await jar.node.mine()
    return transaction


def shown_of(viewer: Viewer) -> list[str]:
    """The transactions of every tip they were shown, as often as they were."""
    snapshot = viewer.joined.get("snapshot")
    before = [] if snapshot is None else snapshot["tips"]["recent"]
    return [each["transaction"] for each in [*before, *(each["tip"] for each in viewer.events("tip_seen"))]]


async def test_a_server_killed_before_it_could_store_a_tip_shows_it_once(
    anvil: AnvilProcess, jar: Jar, node: Node, tmp_path: Path
) -> None:
    async with HarmonieServer.running(tmp_path, **settings_of(anvil, jar)) as server:
        (path,) = tmp_path.rglob("harmonie.sqlite3")
        database = Database(database_url("", path.parent))
        channel = await add_channel(database, node.accounts[ARTIST])
        first = await tip(jar, channel, 1)
        await eventually(lambda: stored(database), lambda found: found.get(first) == "seen")
        # Whoever holds the write lock keeps the server from storing what it sees.
        lock = sqlite3.connect(path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        second = await tip(jar, channel, 2)
        head = await node.number()
        await eventually(lambda: server.metric("harmonie_chain_head_block"), lambda found: found == head)
        assert set(await stored(database)) == {first}
        await server.kill()
        lock.execute("ROLLBACK")
        lock.close()
        await _end_leases(database)
        await server.start()
        async with viewing(server) as viewer:
            await viewer.client.until(lambda _: second in shown_of(viewer))
            third = await tip(jar, channel, 3)
            await viewer.client.until(lambda _: third in shown_of(viewer))
            assert shown_of(viewer) == [first, second, third]
        await database.close()


@dataclass
class Pair:
    """Two servers over one Redis and one PostgreSQL, with a viewer at each."""

    one: HarmonieServer
    two: HarmonieServer
    redis: RedisServer
    database: Database
    channel: int

    async def watching(self) -> tuple[HarmonieServer, HarmonieServer]:
        """Who watches the chain, and who stands by."""

        async def look() -> list[float]:
            return [await each.metric("harmonie_chain_watching") for each in (self.one, self.two)]

        found = await eventually(look, lambda each: sum(each) == 1.0, what="one watches")
        return (self.one, self.two) if found[0] else (self.two, self.one)


@pytest.fixture
async def pair(
    tmp_path: Path, own_redis: RedisServer, postgres: PostgresServer, anvil: AnvilProcess, jar: Jar
) -> AsyncIterator[Pair]:
    url = postgres.create_database()
    settings = {**settings_of(anvil, jar), "database_url": url, "redis_url": own_redis.url}
    async with (
        HarmonieServer.running(tmp_path / "one", **settings) as one,
        HarmonieServer.running(tmp_path / "two", **settings) as two,
    ):
        database = Database(database_url(url, tmp_path))
        channel = await add_channel(database, jar.node.accounts[ARTIST])
        yield Pair(one, two, own_redis, database, channel)
        await database.close()


async def test_two_processes_a_takeover_and_a_redis_that_goes_show_every_tip_once(
    pair: Pair, jar: Jar, node: Node
) -> None:
    watcher, other = await pair.watching()
    async with viewing(watcher) as near, viewing(other) as far:
        tips = [await tip(jar, pair.channel, 1)]
        for viewer in (near, far):
            await viewer.heard("tip_top")
        assert shown_of(near) == shown_of(far) == tips
        offsets = [[each["offset"] for each in viewer.client.of_type("event")] for viewer in (near, far)]
        assert offsets[0] == offsets[1]

        # Redis goes: what is mined meanwhile is stored, and told when it is back.
        pair.redis.kill()
        await far.client.until(lambda each: each.of_type("interrupted"))
        tips.append(await tip(jar, pair.channel, 2))
        found = await eventually(lambda: stored(pair.database), lambda found: tips[-1] in found)
        assert found[tips[-1]] is None
        pair.redis.start()
        async with viewing(other) as fresh:
            await fresh.client.until(lambda _: tips[-1] in shown_of(fresh))
            assert shown_of(fresh) == tips
        for viewer in (near, far):
            await viewer.client.until(lambda each: each.of_type("resumed"))
        # A restarted Redis has another log: rooms are sent anew, with all there is.
        await eventually(lambda: stored(pair.database), lambda found: found[tips[-1]] is not None)

        # Redis says nothing more: the next tip is stored, cannot be told, and its watcher is killed.
        pair.redis.freeze()
        tips.append(await tip(jar, pair.channel, 3))
        await eventually(lambda: stored(pair.database), lambda found: tips[-1] in found)
        await watcher.kill()
        pair.redis.thaw()
        await _end_leases(pair.database)
        await eventually(lambda: stored(pair.database), lambda found: found[tips[-1]] is not None)
        tips.append(await tip(jar, pair.channel, 4))
        await far.client.until(
            lambda _: tips[-1] in [each["tip"]["transaction"] for each in far.events("tip_seen")]
        )
        told = [each["tip"]["transaction"] for each in far.events("tip_seen")]
        assert len(told) == len(set(told))
        assert told[-2:] == tips[-2:]
        async with viewing(other) as fresh:
            assert shown_of(fresh) == tips


async def _end_leases(database: Database) -> None:
    """A killed process holds its lease for up to 15 s more; here they pass at once."""
    async with database.write() as session:
        await session.execute(update(TipWatchRow).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))

"""Watchers as the product puts them together, in a hurry, with somebody who writes down what is told."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp

from accounts.ethereum import Address
from infra.database import Database
from tests.tipping.anvil import CHAIN_ID, Jar
from tipping import repository
from tipping.artifact import tip_jar
from tipping.events import Tip
from tipping.ledger import LedgerRules
from tipping.nodes import Expected, Nodes
from tipping.rotation import Rotation
from tipping.rpc import ChainReader
from tipping.service import TipService
from tipping.tip_log import TOPIC
from tipping.tips import ChainId
from tipping.wake import WakeUp
from tipping.watcher import Watcher, WatchTimes

RULES = LedgerRules(confirmations=3, window=24, range_max=500)
QUICK = WatchTimes(
    poll_s=0.05,
    woken_gap_s=0.001,
    stale_after_s=0.4,
    renew_s=0.1,
    stand_by_s=0.05,
    after_trouble_s=0.05,
    again_s=0.02,
)
PATIENCE_S = 20.0


class Diary:
    """``TipEvents`` that writes down what it is told; while ``broken``, it cannot be told anything."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Tip, float]] = []
        self.broken = False
        self.written = asyncio.Event()

    async def seen(self, tip: Tip) -> None:
        self._write("seen", tip)

    async def confirmed(self, tip: Tip) -> None:
        self._write("confirmed", tip)

    async def withdrawn(self, tip: Tip) -> None:
        self._write("withdrawn", tip)

    async def settled(self, tips: Sequence[Tip]) -> None:
        if self.broken:
            raise ConnectionError

    def _write(self, what: str, tip: Tip) -> None:
        if self.broken:
            raise ConnectionError
        self.entries.append((what, tip, time.perf_counter()))
        self.written.set()

    def told(self, transaction: str) -> list[str]:
        return [what for what, tip, _ in self.entries if tip.mined.key.transaction == transaction]

    def standing(self) -> Counter[str]:
        """How often each transaction's tips stand, after all that was told."""
        standing: Counter[str] = Counter()
        for what, tip, _ in self.entries:
            standing[tip.mined.key.transaction] += {"seen": 1, "withdrawn": -1}.get(what, 0)
        return +standing


class EverybodyIsPaid:
    async def is_payee(self, channel: int, artist: Address) -> bool:
        return True


@dataclass
class Watching:
    """Begins watchers over one database and one contract."""

    database: Database
    jar: Jar
    urls: Sequence[str]
    socket_url: str
    http: aiohttp.ClientSession
    diary: Diary = field(default_factory=Diary)
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    @classmethod
    @contextlib.asynccontextmanager
    async def prepared(
        cls, database: Database, jar: Jar, urls: Sequence[str], socket_url: str
    ) -> AsyncIterator["Watching"]:
        async with aiohttp.ClientSession() as http:
            watching = cls(database, jar, urls, socket_url, http)
            try:
                yield watching
            finally:
                await watching.end()

    def service(
        self, *, payees: Any = None, lease_for_s: float = 15.0, tokens: Sequence[Address] = ()
    ) -> TipService:
        return TipService(
            self.database,
            ChainId(CHAIN_ID),
            self.jar.address,
            events=self.diary,
            payees=payees or EverybodyIsPaid(),
            tokens=tokens,
            rules=RULES,
            lease_for=timedelta(seconds=lease_for_s),
        )

    def reader(self, urls: Sequence[str] | None = None, *, timeout_s: float = 0.5) -> ChainReader:
        urls = self.urls if urls is None else urls
        nodes = Nodes(
            self.http,
            urls,
            Expected(ChainId(CHAIN_ID), self.jar.address, tip_jar().runtime),
            rotation=Rotation(len(urls), first_pause_s=0.05, max_pause_s=0.4),
            timeout_s=timeout_s,
            wrong_pause_s=0.1,
        )
        return ChainReader(nodes, ChainId(CHAIN_ID), self.jar.address)

    def begin(
        self,
        *,
        urls: Sequence[str] | None = None,
        socket_url: str | None = None,
        poll_s: float = 0.05,
        lease_for_s: float = 15.0,
        timeout_s: float = 0.5,
        from_block: int = 1,
        tokens: Sequence[Address] = (),
        payees: Any = None,
    ) -> Watcher:
        """``socket_url`` empty: by polling alone."""
        wake = WakeUp(self.http, self.socket_url if socket_url is None else socket_url, first_pause_s=0.02)
        watcher = Watcher(
            self.reader(urls, timeout_s=timeout_s),
            self.service(payees=payees, lease_for_s=lease_for_s, tokens=tokens),
            wake,
            from_block=from_block,
            times=replace(QUICK, poll_s=poll_s),
        )
        self.tasks += [asyncio.create_task(watcher.run()), asyncio.create_task(wake.run())]
        return watcher

    async def end(self) -> None:
        """Ends every watcher, as a stop of the process would."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()

    # What there is

    async def on_chain(self) -> Counter[str]:
        """The transactions of every tip on the chain, as the node itself tells them."""
        logs = await self.jar.node.call(
            "eth_getLogs",
            {"address": self.jar.address, "topics": [TOPIC], "fromBlock": "0x0", "toBlock": "latest"},
        )
        return Counter(log["transactionHash"] for log in logs)

    async def credited(self) -> Counter[str]:
        async with self.database.read() as session:
            tips = await repository.tips_of_channel(session, 1, 100_000)
        return Counter(tip.mined.key.transaction for tip in tips)

    async def agreed(self) -> None:
        """Returns once what is credited and what was told are what the chain holds."""
        on_chain = await self.on_chain()
        seen: list[Counter[str]] = []

        async def agree() -> bool:
            seen[:] = [await self.credited(), self.diary.standing()]
            return seen == [on_chain, on_chain]

        await until(agree, lambda: f"{len(on_chain)} tips on the chain, {[len(each) for each in seen]} known")

    async def until_credited(self, expected: dict[str, int]) -> None:
        """Returns once exactly these transactions are credited, each with so many tips."""

        async def is_so() -> bool:
            return await self.credited() == expected

        await until(is_so, lambda: f"not only {list(expected)} are credited")

    async def told(self, transaction: str, *what: str) -> None:
        """Returns once exactly this was told of a transaction."""

        async def is_told() -> bool:
            return self.diary.told(transaction) == list(what)

        await until(is_told, lambda: f"told {self.diary.told(transaction)}, not {what}")


async def until(holds: Callable[[], Any], otherwise: Callable[[], str]) -> None:
    """Looks again and again, at most for ``PATIENCE_S``."""
    deadline = time.monotonic() + PATIENCE_S
    while not await holds():
        assert time.monotonic() < deadline, otherwise()
        await asyncio.sleep(0.005)

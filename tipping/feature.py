"""Tipping as a part of the application: the watcher's start and stop. Without a contract configured it is not there."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from accounts.ethereum import Address, checksum_address
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.tasks import BackgroundTasks
from tipping.artifact import tip_jar
from tipping.events import NobodyTold, Payees, TipEvents
from tipping.ledger import LedgerRules
from tipping.nodes import Expected, Nodes
from tipping.rpc import ChainReader
from tipping.service import TipService
from tipping.tips import ChainId
from tipping.wake import WakeUp
from tipping.watcher import Watcher

STOP_WITHIN_S = 3.0
WINDOW_LEAST = 64
WINDOW_CONFIRMATIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingOptions:
    """What the operator decided. URLs hold secrets."""

    chain_id: int
    rpc_urls: Sequence[str] = field(repr=False)
    wake_url: str = field(default="", repr=False)
    contract: str
    confirmations: int = 21
    from_block: int = 0
    tokens: Sequence[str] = ()


def add_tipping(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    options: TippingOptions,
    payees: Payees,
    events: TipEvents | None = None,
    clock: Clock = utc_now,
) -> TipService:
    """Registers tipping. The database is migrated by the time the application starts."""
    chain, contract = ChainId(options.chain_id), _address(options.contract)
    confirmations = options.confirmations
    tips = TipService(
        database,
        chain,
        contract,
        events=events or NobodyTold(),
        payees=payees,
        tokens=[_address(each) for each in options.tokens],
        rules=LedgerRules(confirmations, max(WINDOW_LEAST, WINDOW_CONFIRMATIONS * confirmations)),
        clock=clock,
    )

    async def run(_app: web.Application) -> AsyncIterator[None]:
        expected = Expected(chain, contract, tip_jar().runtime)
        async with aiohttp.ClientSession() as http:
            wake = WakeUp(http, options.wake_url)
            reader = ChainReader(Nodes(http, options.rpc_urls, expected), chain, contract)
            watcher = Watcher(reader, tips, wake, from_block=options.from_block)
            waking = tasks.start("tips_wake_up", wake.run())
            watching = tasks.start("tips_watcher", watcher.run())
            yield
            watcher.stop()
            waking.cancel()
            # Whatever has not come to its end by then is cancelled with the other background tasks.
            await asyncio.wait([watching], timeout=STOP_WITHIN_S)

    app.cleanup_ctx.append(run)
    return tips


def _address(text: str) -> Address:
    address = checksum_address(text)
    if address is None:
        raise ValueError(f"{text!r} is no address")
    return address

"""Tipping as a part of the application: its services, its routes, the watcher's start and stop.

Without a contract configured it is not there.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import aiohttp
import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from accounts.ethereum import Address, checksum_address
from catalog.app_keys import Catalog
from catalog.channel import ChannelName
from catalog.live import LiveStates
from infra.bus import Bus
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.outbox import Outbox
from infra.rooms import RoomParts
from infra.tasks import BackgroundTasks, uninterrupted
from infra.upkeep import keep_doing
from tipping.app_keys import TIPPING, Tipping
from tipping.artifact import tip_jar
from tipping.artist_handlers import add_artist_routes
from tipping.broadcasts import LoggedBroadcasts
from tipping.coin_book import CoinBook
from tipping.coin_reader import read_coin
from tipping.coins import Chain
from tipping.describing import Describer
from tipping.errors import ChainUnavailable
from tipping.events import AllTold
from tipping.goal_news import GoalNewsToRooms
from tipping.goals import GoalService
from tipping.handlers import add_routes
from tipping.history import HistoryService, NoWallets, Wallets
from tipping.ledger import LedgerRules
from tipping.neighbours import Messages, Prices, Senders
from tipping.nodes import Expected, Nodes
from tipping.overlay_room import OverlayDirectory
from tipping.overlays import OverlayEvents, OverlayService
from tipping.payees import ChannelPayees
from tipping.pending_service import PendingService
from tipping.personal_data import TippingPersonalData
from tipping.price_feed import PriceFeed
from tipping.replays import TipReplays
from tipping.replica import StageReplica
from tipping.retention import TipRetention
from tipping.rpc import ChainReader
from tipping.service import TipService
from tipping.stage_events import StageEvents
from tipping.stages import Stages
from tipping.stats import TippingStats
from tipping.top_watch import TopWatch
from tipping.transactions import TransactionReader
from tipping.wake import WakeUp
from tipping.watcher import Watcher, WatchTimes

_log = structlog.get_logger("tipping")

STOP_WITHIN_S = 3.0
WINDOW_LEAST = 64
WINDOW_CONFIRMATIONS = 3
COINS_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingOptions:
    """What the operator decided. URLs hold secrets."""

    chain: Chain
    rpc_urls: Sequence[str] = field(repr=False)
    wake_url: str = field(default="", repr=False)
    contract: str
    confirmations: int = 21
    poll_s: float = 2.0
    from_block: int = 0
    tokens: Sequence[str] = ()


def add_tipping(
    app: web.Application,
    *,
    database: Database,
    tasks: BackgroundTasks,
    bus: Bus,
    parts: RoomParts,
    catalog: Catalog,
    live: LiveStates,
    options: TippingOptions,
    prices: Prices,
    senders: Senders | None = None,
    messages: Messages | None = None,
    wallets: Wallets | None = None,
    clock: Clock = utc_now,
) -> Tipping:
    """Registers tipping. The database is migrated by the time the application starts."""
    chain, contract = options.chain.id, address(options.contract)
    confirmations = options.confirmations
    coins = CoinBook(options.chain, [address(each) for each in options.tokens])
    broadcasts = LoggedBroadcasts(catalog.broadcasts)
    outbox = Outbox(bus, tasks)
    goals = GoalService(
        database, chain, coins, news=GoalNewsToRooms(outbox), currency=prices.currency, clock=clock
    )
    stages = Stages(
        database, chain, coins, currency=prices.currency, broadcasts=broadcasts, goals=goals, clock=clock
    )
    stats = TippingStats()
    events = StageEvents(bus, stages, stats)
    payees = ChannelPayees(catalog.channels)
    describer = Describer(coins, senders=senders, messages=messages, broadcasts=broadcasts, prices=prices)
    pending = PendingService(
        database,
        chain,
        contract,
        bus=bus,
        outbox=outbox,
        payees=payees,
        coins=coins,
        describer=describer,
        clock=clock,
    )
    tips = TipService(
        database,
        chain,
        contract,
        events=AllTold(events, OverlayEvents(bus, stages, clock=clock), goals),
        payees=payees,
        tokens=coins.tokens,
        describer=describer,
        rules=LedgerRules(confirmations, max(WINDOW_LEAST, WINDOW_CONFIRMATIONS * confirmations)),
        clock=clock,
    )
    channels = catalog.channels
    history = HistoryService(
        database, chain, coins, channels, wallets or NoWallets(), currency=prices.currency
    )
    overlay_rooms = OverlayDirectory(database, channels, goals.goal)
    tipping = app[TIPPING] = Tipping(
        tips=tips,
        stages=stages,
        replays=TipReplays(database, chain, coins),
        events=events,
        coins=coins,
        goals=goals,
        history=history,
        overlays=OverlayService(database, outbox),
        pending=pending,
        overlay_rooms=overlay_rooms,
        personal_data=TippingPersonalData(database, channels, history, goals, outbox),
        outbox=outbox,
        stats=stats,
    )

    top = TopWatch(live, catalog.channels, broadcasts, events, tasks)

    def now_ms() -> int:
        return round(clock().timestamp() * 1_000)

    parts.add("tips", lambda channel: StageReplica(int(channel), stages, now_ms))
    add_routes(app)
    add_artist_routes(app)

    retention = TipRetention(database, channels, catalog.people, tipping.personal_data)

    def gone(_name: ChannelName) -> None:
        tasks.start("overlays_of_gone_channels", uninterrupted(overlay_rooms.channels_changed()))

    channels.on_gone(gone)

    async def run(_app: web.Application) -> AsyncIterator[None]:
        expected = Expected(chain, contract, tip_jar().runtime)
        async with aiohttp.ClientSession() as http:
            wake = WakeUp(http, options.wake_url)
            # What visitors announce is asked apart from what the watcher asks: neither spoils the other's nodes.
            nodes, others = (Nodes(http, options.rpc_urls, expected) for _ in range(2))
            times = WatchTimes(poll_s=options.poll_s)
            reader = ChainReader(nodes, chain, contract)
            watcher = Watcher(reader, tips, wake, from_block=options.from_block, times=times)
            stats.attach(watcher, nodes, others)
            pending.reader = TransactionReader(others)
            learned = asyncio.Event()

            async def watch() -> None:
                await learned.wait()
                await watcher.run()

            beside = [
                tasks.start("tip_coins", learn_coins(coins, nodes, database, learned)),
                tasks.start("tips_on_their_way", pending.run(lambda: watcher.is_watching)),
                tasks.start("tips_wake_up", wake.run()),
            ]
            if isinstance(prices, PriceFeed):
                beside.append(tasks.start("tip_prices", prices.run(http)))
            watching = tasks.start("tips_watcher", watch())
            beside.append(tasks.start("tips_retention", keep_doing("tips_retention", retention.clean)))
            unsubscribe = live.subscribe(top.live_changed)
            yield
            unsubscribe()
            pending.reader = None
            watcher.stop()
            for each in beside:
                each.cancel()
            if not learned.is_set():
                watching.cancel()
            # Whatever has not come to its end by then is cancelled with the other background tasks.
            await asyncio.wait([watching], timeout=STOP_WITHIN_S)

    app.cleanup_ctx.append(run)
    return tipping


async def learn_coins(coins: CoinBook, nodes: Nodes, database: Database, learned: asyncio.Event) -> None:
    """Reads every token that counts from the table or its contract; no tip is stored before its coin is known."""
    while True:
        retry_s = COINS_AGAIN_S
        try:
            await uninterrupted(coins.read(database))
            found = [await read_coin(nodes, token) for token in coins.missing]
            await uninterrupted(coins.learn(database, [coin for coin in found if coin is not None]))
        except ChainUnavailable as trouble:
            retry_s = max(retry_s, trouble.retry_in_s)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("coins_not_read", error=type(error).__name__)
        else:
            learned.set()
            return
        await asyncio.sleep(retry_s)


def address(text: str) -> Address:
    """Raises ``ValueError``."""
    found = checksum_address(text)
    if found is None:
        raise ValueError(f"{text!r} is no address")
    return found

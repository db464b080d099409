"""The synthetic fan of the demo: tips on a channel now and then while somebody watches it."""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import cycle

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from accounts.ethereum import keccak256
from catalog.app_keys import Catalog
from catalog.errors import CatalogError
from catalog.live import LiveStates
from infra.tasks import BackgroundTasks
from server.demo_chain import FAN, DemoChain
from server.demo_rpc import DemoChainError

_log = structlog.get_logger("demo")

LOOK_S = 5.0
COIN = 10**18
TIPS = (
    (COIN, "That bass line!"),
    (COIN // 2, ""),
    (5 * COIN // 2, "Greetings from the machine room \N{MUSICAL NOTE}"),
    (COIN, "More of this, please."),
    (5 * COIN, "For new strings, if you had any."),
    (COIN // 4, "Encore!"),
)
TIP_GAS = 500_000
_SELECTOR = keccak256(b"tip((address,uint64,uint64,string))")[:4]
_WORD = 32


def add_demo_fan(
    app: web.Application,
    chain: DemoChain,
    tasks: BackgroundTasks,
    name: str,
    catalog: Catalog,
    live: LiveStates,
    every_s: float,
) -> None:
    """Registers the fan of the channel ``name``."""

    async def run(_app: web.Application) -> AsyncIterator[None]:
        tipping = tasks.start("demo_fan", keep_tipping(chain, name, catalog, live, every_s=every_s))
        yield
        tipping.cancel()

    app.cleanup_ctx.append(run)


async def keep_tipping(
    chain: DemoChain, name: str, catalog: Catalog, live: LiveStates, *, every_s: float
) -> None:
    """A background task. The first tip comes soon after somebody has come to watch."""
    tips = cycle(TIPS)
    look_s = wait_s = min(LOOK_S, every_s)
    while True:
        await asyncio.sleep(wait_s)
        wait_s = look_s
        state = live.get(name)
        if state is None or not state.viewers:
            continue
        amount, message = next(tips)
        try:
            await _tip(chain, name, catalog, amount, message)
        except (DemoChainError, CatalogError, SQLAlchemyError, OSError) as error:
            _log.warning("demo_fan_could_not_tip", error=type(error).__name__)
        wait_s = every_s * random.uniform(0.7, 1.3)  # noqa: S311 (nobody loses by guessing it)


async def _tip(chain: DemoChain, name: str, catalog: Catalog, amount: int, message: str) -> None:
    channel = await catalog.channels.get(name)
    if channel.payout_wallet is None:
        return
    broadcast = await catalog.broadcasts.current(name, channel.id)
    request = {
        "from": FAN,
        "to": chain.contract,
        "value": hex(amount),
        "gas": hex(TIP_GAS),
        "data": tip_call(channel.payout_wallet, channel.id, (broadcast or (None,))[0] or 0, message),
    }
    await chain.rpc.ask("eth_sendTransaction", request)


def tip_call(artist: str, channel: int, broadcast: int, message: str) -> str:
    """The call of ``tip`` as the Solidity ABI has it: ``0x...``."""
    text = message.encode()
    words = (_WORD, int(artist, 16), channel, broadcast, 4 * _WORD, len(text))
    padded = text.ljust(-(-len(text) // _WORD) * _WORD, b"\0")
    return "0x" + (_SELECTOR + b"".join(word.to_bytes(_WORD) for word in words) + padded).hex()

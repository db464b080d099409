"""Present prices of coins, asked of somebody else: JSON in the shape of CoinGecko's ``simple/price``.

    GET URL?ids=coredaoorg,tether&vs_currencies=usd    ->    {"coredaoorg": {"usd": 0.42}, "tether": {"usd": 1.0}}

What was answered last holds while the source is away, and fixed prices where it has never answered. Its address may
hold a secret: logs do not name it.
"""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

import aiohttp
import msgspec
import structlog

from accounts.ethereum import Address
from tipping.money import Price, price_of_number

_log = structlog.get_logger("tipping")

EVERY_S = 60.0
AGAIN_MAX_S = 600.0
TIMEOUT_S = 10.0
ANSWER_MAX_BYTES = 256 * 1024


class PriceFeed:
    """``tipping.neighbours.Prices``. ``names`` are what the source calls coins, ``fixed`` prices by token."""

    def __init__(
        self,
        url: str,
        currency: str,
        names: Mapping[Address, str],
        fixed: Mapping[Address, Price],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self.currency = currency
        self._url = url
        self._names = dict(names)
        self._fixed = dict(fixed)
        self._told: dict[Address, Price] = {}
        self._every_s = every_s

    def of(self, token: Address, /) -> Price | None:
        return self._told.get(token) or self._fixed.get(token)

    async def run(self, http: aiohttp.ClientSession) -> None:
        """Asks again and again, less often while there is no answer; a background task."""
        pause_s = self._every_s
        while self._names:
            try:
                await self.ask(http)
                pause_s = self._every_s
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
                # The error's own words hold the address.
                _log.warning("prices_not_told", error=type(error).__name__, retry_s=round(pause_s))
                pause_s = min(pause_s * 2.0, AGAIN_MAX_S)
            await asyncio.sleep(pause_s)

    async def ask(self, http: aiohttp.ClientSession) -> None:
        """Asks once. Raises ``aiohttp.ClientError``, ``TimeoutError``, ``OSError``, ``ValueError``."""
        wanted = self.currency.lower()
        query = {"ids": ",".join(sorted(set(self._names.values()))), "vs_currencies": wanted}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with http.get(self._url, params=query, timeout=timeout, allow_redirects=False) as response:
            if response.status != 200:
                raise ValueError(response.status)
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > ANSWER_MAX_BYTES:
                    raise ValueError(len(body))
        answer = msgspec.json.decode(bytes(body), type=dict[str, dict[str, msgspec.Raw]])
        for token, name in self._names.items():
            told = _price(answer.get(name, {}).get(wanted), self.currency)
            if told is not None:
                self._told[token] = told


def _price(raw: msgspec.Raw | None, currency: str) -> Price | None:
    """Other values of the answer are none of our business, whatever they are."""
    if raw is None:
        return None
    try:
        return price_of_number(msgspec.json.decode(raw, type=Decimal), currency)
    except ValueError:
        return None

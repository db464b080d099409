"""Tips, put together with the rooms they touch. Imported only when there is a chain to watch.

What a room needs of tips before the tips themselves are there (``supporters``) is made first.
"""

from collections.abc import Callable, Mapping

from aiohttp import web

from accounts.ethereum import Address
from accounts.services.directory import PeopleDirectory
from accounts.services.wallets import WalletService
from catalog.app_keys import Catalog
from catalog.live import LiveStates
from chat.app_keys import Chat
from config import Settings
from infra.bus import Bus
from infra.clock import Clock
from infra.database import Database
from infra.rooms import RoomParts
from infra.tasks import BackgroundTasks
from server.tip_happenings import TipHappenings
from server.tip_neighbours import ChatMessages, KnownSenders, LinkedWallets, TippingSupporters
from server.tipping_info import ChainView, CoinView, CurrencyView, TippingView
from tipping.app_keys import Tipping
from tipping.coins import chain
from tipping.feature import TippingOptions, add_tipping, address
from tipping.money import Price, price, quick_amounts
from tipping.neighbours import FixedPrices
from tipping.price_feed import PriceFeed
from tipping.supporters import TipSupporters
from tipping.tips import NATIVE, ChainId


class Tips:
    """The chain as the settings have it, and what is built on it."""

    def __init__(self, settings: Settings, database: Database, clock: Clock, *, is_demo: bool) -> None:
        self._settings = settings
        self._is_demo = is_demo
        self._database = database
        self._clock = clock
        self._options = tipping_options(settings)
        has_prices = settings.tip_prices or settings.tip_price_url
        self._currency = settings.tip_currency or None if has_prices else None
        self.prices: FixedPrices | PriceFeed = prices_of(settings, self._currency)

    @property
    def supporters(self) -> TippingSupporters:
        """For the chat."""
        chain = self._options.chain
        return TippingSupporters(
            TipSupporters(self._database, chain.id, chain.decimals, self._currency, clock=self._clock)
        )

    def add(
        self,
        app: web.Application,
        *,
        tasks: BackgroundTasks,
        bus: Bus,
        parts: RoomParts,
        catalog: Catalog,
        live: LiveStates,
        chat: Chat,
        people: PeopleDirectory,
        wallets: WalletService,
    ) -> Tipping:
        """Registers tipping."""
        return add_tipping(
            app,
            database=self._database,
            tasks=tasks,
            bus=bus,
            parts=parts,
            catalog=catalog,
            live=live,
            options=self._options,
            prices=self.prices,
            senders=KnownSenders(people, catalog.channels, chat.standings),
            messages=ChatMessages(chat.text_rules),
            wallets=LinkedWallets(wallets),
            clock=self._clock,
        )

    def happenings(self, tipping: Tipping) -> TipHappenings:
        """For replays."""
        return TipHappenings(tipping.replays)

    def describe(self, tipping: Tipping) -> Callable[[], TippingView]:
        """What pages are told."""
        options, prices = self._options, self.prices

        def view() -> TippingView:
            coins = tipping.coins.listed()
            known = {coin.token: prices.of(coin.token) for coin in coins}
            return TippingView(
                enabled=True,
                demo=self._is_demo,
                chain=ChainView(
                    options.chain.id,
                    options.chain.name,
                    CurrencyView(options.chain.symbol, options.chain.decimals),
                    list(options.chain.public_rpc_urls),
                    options.chain.explorer,
                ),
                contract=address(options.contract),
                confirmations=options.confirmations,
                coins=[
                    CoinView(
                        coin.token,
                        coin.symbol,
                        coin.name,
                        coin.decimals,
                        coin.permit,
                        [str(each) for each in quick_amounts(coin.decimals, known[coin.token])],
                    )
                    for coin in coins
                ],
                currency=prices.currency,
                prices={token: str(price) for token, price in known.items() if price is not None},
            )

        return view


def tipping_options(settings: Settings) -> TippingOptions:
    """Raises ``ValueError`` for what is no address."""
    return TippingOptions(
        chain=chain(
            ChainId(settings.chain_id),
            name=settings.chain_name,
            symbol=settings.chain_symbol,
            public_rpc_urls=settings.chain_public_rpc_urls,
            explorer=settings.chain_explorer,
        ),
        rpc_urls=(settings.chain_rpc_url, *settings.chain_rpc_fallbacks),
        wake_url=settings.chain_wake_url,
        contract=settings.tip_contract,
        confirmations=settings.tip_confirmations,
        poll_s=settings.chain_poll_s,
        from_block=settings.tip_from_block,
        tokens=settings.tip_tokens,
    )


def prices_of(settings: Settings, currency: str | None) -> FixedPrices | PriceFeed:
    """Where prices come from. Without a currency there are none."""
    if currency is None:
        return FixedPrices()
    fixed = fixed_prices(settings)
    if not settings.tip_price_url:
        return FixedPrices(currency, fixed)
    pairs = (each.partition("=") for each in settings.tip_price_names)
    return PriceFeed(
        settings.tip_price_url, currency, {coin_of(coin): name for coin, _, name in pairs}, fixed
    )


def fixed_prices(settings: Settings) -> Mapping[Address, Price]:
    """By token."""
    pairs = (each.partition("=") for each in settings.tip_prices)
    return {coin_of(coin): price(text, settings.tip_currency) for coin, _, text in pairs}


def coin_of(text: str) -> Address:
    """``native`` or an address."""
    return NATIVE if text == "native" else address(text)

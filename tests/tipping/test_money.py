"""What tips are worth, and where prices come from."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from accounts.ethereum import Address
from tests.tipping.chain import Chain, Sent
from tipping.coins import chain, label
from tipping.describing import AFTER_END_S, LATE_S, clock_ms
from tipping.money import (
    PRICE_DIGITS,
    STORED_MAX,
    Price,
    minor_units,
    price,
    price_of_number,
    quick_amounts,
    worth_minor,
)
from tipping.neighbours import Span
from tipping.price_feed import ANSWER_MAX_BYTES, PriceFeed
from tipping.supporters import tier_of
from tipping.tips import NATIVE, ChainId

TOKEN = Address("0x" + "d" * 40)


@given(
    amount=st.integers(0, 2**256 - 1),
    decimals=st.integers(0, 77),
    scaled=st.integers(1, 10**33),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_worth_is_exact_and_rounded_down(amount: int, decimals: int, scaled: int, currency: str) -> None:
    exact = Fraction(amount, 10**decimals) * Fraction(scaled, 10**PRICE_DIGITS) * minor_units(currency)
    worth = worth_minor(amount, decimals, Price(scaled, currency))
    assert worth == (int(exact) if int(exact) <= STORED_MAX else None)


@given(scaled=st.integers(1, 10**27))
def test_a_price_is_written_and_read_back(scaled: int) -> None:
    assert price(str(Price(scaled, "USD")), "USD").scaled == scaled
    assert price_of_number(Decimal(scaled).scaleb(-PRICE_DIGITS), "USD") in (Price(scaled, "USD"), None)


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "-1", "1e3", "1,5", ".5", "1.", "nan", "0." + "0" * 18 + "1"]
)
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        price(text, "USD")


@given(decimals=st.integers(0, 30), scaled=st.none() | st.integers(1, 10**30))
def test_offered_amounts_ascend_and_are_more_than_nothing(decimals: int, scaled: int | None) -> None:
    found = list(quick_amounts(decimals, None if scaled is None else Price(scaled, "USD")))
    assert len(found) == 4
    assert found == sorted(found)
    assert found[0] > 0


@pytest.mark.parametrize(
    ("minor", "amount", "currency", "tier"),
    [
        (0, 0, "USD", 1),
        (999, 0, "USD", 1),
        (1_000, 0, "USD", 2),
        (100_000, 0, "USD", 4),
        (0, 10**20, None, 3),
    ],
)
def test_tiers_grow_with_what_was_given(minor: int, amount: int, currency: str | None, tier: int) -> None:
    assert tier_of(minor, amount, 18, currency) == tier


def test_chains_are_called_as_they_are_known_or_as_the_operator_says() -> None:
    assert (chain(ChainId(1116)).name, chain(ChainId(1116)).symbol) == ("Core", "CORE")
    mine = chain(ChainId(5), name="Mine", symbol="MY", public_rpc_urls=("https://rpc.example.org",))
    assert (mine.name, mine.coin.symbol, mine.public_rpc_urls) == ("Mine", "MY", ("https://rpc.example.org",))
    assert label("  US\u202eD\n\tCoin" + "x" * 50, 9) == "US D Coin"


@pytest.mark.parametrize(
    ("mined_s", "now_s", "span", "expected"),
    [
        (1_010, 1_012.5, Span(1_000, None), 12_500),
        (1_010, 1_010 + LATE_S + 1, Span(1_000, None), 10_000),
        (990, 1_000.0, Span(1_000, None), 0),
        (1_010, 1_012.5, Span(1_000, 1_011.0), 11_000),
        (1_011 + int(AFTER_END_S), 1_011.0 + AFTER_END_S, Span(1_000, 1_011.0), 11_000),
        (1_012 + int(AFTER_END_S), 1_012.0 + AFTER_END_S, Span(1_000, 1_011.0), None),
        (1_010, 1_012.5, None, None),
    ],
)
def test_the_clock_of_a_tip(mined_s: int, now_s: float, span: Span | None, expected: int | None) -> None:
    mined = Chain()
    for _ in range(mined_s - 1_001):
        mined.canonical.append(mined.head)
    tip = mined.mine(Sent("a")).tips[0]
    at = type(tip.place)(tip.place.number, tip.place.block, 0, mined_s)
    assert clock_ms(type(tip)(tip.key, at, tip.details), span, now_s) == expected


Handler = Callable[[web.Request], Any]


@asynccontextmanager
async def source(handler: Handler) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    app = web.Application()
    app.router.add_get("/simple/price", handler)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        yield http, str(server.make_url("/simple/price?key=secret"))


def feed(url: str) -> PriceFeed:
    names = {NATIVE: "coredaoorg", TOKEN: "tether"}
    return PriceFeed(url, "USD", names, {NATIVE: price("0.5", "USD")})


async def test_prices_are_asked_for_and_the_last_ones_hold_while_the_source_is_away() -> None:
    asked = []
    answers = [
        '{"coredaoorg": {"usd": 0.4213}, "tether": {"usd": 1e-7}}',
        '{"coredaoorg": {"usd": -3}, "tether": {"usd": 1, "last": "x"}}',
    ]

    async def handler(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        return web.Response(text=answers.pop(0), content_type="application/json")

    async with source(handler) as (http, url):
        prices = feed(url)
        assert (str(prices.of(NATIVE)), prices.of(TOKEN)) == ("0.5", None)
        await prices.ask(http)
        assert (str(prices.of(NATIVE)), str(prices.of(TOKEN))) == ("0.4213", "0.0000001")
        await prices.ask(http)
        assert (str(prices.of(NATIVE)), str(prices.of(TOKEN))) == ("0.4213", "1")
    assert asked[0] == {"key": "secret", "ids": "coredaoorg,tether", "vs_currencies": "usd"}
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientError):
            await prices.ask(http)
    assert str(prices.of(NATIVE)) == "0.4213"


@pytest.mark.parametrize(
    "answer",
    ["", "[]", "{", '{"coredaoorg": 1}', "[" * 100_000, " " * (ANSWER_MAX_BYTES + 1) + "{}"],
)
async def test_an_answer_that_makes_no_sense_changes_nothing(answer: str) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(text=answer)

    async with source(handler) as (http, url):
        prices = feed(url)
        with pytest.raises((ValueError, RecursionError)):
            await prices.ask(http)
        assert str(prices.of(NATIVE)) == "0.5"


async def test_a_source_that_sends_elsewhere_is_not_followed() -> None:
    async def handler(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/simple/price")

    async with source(handler) as (http, url):
        with pytest.raises(ValueError, match="302"):
            await feed(url).ask(http)

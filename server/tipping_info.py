"""``GET /api/v1/tipping``: whether this server takes tips, and on which chain. There without a chain as well."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from infra.endpoints import PUBLIC, Call, Endpoint, add_endpoint


class CurrencyView(msgspec.Struct, frozen=True):
    """A chain's own coin."""

    symbol: str
    decimals: int


class ChainView(msgspec.Struct, frozen=True):
    """What a wallet that does not know the chain has to be told of it."""

    id: int
    name: str
    currency: CurrencyView
    rpc_urls: list[str]
    explorer: str | None


class CoinView(msgspec.Struct, frozen=True):
    """A coin that can be tipped."""

    token: Annotated[str, Meta(description="The zero address is the chain's own coin.")]
    symbol: str
    name: str
    decimals: int
    permit: Annotated[bool, Meta(description="Whether it takes a signed permission (EIP-2612).")]
    quick: Annotated[list[str], Meta(description="Four amounts to offer, in base units.")]


class TippingView(msgspec.Struct, frozen=True):
    """How tips are sent. When this server takes none, only ``enabled`` is there, and false."""

    enabled: bool
    demo: (
        Annotated[bool, Meta(description="Whether the chain is one of this server's own, to try it out.")]
        | UnsetType
    ) = UNSET
    chain: ChainView | UnsetType = UNSET
    contract: str | UnsetType = UNSET
    confirmations: int | UnsetType = UNSET
    coins: list[CoinView] | UnsetType = UNSET
    currency: str | UnsetType | None = UNSET
    prices: (
        Annotated[dict[str, str], Meta(description="Units of the currency per whole coin, by token.")]
        | UnsetType
    ) = UNSET


NO_TIPPING = TippingView(enabled=False)

GET_TIPPING = Endpoint(
    method="GET",
    path="/api/v1/tipping",
    summary="Get whether and how tips are sent here",
    tag="Tips",
    access=PUBLIC,
    answer=TippingView,
    etag=True,
    cache="no-cache",
)


def add_tipping_info(app: web.Application, describe: Callable[[], TippingView] | None) -> None:
    """Registers the endpoint. Without ``describe`` there are no tips."""

    async def get_tipping(_call: Call) -> TippingView:
        return NO_TIPPING if describe is None else describe()

    add_endpoint(app, GET_TIPPING, get_tipping)

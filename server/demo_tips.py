"""``--demo``: the chain's start and stop beside the server, and what a page's demo wallet needs of it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from aiohttp import web
from coincurve import PrivateKey

from accounts.ethereum import checksum_address, keccak256
from infra.endpoints import PUBLIC, Call, Endpoint, RequestType, add_endpoint
from infra.errors import DomainError
from infra.tasks import BackgroundTasks
from server.demo_chain import DemoChain
from server.demo_rpc import DemoChainError

Method = Literal[
    "eth_blockNumber",
    "eth_call",
    "eth_chainId",
    "eth_estimateGas",
    "eth_feeHistory",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByNumber",
    "eth_getCode",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_maxPriorityFeePerGas",
    "eth_sendRawTransaction",
    "net_version",
]


class DemoChainUnavailable(DomainError):
    """The demonstration's chain does not answer."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "The chain of the demonstration does not answer"


class DemoWalletView(msgspec.Struct, frozen=True):
    """An account of the demonstration's chain, with coins that are worth nothing."""

    address: str
    private_key: Annotated[str, msgspec.Meta(description="`0x` and 64 hexadecimal digits.")]


class DemoRpcCall(RequestType, frozen=True):
    """A call of JSON-RPC 2.0."""

    id: int | str
    method: Method
    params: Annotated[tuple[Any, ...], msgspec.Meta(max_length=4)] = ()
    jsonrpc: Literal["2.0"] = "2.0"


class DemoRpcView(msgspec.Struct, frozen=True):
    """The chain's answer, as JSON-RPC 2.0 has it: with ``result`` or ``error``."""

    id: int | str
    jsonrpc: str = "2.0"
    result: Any = None
    error: Any = None


DEMO_WALLET = Endpoint(
    method="GET",
    path="/api/v1/tipping/demo-wallet",
    summary="Make a wallet with play money",
    description="Only with `--demo` and a chain of its own. Each is a new one.",
    tag="Tips",
    access=PUBLIC,
    answer=DemoWalletView,
    errors=(DemoChainUnavailable,),
    limit="nonce",
)

DEMO_RPC = Endpoint(
    method="POST",
    path="/api/v1/tipping/demo-rpc",
    summary="Ask the chain of the demonstration",
    description="Only with `--demo` and a chain of its own: JSON-RPC, one call at a time, for a wallet in the page.",
    tag="Tips",
    access=PUBLIC,
    body=DemoRpcCall,
    answer=DemoRpcView,
    errors=(DemoChainUnavailable,),
    limit="demo_rpc",
)


def add_demo_chain(app: web.Application, chain: DemoChain, tasks: BackgroundTasks) -> None:
    """Registers the endpoints and the chain's life."""

    async def make_wallet(_call: Call) -> DemoWalletView:
        key = PrivateKey(secrets.token_bytes(32))
        public = key.public_key.format(compressed=False)[1:]
        address = checksum_address("0x" + keccak256(public)[-20:].hex())
        assert address is not None
        try:
            await chain.fund(address)
        except DemoChainError:
            raise DemoChainUnavailable from None
        return DemoWalletView(address, "0x" + key.secret.hex())

    async def ask(call: Call[DemoRpcCall]) -> web.Response:
        try:
            answer = await chain.rpc.pass_on(msgspec.json.encode(call.body))
        except DemoChainError:
            raise DemoChainUnavailable from None
        return web.Response(
            body=answer, content_type="application/json", headers={"Cache-Control": DEMO_RPC.cache}
        )

    async def run(_app: web.Application) -> AsyncIterator[None]:
        async with chain.running():
            mining = tasks.start("demo_chain", chain.mine())
            yield
            mining.cancel()
            await asyncio.wait([mining])

    add_endpoint(app, DEMO_WALLET, make_wallet)
    add_endpoint(app, DEMO_RPC, ask)
    app.cleanup_ctx.append(run)

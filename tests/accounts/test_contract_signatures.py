"""Wallets that are contracts: a node is asked over real HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from accounts.contract_signatures import RpcContractSignatures
from accounts.errors import ChainUnavailable
from accounts.ethereum import Address, personal_message_hash
from tests.accounts.conftest import Serve, Time
from tests.accounts.wallet import Wallet

CONTRACT = Address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
HASH = bytes(range(32))
VALID = "0x1626ba7e" + "00" * 28


class Node:
    """Answers as a node does; the contract at ``CONTRACT`` takes one signature."""

    def __init__(self) -> None:
        self.chain_id = "0x45c"
        self.status = 200
        self.answer: Any = None
        self.asked: list[dict[str, Any]] = []
        self.accepts: tuple[bytes, bytes] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        question = await request.json()
        self.asked.append(question)
        if question["method"] == "eth_chainId":
            return web.json_response({"jsonrpc": "2.0", "id": 1, "result": self.chain_id}, status=self.status)
        answer = {"result": self.judge(question["params"][0])} if self.answer is None else self.answer
        return web.json_response({"jsonrpc": "2.0", "id": 1, **answer}, status=self.status)

    def judge(self, call: dict[str, str]) -> str:
        if call["to"] != CONTRACT or self.accepts is None:
            return "0x"
        data = bytes.fromhex(call["data"][2:])
        assert data[:4].hex() == "1626ba7e"
        length = int.from_bytes(data[68:100])
        assert int.from_bytes(data[36:68]) == 64
        assert (len(data) - 4) % 32 == 0
        fits = (data[4:36], data[100 : 100 + length]) == self.accepts
        return VALID if fits else "0x" + "ff" * 32


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
async def url(node: Node) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", node.handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.mark.parametrize("signature", [b"", b"x", bytes(32), bytes(65), bytes(1_000)])
async def test_a_contract_says_whether_a_signature_is_its_own(node: Node, url: str, signature: bytes) -> None:
    contracts = RpcContractSignatures(url, 1116)
    node.accepts = (HASH, signature)
    assert await contracts.is_valid(CONTRACT, HASH, signature)
    assert not await contracts.is_valid(CONTRACT, bytes(32), signature)
    assert not await contracts.is_valid(CONTRACT, HASH, signature + b"x")
    assert not await contracts.is_valid(Wallet().address, HASH, signature)
    assert [each["method"] for each in node.asked].count("eth_chainId") == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"code": 3, "message": "execution reverted"}},
        {"result": None},
        {"result": "0x1626ba7e"},
        {"result": "0x" + "00" * 28 + "1626ba7e"},
        {"result": VALID + "00"},
        {"result": True},
        {"result": ["0x1626ba7e"]},
    ],
)
async def test_any_other_answer_is_a_no(node: Node, url: str, answer: dict[str, Any]) -> None:
    node.answer = answer
    assert not await RpcContractSignatures(url, 1116).is_valid(CONTRACT, HASH, b"x")


async def test_a_node_on_another_chain_is_not_believed(node: Node, url: str) -> None:
    node.chain_id, node.accepts = "0x1", (HASH, b"x")
    contracts = RpcContractSignatures(url, 1116)
    with pytest.raises(ChainUnavailable):
        await contracts.is_valid(CONTRACT, HASH, b"x")
    node.chain_id = "0x45c"
    assert await contracts.is_valid(CONTRACT, HASH, b"x")


async def test_a_node_that_is_away_is_no_no(node: Node, url: str) -> None:
    with pytest.raises(ChainUnavailable):
        await RpcContractSignatures("http://127.0.0.1:9/", 1116).is_valid(CONTRACT, HASH, b"x")
    node.status = 500
    with pytest.raises(ChainUnavailable):
        await RpcContractSignatures(url, 1116).is_valid(CONTRACT, HASH, b"x")


async def test_a_contract_wallet_signs_in(serve: Serve, node: Node, url: str, time: Time) -> None:
    async with serve(chain_rpc_url=url) as site:
        nonce = (await site.call("POST", "/siwe/nonce")).body["nonce"]
        owner = Wallet(7)
        message = owner.message(nonce, site.origin, time.now, address=CONTRACT)
        signature = owner.sign(message)
        node.accepts = (personal_message_hash(message), bytes.fromhex(signature[2:]))
        body = {"message": message, "signature": signature}
        signed_in = await site.call("POST", "/session/wallet", body)
        assert (signed_in.status, signed_in.body["status"]) == (200, "signed_in")
        wallets = await site.call("GET", "/me/wallets", token=signed_in.body["session"]["access_token"])
        assert [each["address"] for each in wallets.body["items"]] == [CONTRACT]


async def test_without_a_node_a_contract_wallet_does_not(serve: Serve, time: Time) -> None:
    async with serve() as site:
        nonce = (await site.call("POST", "/siwe/nonce")).body["nonce"]
        proof = Wallet(7).proof(nonce, site.origin, time.now, address=CONTRACT)
        assert (await site.call("POST", "/session/wallet", proof)).problem == "siwe-rejected"

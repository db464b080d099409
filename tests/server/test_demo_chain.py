"""The demonstration's own chain, in the real server: a newcomer's tip arrives, and outlives a kill of the server."""

import asyncio
import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from config import Settings
from server.app import make_app
from server.demo_chain import CHAIN_ID, FAN, PAYEES, STATE_FILE, DemoChain, find_anvil, prepare_demo_chain
from server.demo_fan import tip_call
from server.demo_rpc import DemoChainError
from tests.catalog.live import Stage
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually
from tests.server.conftest import Serving
from tipping.artifact import tip_jar

# A part of eth_account raises Python's recursion limit so far that deeply nested JSON overflows the stack of C.
_limit = sys.getrecursionlimit()
from eth_account import Account  # noqa: E402 (see above)

sys.setrecursionlimit(_limit)

COIN = 10**18


@pytest.fixture
async def server(tmp_path: Path, anvil: Path) -> AsyncIterator[HarmonieServer]:
    async with HarmonieServer.running(tmp_path, demo="true", demo_artist="false", demo_fan_s="0") as server:
        yield server


async def ask(http: aiohttp.ClientSession, method: str, *params: object) -> Any:
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    async with http.post("/api/v1/tipping/demo-rpc", json=call) as response:
        assert response.status == 200, await response.text()
        answer = await response.json()
    assert "error" not in answer, answer
    return answer["result"]


async def tip(http: aiohttp.ClientSession, contract: str, channel: int, message: str) -> str:
    """Tips as the page's demo wallet does; returns the transaction's hash."""
    async with http.get("/api/v1/tipping/demo-wallet") as response:
        wallet = await response.json()
    price = int(await ask(http, "eth_gasPrice"), 16)
    transaction = {
        "chainId": CHAIN_ID,
        "nonce": int(await ask(http, "eth_getTransactionCount", wallet["address"], "pending"), 16),
        "to": contract,
        "value": COIN,
        "gas": 300_000,
        "maxFeePerGas": 2 * price,
        "maxPriorityFeePerGas": price,
        "data": tip_call(PAYEES[0], channel, 0, message),
    }
    signed = Account.sign_transaction(transaction, wallet["private_key"])
    return str(await ask(http, "eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex()))


def stored(server: HarmonieServer) -> dict[str, tuple[str, bool]]:
    with sqlite3.connect(server.directory / "data" / "harmonie.sqlite3", timeout=10) as reader:
        rows = reader.execute("SELECT transaction_hash, state, recognised FROM tips").fetchall()
    reader.close()
    return {transaction: (state, bool(recognised)) for transaction, state, recognised in rows}


def demo_channel(server: HarmonieServer) -> int:
    with sqlite3.connect(server.directory / "data" / "harmonie.sqlite3", timeout=10) as reader:
        (number,) = reader.execute("SELECT id FROM channels WHERE name = 'demo'").fetchone()
    reader.close()
    return int(number)


async def test_a_newcomers_tip_is_confirmed_and_outlives_a_kill_of_the_server(server: HarmonieServer) -> None:
    started = server.events("demo_chain_started")[0]
    async with aiohttp.ClientSession(server.url) as http:
        async with http.get("/api/v1/tipping") as response:
            info = await response.json()
        assert (info["demo"], info["contract"], info["chain"]["id"]) == (True, started["contract"], CHAIN_ID)
        first = await tip(http, started["contract"], demo_channel(server), "bravo \N{MUSICAL NOTE}")
        await eventually(
            lambda: stored(server),
            lambda found: found == {first: ("confirmed", True)},
            what="a confirmed tip",
        )
        receipt = await ask(http, "eth_getTransactionReceipt", first)
    await server.kill()
    await eventually(lambda: not is_running(started["pid"]), what="the end of the chain")

    await server.start()
    again = server.events("demo_chain_started")[-1]
    assert again["contract"] == started["contract"]
    async with aiohttp.ClientSession(server.url) as http:
        assert await ask(http, "eth_getTransactionReceipt", first) == receipt
        second = await tip(http, started["contract"], demo_channel(server), "encore")
        await eventually(
            lambda: stored(server),
            lambda found: found == {first: ("confirmed", True), second: ("confirmed", True)},
            what="both tips",
        )
    await server.stop()
    assert not is_running(again["pid"])


@pytest.fixture
def anvil(need: Need) -> Path:
    found = find_anvil()
    need(found is not None, "anvil (scripts/contract --install-only)")
    assert found is not None
    return found


@contextlib.asynccontextmanager
async def mining(chain: DemoChain) -> AsyncIterator[DemoChain]:
    """The chain, run as the server runs it."""
    async with chain.running():
        task = asyncio.create_task(chain.mine())
        yield chain
        task.cancel()
        await asyncio.wait([task])


async def mined(chain: DemoChain, amount: int) -> str:
    """A tip of the synthetic fan, once it is in a block and kept; returns the transaction's hash."""
    call = tip_call(PAYEES[0], 1, 0, "")
    request = {"from": FAN, "to": chain.contract, "value": hex(amount), "gas": hex(300_000), "data": call}
    sent = str(await chain.rpc.ask("eth_sendTransaction", request))
    await eventually(lambda: chain.rpc.ask("eth_getTransactionReceipt", sent), what="a block with it")
    return sent


async def test_a_chain_that_dies_is_begun_again_with_what_it_held(anvil: Path, tmp_path: Path) -> None:
    async with mining(DemoChain(anvil, tmp_path, block_s=0.02)) as chain:
        kept = (tmp_path / STATE_FILE).read_bytes()
        sent = await mined(chain, COIN)
        await eventually(lambda: (tmp_path / STATE_FILE).read_bytes() != kept, what="a state with the tip")
        before = chain.pid
        assert before is not None
        os.kill(before, 9)
        receipt = await eventually(lambda: receipt_of(chain, sent), what="the tip on the chain begun again")
        assert (receipt["status"], receipt["to"]) == ("0x1", chain.contract.lower())
        assert chain.pid != before


async def test_a_chain_goes_on_where_it_ended_and_mines_nothing_for_nobody(
    anvil: Path, tmp_path: Path
) -> None:
    async with mining(DemoChain(anvil, tmp_path, block_s=0.02)) as first:
        sent = await mined(first, COIN)
        contract = first.contract
    async with mining(DemoChain(anvil, tmp_path, block_s=0.02)) as second:
        assert second.contract == contract
        assert (await second.rpc.ask("eth_getTransactionReceipt", sent))["status"] == "0x1"
        height = await second.rpc.ask("eth_blockNumber")
        later = await mined(second, COIN)
        block = (await second.rpc.ask("eth_getTransactionReceipt", later))["blockNumber"]
        assert int(block, 16) == int(height, 16) + 1


@pytest.mark.parametrize("kept", ['{"salt": "no"', '{"salt": "ab", "state": ""}', ""])
async def test_what_is_no_state_begins_a_chain_with_another_contract(
    anvil: Path, tmp_path: Path, kept: str
) -> None:
    async with DemoChain(anvil, tmp_path).running():
        pass
    contract = DemoChain(anvil, tmp_path).contract
    (tmp_path / STATE_FILE).write_text(kept)
    chain = DemoChain(anvil, tmp_path)
    assert chain.contract != contract
    async with chain.running():
        assert await chain.rpc.ask("eth_getCode", chain.contract, "latest") == tip_jar().runtime


async def test_a_state_that_cannot_be_gone_on_with_is_given_up_for_the_next_start(
    anvil: Path, tmp_path: Path
) -> None:
    async with DemoChain(anvil, tmp_path).running():
        pass
    stored = json.loads((tmp_path / STATE_FILE).read_text())
    (tmp_path / STATE_FILE).write_text(json.dumps(stored | {"state": "0x1234"}))
    chain = DemoChain(anvil, tmp_path)
    async with chain.running():
        assert await chain.rpc.ask("eth_getCode", chain.contract, "latest") == "0x"
    assert DemoChain(anvil, tmp_path).contract != chain.contract


async def test_a_page_may_not_ask_the_chain_for_everything(
    anvil: Path, settings: Settings, serving: Serving
) -> None:
    settings = replace(settings, demo=True)
    chain = DemoChain(anvil, settings.data_dir)
    async with serving(make_app(chain.configured(settings), demo_chain=chain)) as client:
        rpc = "/api/v1/tipping/demo-rpc"
        for method in ("anvil_setBalance", "evm_mine", "eth_sendTransaction", "anvil_dumpState"):
            call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": [FAN]}
            assert (await client.post(rpc, json=call)).status == 422, method
        assert (await client.post(rpc, json=[])).status == 422
        answer = await (await client.post(rpc, json={"id": "a", "method": "eth_chainId"})).json()
        assert answer == {"jsonrpc": "2.0", "id": "a", "result": hex(CHAIN_ID)}
        one, two = [await (await client.get("/api/v1/tipping/demo-wallet")).json() for _ in range(2)]
        assert one["address"] != two["address"]
        assert Account.from_key(one["private_key"]).address == one["address"]
        pid = chain.pid
        assert pid is not None
    assert not is_running(pid)


async def test_the_synthetic_fan_tips_while_somebody_watches(
    anvil: Path, settings: Settings, serving: Serving
) -> None:
    stage = Stage()
    settings = replace(settings, demo=True, demo_fan_s=0.02)
    chain = DemoChain(anvil, settings.data_dir, block_s=0.02)
    async with serving(make_app(chain.configured(settings), live=stage, demo_chain=chain)) as client:

        async def tips() -> Any:
            return (await (await client.get("/api/v1/channels/stage/tips")).json())["tips"]

        stage.go_live("stage")
        assert await tips() == []
        height = await chain.rpc.ask("eth_blockNumber")
        stage.set_viewers("stage", 1)
        (*_, tip) = await eventually(tips, what="a tip of the fan")
        assert tip["from"]["wallet"] == FAN
        assert tip["block"] == int(height, 16) + 1, "nothing was mined while nobody watched"


async def test_without_anvil_the_demonstration_goes_on_without_tips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.demo_chain.find_anvil", lambda: None)
    assert prepare_demo_chain(Settings(demo=True, data_dir=tmp_path)) is None


async def receipt_of(chain: DemoChain, transaction: str) -> Any:
    """``None`` also while the chain does not answer."""
    with contextlib.suppress(DemoChainError):
        return await chain.rpc.ask("eth_getTransactionReceipt", transaction)


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

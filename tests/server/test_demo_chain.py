"""The demonstration's own chain, in the real server: a newcomer's tip arrives, and outlives a kill of the server."""

import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from config import Settings
from server.demo_chain import CHAIN_ID, FAN, PAYEES, STATE_FILE, find_anvil, prepare_demo_chain
from server.demo_fan import tip_call
from tests.conftest import Need
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually

# A part of eth_account raises Python's recursion limit so far that deeply nested JSON overflows the stack of C.
_limit = sys.getrecursionlimit()
from eth_account import Account  # noqa: E402 (see above)

sys.setrecursionlimit(_limit)

COIN = 10**18


@pytest.fixture
async def server(tmp_path: Path, need: Need) -> AsyncIterator[HarmonieServer]:
    need(find_anvil() is not None, "anvil (scripts/contract --install-only)")
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


async def test_a_chain_that_dies_is_begun_again_with_what_it_held(server: HarmonieServer) -> None:
    started = server.events("demo_chain_started")[0]
    async with aiohttp.ClientSession(server.url) as http:
        sent = await tip(http, started["contract"], demo_channel(server), "")
        await eventually(lambda: stored(server), lambda found: found.get(sent) == ("confirmed", True))
        os.kill(started["pid"], 9)
        await eventually(lambda: len(server.events("demo_chain_started")) == 2, what="another chain")
        assert (await ask(http, "eth_getTransactionReceipt", sent))["status"] == "0x1"


async def test_what_is_no_state_of_a_chain_begins_one_anew_elsewhere(server: HarmonieServer) -> None:
    contract = server.events("demo_chain_started")[0]["contract"]
    await server.stop()
    (server.directory / "data" / STATE_FILE).write_text('{"salt": "no"')
    await server.start()
    assert server.events("demo_chain_started")[-1]["contract"] != contract


async def test_a_page_may_not_ask_the_chain_for_everything(server: HarmonieServer) -> None:
    async with aiohttp.ClientSession(server.url) as http:
        for method in ("anvil_setBalance", "evm_mine", "eth_sendTransaction", "anvil_dumpState"):
            call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": [FAN]}
            async with http.post("/api/v1/tipping/demo-rpc", json=call) as response:
                assert response.status == 422, await response.text()
        async with (
            http.get("/api/v1/tipping/demo-wallet") as one,
            http.get("/api/v1/tipping/demo-wallet") as two,
        ):
            assert (await one.json())["address"] != (await two.json())["address"]


async def test_without_anvil_the_demonstration_goes_on_without_tips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.demo_chain.find_anvil", lambda: None)
    assert prepare_demo_chain(Settings(demo=True, data_dir=tmp_path)) is None


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

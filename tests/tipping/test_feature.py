"""Tipping as a part of the real server; and that it is not there when nobody asked for it."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.harmonie_server import HarmonieServer
from tests.polling import eventually
from tests.tipping.anvil import CHAIN_ID, AnvilProcess, Jar, Node

WITHOUT = """
import asyncio, sys, tempfile
from pathlib import Path
from aiohttp.test_utils import TestServer
from config import Settings
before = sys.getrecursionlimit()
from server.app import make_app

async def main():
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(host="127.0.0.1", udp_port=0, data_dir=Path(directory), **KEYWORDS)
        async with TestServer(make_app(settings)):
            names = {task.get_name() for task in asyncio.all_tasks()}
    heavy = [name for name in sys.modules if name.split(".")[0] in HEAVY]
    tipping = any(name.split(".")[0] == "tipping" for name in sys.modules)
    print(sorted(heavy), tipping, "tips_watcher" in names, sys.getrecursionlimit() == before)

HEAVY = {"web3", "eth_abi", "eth_account", "eth_utils", "eth_keys", "eth_typing", "hexbytes", "pydantic"}
asyncio.run(main())
"""


def started(keywords: str) -> str:
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT.replace("**KEYWORDS", keywords)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()[-1]


def test_without_a_contract_there_is_no_watcher_and_no_library_for_chains() -> None:
    assert started("") == "[] False False True"


def test_with_a_contract_there_is_a_watcher_and_still_no_library_that_changes_the_process() -> None:
    contract = "0x" + "c" * 40
    assert (
        started(f'tip_contract="{contract}", chain_rpc_url="http://127.0.0.1:1/secret"')
        == "[] True True True"
    )


async def test_the_real_server_stores_a_tip_to_a_channels_wallet(
    anvil: AnvilProcess, jar: Jar, node: Node, tmp_path: Path
) -> None:
    async with HarmonieServer.running(
        tmp_path / "server",
        chain_id=str(CHAIN_ID),
        chain_rpc_url=anvil.url + "/?key=secret-key",
        chain_wake_url=anvil.socket_url,
        tip_contract=jar.address.lower(),
        tip_confirmations="2",
        tip_from_block="1",
    ) as server:
        database = await asyncio.to_thread(_database, tmp_path / "server")
        with sqlite3.connect(database, timeout=10) as connection:
            connection.execute(
                "INSERT INTO channels (name, title, stream_key_hash, stream_key_set_at, created_at, description,"
                " links, payout_wallet, followers, past_broadcasts)"
                " VALUES ('miles', 'Miles', x'00', '2026-01-01', '2026-01-01', '', '[]', ?, 0, 0)",
                (node.accounts[4],),
            )
            (channel,) = connection.execute("SELECT id FROM channels WHERE name = 'miles'").fetchone()
        connection.close()
        mine = await jar.tip(node.accounts[4], 10**18, channel=channel, message="bravo")
        faked = await jar.tip(node.accounts[1], 10**18, channel=channel, sender=2)
        await node.mine(2)

        def tips() -> dict[str, tuple[str, bool]]:
            with sqlite3.connect(database, timeout=10) as reader:
                rows = reader.execute("SELECT transaction_hash, state, recognised FROM tips").fetchall()
            reader.close()
            return {transaction: (state, bool(recognised)) for transaction, state, recognised in rows}

        await eventually(
            tips, lambda found: found == {mine: ("confirmed", True), faked: ("confirmed", False)}
        )
        log = server.log()
    assert "secret-key" not in log


def _database(directory: Path) -> Path:
    (found,) = directory.rglob("harmonie.sqlite3")
    return found

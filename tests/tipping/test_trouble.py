"""Nodes that die, freeze, limit and lie: no tip is missed, none is told twice, and no URL is logged."""

import asyncio
import contextlib
import os
import signal
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.database import Database
from tests.tipping.anvil import AnvilProcess, Jar, Node, call_data
from tests.tipping.hostile_node import HostileNode
from tests.tipping.solidity import CONTRACTS, compiled
from tests.tipping.watching import Watching, until
from tipping.artifact import tip_jar
from tipping.errors import LeaseLost
from tipping.ledger import beginning_at

MOODS = [
    *("dead", "frozen", "rate limited", "broken", "no json", "nested", "wrong chain", "wrong contract"),
    *("other answers", "wrong block", "wrong logs", "other contract's logs", "removed logs", "logs twice"),
    *("no logs yet", "standing still"),
]


@pytest.fixture
async def hostile(anvil: AnvilProcess) -> AsyncIterator[HostileNode]:
    async with HostileNode.before(anvil.url) as hostile:
        yield hostile


async def some_tips(jar: Jar, node: Node, count: int = 3) -> None:
    for sender in range(1, count + 1):
        await jar.tip(node.accounts[9], sender, sender=sender)
        await node.mine()


@pytest.mark.parametrize("mood", MOODS)
async def test_another_node_is_asked_when_the_first_turns_bad(
    watching: Watching, jar: Jar, node: Node, anvil: AnvilProcess, hostile: HostileNode, mood: str
) -> None:
    with structlog.testing.capture_logs() as logs:
        watching.begin(urls=[hostile.url, anvil.url], socket_url="", poll_s=0.02, timeout_s=0.2)
        await some_tips(jar, node)
        await watching.agreed()
        asked = hostile.asked.total()
        hostile.mood = mood
        await some_tips(jar, node)
        await watching.agreed()
        hostile.mood = "honest"
        await some_tips(jar, node)
        await watching.agreed()
    assert asked > 0
    assert "secret-key" not in repr(logs)
    assert "127.0.0.1" not in repr(logs)


@pytest.mark.parametrize("mood", MOODS)
async def test_a_node_that_was_bad_from_the_beginning_is_asked_again(
    watching: Watching, jar: Jar, node: Node, hostile: HostileNode, mood: str
) -> None:
    hostile.mood = mood
    watching.begin(urls=[hostile.url], socket_url="", poll_s=0.02, timeout_s=0.1)
    await some_tips(jar, node)

    async def was_asked() -> bool:
        return hostile.asked.total() >= 2

    await until(was_asked, lambda: "not asked")
    hostile._thawed.set()
    hostile.mood = "honest"
    await watching.agreed()


async def test_a_node_that_limits_our_rate_is_left_alone_for_as_long_as_it_says(
    watching: Watching, jar: Jar, node: Node, anvil: AnvilProcess, hostile: HostileNode
) -> None:
    hostile.mood = "rate limited"
    watching.begin(urls=[hostile.url, anvil.url], socket_url="", poll_s=0.01)
    await some_tips(jar, node, 8)
    await watching.agreed()
    assert hostile.asked.total() <= 10


async def test_a_frozen_node_delays_nothing_that_another_can_tell(
    watching: Watching, jar: Jar, node: Node, anvil: AnvilProcess, anvil_binary: Path
) -> None:
    with AnvilProcess.running(anvil_binary) as other:
        watching.begin(urls=[other.url, anvil.url], socket_url="", timeout_s=0.2)
        os.kill(other.process.pid, signal.SIGSTOP)
        await some_tips(jar, node)
        await watching.agreed()


async def test_a_node_that_ends_and_comes_back_is_asked_again(
    sqlite: Database, anvil_binary: Path, tmp_path: Path
) -> None:
    state = ("--state", str(tmp_path / "chain.json"))
    with AnvilProcess.running(anvil_binary, *state) as first:
        async with Node.connected(first.url) as node:
            jar = await node.deploy_jar()
            async with Watching.prepared(sqlite, jar, [first.url], first.socket_url) as watching:
                watching.begin()
                await some_tips(jar, node)
                await watching.agreed()
                first.process.terminate()
                first.process.wait()
                with AnvilProcess.running(anvil_binary, *state, port=first.port) as second:
                    async with Node.connected(second.url) as again:
                        jar.node = again
                        await some_tips(jar, again)
                        await watching.agreed()
                        assert len(watching.diary.standing()) == 6


async def test_a_chain_that_is_another_with_the_same_contract_address_is_not_believed(
    watching: Watching, jar: Jar, node: Node, anvil: AnvilProcess, anvil_binary: Path
) -> None:
    with AnvilProcess.running(anvil_binary, chain_id=1) as other:
        async with Node.connected(other.url) as elsewhere:
            await elsewhere.call("anvil_setCode", jar.address, tip_jar().runtime)
            await Jar(elsewhere, jar.address).tip(node.accounts[9], 1, sender=5)
            await elsewhere.call("anvil_mine", "0x400")
        watching.begin(urls=[other.url, anvil.url], socket_url="")
        await some_tips(jar, node)
        await watching.agreed()


async def test_a_wake_up_socket_that_flaps_and_babbles_loses_nothing(
    watching: Watching, jar: Jar, node: Node
) -> None:
    connections = 0

    async def flap(request: web.Request) -> web.WebSocketResponse:
        nonlocal connections
        connections += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        for word in ("{}", "[" * 1_000, '{"params":{"result":{"number":"0xffffff"}}}'):
            await socket.send_str(word)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/", flap)
    async with TestServer(app) as server:
        watching.begin(socket_url=str(server.make_url("/")).replace("http", "ws"))
        await some_tips(jar, node, 6)
        await watching.agreed()

        async def flapped() -> bool:
            return connections >= 3

        await until(flapped, lambda: f"{connections} connections")


async def test_a_wake_up_socket_that_is_not_there_loses_nothing(
    watching: Watching, jar: Jar, node: Node
) -> None:
    watching.begin(socket_url="ws://127.0.0.1:1")
    await some_tips(jar, node)
    await watching.agreed()


async def test_ten_thousand_missed_tips_are_found_in_ranges(
    watching: Watching, jar: Jar, node: Node, sqlite: Database, hostile: HostileNode
) -> None:
    """Several tips to a transaction, and a node that refuses long ranges and tells no times."""
    crowd = compiled(CONTRACTS / "Crowd.sol")["Crowd"]
    sender = await node.deploy(crowd["bytecode"], ["address"], [jar.address])
    before = await node.number()
    for _ in range(40):
        data = call_data("many(address,uint256)", node.accounts[9], 250)
        await node.send(sender, data, value=250, gas=25_000_000)
        await node.mine()
    await node.mine(60)
    hostile.most_blocks, hostile.mood = 16, "no times"
    watching.begin(urls=[hostile.url], socket_url="", from_block=before, timeout_s=10.0)
    began_s = time.perf_counter()

    async def all_told() -> bool:
        return len(watching.diary.entries) >= 20_000

    await until(all_told, lambda: f"{len(watching.diary.entries)} told")
    print(f"10,000 tips found, stored and told in {time.perf_counter() - began_s:.1f} s")
    await watching.agreed()
    assert (await watching.credited()).total() == 10_000
    assert [what for what, _, _ in watching.diary.entries].count("confirmed") == 10_000
    assert hostile.asked["eth_getLogs"] < 60


async def test_two_watchers_share_the_work_of_one(watching: Watching, jar: Jar, node: Node) -> None:
    watchers = [watching.begin(lease_for_s=0.4) for _ in range(2)]
    await some_tips(jar, node, 5)
    await watching.agreed()
    assert [each.is_watching for each in watchers].count(True) == 1
    first = watchers.index(next(each for each in watchers if each.is_watching))
    for task in watching.tasks[2 * first : 2 * first + 2]:
        # As good as dead: it does not give the lease back.
        watchers[first]._tips.release = _nothing  # type: ignore[method-assign,assignment]  # a death says nothing
        task.cancel()
    await some_tips(jar, node, 5)
    await watching.agreed()
    assert watchers[1 - first].is_watching
    assert set(watching.diary.standing().values()) == {1}


async def _nothing(_lease: object) -> None:
    return None


async def test_a_watcher_that_was_overtaken_stores_nothing(watching: Watching, jar: Jar, node: Node) -> None:
    """It was asleep, as a virtual machine can be, while another took the lease."""
    sleeper, other = watching.service(lease_for_s=0.0), watching.service()
    asleep = await sleeper.take_lease()
    assert asleep is not None
    assert await other.take_lease() is not None
    with pytest.raises(LeaseLost):
        await sleeper.store(asleep, [], beginning_at(1))
    with pytest.raises(LeaseLost):
        await sleeper.renew(asleep)
    await sleeper.release(asleep)
    assert await watching.service().take_lease() is None


CHILD = """
import asyncio, os, sys
from pathlib import Path
import aiohttp
from infra.database import Database, database_url
from tests.tipping.anvil import Jar
from tests.tipping.watching import Watching

async def main(url, address, directory, moment):
    database = Database(database_url("", Path(directory)))
    async with aiohttp.ClientSession() as http:
        watching = Watching(database, Jar(None, address), [url], "", http)
        watcher = watching.begin(lease_for_s=0.3)
        service = watcher._tips
        if moment == "before":
            async def store(lease, effects, state):
                if effects:
                    os.kill(os.getpid(), 9)
                await type(service).store(service, lease, effects, state)
            service.store = store
        else:
            async def seen(tip):
                os.kill(os.getpid(), 9)
            watching.diary.seen = seen
        print("ready", flush=True)
        await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_process_killed_between_seen_and_stored_or_told_loses_nothing(
    watching: Watching, jar: Jar, node: Node, anvil: AnvilProcess, tmp_path: Path, moment: str
) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(CHILD), anvil.url, jar.address, str(tmp_path), moment),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        await some_tips(jar, node)
        async with asyncio.timeout(60):
            assert await child.wait() == -signal.SIGKILL
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
    assert bool(await watching.credited()) == (moment == "after")
    watching.begin()
    await watching.agreed()
    assert set(watching.diary.standing().values()) == {1}


async def test_a_fork_deeper_than_the_window_is_told_loudly_and_read_again(
    watching: Watching, jar: Jar, node: Node
) -> None:
    with structlog.testing.capture_logs() as logs:
        watcher = watching.begin()
        await node.mine(3)
        final = await jar.tip(node.accounts[9], 1)
        await node.mine(12)
        dropped = await jar.tip(node.accounts[9], 2, sender=2)
        moved = await jar.tip(node.accounts[9], 3, sender=3)
        await node.mine(14)
        await watching.agreed()
        head = await node.number()

        async def is_there() -> bool:
            return watcher._stands_on == head

        # From here the first tip is below the window, so that the fork leaves it alone.
        await until(is_there, lambda: f"the watcher stands on {watcher._stands_on}, not on {head}")
        raw = await node.raw(moved)
        await node.drop(27)
        await node.mine(25)
        await node.mine_elsewhere(raw)
        await node.mine(3)
        await watching.told(dropped, "seen", "confirmed", "withdrawn")
        await watching.until_credited({final: 1, moved: 1})
    assert "fork_too_deep" in {each["event"] for each in logs}

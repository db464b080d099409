"""A watcher on a real chain: every tip is told, soon and once, and taken back when the chain drops it."""

import asyncio
import time

import pytest

from tests.tipping.anvil import Jar, Node
from tests.tipping.watching import Watching, until
from tipping.tips import NATIVE


async def test_a_tip_is_told_with_all_it_says(watching: Watching, jar: Jar, node: Node) -> None:
    watching.begin()
    transaction = await jar.tip(node.accounts[4], 12_345, channel=7, broadcast=9, message="🎷 more of that!")
    await node.mine()
    await watching.told(transaction, "seen")
    _, tip, _ = watching.diary.entries[0]
    details = tip.mined.details
    assert (details.channel, details.broadcast, details.message) == (7, 9, "🎷 more of that!")
    assert (details.artist, details.tipper, details.token) == (node.accounts[4], node.accounts[1], NATIVE)
    assert (details.amount, details.fee) == (12_345, 0)
    await node.mine(2)
    await watching.told(transaction, "seen", "confirmed")


async def test_several_tips_of_one_block_are_told_in_order(watching: Watching, jar: Jar, node: Node) -> None:
    watching.begin()
    for amount in (1, 2, 3):
        await jar.tip(node.accounts[4], amount, sender=amount)
    await node.mine()
    await watching.agreed()
    logs = [tip.mined.place.log_index for _, tip, _ in watching.diary.entries]
    assert logs == sorted(logs) == [0, 1, 2]


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 8, 13, 20])
async def test_a_dropped_tip_is_withdrawn_and_a_moved_one_stays(
    watching: Watching, jar: Jar, node: Node, depth: int
) -> None:
    watching.begin()
    await node.mine(2)
    stays = await jar.tip(node.accounts[4], 1, sender=1)
    gone = await jar.tip(node.accounts[4], 2, sender=2)
    returns = await jar.tip(node.accounts[4], 3, sender=3)
    await node.mine(depth)
    raw_stays, raw_returns = await node.raw(stays), await node.raw(returns)
    await watching.agreed()
    if depth >= 3:
        await watching.told(gone, "seen", "confirmed")

    await node.drop(depth)
    await node.mine_elsewhere()
    await node.mine_elsewhere(raw_stays)
    await node.mine(max(0, depth - 1))
    await watching.agreed()
    assert watching.diary.told(gone)[-1] == "withdrawn"

    await node.mine_elsewhere(raw_returns)
    await watching.agreed()
    assert watching.diary.told(returns).count("seen") == watching.diary.told(returns).count("withdrawn") + 1


async def test_a_reorganisation_that_the_node_makes_itself_is_followed(
    watching: Watching, jar: Jar, node: Node
) -> None:
    watching.begin()
    await node.mine(2)
    gone = await jar.tip(node.accounts[4], 1)
    await node.mine()
    moves = await jar.tip(node.accounts[4], 2, sender=2)
    await node.mine()
    await watching.agreed()
    await node.call("anvil_reorg", 3, [[await node.raw(moves), 0]])
    await watching.agreed()
    assert watching.diary.told(gone)[-1] == "withdrawn"
    assert watching.diary.standing()[moves] == 1


async def test_reorganisations_one_after_the_other_leave_what_the_chain_holds(
    watching: Watching, jar: Jar, node: Node
) -> None:
    watching.begin()
    await node.mine(2)
    for depth in (1, 3, 2, 5, 1, 4):
        raws = []
        for sender in (1, 2, 3):
            raws.append(await node.raw(await jar.tip(node.accounts[4], depth, sender=sender)))
            await node.mine()
        await node.mine(2)
        await node.drop(depth)
        kept = [raw for number, raw in enumerate(raws, 1) if depth > 5 - number and number % 2]
        await node.mine_elsewhere(*kept)
        await node.mine_elsewhere()
    await watching.agreed()


async def test_what_was_mined_before_the_watcher_began_is_found(
    watching: Watching, jar: Jar, node: Node
) -> None:
    before = await node.number()
    transaction = await jar.tip(node.accounts[4], 1)
    await node.mine(40)
    watching.begin(from_block=before)
    await watching.told(transaction, "seen", "confirmed")


@pytest.mark.parametrize("blocks", [3, 40])
async def test_a_reorganisation_while_nobody_watches_is_made_up_for(
    watching: Watching, jar: Jar, node: Node, blocks: int
) -> None:
    watching.begin()
    await node.mine(2)
    gone = await jar.tip(node.accounts[4], 1)
    stays = await jar.tip(node.accounts[4], 2, sender=2)
    await node.mine(2)
    raw = await node.raw(stays)
    await watching.agreed()
    await watching.end()
    await node.drop(2)
    await node.mine_elsewhere(raw)
    await node.mine(blocks)
    watching.begin()
    await watching.agreed()
    assert watching.diary.told(gone) == ["seen", "withdrawn"]
    assert watching.diary.standing() == {stays: 1}


async def test_look_alikes_are_ignored(watching: Watching, jar: Jar, node: Node) -> None:
    watching.begin()
    other = await node.deploy_jar()
    await other.tip(node.accounts[4], 1, sender=1)
    await jar.send("setSplit((address,uint16)[])", [(node.accounts[4], 10_000)], sender=2)
    mine = await jar.tip(node.accounts[4], 5, sender=3)
    await node.mine()
    await watching.told(mine, "seen")
    await watching.agreed()
    assert len(watching.diary.entries) == 1


async def test_money_that_went_to_somebody_else_is_no_tip(watching: Watching, jar: Jar, node: Node) -> None:
    class OnlyTheArtist:
        async def is_payee(self, channel: int, artist: str) -> bool:
            return artist == node.accounts[4]

    watching.begin(payees=OnlyTheArtist())
    to_oneself = await jar.tip(node.accounts[1], 10**23, sender=1)
    tip = await jar.tip(node.accounts[4], 1, sender=2)
    await node.mine()
    await watching.told(tip, "seen")
    assert watching.diary.told(to_oneself) == []
    assert await watching.credited() == {tip: 1}


async def test_what_cannot_be_told_is_told_later(watching: Watching, jar: Jar, node: Node) -> None:
    watching.begin()
    watching.diary.broken = True
    transaction = await jar.tip(node.accounts[4], 1)
    await node.mine()

    async def is_stored() -> bool:
        return bool(await watching.credited())

    await until(is_stored, lambda: "not stored")
    assert watching.diary.entries == []
    watching.diary.broken = False
    await watching.told(transaction, "seen")


async def latencies(watching: Watching, jar: Jar, node: Node, count: int) -> list[float]:
    """From the answer that a block is mined to the tip being told, in seconds, in ascending order."""
    found = []
    for number in range(count):
        transaction = await jar.tip(node.accounts[4], number + 1, sender=number % 8 + 1)
        watching.diary.written.clear()
        await node.mine()
        mined = time.perf_counter()
        while not watching.diary.told(transaction):
            async with asyncio.timeout(10):
                await watching.diary.written.wait()
            watching.diary.written.clear()
        found.append(max(0.0, watching.diary.entries[-1][2] - mined))
        assert watching.diary.entries[-1][1].mined.key.transaction == transaction
    return sorted(found)


async def test_a_wake_up_tells_of_a_tip_at_once(watching: Watching, jar: Jar, node: Node) -> None:
    watching.begin(poll_s=5.0)
    await latencies(watching, jar, node, 1)
    found = await latencies(watching, jar, node, 60)
    print(f"woken: p50 {found[30] * 1e3:.1f} ms, most {found[-1] * 1e3:.1f} ms")
    # The median, since other tests share the machine; docs/tips.md has figures of a quiet one.
    assert found[30] < 0.1


async def test_polling_alone_tells_of_a_tip_within_the_interval(
    watching: Watching, jar: Jar, node: Node
) -> None:
    watching.begin(poll_s=0.2, socket_url="")
    found = await latencies(watching, jar, node, 12)
    print(f"polling every 200 ms: p50 {found[6] * 1e3:.1f} ms, most {found[-1] * 1e3:.1f} ms")
    assert found[6] < 0.2 + 0.2

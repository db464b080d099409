"""From the block to everyone's screen: the real server, a real chain, real sockets."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.tipping.anvil import AnvilProcess, Jar
from tests.tipping.serving import Served
from tipping.messages import short


@pytest.fixture
async def served(tmp_path: Path, anvil: AnvilProcess, jar: Jar) -> AsyncIterator[Served]:
    async with Served.running(tmp_path, anvil, jar) as served:
        yield served


async def test_a_tip_is_on_everyones_screen_confirmed_and_in_what_joiners_are_shown(served: Served) -> None:
    fan = await served.sign_in("Ada", wallet=served.node.accounts[1])
    async with served.viewer() as viewer:
        assert viewer.snapshot == {"recent": [], "pending": [], "goal": None, "top": []}
        transaction = await served.tip(3 * 10**18, "  bravo\n\u202e! ")
        await served.node.mine()
        tip = (await viewer.heard("tip_seen"))["tip"]
        assert tip["from"] == {
            "user": fan.user["id"],
            "name": "Ada",
            "wallet": served.node.accounts[1],
            "badges": [],
        }
        assert (tip["state"], tip["transaction"], tip["message"]) == ("seen", transaction, "bravo !")
        assert (tip["amount"], tip["symbol"], tip["decimals"]) == (str(3 * 10**18), "CORE", 18)
        assert tip["worth"] == {"minor": 150, "currency": "USD"}
        (first,) = (await viewer.heard("tip_top"))["top"]
        assert (first["name"], first["amount"], first["tips"]) == ("Ada", str(3 * 10**18), 1)
        await served.tip(10**18, sender=2)
        await served.node.mine(2)
        stranger = (await viewer.heard("tip_seen", 2))["tip"]
        assert (stranger["from"]["user"], stranger["from"]["name"]) == (None, short(served.node.accounts[2]))
        assert (await viewer.heard("tip_confirmed"))["id"] == tip["id"]
        await viewer.heard("tip_top", 2)
        shown = await served.fresh()
        assert shown["recent"] == [tip | {"state": "confirmed"}, stranger]
        assert [each["tips"] for each in shown["top"]] == [1, 1]
        assert (await viewer.heard("tip_top", 2))["top"] == shown["top"]
    listed = await served.get("/channels/miles/tips?limit=1")
    assert (listed["tips"], listed["next"]) == ([stranger], stranger["id"])
    assert (await served.get(f"/channels/miles/tips?before={listed['next']}"))["tips"] == shown["recent"][:1]
    board = await served.get("/channels/miles/tips/leaderboard?period=all")
    assert board == {"period": "all", "top": shown["top"]}

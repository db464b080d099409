"""Tips on their way: shown at once when a node knows them, gone when nothing comes of them, never when made up."""

from datetime import timedelta
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from tests.tipping.anvil import NATIVE, TIP, call_data
from tests.tipping.serving import Served, Viewer
from tipping.app_keys import TIPPING
from tipping.calldata import TipCall, decode_call
from tipping.following import MISSING_FOR_MS, Fate, Following
from tipping.messages import DropReason
from tipping.stage import PENDING_FOR_MS

ARTIST, TOKEN = "0x" + "a" * 40, "0x" + "b" * 40
SIGNATURES = {
    1: f"tip({TIP})",
    3: f"tipToken({TIP},address,uint256)",
    7: f"tipTokenWithPermit({TIP},address,uint256,uint256,uint8,bytes32,bytes32)",
}


def data_of(words: int, channel: int, broadcast: int, message: str, amount: int) -> bytes:
    values: list[Any] = [(ARTIST, channel, broadcast, message), TOKEN, amount, 9, 27, b"r" * 32, b"s" * 32]
    return bytes.fromhex(call_data(SIGNATURES[words], *values[:words])[2:])


@given(
    words=st.sampled_from([1, 3, 7]),
    channel=st.integers(0, 2**63 - 1),
    broadcast=st.integers(0, 2**63 - 1),
    message=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=100),
    amount=st.integers(1, 2**256 - 1),
    cut=st.integers(1, 400),
)
def test_calls_are_read_as_an_encoder_of_others_writes_them(
    words: int, channel: int, broadcast: int, message: str, amount: int, cut: int
) -> None:
    data = data_of(words, channel, broadcast, message, amount)
    value = amount if words == 1 else 0
    call = decode_call(data, value)
    assert call is not None
    assert (call.channel, call.broadcast, call.message, call.amount) == (channel, broadcast, message, amount)
    assert (call.artist.lower(), call.token.lower()) == (ARTIST, NATIVE if words == 1 else TOKEN)
    assert decode_call(data[:-cut], value) is None
    assert decode_call(data + bytes(32), value) is None
    assert decode_call(data, 0 if words == 1 else 1) is None


@given(data=st.binary(max_size=600), words=st.sampled_from([1, 3, 7]))
def test_whatever_is_sent_is_read_or_not_and_never_fails(data: bytes, words: int) -> None:
    selector = data_of(words, 1, 0, "", 1)[:4]
    for each in (data, selector + data):
        found = decode_call(each, 1)
        assert found is None or isinstance(found, TipCall)


def test_a_message_that_is_too_long_for_the_contract_is_no_tip() -> None:
    assert decode_call(data_of(1, 1, 0, "x" * 501, 1), 1) is None
    padded = bytearray(data_of(1, 1, 0, "x", 1))
    padded[-1] = 1
    assert decode_call(bytes(padded), 1) is None
    assert decode_call(encode(["uint256"], [1]), 1) is None


KNOWN, MISSING, FAILED, OVERTAKEN = (
    Fate(True, False, 5),
    Fate(False, False, 5),
    Fate(True, True, 6),
    Fate(False, False, 6),
)


@pytest.mark.parametrize(
    ("story", "end"),
    [
        ([(0, KNOWN), (1, FAILED)], "failed"),
        ([(0, OVERTAKEN), (1, OVERTAKEN)], "replaced"),
        ([(0, OVERTAKEN), (1, KNOWN), (2, OVERTAKEN)], None),
        ([(0, MISSING), (MISSING_FOR_MS - 1, MISSING)], None),
        ([(0, MISSING), (MISSING_FOR_MS, MISSING)], "dropped"),
        ([(0, MISSING), (1, KNOWN), (MISSING_FOR_MS, MISSING)], None),
        ([(PENDING_FOR_MS - 1, KNOWN)], None),
        ([(PENDING_FOR_MS, KNOWN)], "expired"),
    ],
)
def test_what_becomes_of_it_is_believed_when_it_is_sure(
    story: list[tuple[int, Fate]], end: DropReason | None
) -> None:
    following = Following(nonce=5, at_ms=0)
    told = [following.told(fate, now_ms) for now_ms, fate in story]
    assert told == [None] * (len(story) - 1) + [end]


async def announce(served: Served, transaction: str) -> Any:
    reply = await served.site.call("POST", "/channels/miles/tips/pending", {"transaction": transaction})
    assert reply.status == 202, reply.body
    return reply.body["tip"]


async def dropped(served: Served, viewer: Viewer, count: int = 1) -> Any:
    """What is told after our nodes have been asked again, twice where they have to be sure."""
    pending = served.app[TIPPING].pending
    await pending.follow()
    await pending.follow()
    return await viewer.heard("tip_dropped", count)


async def test_an_announced_tip_is_shown_at_once_and_becomes_the_tip(served: Served) -> None:
    await served.sign_in("Ada", wallet=served.node.accounts[1])
    async with served.viewer() as viewer:
        transaction = await served.tip(2 * 10**18, "soon")
        tip = await announce(served, transaction.upper().replace("0X", "0x"))
        assert (tip["state"], tip["from"]["name"], tip["message"]) == ("pending", "Ada", "soon")
        assert (tip["amount"], tip["worth"]["minor"]) == (str(2 * 10**18), 100)
        assert (await viewer.heard("tip_pending"))["tip"] == tip
        assert await announce(served, transaction) == tip
        assert (await served.fresh())["pending"] == [tip]
        await served.app[TIPPING].pending.follow()
        await served.node.mine()
        seen = (await viewer.heard("tip_seen"))["tip"]
        assert seen["transaction"] == transaction
        assert (await served.fresh())["pending"] == []
        assert await announce(served, transaction) is None
        await served.app[TIPPING].pending.follow()
    assert len(viewer.events("tip_pending")) == 1
    assert viewer.events("tip_dropped") == []


async def test_what_is_no_tip_to_this_channel_shows_nothing(served: Served) -> None:
    node, jar = served.node, served.jar
    other = await node.deploy_jar()
    sent = [
        "0x" + "12" * 32,
        await jar.tip(node.accounts[1], 5, channel=served.channel, sender=1),
        await jar.tip(served.artist, 5, channel=served.channel + 1, sender=2),
        await other.tip(served.artist, 5, channel=served.channel, sender=3),
        await node.send(served.jar.address, value=5, sender=5),
        await node.send(None, "0x00", sender=6),
        await node.send(
            jar.address,
            call_data(
                f"tipToken({TIP},address,uint256)", (served.artist, served.channel, 0, ""), other.address, 5
            ),
            sender=7,
        ),
    ]
    async with served.viewer() as viewer:
        for transaction in sent:
            assert await announce(served, transaction) is None, transaction
        mined = await served.tip(sender=8)
        await node.mine()
        assert await announce(served, mined) is None
        await viewer.heard("tip_seen")
    assert viewer.events("tip_pending") == []


async def test_a_wallet_has_few_tips_on_their_way(served: Served) -> None:
    tips = [await announce(served, await served.tip(number)) for number in range(1, 6)]
    assert [tip is not None for tip in tips] == [True, True, True, False, False]
    await served.node.mine()


async def test_what_comes_to_nothing_is_taken_off_with_the_reason(served: Served) -> None:
    node = served.node
    async with served.viewer() as viewer:
        replaced = await served.tip(1, sender=1)
        await announce(served, replaced)
        nonce = await node.call("eth_getTransactionCount", node.accounts[1], "latest")
        request = {"from": node.accounts[1], "to": node.accounts[1], "nonce": nonce, "gas": "0x5208"}
        await node.call("eth_sendTransaction", request | {"gasPrice": hex(10**11)})
        await node.mine()
        assert await dropped(served, viewer) == {
            "type": "tip_dropped",
            "transaction": replaced,
            "reason": "replaced",
        }

        failing = await served.tip(2, sender=2)
        await announce(served, failing)
        await served.jar.node.call("anvil_setCode", served.jar.address, "0x60006000fd")
        await node.mine()
        told = await dropped(served, viewer, 2)
        assert (told["transaction"], told["reason"]) == (failing, "failed")
        assert (await served.fresh())["pending"] == []


async def test_what_no_node_knows_any_more_is_taken_off_after_a_while(served: Served) -> None:
    async with served.viewer() as viewer:
        lost = await served.tip(1, sender=1)
        await announce(served, lost)
        await served.node.call("anvil_dropTransaction", lost)
        pending = served.app[TIPPING].pending
        await pending.follow()
        assert len((await served.fresh())["pending"]) == 1
        served.clock.ahead += timedelta(milliseconds=MISSING_FOR_MS)
        told = await dropped(served, viewer)
        assert (told["transaction"], told["reason"]) == (lost, "dropped")

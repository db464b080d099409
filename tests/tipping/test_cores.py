"""Logs read exactly, nodes chosen in turn, filters, and what remains to be told."""

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from accounts.ethereum import Address, checksum_address
from tipping.bloom import may_hold
from tipping.events import TipState, Told
from tipping.rotation import Rotation
from tipping.telling import to_tell
from tipping.tip_log import TOPIC, Log, decode, tips_in
from tipping.tips import BlockHash, ChainId, TransactionHash

CONTRACT = Address("0x" + "Cc" * 20)
WHO = "0x" + "ab" * 20
TYPES = ["address", "uint256", "uint256", "uint64", "string"]


def log(
    *,
    channel: int = 7,
    values: tuple[object, ...] = (WHO, 100, 5, 9, "bravo"),
    data: str | None = None,
    topics: tuple[str, ...] | None = None,
    address: str = CONTRACT.lower(),
    index: int = 0,
    transaction: str = "0xt",
) -> Log:
    word = WHO[2:].rjust(64, "0")
    return Log(
        address,
        topics or (TOPIC, f"0x{channel:064x}", "0x" + word, "0x" + word),
        "0x" + encode(TYPES, values).hex() if data is None else data,
        BlockHash("0xb"),
        3,
        TransactionHash(transaction),
        index,
    )


@given(
    channel=st.integers(0, 2**63 - 1),
    amount=st.integers(1, 2**256 - 1),
    broadcast=st.integers(0, 2**63 - 1),
    message=st.text(max_size=120).filter(lambda text: "\0" not in text),
)
def test_what_another_library_encodes_is_read(
    channel: int, amount: int, broadcast: int, message: str
) -> None:
    found = decode(log(channel=channel, values=(WHO, amount, amount // 3, broadcast, message)))
    assert found is not None
    assert (found.channel, found.amount, found.fee) == (channel, amount, amount // 3)
    assert (found.broadcast, found.message) == (broadcast or None, message)
    assert (found.artist, found.tipper, found.token) == (checksum_address(WHO),) * 3


@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    decode(log(data="0x" + data.hex()))


@given(at=st.integers(0, 223), bit=st.integers(0, 7))
def test_one_wrong_bit_is_another_tip_or_none(at: int, bit: int) -> None:
    data = bytearray(encode(TYPES, (WHO, 100, 5, 9, "bravo")))
    data[at] ^= 1 << bit
    assert decode(log(data="0x" + data.hex())) != decode(log())


@pytest.mark.parametrize(
    "wrong",
    [
        log(values=(WHO, 0, 0, 0, "")),
        log(values=(WHO, 5, 6, 0, "")),
        log(values=(WHO, 5, 0, 2**63, "")),
        log(channel=2**63),
        log(values=(WHO, 5, 0, 0, "m" * 501)),
        log(data="0x"),
        log(data="0x0g"),
        log(topics=(TOPIC,)),
        log(topics=(TOPIC, "0x" + "f" * 64, "0x" + "f" * 64, "0x" + "f" * 64)),
    ],
)
def test_what_is_not_exactly_a_tip_is_none(wrong: Log) -> None:
    assert decode(wrong) is None


def test_a_message_that_is_no_text_does_not_make_the_money_vanish() -> None:
    data = encode(["address", "uint256", "uint256", "uint64", "bytes"], (WHO, 1, 0, 0, b"\xff\x00ok"))
    found = decode(log(data="0x" + data.hex()))
    assert found is not None
    assert found.message == "\N{REPLACEMENT CHARACTER}" * 2 + "ok"


def test_tips_are_counted_within_their_transaction_and_look_alikes_are_not() -> None:
    logs = [
        log(index=4, transaction="0xu"),
        log(index=1),
        log(index=2, address="0x" + "12" * 20),
        log(index=3),
        log(index=0, topics=("0x" + "34" * 32,)),
    ]
    found = tips_in(ChainId(1), CONTRACT, logs, {BlockHash("0xb"): 77})
    assert [(tip.key.transaction, tip.key.ordinal, tip.place.log_index) for tip in found] == [
        ("0xt", 0, 1),
        ("0xt", 1, 3),
        ("0xu", 0, 4),
    ]
    assert {tip.place.mined_at_s for tip in found} == {77}


def test_the_filter_of_a_block_holds_what_was_put_into_it() -> None:
    empty, full = bytes(256), b"\xff" * 256
    assert not may_hold(empty, b"testtest")
    assert may_hold(full, b"testtest", b"other")
    assert not may_hold(b"", b"testtest")


# Nodes in turn


def test_the_node_that_answers_is_kept() -> None:
    nodes = Rotation(3)
    assert [nodes.choose(0.0) for _ in range(3)] == [0, 0, 0]
    nodes.failed(0, 0.0)
    assert [nodes.choose(at) for at in (0.0, 50.0)] == [1, 1]


def test_a_node_that_fails_again_is_left_alone_for_longer() -> None:
    nodes = Rotation(1, first_pause_s=1.0, max_pause_s=5.0)
    pauses = [nodes.failed(0, 0.0) for _ in range(4)]
    assert pauses == [1.0, 2.0, 4.0, 5.0]
    assert nodes.choose(4.9) is None
    assert nodes.next_at_s() == 5.0
    assert nodes.choose(5.0) == 0
    nodes.answered(0)
    assert nodes.failed(0, 5.0) == 1.0


def test_a_node_is_left_alone_for_as_long_as_it_asks() -> None:
    nodes = Rotation(2)
    assert nodes.failed(0, 0.0, at_least_s=30.0) == 30.0
    nodes.failed(1, 0.0)
    assert nodes.choose(0.5) is None
    assert nodes.choose(1.0) == 1


def test_a_node_that_stands_still_is_passed_over() -> None:
    nodes = Rotation(2)
    nodes.pass_on()
    assert nodes.choose(0.0) == 1
    nodes.pass_on()
    assert nodes.choose(0.0) == 0


# Telling


@given(states=st.lists(st.sampled_from(TipState), max_size=12))
def test_what_is_told_alternates_whatever_happens(states: list[TipState]) -> None:
    heard: list[Told] = []
    last: Told | None = None
    for state in states:
        for step in to_tell(last, state):
            heard.append(step)
            last = step
        assert to_tell(last, state) == []
        assert (last in (None, Told.WITHDRAWN)) == (state is TipState.ORPHANED)
    for before, after in zip([None, *heard], heard, strict=False):
        assert (before, after) in {
            (None, Told.SEEN),
            (Told.SEEN, Told.CONFIRMED),
            (Told.SEEN, Told.WITHDRAWN),
            (Told.CONFIRMED, Told.WITHDRAWN),
            (Told.WITHDRAWN, Told.SEEN),
        }

"""The contract on a real chain: every unit is somebody's, and nobody but they can move it."""

import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.tipping.anvil import NATIVE, TIP, Contract, Jar, Node, Reverted
from tests.tipping.solidity import CONTRACTS, compiled
from tipping.artifact import tip_jar

# The compiler takes its time: once is enough.
pytestmark = pytest.mark.xdist_group("contract")

Compiled = dict[str, dict[str, Any]]
SPLIT = "setSplit((address,uint16)[])"
PERMIT = f"tipTokenWithPermit({TIP},address,uint256,uint256,uint8,bytes32,bytes32)"
BY_TOKEN = f"tipToken({TIP},address,uint256)"
FOREVER = 2**256 - 1
DOCUMENTATION = Path(__file__).parents[2] / "docs/tips.md"


@pytest.fixture(scope="module")
def contracts() -> Compiled:
    return compiled(CONTRACTS / "Hostile.sol")


async def make(node: Node, contracts: Compiled, name: str, jar: Jar | None = None) -> Contract:
    types, values = (["address"], [jar.address]) if jar else ([], [])
    return Contract(node, await node.deploy(contracts[name]["bytecode"], types, values))


async def tip(jar: Jar, artist: str, amount: int, *, sender: int = 1, message: str = "") -> dict[str, Any]:
    return await jar.send(f"tip({TIP})", (artist, 1, 0, message), sender=sender, value=amount)


async def balance(node: Node, who: str) -> int:
    return int(await node.call("eth_getBalance", who, "latest"), 16)


async def tokens(token: Contract, who: str) -> int:
    return int(await token.read("balanceOf(address)", who, returns="uint256"))


# Tipping and fetching


async def test_a_tip_is_owed_to_the_artist_and_fetched_once(jar: Jar, node: Node) -> None:
    artist, elsewhere = node.accounts[4], "0x" + "e1" * 20
    await tip(jar, artist, 1_000)
    await tip(jar, artist, 234)
    assert await jar.owed(artist) == 1_234
    await jar.send("fetch(address,address)", NATIVE, elsewhere, sender=4)
    assert (await balance(node, elsewhere), await jar.owed(artist), await balance(node, jar.address)) == (
        1_234,
        0,
        0,
    )
    with pytest.raises(Reverted, match="NothingOwed"):
        await jar.send("fetch(address,address)", NATIVE, elsewhere, sender=4)


@pytest.mark.parametrize(
    ("about", "value", "error"),
    [
        (("artist", 1, 0, ""), 0, "NothingSent"),
        ((NATIVE, 1, 0, ""), 1, "NobodyThere"),
        (("jar", 1, 0, ""), 1, "NobodyThere"),
        (("artist", 1, 0, "m" * 501), 1, "MessageTooLong"),
    ],
)
async def test_a_tip_that_would_be_lost_is_refused(
    jar: Jar, node: Node, about: tuple[str, int, int, str], value: int, error: str
) -> None:
    named = {"artist": node.accounts[4], "jar": jar.address}.get(about[0], about[0])
    with pytest.raises(Reverted, match=error):
        await jar.send(f"tip({TIP})", (named, *about[1:]), value=value)


async def test_money_without_a_tip_is_refused(jar: Jar, node: Node) -> None:
    transaction = await node.send(jar.address, value=1, sender=1)
    await node.mine()
    assert (await node.receipt(transaction))["status"] == "0x0"


async def test_a_message_of_the_greatest_length_is_taken(jar: Jar, node: Node) -> None:
    await tip(jar, node.accounts[4], 1, message="é" * 250)
    assert await jar.owed(node.accounts[4]) == 1


# Splits and the fee


async def test_shares_add_up_to_the_tip_whatever_they_are(jar: Jar, node: Node) -> None:
    seed = random.Random(20_26)
    await jar.send("setFee(uint16,address)", 137, "0x" + "fe" * 20)
    paid = 0
    for round_ in range(12):
        count = seed.randint(1, 16)
        points = _points(seed, count)
        payees = [(f"0x{seed.randrange(1, 40):040x}", share) for share in points]
        await jar.send(SPLIT, payees, sender=4)
        amount = seed.choice([1, 2, 3, 9_999, 10_000, 10_001, seed.randrange(1, 10**21)])
        before = {payee: await jar.owed(payee) for payee, _ in payees}
        fee_before = await jar.owed("0x" + "fe" * 20)
        await tip(jar, node.accounts[4], amount, sender=round_ % 3 + 1)
        gained = {payee: await jar.owed(payee) - before[payee] for payee in before}
        fee = await jar.owed("0x" + "fe" * 20) - fee_before
        assert fee == amount * 137 // 10_000
        assert sum(gained.values()) + fee == amount, (payees, amount)
        for payee in gained:
            least = sum((amount - fee) * share // 10_000 for each, share in payees if each == payee)
            assert least <= gained[payee] <= least + count
        paid += amount
        assert await balance(node, jar.address) == paid


async def test_tokens_of_the_greatest_amount_are_split_without_overflow(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    coin = await make(node, contracts, "Coin")
    await coin.send("make(address,uint256)", node.accounts[1], FOREVER)
    await coin.send("approve(address,uint256)", jar.address, FOREVER, sender=1)
    payees = [(node.accounts[number], share) for number, share in ((5, 3_333), (6, 3_333), (7, 3_334))]
    await jar.send(SPLIT, payees, sender=4)
    await jar.send(BY_TOKEN, (node.accounts[4], 1, 0, ""), coin.address, FOREVER, sender=1)
    owed = [await jar.owed(payee, coin.address) for payee, _ in payees]
    assert sum(owed) == FOREVER
    assert owed[1] == FOREVER * 3_333 // 10_000


@pytest.mark.parametrize(
    "payees",
    [
        [("a", 9_999)],
        [("a", 10_000), ("b", 1)],
        [("a", 10_000), ("b", 0)],
        [(NATIVE, 10_000)],
        [("jar", 10_000)],
        [("a", 588)] * 16 + [("b", 592)],
    ],
)
async def test_a_split_that_does_not_add_up_is_refused(
    jar: Jar, node: Node, payees: list[tuple[str, int]]
) -> None:
    names = {"a": node.accounts[5], "b": node.accounts[6], "jar": jar.address}
    with pytest.raises(Reverted, match="SplitInvalid"):
        await jar.send(SPLIT, [(names.get(who, who), share) for who, share in payees], sender=4)


async def test_a_split_holds_for_later_tips_and_for_its_own_artist_only(jar: Jar, node: Node) -> None:
    artist, friend = node.accounts[4], node.accounts[5]
    await tip(jar, artist, 100)
    await jar.send(SPLIT, [(friend, 10_000)], sender=4)
    await tip(jar, artist, 10)
    await tip(jar, node.accounts[6], 1)
    assert [await jar.owed(each) for each in (artist, friend, node.accounts[6])] == [100, 10, 1]
    await jar.send(SPLIT, [], sender=4)
    await tip(jar, artist, 7)
    assert await jar.owed(artist) == 107


async def test_there_is_no_fee_unless_set_and_never_more_than_five_percent(jar: Jar, node: Node) -> None:
    await tip(jar, node.accounts[4], 10_000)
    assert await jar.owed(node.accounts[4]) == 10_000
    with pytest.raises(Reverted, match="FeeInvalid"):
        await jar.send("setFee(uint16,address)", 501, node.accounts[0])
    with pytest.raises(Reverted, match="FeeInvalid"):
        await jar.send("setFee(uint16,address)", 1, NATIVE)
    await jar.send("setFee(uint16,address)", 500, node.accounts[9])
    await tip(jar, node.accounts[4], 10_000)
    assert (await jar.owed(node.accounts[4]), await jar.owed(node.accounts[9])) == (19_500, 500)


# The owner


async def test_pausing_refuses_tips_and_nothing_else(jar: Jar, node: Node) -> None:
    await tip(jar, node.accounts[4], 5)
    await jar.send("pause()")
    with pytest.raises(Reverted, match="EnforcedPause"):
        await tip(jar, node.accounts[4], 5)
    await jar.send(SPLIT, [(node.accounts[5], 10_000)], sender=4)
    await jar.send("fetch(address,address)", NATIVE, "0x" + "e2" * 20, sender=4)
    assert await balance(node, "0x" + "e2" * 20) == 5
    await jar.send("unpause()")
    await tip(jar, node.accounts[4], 5)


async def test_the_owner_can_move_nothing_that_is_owed(jar: Jar, node: Node) -> None:
    """Everything only the owner may call, called by the owner: not a unit leaves or changes hands."""
    await tip(jar, node.accounts[4], 10_000)
    artist, owner = node.accounts[4], node.accounts[0]
    for call in (
        ("setFee(uint16,address)", 500, owner),
        ("pause()",),
        ("transferOwnership(address)", node.accounts[9]),
        ("renounceOwnership()",),
    ):
        await jar.send(*call)
        assert (await jar.owed(artist), await jar.owed(owner)) == (10_000, 0)
        assert await balance(node, jar.address) == 10_000
    assert await jar.read("paused()", returns="bool") is False
    owned = {each["name"] for each in tip_jar().abi if each["type"] == "function"} - {
        *(
            "tip",
            "tipToken",
            "tipTokenWithPermit",
            "setSplit",
            "splitOf",
            "fetch",
            "owed",
            "owner",
            "pendingOwner",
        ),
        *(
            "acceptOwnership",
            "paused",
            "feeBasisPoints",
            "feeRecipient",
            "BASIS_POINTS",
            "MAX_FEE_BASIS_POINTS",
        ),
        *("MAX_MESSAGE_BYTES", "MAX_PAYEES", "NATIVE"),
    }
    assert owned == {"setFee", "pause", "unpause", "transferOwnership", "renounceOwnership"}


@pytest.mark.parametrize(
    "call", [("pause()",), ("setFee(uint16,address)", 1, "0x" + "aa" * 20), ("renounceOwnership()",)]
)
async def test_others_are_not_the_owner(jar: Jar, call: tuple[Any, ...]) -> None:
    with pytest.raises(Reverted, match="OwnableUnauthorizedAccount"):
        await jar.send(*call, sender=3)


# Tokens


async def test_a_token_is_tipped_with_a_permit_in_one_transaction(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    coin = await make(node, contracts, "Coin")
    await coin.send("make(address,uint256)", node.accounts[1], 100)
    signature = await permit(node, coin, jar, 100)
    await jar.send(PERMIT, (node.accounts[4], 1, 0, "one"), coin.address, 100, FOREVER, *signature, sender=1)
    assert await jar.owed(node.accounts[4], coin.address) == 100
    await jar.send("fetch(address,address)", coin.address, node.accounts[4], sender=4)
    assert await tokens(coin, node.accounts[4]) == 100


async def test_a_permit_that_somebody_else_used_first_does_not_fail_the_tip(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    coin = await make(node, contracts, "Coin")
    await coin.send("make(address,uint256)", node.accounts[1], 100)
    v, r, s = await permit(node, coin, jar, 100)
    await coin.send(
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
        *(node.accounts[1], jar.address, 100, FOREVER, v, r, s),
        sender=7,
    )
    await jar.send(PERMIT, (node.accounts[4], 1, 0, ""), coin.address, 100, FOREVER, v, r, s, sender=1)
    assert await jar.owed(node.accounts[4], coin.address) == 100


async def test_a_permit_of_somebody_else_moves_nobodys_tokens(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    coin = await make(node, contracts, "Coin")
    await coin.send("make(address,uint256)", node.accounts[1], 100)
    signature = await permit(node, coin, jar, 100)
    with pytest.raises(Reverted):
        await jar.send(PERMIT, (node.accounts[7], 1, 0, ""), coin.address, 100, FOREVER, *signature, sender=7)
    assert await tokens(coin, node.accounts[1]) == 100


async def test_of_a_token_that_keeps_a_part_what_arrived_counts(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    taxed = await make(node, contracts, "Taxed")
    await taxed.send("make(address,uint256)", node.accounts[1], 1_000)
    await taxed.send("approve(address,uint256)", jar.address, 1_000, sender=1)
    await jar.send(BY_TOKEN, (node.accounts[4], 1, 0, ""), taxed.address, 1_000, sender=1)
    assert await jar.owed(node.accounts[4], taxed.address) == 990 == await tokens(taxed, jar.address)
    await jar.send("fetch(address,address)", taxed.address, node.accounts[4], sender=4)
    assert await tokens(taxed, jar.address) == 0


async def test_a_token_that_returns_nothing_can_be_tipped_and_fetched(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    silent = await make(node, contracts, "Silent")
    await silent.send("make(address,uint256)", node.accounts[1], 10)
    await jar.send(BY_TOKEN, (node.accounts[4], 1, 0, ""), silent.address, 10, sender=1)
    await jar.send("fetch(address,address)", silent.address, node.accounts[5], sender=4)
    assert await tokens(silent, node.accounts[5]) == 10


async def test_what_is_no_token_cannot_be_tipped(jar: Jar, node: Node) -> None:
    with pytest.raises(Reverted):
        await jar.send(BY_TOKEN, (node.accounts[4], 1, 0, ""), node.accounts[8], 10, sender=1)
    with pytest.raises(Reverted):
        await jar.send(BY_TOKEN, (node.accounts[4], 1, 0, ""), NATIVE, 10, sender=1)


# Hostile payees and tokens


async def test_a_payee_that_asks_again_while_being_paid_gets_its_own_only(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    greedy = await make(node, contracts, "Greedy", jar)
    await tip(jar, node.accounts[5], 1_000)
    await tip(jar, greedy.address, 300)
    await greedy.send("take()", sender=3)
    assert await greedy.read("attempts()", returns="uint256") == 1
    assert await greedy.read("successes()", returns="uint256") == 0
    assert (await balance(node, greedy.address), await balance(node, jar.address)) == (300, 1_000)
    assert await jar.owed(greedy.address) == 0


async def test_a_payee_that_takes_no_money_holds_up_nobody(jar: Jar, node: Node, contracts: Compiled) -> None:
    refusing = await make(node, contracts, "Refusing")
    await jar.send(SPLIT, [(refusing.address, 5_000), (node.accounts[5], 5_000)], sender=4)
    await tip(jar, node.accounts[4], 100)
    await jar.send("fetch(address,address)", NATIVE, "0x" + "e3" * 20, sender=5)
    assert await balance(node, "0x" + "e3" * 20) == 50
    with pytest.raises(Reverted):
        await refusing.send("take(address,address)", jar.address, refusing.address)
    assert await jar.owed(refusing.address) == 50
    await refusing.send("take(address,address)", jar.address, "0x" + "e4" * 20)
    assert await balance(node, "0x" + "e4" * 20) == 50


async def test_a_token_that_meddles_in_its_transfers_gets_nothing(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    meddling = await make(node, contracts, "Meddling", jar)
    await tip(jar, meddling.address, 77)
    await meddling.send("make(address,uint256)", node.accounts[1], 1_000)
    await meddling.send("approve(address,uint256)", jar.address, 1_000, sender=1)
    await jar.send(BY_TOKEN, (node.accounts[4], 1, 0, ""), meddling.address, 400, sender=1)
    await jar.send("fetch(address,address)", meddling.address, node.accounts[4], sender=4)
    assert await meddling.read("attempts()", returns="uint256") == 2
    assert await meddling.read("successes()", returns="uint256") == 0
    assert await jar.owed(meddling.address) == 77 == await balance(node, jar.address)
    assert await tokens(meddling, node.accounts[4]) == 400


# What it costs


async def test_gas_stays_within_what_the_documentation_says(
    jar: Jar, node: Node, contracts: Compiled
) -> None:
    coin = await make(node, contracts, "Coin")
    await coin.send("make(address,uint256)", node.accounts[1], 10**6)
    used = {}

    def note(what: str, receipt: dict[str, Any]) -> None:
        used[what] = int(receipt["gasUsed"], 16)

    note("first tip to an artist", await tip(jar, node.accounts[4], 100, message="That was beautiful!"))
    note("later tip", await tip(jar, node.accounts[4], 100, message="That was beautiful!"))
    await coin.send("approve(address,uint256)", jar.address, 100, sender=1)
    note(
        "first token tip",
        await jar.send(BY_TOKEN, (node.accounts[4], 1, 0, ""), coin.address, 100, sender=1),
    )
    signature = await permit(node, coin, jar, 100)
    note(
        "token tip with permit",
        await jar.send(
            PERMIT, (node.accounts[4], 1, 0, ""), coin.address, 100, FOREVER, *signature, sender=1
        ),
    )
    payees = [(f"0x{number:040x}", 625) for number in range(1_000, 1_016)]
    note("registering 4 payees", await jar.send(SPLIT, [(who, 2_500) for who, _ in payees[:4]], sender=5))
    await tip(jar, node.accounts[5], 100)
    note("later tip to 4 payees", await tip(jar, node.accounts[5], 100))
    await jar.send(SPLIT, payees, sender=6)
    note("first tip to 16 payees", await tip(jar, node.accounts[6], 10**6))
    note("later tip to 16 payees", await tip(jar, node.accounts[6], 10**6))
    note("fetching", await jar.send("fetch(address,address)", NATIVE, node.accounts[4], sender=4))
    deployment = await node.send(None, tip_jar().bytecode + "0" * 24 + node.accounts[0][2:])
    await node.mine()
    note("deployment", await node.receipt(deployment))
    assert used == pytest.approx(documented_gas(), rel=0.01)


def documented_gas() -> dict[str, int]:
    rows = re.findall(r"^\| ([^|]+?) +\| +([\d,]+) +\|$", DOCUMENTATION.read_text(), re.MULTILINE)
    return {what: int(gas.replace(",", "")) for what, gas in rows}


# Within


def _points(seed: random.Random, count: int) -> list[int]:
    """So many shares of at least one basis point that add up."""
    cuts = sorted(seed.sample(range(1, 10_000), count - 1))
    return [high - low for low, high in zip([0, *cuts], [*cuts, 10_000], strict=True)]


async def permit(node: Node, coin: Contract, jar: Jar, amount: int) -> tuple[int, bytes, bytes]:
    """The first account's permission for the jar to take ``amount``, for ever (EIP-2612, EIP-712)."""
    owner = node.accounts[1]
    text, word = "string", "uint256"
    typed = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": text},
                {"name": "version", "type": text},
                {"name": "chainId", "type": word},
                {"name": "verifyingContract", "type": "address"},
            ],
            "Permit": [
                {"name": "owner", "type": "address"},
                {"name": "spender", "type": "address"},
                {"name": "value", "type": word},
                {"name": "nonce", "type": word},
                {"name": "deadline", "type": word},
            ],
        },
        "primaryType": "Permit",
        "domain": {"name": "Coin", "version": "1", "chainId": 1116, "verifyingContract": coin.address},
        "message": {
            "owner": owner,
            "spender": jar.address,
            "value": str(amount),
            "nonce": str(await coin.read("nonces(address)", owner, returns=word)),
            "deadline": str(FOREVER),
        },
    }
    signature = bytes.fromhex((await node.call("eth_signTypedData_v4", owner, typed))[2:])
    return signature[64], signature[:32], signature[32:64]

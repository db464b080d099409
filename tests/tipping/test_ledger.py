"""Tips follow the chain's branches: nothing twice, nothing lost."""

import pytest

from tests.tipping.chain import Chain, Sent, Stored, answer, needs, sync
from tipping.ledger import (
    Effect,
    ForkTooDeep,
    Ledger,
    LedgerRules,
    NeedBlock,
    NeedHash,
    NeedRange,
    TipConfirmed,
    TipFinal,
    TipMoved,
    TipOrphaned,
    TipSeen,
    beginning_at,
)

RULES = LedgerRules(confirmations=3, window=6, range_max=10)


@pytest.fixture
def chain() -> Chain:
    return Chain()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(beginning_at(1), RULES)


def kinds(effects: list[Effect]) -> list[type]:
    return [type(each) for each in effects]


def test_a_tip_is_seen_then_confirmed_then_final(chain: Chain, ledger: Ledger) -> None:
    chain.mine(Sent("a"))
    assert kinds(sync(ledger, chain)) == [TipSeen]
    chain.mine()
    assert sync(ledger, chain) == []
    chain.mine()
    assert kinds(sync(ledger, chain)) == [TipConfirmed]
    chain.mine_empty(3)
    assert sync(ledger, chain) == []
    chain.mine()
    assert kinds(sync(ledger, chain)) == [TipFinal]


def test_tips_of_one_transaction_are_several(chain: Chain, ledger: Ledger) -> None:
    chain.mine(Sent("a", (5, 7)))
    seen = sync(ledger, chain)
    assert [
        (each.tip.key.ordinal, each.tip.details.amount) for each in seen if isinstance(each, TipSeen)
    ] == [
        (0, 5),
        (1, 7),
    ]


def test_the_same_head_again_changes_nothing(chain: Chain, ledger: Ledger) -> None:
    block = chain.mine(Sent("a"))
    sync(ledger, chain)
    assert ledger.head(block.number, block.hash) == []
    assert ledger.block(block) == []


def test_heads_that_were_missed_are_fetched_by_their_children(chain: Chain, ledger: Ledger) -> None:
    chain.mine(Sent("a"))
    chain.mine(Sent("b"))
    chain.mine(Sent("c"))
    assert kinds(sync(ledger, chain)) == [TipSeen, TipSeen, TipSeen, TipConfirmed]


@pytest.mark.parametrize("depth", range(1, 7))
def test_a_tip_that_the_new_branch_does_not_hold_is_orphaned(
    chain: Chain, ledger: Ledger, depth: int
) -> None:
    chain.mine_empty(3)
    chain.mine(Sent("a"))
    chain.mine_empty(depth - 1)
    sync(ledger, chain)
    chain.drop(depth)
    chain.mine_empty(depth + 1)
    assert kinds(sync(ledger, chain)) == [TipOrphaned]


def test_a_tip_that_the_new_branch_holds_elsewhere_was_never_gone(chain: Chain, ledger: Ledger) -> None:
    chain.mine(Sent("a"))
    chain.mine()
    sync(ledger, chain)
    chain.drop(2)
    chain.mine(Sent("other"))
    chain.mine()
    moved = chain.mine(Sent("a"))
    effects = sync(ledger, chain)
    assert kinds(effects) == [TipSeen, TipMoved, TipConfirmed]
    assert effects[1] == TipMoved(moved.tips[0])
    assert effects[2] == TipConfirmed(chain.canonical[1].tips[0].key)


def test_a_tip_that_says_something_else_when_mined_again_is_another(chain: Chain, ledger: Ledger) -> None:
    chain.mine(Sent("a", (5,)))
    sync(ledger, chain)
    chain.drop(1)
    chain.mine(Sent("a", (4,)))
    chain.mine()
    assert kinds(sync(ledger, chain)) == [TipOrphaned, TipSeen]


def test_a_tip_can_come_back_after_it_was_orphaned(chain: Chain, ledger: Ledger) -> None:
    chain.mine(Sent("a"))
    sync(ledger, chain)
    chain.drop(1)
    chain.mine_empty(2)
    assert kinds(sync(ledger, chain)) == [TipOrphaned]
    chain.mine(Sent("a"))
    assert kinds(sync(ledger, chain)) == [TipSeen]


def test_a_confirmed_tip_can_still_be_orphaned_within_the_window(chain: Chain, ledger: Ledger) -> None:
    chain.mine(Sent("a"))
    chain.mine_empty(4)
    assert kinds(sync(ledger, chain)) == [TipSeen, TipConfirmed]
    chain.drop(5)
    chain.mine_empty(6)
    assert kinds(sync(ledger, chain)) == [TipOrphaned]


def test_a_branch_of_the_same_length_or_a_shorter_one_is_followed(chain: Chain, ledger: Ledger) -> None:
    chain.mine_empty(2)
    chain.mine(Sent("a"))
    sync(ledger, chain)
    chain.drop(2)
    chain.mine(Sent("b"))
    assert kinds(sync(ledger, chain)) == [TipOrphaned, TipSeen]


def test_a_lower_head_on_our_own_chain_changes_nothing(chain: Chain, ledger: Ledger) -> None:
    chain.mine(Sent("a"))
    before = chain.head
    chain.mine(Sent("b"))
    sync(ledger, chain)
    assert sync(ledger, chain, before) == []
    assert sync(ledger, chain, chain.canonical[0]) == []
    assert sync(ledger, chain) == []


def test_what_was_asked_for_and_is_gone_is_given_up(chain: Chain, ledger: Ledger) -> None:
    chain.mine()
    sync(ledger, chain)
    gone = chain.mine(Sent("a"))
    (need,) = ledger.head(gone.number, gone.hash)
    chain.drop(1)
    assert answer(ledger, chain, need, forgetful=True) == []
    assert ledger.block(gone) == []
    chain.mine(Sent("b"))
    assert kinds(sync(ledger, chain)) == [TipSeen]


def test_many_missed_blocks_are_asked_for_in_ranges(chain: Chain, ledger: Ledger) -> None:
    for number in range(25):
        chain.mine(Sent(f"t{number}"))
    assert ledger.head(chain.head.number, chain.head.hash) == [NeedRange(1, 10)]
    asked: list[Effect] = [NeedRange(1, 10)]
    effects = []
    needed = []
    while asked:
        needed += asked
        found = answer(ledger, chain, asked[0])
        asked = needs(found)
        effects += [each for each in found if each not in asked]
    assert needed[:3] == [NeedRange(1, 10), NeedRange(11, 19), NeedBlock(25, chain.head.hash)]
    stored = Stored()
    stored.apply(effects, ledger.state)
    assert stored.credited == chain.tips()
    assert len(stored.final) == 19


def test_a_range_may_be_answered_in_part(chain: Chain, ledger: Ledger) -> None:
    chain.mine_empty(25)
    assert ledger.head(25, chain.head.hash) == [NeedRange(1, 10)]
    assert ledger.range(4, chain.canonical[4].hash, []) == [NeedRange(5, 14)]


def test_a_reorganisation_during_downtime_is_found_before_the_range(chain: Chain, ledger: Ledger) -> None:
    chain.mine_empty(2)
    chain.mine(Sent("a"))
    chain.mine()
    sync(ledger, chain)
    chain.drop(2)
    chain.mine_empty(30)
    assert ledger.head(chain.head.number, chain.head.hash) == [NeedHash(4)]
    effects = sync(ledger, chain)
    assert kinds(effects) == [TipOrphaned]
    assert ledger.number == 32


def test_a_fork_below_the_floor_is_told_and_everything_above_it_read_again(
    chain: Chain, ledger: Ledger
) -> None:
    stored = Stored()
    chain.mine(Sent("early"))
    for name in "abcdefgh":
        chain.mine(Sent(name))
    stored.apply(sync(ledger, chain), ledger.state)
    chain.drop(8)
    for name in "dcbaxyzuv":
        chain.mine(Sent(name))
    waiting: list[Effect] = [*ledger.head(chain.head.number, chain.head.hash)]
    while not isinstance(waiting[-1], ForkTooDeep):
        waiting = answer(ledger, chain, waiting[-1])
    assert waiting == [ForkTooDeep(3)]
    effects: list[Effect] = []
    while waiting:
        effects += [each for each in waiting if each not in needs(waiting)]
        waiting = answer(ledger, chain, waiting[-1]) if needs(waiting) else []
    orphaned = {each.key.transaction for each in effects if isinstance(each, TipOrphaned)}
    assert orphaned == set("cdefgh")
    seen = [each.tip for each in effects if isinstance(each, TipSeen)]
    assert seen == [tip for block in chain.canonical[4:] for tip in block.tips]


@pytest.mark.parametrize("moment", ["first", "later"])
def test_a_ledger_that_begins_late_leaves_out_what_was_before(chain: Chain, moment: str) -> None:
    chain.mine(Sent("before"))
    ledger = Ledger(beginning_at(2), RULES)
    if moment == "later":
        assert sync(ledger, chain) == []
    chain.mine(Sent("a"))
    assert kinds(sync(ledger, chain)) == [TipSeen]


def test_a_ledger_goes_on_from_what_was_stored(chain: Chain, ledger: Ledger) -> None:
    stored = Stored()
    for name in "abcdefgh":
        chain.mine(Sent(name))
        stored.apply(sync(ledger, chain), ledger.state)
    chain.drop(3)
    for name in "fgxyz":
        chain.mine(Sent(name))
    again = stored.ledger(RULES)
    assert again.state == ledger.state
    stored.apply(sync(again, chain), again.state)
    assert stored.credited == chain.tips()


def test_rules_that_confirm_what_can_no_longer_change_are_refused() -> None:
    with pytest.raises(ValueError, match="at most the window"):
        LedgerRules(confirmations=65)

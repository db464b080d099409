"""After any sequence of blocks, deliveries, reorganisations and crashes, the chain's tips are credited, no others."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.tipping.chain import Chain, Sent, Stored, answer, needs
from tipping.ledger import Effect, LedgerRules
from tipping.tips import Block

RULES = LedgerRules(confirmations=2, window=5, range_max=4)
TRANSACTIONS = st.lists(st.tuples(st.booleans(), st.integers(1, 2), st.integers(1, 3)), max_size=3)


class Reorganisations(RuleBasedStateMachine):
    """Reorganisations reach down to the ledger's floor, never further: that is what the window promises."""

    @initialize()
    def begin(self) -> None:
        self.chain = Chain()
        self.stored = Stored()
        self.ledger = self.stored.ledger(RULES)
        self.sent = 0
        self.announced = 0
        self.homeless: list[Sent] = []
        """Transactions that were mined in a branch that is gone."""

    # The chain

    @rule(blocks=st.lists(TRANSACTIONS, min_size=1, max_size=4))
    def mine(self, blocks: list[list[tuple[bool, int, int]]]) -> None:
        for transactions in blocks:
            self.chain.mine(*[self.transaction(*each) for each in transactions])

    @rule(count=st.integers(1, 14))
    def mine_empty(self, count: int) -> None:
        self.chain.mine_empty(count)

    @rule(depth=st.integers(1, 8), blocks=st.lists(TRANSACTIONS, max_size=8))
    def reorganise(self, depth: int, blocks: list[list[tuple[bool, int, int]]]) -> None:
        """Also to a shorter chain, or to one that only lost its end."""
        floor = max(self.ledger.state.floor, self.announced - RULES.window, 0)
        for block in self.chain.drop(max(0, min(depth, self.chain.head.number - floor))):
            names = {tip.key.transaction for tip in block.tips}
            for name in sorted(names):
                amounts = tuple(tip.details.amount for tip in block.tips if tip.key.transaction == name)
                self.homeless.append(Sent(name, amounts))
        for transactions in blocks:
            self.chain.mine(*[self.transaction(*each) for each in transactions])

    def transaction(self, returns: bool, amount: int, tips: int) -> Sent:
        """A new transaction, or one that is homeless; that one may say something else now."""
        if returns and self.homeless:
            again = self.homeless.pop(0)
            return again if amount == 1 else Sent(again.name, (9,) * tips)
        self.sent += 1
        return Sent(f"t{self.sent}", (amount,) * tips)

    # The ledger

    @rule(
        patience=st.integers(0, 12),
        forgetful=st.booleans(),
        stored=st.booleans(),
        twice=st.booleans(),
    )
    def poll(self, patience: int, forgetful: bool, stored: bool, twice: bool) -> None:
        """Tells the head and gives some answers; then the node is gone, or the process is killed."""
        self.deliver(self.chain.head, patience, forgetful, stored, twice)

    @rule(choice=st.integers(0, 10_000), stored=st.booleans())
    def hear_of_another_block(self, choice: int, stored: bool) -> None:
        """A node that lags behind, or follows a branch that is gone."""
        known = list(self.chain.blocks.values())
        block = known[choice % len(known)]
        deepest = min(self.chain.fork_point(block), self.fork_with_ledger(block))
        highest = max(block.number, self.ledger.number)
        if deepest >= max(highest - RULES.window, self.ledger.state.floor):
            self.deliver(block, 30, False, stored, False)

    def fork_with_ledger(self, block: Block) -> int:
        hashes, floor = self.ledger.state.hashes, self.ledger.state.floor
        while block.number > floor and not (
            block.number <= self.ledger.number and hashes[block.number - floor] == block.hash
        ):
            block = self.chain.blocks[block.parent]
        return block.number

    @rule()
    def be_killed(self) -> None:
        self.ledger = self.stored.ledger(RULES)

    def deliver(self, head: Block, patience: int, forgetful: bool, stored: bool, twice: bool) -> None:
        self.announced = head.number
        effects: list[Effect] = []
        waiting: list[Effect] = [*self.ledger.head(head.number, head.hash)]
        while waiting and patience:
            patience -= 1
            asked = needs(waiting)
            effects += [each for each in waiting if each not in asked]
            waiting = []
            if asked:
                waiting = answer(self.ledger, self.chain, asked[0], forgetful=forgetful)
                if twice:
                    again = answer(self.ledger, self.chain, asked[0])
                    assert again == []
        effects += [each for each in waiting if each not in needs(waiting)]
        if effects and not stored:
            # Killed between seen and stored.
            self.be_killed()
        else:
            self.stored.apply(effects, self.ledger.state)
        self.announced = 0

    @rule()
    def catch_up(self) -> None:
        """With a head that is really new, what is credited is what the chain holds."""
        self.chain.mine()
        self.deliver(self.chain.head, 1_000, False, True, False)
        assert self.stored.credited == self.chain.tips()
        deep = {
            key
            for key, tip in self.stored.credited.items()
            if tip.place.number <= self.chain.head.number - RULES.confirmations + 1
        }
        assert self.stored.confirmed == deep

    def teardown(self) -> None:
        if hasattr(self, "chain"):
            self.catch_up()


Reorganisations.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestReorganisations = Reorganisations.TestCase

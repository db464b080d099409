"""Whatever happens to tips, in whatever order and however often it is told: a snapshot and the events after it are what
a fresh snapshot is.

The machine keeps what the database would keep, tells as the service does, and compares stages that were there from the
beginning, stages that were loaded in between and hear older events again, and a client that has nothing but a snapshot
and the events since.
"""

from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from accounts.ethereum import Address
from tipping import messages as m
from tipping.stage import PENDING_FOR_MS, PENDING_MAX, RECENT_MAX, Entry, Stage

WALLETS = [Address("0x" + digit * 40) for digit in "abc"]
places = st.integers(0, 60)
PEOPLE = ["ada", "ben", None]


def sender(number: int) -> m.Sender:
    user = PEOPLE[number]
    return m.sender_of(WALLETS[number], user, user, ["tipper:1"] if user else [])


class StageMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 1_000
        self.transactions = 0
        self.rows: dict[int, Entry] = {}
        self.pending: dict[str, m.PendingView] = {}
        self.goal: m.GoalView | None = None
        self.top: list[m.TopView] = []
        self.log: list[Any] = []
        self.first = Stage()
        self.later: list[Stage] = []
        self.clients: list[Stage] = []

    # What the database would do.

    def fresh(self) -> Stage:
        recent = [self.rows[id_] for id_ in sorted(self.rows)][-RECENT_MAX:]
        since = self.now_ms - PENDING_FOR_MS
        pending = [each for each in self.pending.values() if each.at_ms > since]
        return Stage(recent, pending, self.goal, self.top)

    def publish(self, event: m.StageEvent) -> None:
        data = msgspec.msgpack.decode(msgspec.msgpack.encode(event))
        self.log.append(data)
        for stage in (self.first, *self.later, *self.clients):
            stage.apply(data)

    def id_at(self, place: int) -> int | None:
        ids = sorted(self.rows)
        return ids[place % len(ids)] if ids else None

    # What happens.

    @rule(by=st.integers(0, 2), text=st.sampled_from(["", "a"]))
    def announce(self, by: int, text: str) -> None:
        if len(self.pending) >= PENDING_MAX:
            return
        self.now_ms += 1
        self.transactions += 1
        tip = m.PendingView(
            sender=sender(by),
            amount="1",
            token=WALLETS[0],
            symbol="CORE",
            decimals=18,
            worth=None,
            message=text,
            message_state="shown",
            at_ms=self.now_ms,
            broadcast=None,
            clock_ms=None,
            transaction=f"0x{self.transactions}",
        )
        self.pending[tip.transaction] = tip
        self.publish(m.TipPending(tip))

    @rule(by=st.integers(0, 2), place=st.none() | places, crosses=st.booleans())
    def mine(self, by: int, place: int | None, crosses: bool) -> None:
        """A tip nobody announced, or one that is on its way; the announcement may be heard after it."""
        self.now_ms += 1
        waiting = sorted(self.pending)
        transaction = None if place is None or not waiting else waiting[place % len(waiting)]
        announced = None if transaction is None else self.pending.pop(transaction)
        if transaction is None:
            self.transactions += 1
            transaction = f"0x{self.transactions}"
        id_ = len(self.rows) + 1
        tip = m.TipView(
            id=str(id_),
            state="seen",
            sender=sender(by) if announced is None else announced.sender,
            amount="1",
            token=WALLETS[0],
            symbol="CORE",
            decimals=18,
            worth=None,
            message="m",
            message_state="shown",
            at_ms=self.now_ms,
            broadcast=None,
            clock_ms=None,
            transaction=transaction,
            block=1,
        )
        self.rows[id_] = Entry(tip)
        self.publish(m.TipSeen(tip))
        if crosses and announced is not None:
            self.publish(m.TipPending(announced))

    @rule(count=st.integers(20, 40))
    def mine_much(self, count: int) -> None:
        for number in range(count):
            self.mine(number % 3, None, crosses=False)

    @rule(place=places)
    def confirm(self, place: int) -> None:
        if (id_ := self.id_at(place)) is not None and not self.rows[id_].withdrawn:
            self.rows[id_] = Entry(msgspec.structs.replace(self.rows[id_].tip, state="confirmed"))
            self.publish(m.TipConfirmed(str(id_)))

    @rule(place=places)
    def withdraw(self, place: int) -> None:
        if (id_ := self.id_at(place)) is not None and not self.rows[id_].withdrawn:
            self.rows[id_] = Entry(self.rows[id_].tip, withdrawn=True)
            self.publish(m.TipWithdrawn(str(id_)))

    @rule(place=places, block=st.integers(1, 3))
    def mine_again(self, place: int, block: int) -> None:
        if (id_ := self.id_at(place)) is not None and self.rows[id_].withdrawn:
            tip = msgspec.structs.replace(self.rows[id_].tip, state="seen", block=block)
            self.rows[id_] = Entry(tip)
            self.publish(m.TipSeen(tip))

    @rule(place=places, reason=st.sampled_from(["failed", "dropped", "replaced", "expired"]))
    def drop(self, place: int, reason: m.DropReason) -> None:
        if self.pending:
            transaction = sorted(self.pending)[place % len(self.pending)]
            del self.pending[transaction]
            self.publish(m.TipDropped(transaction, reason))

    @rule()
    def expire(self) -> None:
        self.now_ms += PENDING_FOR_MS
        for transaction in list(self.pending):
            del self.pending[transaction]
            self.publish(m.TipDropped(transaction, "expired"))

    @rule(place=places, hidden=st.booleans())
    def moderate(self, place: int, hidden: bool) -> None:
        if (id_ := self.id_at(place)) is None or self.rows[id_].withdrawn:
            return
        message, state = ("", "hidden") if hidden else ("m", "shown")
        tip = msgspec.structs.replace(self.rows[id_].tip, message=message, message_state=state)
        self.rows[id_] = Entry(tip)
        self.publish(m.TipMessage(str(id_), message, tip.message_state))

    @rule(who=st.integers(0, 1))
    def leave_for_good(self, who: int) -> None:
        user = PEOPLE[who]
        assert user is not None
        nobody = m.Sender(None, m.short(WALLETS[who]), WALLETS[who])
        for id_, entry in self.rows.items():
            if entry.tip.sender.user == user:
                self.rows[id_] = Entry(msgspec.structs.replace(entry.tip, sender=nobody), entry.withdrawn)
        for transaction, each in self.pending.items():
            if each.sender.user == user:
                self.pending[transaction] = msgspec.structs.replace(each, sender=nobody)
        self.top = [
            msgspec.structs.replace(each, user=None, name=nobody.name) if each.user == user else each
            for each in self.top
        ]
        self.publish(m.TipForgotten(user))

    @rule(who=st.integers(0, 2), tips=st.integers(0, 3))
    def rank(self, who: int, tips: int) -> None:
        by = sender(who)
        top = m.TopView(user=by.user, name=by.name, wallet=by.wallet, worth=None, amount="1", tips=tips)
        self.top = [top] if tips else []
        self.publish(m.TipTop(self.top))

    @rule(raised=st.none() | st.integers(0, 9))
    def collect(self, raised: int | None) -> None:
        self.goal = None
        if raised is not None:
            self.goal = m.GoalView(
                id="1",
                title="New amp",
                target="9",
                raised=str(raised),
                token=None,
                symbol="USD",
                decimals=2,
                currency="USD",
                reached=raised == 9,
            )
        self.publish(m.TipGoal(self.goal))

    @rule(again=st.integers(0, 40))
    def load_another(self, again: int) -> None:
        """Another process opens the room; some of what it loads comes again as events, in the order of the log."""
        stage = self.fresh()
        for event in self.log[len(self.log) - min(again, len(self.log)) :]:
            stage.apply(event)
        self.later = [*self.later[-2:], stage]

    @rule()
    def another_client(self) -> None:
        shown = self.first.snapshot(self.now_ms)
        recent = [Entry(tip) for tip in shown.recent]
        self.clients = [*self.clients[-2:], Stage(recent, shown.pending, shown.goal, shown.top)]

    # What always holds.

    @invariant()
    def stages_show_what_a_fresh_one_does(self) -> None:
        fresh = self.fresh().snapshot(self.now_ms)
        for stage in (self.first, *self.later):
            assert stage.snapshot(self.now_ms) == fresh

    @invariant()
    def a_client_shows_what_a_fresh_stage_does(self) -> None:
        fresh = self.fresh().snapshot(self.now_ms)
        for client in self.clients:
            shown = client.snapshot(self.now_ms)
            assert (shown.pending, shown.goal, shown.top) == (fresh.pending, fresh.goal, fresh.top)
            # One that was not told of withdrawn tips reaches further back.
            assert shown.recent[len(shown.recent) - len(fresh.recent) :] == fresh.recent

    @invariant()
    def what_is_kept_is_bounded(self) -> None:
        for stage in (self.first, *self.later, *self.clients):
            shown = stage.snapshot(self.now_ms)
            assert len(shown.recent) <= RECENT_MAX
            assert len(shown.pending) <= PENDING_MAX
            ids = [int(tip.id) for tip in shown.recent]
            assert ids == sorted(set(ids))


StageMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestStageMachine = StageMachine.TestCase

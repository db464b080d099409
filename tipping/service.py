"""Stores what the ledger found and tells it. Owns the transactions; knows nothing of nodes.

Effects and how far the ledger has come are stored in one transaction, and only by the holder of the lease. What has to
be told is told after that, and noted when it has been: a process that dies in between leaves it to be told by the next.
"""

import asyncio
import uuid
from collections.abc import Collection, Sequence
from datetime import timedelta

import structlog

from accounts.ethereum import Address
from infra.clock import Clock, utc_now
from infra.database import Database
from tipping import pending_repository, repository, watch_repository
from tipping.describing import Describer
from tipping.errors import LeaseLost
from tipping.events import Payees, Tip, TipEvents, TipState, Told
from tipping.ledger import (
    Ledger,
    LedgerRules,
    LedgerState,
    TipConfirmed,
    TipEffect,
    TipFinal,
    TipMoved,
    TipOrphaned,
    TipSeen,
    beginning_at,
)
from tipping.repository import NewTip
from tipping.shown import NOTHING
from tipping.telling import to_tell
from tipping.tips import NATIVE, ChainId, MinedTip, TipKey
from tipping.watch_repository import Lease

_log = structlog.get_logger("tipping")

LEASE_FOR = timedelta(seconds=15)
TELL_AT_ONCE = 500
TELL_FAILURES_MAX = 3
"""One tip that cannot be told holds up no other; after so many it is whoever is told that is in trouble."""


class TipService:
    """The tips of one contract on one chain."""

    def __init__(
        self,
        database: Database,
        chain: ChainId,
        contract: Address,
        *,
        events: TipEvents,
        payees: Payees,
        tokens: Collection[Address] = (),
        describer: Describer | None = None,
        rules: LedgerRules,
        lease_for: timedelta = LEASE_FOR,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._chain = chain
        self._contract = contract
        self._events = events
        self._payees = payees
        self._tokens = frozenset(tokens) | {NATIVE}
        """What counts as money: anyone can make a token of their own and tip any amount of it."""
        self._describer = describer or Describer({})
        self._rules = rules
        self._lease_for = lease_for
        self._clock = clock
        self._holder = str(uuid.uuid4())

    # The lease

    async def take_lease(self) -> Lease | None:
        """The right to watch, when no other process has it."""
        now = self._clock()
        async with self._database.write() as session:
            return await watch_repository.take(
                session, self._chain, self._contract, self._holder, now, now + self._lease_for
            )

    async def renew(self, lease: Lease) -> None:
        """Raises ``LeaseLost``."""
        async with self._database.write() as session:
            if not await watch_repository.renew(session, lease, self._clock() + self._lease_for):
                raise LeaseLost

    async def release(self, lease: Lease) -> None:
        """Another process may take it at once."""
        async with self._database.write() as session:
            await watch_repository.release(session, lease)

    # The ledger

    async def load(self, lease: Lease) -> Ledger | None:
        """The ledger as it was stored last; ``None`` when there has never been one."""
        async with self._database.read() as session:
            state = await watch_repository.load(session, lease)
            held = await repository.held(session, self._chain, self._contract)
        return None if state is None else Ledger(state, self._rules, held)

    async def begin(self, lease: Lease, number: int) -> Ledger:
        """A ledger that begins with the block of this number. Raises ``LeaseLost``."""
        state = beginning_at(number)
        await self.store(lease, [], state)
        return Ledger(state, self._rules)

    async def store(self, lease: Lease, effects: Sequence[TipEffect], state: LedgerState) -> None:
        """Stores what has happened, all of it or nothing. Raises ``LeaseLost``."""
        outcomes = _outcomes(effects)
        new = await self._new(
            [(tip, outcome) for tip, outcome, is_new in outcomes.values() if tip is not None and is_new]
        )
        moved = [
            (tip, outcome) for tip, outcome, is_new in outcomes.values() if tip is not None and not is_new
        ]
        states = [(key, outcome) for key, (tip, outcome, _) in outcomes.items() if tip is None]
        now = self._clock()
        async with self._database.write() as session:
            # First of all: it also keeps others from writing until this is done.
            if not await watch_repository.save(session, lease, state, now + self._lease_for):
                raise LeaseLost
            await repository.put(session, self._contract, new, now)
            if seen := {each.tip.key.transaction for each in new if each.recognised}:
                await pending_repository.remove_mined(session, self._chain, seen)
            await repository.move(session, moved)
            await repository.set_states(session, states)

    # Telling

    async def tell(self) -> None:
        """Tells what has been stored and not been told. What cannot be told now stays for the next time."""
        failures = 0
        while failures < TELL_FAILURES_MAX:
            async with self._database.read() as session:
                due = await repository.due(session, self._chain, self._contract, TELL_AT_ONCE)
            done: list[tuple[Tip, Told | None]] = []
            for tip, told in due:
                try:
                    done.append((tip, await self._tell(tip, told)))
                except Exception as error:
                    _log.warning("tip_not_told", tip=tip.id, error=type(error).__name__)
                    failures += 1
                    if failures == TELL_FAILURES_MAX:
                        break
            if done:
                try:
                    await self._events.settled([tip for tip, told in done if _counts_anew(tip, told)])
                except Exception as error:
                    _log.warning("tips_not_settled", tips=len(done), error=type(error).__name__)
                    return
                async with self._database.write() as session:
                    await repository.note_told(session, done)
            if len(due) < TELL_AT_ONCE:
                return

    async def _tell(self, tip: Tip, told: Told | None) -> Told | None:
        for step in to_tell(told, tip.state):
            match step:
                case Told.SEEN:
                    await self._events.seen(tip)
                case Told.CONFIRMED:
                    await self._events.confirmed(tip)
                case Told.WITHDRAWN:
                    await self._events.withdrawn(tip)
            told = step
        return told

    async def _new(self, found: Sequence[tuple[MinedTip, TipState]]) -> list[NewTip]:
        money = [tip for tip, _ in found if tip.details.token in self._tokens]
        # At once, since whoever watches waits for both.
        payees, described = await asyncio.gather(
            self._payees_of(money), self._describer.describe(money, self._clock())
        )
        shown = {tip.key: each for tip, each in zip(money, described, strict=True) if _pair(tip) in payees}
        return [NewTip(tip, outcome, tip.key in shown, shown.get(tip.key, NOTHING)) for tip, outcome in found]

    async def _payees_of(self, tips: Sequence[MinedTip]) -> set[tuple[int, Address]]:
        """Those channels and artists among them that belong together."""
        pairs = {_pair(tip) for tip in tips}
        return {pair for pair in pairs if await self._payees.is_payee(*pair)}


def _pair(tip: MinedTip) -> tuple[int, Address]:
    return tip.details.channel, tip.details.artist


def _counts_anew(tip: Tip, told: Told | None) -> bool:
    """Whether sums over tips have changed by what was told of it."""
    return told is not None and to_tell(tip.told, tip.state) not in ([], [Told.CONFIRMED])


def _outcomes(effects: Sequence[TipEffect]) -> dict[TipKey, tuple[MinedTip | None, TipState, bool]]:
    """What each tip has come to: where it is when that is news, its state, and whether it is new rather than moved."""
    outcomes: dict[TipKey, tuple[MinedTip | None, TipState, bool]] = {}
    for effect in effects:
        match effect:
            case TipSeen(tip):
                outcomes[tip.key] = (tip, TipState.SEEN, True)
            case TipMoved(tip):
                before = outcomes.get(tip.key)
                outcomes[tip.key] = (tip, TipState.SEEN, before is not None and before[2])
            case TipConfirmed(key) | TipFinal(key) | TipOrphaned(key):
                tip_before, _, is_new = outcomes.get(key, (None, TipState.SEEN, False))
                outcomes[key] = (tip_before, _STATES[type(effect)], is_new)
    return outcomes


_STATES: dict[type[TipEffect], TipState] = {
    TipConfirmed: TipState.CONFIRMED,
    TipFinal: TipState.FINAL,
    TipOrphaned: TipState.ORPHANED,
}

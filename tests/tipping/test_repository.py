"""Tips and leases in the database, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.ethereum import Address
from infra.database import Database
from tests.tipping.chain import ARTIST, CHAIN, Chain, Sent
from tests.tipping.watching import Diary
from tipping import repository, watch_repository
from tipping.errors import LeaseLost
from tipping.events import Tip, TipState, Told
from tipping.ledger import (
    LedgerRules,
    LedgerState,
    TipConfirmed,
    TipEffect,
    TipFinal,
    TipMoved,
    TipOrphaned,
    TipSeen,
)
from tipping.service import TipService
from tipping.tips import BlockHash, MinedTip
from tipping.watch_repository import Lease

CONTRACT = Address("0x" + "c" * 40)
TOKEN = Address("0x" + "d" * 40)
MOMENT = datetime(2026, 7, 1, 20, 30, 15, tzinfo=UTC)
STATE = LedgerState(5, (BlockHash(""), BlockHash("0x" + "ab" * 32)))


class Payees:
    async def is_payee(self, channel: int, artist: Address) -> bool:
        return artist == ARTIST


class Clock:
    def __init__(self) -> None:
        self.now = MOMENT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make(database: Database, diary: Diary, clock: Clock) -> TipService:
    return TipService(
        database,
        CHAIN,
        CONTRACT,
        events=diary,
        payees=Payees(),
        tokens=[TOKEN],
        rules=LedgerRules(),
        clock=clock,
    )


@pytest.fixture
def service(database: Database, diary: Diary, clock: Clock) -> TipService:
    return make(database, diary, clock)


@pytest.fixture
async def lease(service: TipService) -> Lease:
    lease = await service.take_lease()
    assert lease is not None
    return lease


def mined(name: str, amount: int = 5) -> MinedTip:
    chain = Chain()
    return chain.mine(Sent(name, (amount,))).tips[0]


async def told(service: TipService, diary: Diary) -> list[str]:
    diary.entries.clear()
    await service.tell()
    return [what for what, _, _ in diary.entries]


async def test_what_was_stored_is_loaded(service: TipService, lease: Lease, database: Database) -> None:
    assert await service.load(lease) is None
    greatest = mined("greatest", 2**256 - 1)
    await service.store(lease, [TipSeen(greatest), TipSeen(mined("b")), TipConfirmed(mined("b").key)], STATE)
    ledger = await service.load(lease)
    assert ledger is not None
    assert ledger.state == STATE
    async with database.read() as session:
        held = await repository.held(session, CHAIN, CONTRACT)
        tips = await repository.tips_of_channel(session, 1, 10)
    assert dict(held) == {greatest: False, mined("b"): True}
    assert {tip.mined.key: tip.mined.details for tip in tips}[greatest.key].amount == 2**256 - 1
    assert {tip.seen_at for tip in tips} == {MOMENT}


async def test_the_life_of_a_tip_is_told_once(service: TipService, lease: Lease, diary: Diary) -> None:
    tip = mined("a")
    moved = replace(tip, place=replace(tip.place, number=9, block=BlockHash("0xnine")))
    story: list[tuple[list[TipEffect], list[str]]] = [
        ([TipSeen(tip)], ["seen"]),
        ([], []),
        ([TipConfirmed(tip.key)], ["confirmed"]),
        ([TipMoved(moved)], []),
        ([TipConfirmed(tip.key)], []),
        ([TipOrphaned(tip.key)], ["withdrawn"]),
        ([TipSeen(tip), TipConfirmed(tip.key)], ["seen", "confirmed"]),
        ([TipFinal(tip.key)], []),
    ]
    for effects, expected in story:
        await service.store(lease, effects, STATE)
        assert await told(service, diary) == expected, effects
        assert await told(service, diary) == []


async def test_a_tip_that_says_something_else_when_mined_again_is_told_again(
    service: TipService, lease: Lease, diary: Diary
) -> None:
    before, after = mined("a", 5), mined("a", 4)
    await service.store(lease, [TipSeen(before)], STATE)
    assert await told(service, diary) == ["seen"]
    (first,) = [tip.id for _, tip, _ in diary.entries]
    await service.store(lease, [TipOrphaned(before.key), TipSeen(after)], STATE)
    assert await told(service, diary) == ["seen"]
    ((_, tip, _),) = diary.entries
    assert (tip.id, tip.mined.details.amount) == (first, 4)


async def test_a_tip_that_came_and_went_untold_is_never_told(
    service: TipService, lease: Lease, diary: Diary
) -> None:
    await service.store(lease, [TipSeen(mined("a"))], STATE)
    await service.store(lease, [TipOrphaned(mined("a").key)], STATE)
    assert await told(service, diary) == []


async def test_what_was_told_before_an_error_is_not_told_again(
    service: TipService, lease: Lease, diary: Diary
) -> None:
    tip = mined("a")
    await service.store(lease, [TipSeen(tip)], STATE)
    diary.broken = True
    assert await told(service, diary) == []
    diary.broken = False
    assert await told(service, diary) == ["seen"]


async def test_a_tip_that_cannot_be_told_holds_up_no_other(
    database: Database, lease: Lease, service: TipService, clock: Clock
) -> None:
    class Picky(Diary):
        async def seen(self, tip: Tip) -> None:
            if tip.mined.key.transaction == "bad":
                raise ValueError
            await super().seen(tip)

    picky = Picky()
    await service.store(lease, [TipSeen(mined(name)) for name in ("a", "bad", "b")], STATE)
    teller = make(database, picky, clock)
    for _ in range(2):
        await teller.tell()
        assert sorted(tip.mined.key.transaction for _, tip, _ in picky.entries) == ["a", "b"]


async def test_other_coins_and_other_payees_are_no_tips(
    service: TipService, lease: Lease, diary: Diary, database: Database
) -> None:
    tip = mined("a")
    worthless = replace(mined("b"), details=replace(tip.details, token=Address("0x" + "1" * 40)))
    elsewhere = replace(mined("c"), details=replace(tip.details, artist=Address("0x" + "2" * 40)))
    coin = replace(mined("d"), details=replace(tip.details, token=TOKEN))
    await service.store(lease, [TipSeen(each) for each in (tip, worthless, elsewhere, coin)], STATE)
    assert await told(service, diary) == ["seen", "seen"]
    async with database.read() as session:
        tips = await repository.tips_of_channel(session, 1, 10)
        page = await repository.tips_of_channel(session, 1, 1)
        rest = await repository.tips_of_channel(session, 1, 10, before=page[0].id)
    assert {each.mined.key.transaction for each in tips} == {"a", "d"}
    assert [*page, *rest] == tips


async def test_a_state_that_changes_while_it_is_told_is_told_too(
    service: TipService, lease: Lease, database: Database
) -> None:
    await service.store(lease, [TipSeen(mined("a"))], STATE)
    async with database.read() as session:
        ((tip, _),) = await repository.due(session, CHAIN, CONTRACT, 10)
    await service.store(lease, [TipConfirmed(tip.mined.key)], STATE)
    async with database.write() as session:
        await repository.note_told(session, [(tip, Told.SEEN)])
    async with database.read() as session:
        ((again, last),) = await repository.due(session, CHAIN, CONTRACT, 10)
    assert (again.state, last) == (TipState.CONFIRMED, Told.SEEN)


# The lease


async def test_of_many_that_want_the_lease_one_gets_it(
    database: Database, diary: Diary, clock: Clock
) -> None:
    leases = await asyncio.gather(*(make(database, diary, clock).take_lease() for _ in range(5)))
    assert [lease is None for lease in leases].count(False) == 1


async def test_a_lease_is_free_when_it_has_expired_or_was_given_back(
    database: Database, diary: Diary, clock: Clock, service: TipService, lease: Lease
) -> None:
    other = make(database, diary, clock)
    clock.now += timedelta(seconds=14)
    assert await other.take_lease() is None
    await service.renew(lease)
    clock.now += timedelta(seconds=14)
    assert await other.take_lease() is None
    clock.now += timedelta(seconds=2)
    taken = await other.take_lease()
    assert taken is not None
    assert taken.fence > lease.fence
    with pytest.raises(LeaseLost):
        await service.store(lease, [TipSeen(mined("a"))], STATE)
    async with database.read() as session:
        assert await repository.held(session, CHAIN, CONTRACT) == []
    await service.release(lease)
    assert await service.take_lease() is None
    await other.release(taken)
    assert await service.take_lease() is not None


async def test_each_contract_has_a_lease_of_its_own(database: Database) -> None:
    async with database.write() as session:
        for contract in (CONTRACT, TOKEN):
            for number in (1, 2):
                taken = await watch_repository.take(
                    session, CHAIN, contract, f"holder {number}", MOMENT, MOMENT + timedelta(seconds=1)
                )
                assert (taken is None) == (number == 2)

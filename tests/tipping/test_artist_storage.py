"""Goals, overlays and histories in both kinds of database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from accounts.ethereum import Address
from infra.database import Database
from tests.tipping.chain import CHAIN
from tests.tipping.test_repository import CONTRACT, mined
from tipping import goal_repository, history_repository, overlay_repository, repository
from tipping.events import Tip, TipState
from tipping.goal import Unit
from tipping.history import within_days
from tipping.history_repository import DaySum, Range
from tipping.messages import Worth
from tipping.overlay import OverlaySettings, WorthAtLeast, hash_token
from tipping.overlay_repository import StoredOverlay
from tipping.repository import NewTip
from tipping.shown import From, Shown
from tipping.tips import NATIVE

CHANNEL = 7
TOKEN = Address("0x" + "7" * 40)
ADA, BOB = Address("0x" + "a" * 40), Address("0x" + "b" * 40)
EVENING = datetime(2026, 11, 20, 23, 59, 59, 999_999, UTC)
MORNING = EVENING + timedelta(microseconds=1)
HUGE = 2**255
"""Two of them are more than 256 bits hold."""


async def put(
    database: Database,
    name: str,
    amount: int,
    *,
    at: datetime = EVENING,
    token: Address = NATIVE,
    state: TipState = TipState.SEEN,
    worth: Worth | None = None,
    by: From | None = None,
    tipper: Address = ADA,
    recognised: bool = True,
) -> None:
    tip = mined(name, amount)
    details = replace(tip.details, channel=CHANNEL, token=token, amount=amount, tipper=tipper, fee=0)
    shown = Shown(by=by or From(), worth=worth)
    async with database.write() as session:
        await repository.put(
            session, CONTRACT, [NewTip(replace(tip, details=details), state, recognised, shown)], at
        )


async def given(database: Database, user: str, *wallets: Address) -> list[int]:
    async with database.read() as session:
        tips = await history_repository.given(session, CHAIN, user, wallets, 10, None)
    return [tip.mined.details.amount for tip in tips]


async def test_days_end_at_midnight_and_add_up_what_no_database_can_count(database: Database) -> None:
    await put(database, "a", HUGE)
    await put(database, "b", HUGE, worth=Worth(150, "USD"))
    await put(database, "c", 5, worth=Worth(7, "EUR"))
    await put(database, "d", 3, at=MORNING, token=TOKEN, worth=Worth(20, "USD"))
    await put(database, "e", 4, at=MORNING, state=TipState.ORPHANED)
    await put(database, "f", 4, at=MORNING, recognised=False)
    evening = DaySum(date(2026, 11, 20), NATIVE, 3, 2 * HUGE + 5, 150)
    morning = DaySum(date(2026, 11, 21), TOKEN, 1, 3, 20)
    async with database.read() as session:

        async def days(since: date | None = None, until: date | None = None) -> list[DaySum]:
            within = within_days(since, until)
            return list(await history_repository.days(session, CHAIN, CHANNEL, within, "USD"))

        assert await days() == [morning, evening]
        assert await days(since=date(2026, 11, 21)) == [morning]
        assert await days(until=date(2026, 11, 20)) == [evening]
        assert await days(date(2026, 11, 22), date.max) == []
        assert await history_repository.days(session, CHAIN, 8, Range(), "USD") == []


async def test_an_artist_sees_what_the_chain_dropped_and_not_what_never_counted(database: Database) -> None:
    await put(database, "a", 1)
    await put(database, "b", 2, state=TipState.ORPHANED)
    await put(database, "c", 3, recognised=False)
    await put(database, "d", 4, at=MORNING)

    async with database.read() as session:

        async def page(within: Range, limit: int = 10, before: int | None = None) -> list[Tip]:
            return list(await history_repository.of_channel(session, CHAIN, CHANNEL, within, limit, before))

        first = await page(Range(), 2)
        assert [tip.mined.details.amount for tip in first] == [4, 2]
        assert [tip.mined.details.amount for tip in await page(Range(), 2, first[-1].id)] == [1]
        assert [tip.mined.details.amount for tip in await page(Range(until=MORNING))] == [2, 1]
        assert [tip.mined.details.amount for tip in await page(Range(since=MORNING))] == [4]


async def test_a_fan_sees_tips_from_their_wallets_and_those_that_were_theirs_then(database: Database) -> None:
    await put(database, "a", 1, tipper=ADA)
    await put(database, "b", 2, tipper=BOB, by=From("ada", "Ada"))
    await put(database, "c", 3, tipper=BOB)
    assert await given(database, "ada", ADA) == [2, 1]
    assert await given(database, "ada") == [2]
    assert await given(database, "bob", BOB) == [3, 2]
    assert await given(database, "nobody") == []


async def test_a_goal_counts_what_came_after_it_in_its_own_unit(database: Database) -> None:
    await put(database, "a", 100, worth=Worth(1_000, "USD"))
    async with database.write() as session:
        after = await goal_repository.last_tip(session)
        await goal_repository.put(session, CHAIN, CHANNEL, "Amp", 10, Unit(NATIVE, None), after, EVENING)
    await put(database, "b", HUGE, worth=Worth(30, "USD"))
    await put(database, "c", HUGE, worth=Worth(4, "EUR"))
    await put(database, "d", 3, token=TOKEN, worth=Worth(12, "USD"))
    await put(database, "e", 5, state=TipState.ORPHANED, worth=Worth(5, "USD"))
    async with database.read() as session:
        goal = await goal_repository.get(session, CHAIN, CHANNEL)
        assert goal is not None
        assert goal.unit == Unit(NATIVE, None)

        async def raised(unit: Unit) -> int:
            assert goal is not None
            return await history_repository.raised(session, CHAIN, CHANNEL, replace(goal, unit=unit))

        assert await raised(Unit(NATIVE, None)) == 2 * HUGE
        assert await raised(Unit(TOKEN, None)) == 3
        assert await raised(Unit(None, "USD")) == 42
        assert await raised(Unit(None, "CHF")) == 0


async def test_a_channel_has_one_goal_and_none_when_it_is_gone(database: Database) -> None:
    async with database.write() as session:
        assert await goal_repository.last_tip(session) == 0
        for title in ("Amp", "Strings"):
            await goal_repository.put(
                session, CHAIN, CHANNEL, title, 2**256 - 1, Unit(None, "USD"), 0, EVENING
            )
        goal = await goal_repository.get(session, CHAIN, CHANNEL)
        assert goal is not None
        assert (goal.title, goal.target, goal.unit) == ("Strings", 2**256 - 1, Unit(None, "USD"))
        assert await goal_repository.channels(session) == {CHANNEL}
        await goal_repository.drop(session, {CHANNEL, 8})
        assert await goal_repository.get(session, CHAIN, CHANNEL) is None
        assert not await goal_repository.remove(session, CHAIN, CHANNEL)


async def test_an_overlay_is_found_by_its_newest_token_only(database: Database) -> None:
    first, second = hash_token("first"), hash_token("second")
    assert first is not None
    assert second is not None
    settings = OverlaySettings(minimum=WorthAtLeast(100), volume=0.25, theme="light")
    async with database.write() as session:
        assert await overlay_repository.get(session, CHANNEL) == StoredOverlay()
        changed = await overlay_repository.change(session, CHANNEL, paused=True)
        assert changed == StoredOverlay(paused=True)
        assert await overlay_repository.set_token(session, CHANNEL, first) == 1
        assert await overlay_repository.by_token(session, first) == (CHANNEL, 1)
    async with database.write() as session:
        assert await overlay_repository.set_token(session, CHANNEL, second) == 2
        await overlay_repository.change(session, CHANNEL, settings=settings)
    async with database.read() as session:
        assert await overlay_repository.by_token(session, first) is None
        assert await overlay_repository.by_token(session, second) == (CHANNEL, 2)
        assert await overlay_repository.get(session, CHANNEL) == StoredOverlay(
            settings, paused=True, generation=2, has_token=True
        )
    async with database.write() as session:
        assert await overlay_repository.set_token(session, 8, first) == 1
        assert await overlay_repository.channels(session) == {CHANNEL, 8}
        await overlay_repository.drop(session, {CHANNEL})
        assert await overlay_repository.by_token(session, second) is None

"""What people see of tips, in the database, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from accounts.ethereum import Address
from infra.database import Database
from tests.tipping.chain import CHAIN, FAN, Chain, Sent
from tipping import pending_repository, repository, stage_repository
from tipping.coins import Coin
from tipping.events import TipState
from tipping.messages import Worth
from tipping.pending_repository import PendingTip
from tipping.repository import NewTip
from tipping.shown import From, Shown
from tipping.stage_repository import During, Since
from tipping.tips import NATIVE, TransactionHash

CONTRACT, TOKEN, OTHER = Address("0x" + "c" * 40), Address("0x" + "d" * 40), Address("0x" + "e" * 40)
MOMENT = datetime(2026, 7, 1, 20, 30, 15, tzinfo=UTC)
ADA = From("ada", "Ada", ("owner", "tipper:1"))


def new(name: str, amount: int, shown: Shown, *, token: Address = NATIVE, wallet: Address = FAN) -> NewTip:
    tip = Chain().mine(Sent(name, (amount,))).tips[0]
    broadcast = None if shown.clock_ms is None else 7
    details = replace(tip.details, token=token, tipper=wallet, broadcast=broadcast)
    return NewTip(replace(tip, details=details), TipState.SEEN, True, shown)


async def test_who_has_tipped_most_is_counted_exactly_over_wallets(database: Database) -> None:
    huge = 2**255 + 7
    async with database.write() as session:
        tips = [
            new("a", huge, Shown(ADA, worth=Worth(5, "USD"))),
            new("b", huge, Shown(ADA, worth=Worth(6, "USD"), clock_ms=20), wallet=OTHER),
            new("c", 3, Shown(From(), worth=Worth(12, "EUR"), clock_ms=10), wallet=TOKEN),
            new("d", 9, Shown(From(), worth=Worth(10, "USD")), token=TOKEN, wallet=TOKEN),
        ]
        await repository.put(session, CONTRACT, tips, MOMENT)
    async with database.read() as session:
        first, second = await stage_repository.totals(session, CHAIN, 1, Since(), "USD", 5)
        assert (first.by, first.wallet, first.minor, first.amount, first.tips) == (
            ADA,
            OTHER,
            11,
            2 * huge,
            2,
        )
        assert (second.by, second.minor, second.amount, second.tips) == (From(), 10, 3, 2)
        during = await stage_repository.totals(session, CHAIN, 1, During(7), None, 5)
        assert [each.amount for each in during] == [huge, 3]
        late = Since(MOMENT + timedelta(seconds=1))
        assert await stage_repository.totals(session, CHAIN, 1, late, None, 5) == []
        minor, amount, last = await stage_repository.given(session, CHAIN, 1, "ada", "USD")
        assert (minor, amount, last is None) == (11, 2 * huge, False)
        assert await stage_repository.given(session, CHAIN, 1, "ben", "USD") == (0, 0, None)
        (tip,) = await stage_repository.by_clock(session, CHAIN, 1, 7, 1, None)
        assert tip.shown.clock_ms == 10
        rest = await stage_repository.by_clock(session, CHAIN, 1, 7, 5, tip.id)
        assert [each.shown.clock_ms for each in rest] == [20]
        page = await stage_repository.page(session, CHAIN, 1, 2, None)
        assert len(page) == 2
        assert len(await stage_repository.page(session, CHAIN, 1, 9, page[-1].id)) == 2
    async with database.write() as session:
        assert await stage_repository.forget(session, "ada") == [1]
    async with database.read() as session:
        assert {tip.shown.by for tip in await stage_repository.recent(session, CHAIN, 1, 9)} == {From()}


async def test_messages_are_withheld_until_they_are_released(database: Database) -> None:
    async with database.write() as session:
        held = new("a", 1, Shown(text="hmm", message_state="held"))
        await repository.put(
            session, CONTRACT, [held, new("b", 1, Shown(text="", message_state="held"))], MOMENT
        )
    async with database.write() as session:
        (tip,) = await stage_repository.withheld(session, CHAIN, 1, 9, None)
        assert await stage_repository.set_message_state(session, CHAIN, 2, tip.id, "shown") is None
        changed = await stage_repository.set_message_state(session, CHAIN, 1, tip.id, "shown")
        assert changed == replace(tip, shown=replace(tip.shown, message_state="shown"))
    async with database.write() as session:
        assert await stage_repository.withheld(session, CHAIN, 1, 9, None) == []
        # Mined again, saying the same: what was decided stays.
        await repository.put(session, CONTRACT, [held], MOMENT)
        assert await stage_repository.withheld(session, CHAIN, 1, 9, None) == []


async def test_what_is_on_its_way_is_kept_once_and_goes_when_it_is_mined(database: Database) -> None:
    tip = PendingTip(
        transaction=TransactionHash("a"),
        channel=1,
        wallet=FAN,
        nonce=2**40,
        token=NATIVE,
        amount=2**256 - 1,
        by=ADA,
        text="soon",
        message_state="shown",
        worth=Worth(5, "USD"),
        at_ms=1_795_000_000_000,
    )
    async with database.write() as session:
        stored = await pending_repository.add(session, CHAIN, tip)
        assert stored == replace(tip, id=stored.id if stored else 0)
        assert await pending_repository.add(session, CHAIN, tip) is None
        assert await pending_repository.count(session, CHAIN, 1, OTHER) == (1, 1, 0)
        assert await pending_repository.of_channel(session, CHAIN, 1, 0, 9) == [stored]
        assert await pending_repository.of_channel(session, CHAIN, 1, tip.at_ms, 9) == []
        assert await pending_repository.mined_of(session, CHAIN, [tip.transaction]) == set()
        await pending_repository.drop(session, [stored.id if stored else 0], "failed")
        assert await pending_repository.of_channel(session, CHAIN, 1, 0, 9) == []
        (waiting,) = await pending_repository.oldest(session, CHAIN, 9)
        assert waiting.dropped == "failed"
        await repository.put(session, CONTRACT, [new("a", 1, Shown())], MOMENT)
        assert await pending_repository.mined_of(session, CHAIN, [tip.transaction]) == {"a"}
        await pending_repository.remove_mined(session, CHAIN, [tip.transaction])
        assert await pending_repository.get(session, CHAIN, tip.transaction) is None


async def test_coins_are_known_as_they_were_read_last(database: Database) -> None:
    coin = Coin(TOKEN, "USDT", "Tether", 6, permit=True)
    for name in ("Tether", "Tether USD"):
        async with database.write() as session:
            await stage_repository.put_coins(session, CHAIN, [replace(coin, name=name)])
    async with database.read() as session:
        assert await stage_repository.coins(session, CHAIN) == {TOKEN: replace(coin, name="Tether USD")}

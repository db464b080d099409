"""Tips on their way: announced by whoever sent them, looked up at our own nodes, followed until something comes of it.

The page is believed in nothing but the hash. What a hash stands for is asked of a node, and only a transaction that
is a tip to this very channel and would succeed if it were mined now is shown, marked as unverified.

Announcements come in any process; whoever watches the chain follows all of them, so that none is forgotten when the
process that took it ends. What comes to nothing is noted before it is told, and gone when it has been.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from accounts.ethereum import Address
from infra.bus import Bus, BusUnavailable
from infra.clock import Clock, utc_now
from infra.database import Database
from infra.outbox import Outbox
from infra.tasks import uninterrupted
from tipping import pending_repository, topics
from tipping.calldata import TipCall, decode_call
from tipping.coin_book import CoinBook
from tipping.describing import Describer
from tipping.errors import ChainUnavailable, NodeFailed
from tipping.events import Payees
from tipping.following import Following
from tipping.messages import DropReason, PendingView, TipDropped, TipPending
from tipping.pending_repository import PendingTip
from tipping.stage import PENDING_MAX
from tipping.tips import NATIVE, ChainId, TransactionHash
from tipping.transactions import Sent, TransactionReader

_log = structlog.get_logger("tipping")

PENDING_OF_WALLET_MAX = 3
PENDING_ALL_MAX = 500
LOOKED_UP_AT_ONCE = 8
LOOKED_UP_WAITING_MAX = 64
ASK_TIMES = 3
ASK_AGAIN_S = 0.4
"""A wallet's own node may be ahead of ours by so much."""
FOLLOW_EVERY_S = 2.0
FOLLOWED_AT_ONCE = 10


class PendingService:
    """Of one contract on one chain. ``reader`` is set while there is a connection to nodes."""

    def __init__(
        self,
        database: Database,
        chain: ChainId,
        contract: Address,
        *,
        bus: Bus,
        outbox: Outbox,
        payees: Payees,
        coins: CoinBook,
        describer: Describer,
        clock: Clock = utc_now,
    ) -> None:
        self.reader: TransactionReader | None = None
        self._database = database
        self._chain = chain
        self._contract = contract
        self._bus = bus
        self._outbox = outbox
        self._payees = payees
        self._coins = coins
        self._describer = describer
        self._clock = clock
        self._looking_up = asyncio.Semaphore(LOOKED_UP_AT_ONCE)
        self._asking = 0
        self._following: dict[int, Following] = {}

    # Announcing

    async def announce(self, channel: int, transaction: TransactionHash) -> PendingView | None:
        """The tip as everyone is shown it now; ``None`` when nothing is shown of it.

        Raises what the database raises.
        """
        async with self._database.read() as session:
            known = await pending_repository.get(session, self._chain, transaction)
            mined = await pending_repository.mined_of(session, self._chain, [transaction])
        if known is not None:
            is_shown = not mined and known.dropped is None and known.channel == channel
            return self._view(known) if is_shown else None
        if mined:
            return None
        if self.reader is None or self._asking >= LOOKED_UP_WAITING_MAX:
            return None
        self._asking += 1
        try:
            async with self._looking_up:
                found = await self._look_up(self.reader, channel, transaction)
        except ChainUnavailable:
            return None
        finally:
            self._asking -= 1
        if found is None:
            return None
        tip = await self._described(channel, transaction, *found)
        stored = await uninterrupted(self._store(tip))
        return None if stored is None else self._view(stored)

    async def _look_up(
        self, reader: TransactionReader, channel: int, transaction: TransactionHash
    ) -> tuple[Sent, TipCall] | None:
        sent = await reader.get(transaction)
        for _ in range(ASK_TIMES - 1):
            if sent is not None:
                break
            await asyncio.sleep(ASK_AGAIN_S)
            sent = await reader.get(transaction)
        if sent is None or sent.is_mined or sent.to != self._contract:
            return None
        call = decode_call(sent.data, sent.value)
        if call is None or call.channel != channel or not self._is_coin(call.token):
            return None
        if not await self._payees.is_payee(channel, call.artist) or await reader.would_fail(sent):
            return None
        return sent, call

    async def _described(
        self, channel: int, transaction: TransactionHash, sent: Sent, call: TipCall
    ) -> PendingTip:
        ((by, judged),) = await self._describer.introduce(channel, [(sent.sender, call.message)])
        return PendingTip(
            transaction=transaction,
            channel=channel,
            wallet=sent.sender,
            nonce=sent.nonce,
            token=call.token,
            amount=call.amount,
            by=by,
            text=judged.text,
            message_state=judged.state,
            worth=self._describer.worth(call.token, call.amount),
            at_ms=self._now_ms(),
        )

    async def _store(self, tip: PendingTip) -> PendingTip | None:
        async with self._database.write() as session:
            if await pending_repository.mined_of(session, self._chain, [tip.transaction]):
                return None
            total, of_channel, of_wallet = await pending_repository.count(
                session, self._chain, tip.channel, tip.wallet
            )
            if total >= PENDING_ALL_MAX or of_channel >= PENDING_MAX or of_wallet >= PENDING_OF_WALLET_MAX:
                return None
            stored = await pending_repository.add(session, self._chain, tip)
        if stored is not None:
            event = TipPending(self._view(stored))
            await self._outbox.publish(
                topics.public(tip.channel), event, key=f"pending:{stored.transaction}:{stored.at_ms}"
            )
        return stored

    # Following

    async def run(self, is_watching: Callable[[], bool]) -> None:
        """Follows what is on its way while this process watches the chain; a background task."""
        while True:
            await asyncio.sleep(FOLLOW_EVERY_S)
            if not is_watching():
                self._following.clear()
                continue
            try:
                await self.follow()
            except (SQLAlchemyError, OSError, ChainUnavailable, BusUnavailable) as error:
                _log.warning("pending_tips_not_followed", error=type(error).__name__)

    async def follow(self) -> None:
        """Looks at each of them once. Raises ``ChainUnavailable``, ``BusUnavailable``, what the database raises."""
        waiting = await uninterrupted(self._waiting())
        await self._tell([tip for tip in waiting if tip.dropped is not None])
        followed = [tip for tip in waiting if tip.dropped is None]
        ids = {tip.id for tip in followed}
        self._following = {id_: each for id_, each in self._following.items() if id_ in ids}
        for at in range(0, len(followed), FOLLOWED_AT_ONCE):
            some = followed[at : at + FOLLOWED_AT_ONCE]
            reasons = await asyncio.gather(*(self._fate(tip) for tip in some))
            for tip, reason in zip(some, reasons, strict=True):
                if reason is not None:
                    await uninterrupted(self._drop(tip, reason))

    async def _waiting(self) -> Sequence[PendingTip]:
        """All of them, without those that are on the chain by now."""
        async with self._database.read() as session:
            waiting = await pending_repository.oldest(session, self._chain, PENDING_ALL_MAX)
            found = await pending_repository.mined_of(
                session, self._chain, [tip.transaction for tip in waiting]
            )
        mined = {tip.id for tip in waiting if tip.transaction in found}
        if mined:
            async with self._database.write() as session:
                await pending_repository.remove(session, mined)
        return [tip for tip in waiting if tip.id not in mined]

    async def _fate(self, tip: PendingTip) -> DropReason | None:
        if self.reader is None:
            return None
        following = self._following.setdefault(tip.id, Following(tip.nonce, tip.at_ms))
        try:
            fate = await self.reader.fate(tip.transaction, tip.wallet)
        except NodeFailed:
            return None
        return following.told(fate, self._now_ms())

    async def _drop(self, tip: PendingTip, reason: DropReason) -> None:
        async with self._database.write() as session:
            await pending_repository.drop(session, [tip.id], reason)
        await self._publish_dropped(tip, reason)

    async def _tell(self, dropped: Sequence[PendingTip]) -> None:
        for tip in dropped:
            if tip.dropped is not None:
                await uninterrupted(self._publish_dropped(tip, tip.dropped))

    async def _publish_dropped(self, tip: PendingTip, reason: DropReason) -> None:
        data = topics.encode(TipDropped(tip.transaction, reason))
        await self._bus.publish(
            topics.public(tip.channel), data, key=f"dropped:{tip.transaction}:{tip.at_ms}"
        )
        async with self._database.write() as session:
            await pending_repository.remove(session, [tip.id])

    def _view(self, tip: PendingTip) -> PendingView:
        return tip.view(self._coins.of(tip.token))

    def _is_coin(self, token: Address) -> bool:
        return token == NATIVE or token in self._coins.tokens

    def _now_ms(self) -> int:
        return round(self._clock().timestamp() * 1_000)

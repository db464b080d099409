"""Follows the chain: asks for the head, gives the ledger what it needs, has stored what it found.

A background task of one process per chain and contract, decided by a lease in the database; the others stand by. It is
driven by the head alone: a wake-up or the passing of the poll interval makes it ask, and what it then hears decides.
All it knows is in the database, so it can be killed at any moment, and begins again there after every trouble.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import structlog
from sqlalchemy.exc import SQLAlchemyError

from infra.tasks import uninterrupted
from tipping.errors import ChainUnavailable, LeaseLost
from tipping.ledger import (
    Effect,
    ForkTooDeep,
    Ledger,
    Need,
    NeedBlock,
    NeedHash,
    NeedRange,
    TipEffect,
)
from tipping.rpc import ChainReader, Header
from tipping.service import TipService
from tipping.wake import WakeUp
from tipping.watch_repository import Lease

_log = structlog.get_logger("tipping")


@dataclass(frozen=True, slots=True)
class WatchTimes:
    """How often the watcher does what, in seconds."""

    poll_s: float = 2.0
    woken_gap_s: float = 0.02
    """Between two questions at least, however often it is woken."""
    stale_after_s: float = 60.0
    """Without a new head for so long, another node is asked."""
    renew_s: float = 4.0
    save_s: float = 5.0
    """How often to note how far it has come while there are no tips."""
    stand_by_s: float = 2.0
    after_trouble_s: float = 1.0
    again_s: float = 0.25
    """After a block that was announced is not known."""


class Watcher:
    """``run`` is a background task; ``stop`` lets it come to its end."""

    def __init__(
        self,
        chain: ChainReader,
        tips: TipService,
        wake: WakeUp,
        *,
        from_block: int = 0,
        times: WatchTimes | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chain = chain
        self._tips = tips
        self._wake = wake
        self._from_block = from_block
        self._times = times or WatchTimes()
        self._monotonic = monotonic
        self._stopping = asyncio.Event()
        self._renewed_s = self._saved_s = self._advanced_s = 0.0
        self._highest = self._stands_on = -1
        self.is_watching = False
        """Whether this process holds the lease."""

    @property
    def head_age_s(self) -> float:
        """Since there was a new head, or since it began to watch."""
        return self._monotonic() - self._advanced_s

    @property
    def head_block(self) -> int:
        """The number of the newest block there is; -1 before one is known."""
        return self._highest

    @property
    def lag_blocks(self) -> int:
        """How many blocks are known of but not stored yet."""
        return max(0, self._highest - self._stands_on) if self._stands_on >= 0 else 0

    async def run(self) -> None:
        """Watches whenever no other process does, until ``stop``."""
        while not self._stopping.is_set():
            try:
                lease = await uninterrupted(self._tips.take_lease())
                if lease is None:
                    await self._wait_stopping(self._times.stand_by_s)
                    continue
                _log.info("watching_chain", fence=lease.fence)
                await self._watch(lease)
            except LeaseLost:
                _log.warning("watching_chain_lost")
            except (SQLAlchemyError, OSError) as error:
                _log.warning("watching_chain_failed", error=type(error).__name__)
            await self._wait_stopping(self._times.after_trouble_s)

    def stop(self) -> None:
        """What is being asked or stored is not interrupted."""
        self._stopping.set()
        self._wake.woken.set()

    async def _watch(self, lease: Lease) -> None:
        """Raises ``LeaseLost`` and what the database raises; the ledger is then read anew."""
        self._renewed_s = self._saved_s = self._advanced_s = self._monotonic()
        self._highest = -1
        self.is_watching = True
        ledger: Ledger | None = None
        try:
            while not self._stopping.is_set():
                self._wake.woken.clear()
                wait_s = self._times.poll_s
                try:
                    head = await self._chain.head()
                    if ledger is None:
                        ledger = await self._begin(lease, head)
                    if not await self._follow(ledger, lease, head):
                        wait_s = min(wait_s, self._times.again_s)
                except ChainUnavailable as trouble:
                    wait_s = min(wait_s, max(trouble.retry_in_s, self._times.again_s))
                await self._renew(lease)
                await uninterrupted(self._tips.tell())
                await self._pause(wait_s)
        finally:
            self.is_watching = False
            with contextlib.suppress(SQLAlchemyError, OSError):
                await uninterrupted(self._tips.release(lease))

    async def _begin(self, lease: Lease, head: Header) -> Ledger:
        ledger = await uninterrupted(self._tips.load(lease))
        if ledger is None:
            ledger = await uninterrupted(self._tips.begin(lease, self._from_block or head.number))
        return ledger

    async def _follow(self, ledger: Ledger, lease: Lease, head: Header) -> bool:
        """Brings the ledger to the head and stores what comes of it; whether it got there. Raises ``LeaseLost``."""
        self._look_for_standstill(head)
        effects: list[TipEffect] = []
        needs: list[Effect] = [*ledger.head(head.number, head.hash)]
        trouble: ChainUnavailable | None = None
        arrived = True
        while needs and not self._stopping.is_set():
            need = _need(needs, effects)
            if need is None:
                break
            if isinstance(need, NeedRange) and effects:
                # A long way to go: what is known by now is kept.
                await self._store(ledger, lease, effects)
                effects = []
                await uninterrupted(self._tips.tell())
            await self._renew(lease)
            try:
                answered = await self._answer(ledger, need)
            except ChainUnavailable as error:
                trouble = error
                break
            if answered is None:
                arrived = False
                break
            needs = answered
        self._stands_on = ledger.number
        if effects or self._monotonic() - self._saved_s >= self._times.save_s:
            await self._store(ledger, lease, effects)
        if trouble is not None:
            raise trouble
        return arrived

    async def _answer(self, ledger: Ledger, need: Need) -> list[Effect] | None:
        match need:
            case NeedBlock(number, hash):
                block = await self._chain.block(number, hash)
                return None if block is None else ledger.block(block)
            case NeedHash(number):
                return ledger.hash_at(number, await self._chain.hash_at(number))
            case NeedRange(first, last):
                found = await self._chain.range(first, last)
                return ledger.range(found.last, found.hash, found.tips)
            case ForkTooDeep(floor):
                _log.critical("fork_too_deep", floor=floor, stands_on=ledger.number)
                return ledger.resync()
            case _ as unreachable:
                assert_never(unreachable)

    async def _store(self, ledger: Ledger, lease: Lease, effects: list[TipEffect]) -> None:
        await uninterrupted(self._tips.store(lease, effects, ledger.state))
        self._saved_s = self._renewed_s = self._monotonic()

    async def _renew(self, lease: Lease) -> None:
        if self._monotonic() - self._renewed_s >= self._times.renew_s:
            await uninterrupted(self._tips.renew(lease))
            self._renewed_s = self._monotonic()

    def _look_for_standstill(self, head: Header) -> None:
        """A node that was frozen goes on answering, always the same."""
        now_s = self._monotonic()
        if head.number > self._highest:
            self._highest, self._advanced_s = head.number, now_s
        elif now_s - self._advanced_s >= self._times.stale_after_s:
            _log.warning("no_new_head", number=head.number, for_s=round(now_s - self._advanced_s))
            self._advanced_s = now_s
            self._chain.pass_on()

    async def _pause(self, wait_s: float) -> None:
        await self._wait_stopping(min(wait_s, self._times.woken_gap_s))
        if not self._stopping.is_set():
            await self._wake.wait(max(0.0, wait_s - self._times.woken_gap_s))

    async def _wait_stopping(self, at_most_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._stopping.wait()


def _need(found: list[Effect], effects: list[TipEffect]) -> Need | None:
    """What the ledger asks for, after the effects on tips have been added to ``effects``."""
    need: Need | None = None
    for each in found:
        match each:
            case NeedBlock() | NeedHash() | NeedRange() | ForkTooDeep():
                need = each
            case _:
                effects.append(each)
    return need

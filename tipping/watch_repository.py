"""Named queries over the watches of chains: who holds one, and how far it has come.

A lease ends by the clocks of the processes that want it, so these should agree to within a few seconds; whatever they
say, the fence lets only the last holder write.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from infra.database import upsert
from tipping.ledger import UNKNOWN, LedgerState
from tipping.tables import TipWatchRow
from tipping.tips import BlockHash, ChainId

_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to watch a contract, for as long as nobody has a higher fence."""

    chain: ChainId
    contract: Address
    fence: int


async def take(
    session: AsyncSession, chain: ChainId, contract: Address, holder: str, now: datetime, until: datetime
) -> Lease | None:
    """The lease, when nobody else holds it."""
    await session.execute(
        upsert(session, TipWatchRow)
        .values(
            chain_id=chain, contract=contract, holder=None, fence=0, expires_at=now, floor=None, hashes=b""
        )
        .on_conflict_do_nothing()
    )
    free = or_(TipWatchRow.holder.is_(None), TipWatchRow.holder == holder, TipWatchRow.expires_at <= now)
    fence = await session.scalar(
        update(TipWatchRow)
        .where(TipWatchRow.chain_id == chain, TipWatchRow.contract == contract, free)
        .values(holder=holder, fence=TipWatchRow.fence + 1, expires_at=until)
        .returning(TipWatchRow.fence)
        .execution_options(synchronize_session=False)
    )
    return None if fence is None else Lease(chain, contract, fence)


async def renew(session: AsyncSession, lease: Lease, until: datetime) -> bool:
    """Whether the lease still held; from now on no other process writes until the transaction ends."""
    return await _change(session, lease, expires_at=until)


async def release(session: AsyncSession, lease: Lease) -> None:
    """Lets another process take it at once."""
    await _change(session, lease, holder=None)


async def save(session: AsyncSession, lease: Lease, state: LedgerState, until: datetime) -> bool:
    """Notes how far the ledger has come; whether the lease still held."""
    hashes = b"".join(bytes.fromhex(each[2:]) if each else bytes(_HASH_BYTES) for each in state.hashes)
    return await _change(session, lease, floor=state.floor, hashes=hashes, expires_at=until)


async def load(session: AsyncSession, lease: Lease) -> LedgerState | None:
    """How far it had come; ``None`` when it has never begun."""
    row = await session.scalar(
        select(TipWatchRow).where(TipWatchRow.chain_id == lease.chain, TipWatchRow.contract == lease.contract)
    )
    if row is None or row.floor is None:
        return None
    hashes = (row.hashes[at : at + _HASH_BYTES] for at in range(0, len(row.hashes), _HASH_BYTES))
    return LedgerState(
        row.floor, tuple(BlockHash("0x" + each.hex()) if any(each) else UNKNOWN for each in hashes)
    )


async def _change(session: AsyncSession, lease: Lease, **values: object) -> bool:
    found = await session.scalar(
        update(TipWatchRow)
        .where(
            TipWatchRow.chain_id == lease.chain,
            TipWatchRow.contract == lease.contract,
            TipWatchRow.fence == lease.fence,
        )
        .values(**values)
        .returning(TipWatchRow.fence)
        .execution_options(synchronize_session=False)
    )
    return found is not None

"""Wallets, and the nonces that messages of wallets carry."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.errors import WalletTaken
from accounts.ethereum import Address
from accounts.identity import UserId
from accounts.records import Wallet
from accounts.tables import SiweNonceRow, WalletRow


async def add(session: AsyncSession, wallet: Wallet) -> None:
    """Raises ``WalletTaken``; the transaction is then spent."""
    session.add(WalletRow(address=wallet.address, user_id=wallet.user_id, proven_at=wallet.proven_at))
    try:
        await session.flush()
    except IntegrityError:
        raise WalletTaken from None


async def get(session: AsyncSession, address: Address) -> Wallet | None:
    row = await session.scalar(select(WalletRow).where(WalletRow.address == address))
    return None if row is None else _wallet(row)


async def of_user(session: AsyncSession, user_id: UserId) -> Sequence[Wallet]:
    """The oldest first."""
    statement = select(WalletRow).where(WalletRow.user_id == user_id)
    rows = await session.scalars(statement.order_by(WalletRow.proven_at, WalletRow.address))
    return [_wallet(row) for row in rows]


async def remove(session: AsyncSession, user_id: UserId, address: Address) -> bool:
    """Whether the user had it."""
    statement = delete(WalletRow).where(WalletRow.address == address, WalletRow.user_id == user_id)
    return await session.scalar(statement.returning(WalletRow.address)) is not None


async def remove_all(session: AsyncSession, user_id: UserId) -> None:
    await session.execute(delete(WalletRow).where(WalletRow.user_id == user_id))


async def add_nonce(session: AsyncSession, nonce: str, expires_at: datetime) -> None:
    session.add(SiweNonceRow(nonce=nonce, expires_at=expires_at))
    await session.flush()


async def spend_nonce(session: AsyncSession, nonce: str, now: datetime) -> bool:
    """Whether it was ours and unspent; of two who try at once, one is told yes."""
    statement = (
        update(SiweNonceRow)
        .where(SiweNonceRow.nonce == nonce, SiweNonceRow.used_at.is_(None), SiweNonceRow.expires_at > now)
        .values(used_at=now)
        .returning(SiweNonceRow.nonce)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(statement) is not None


async def count_nonces(session: AsyncSession) -> int:
    return (await session.scalar(select(func.count()).select_from(SiweNonceRow))) or 0


async def drop_nonces(session: AsyncSession, before: datetime) -> None:
    """Those that expired."""
    await session.execute(delete(SiweNonceRow).where(SiweNonceRow.expires_at <= before))


def _wallet(row: WalletRow) -> Wallet:
    return Wallet(Address(row.address), UserId(row.user_id), row.proven_at)

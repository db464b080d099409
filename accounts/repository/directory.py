"""Who is there, for the other rooms: names by id, and ids by name. Deleted people are in neither."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.ethereum import Address
from accounts.identity import Role, UserId
from accounts.tables import UserRow, WalletRow


async def display_names(session: AsyncSession, user_ids: Collection[UserId]) -> Mapping[UserId, str]:
    query = select(UserRow.id, UserRow.display_name).where(
        UserRow.id.in_(user_ids), UserRow.deleted_at.is_(None)
    )
    return {UserId(user_id): name for user_id, name in await session.execute(query)}


async def active(session: AsyncSession, user_ids: Collection[UserId]) -> set[UserId]:
    """Those of them who are neither suspended nor deleted."""
    query = select(UserRow.id).where(
        UserRow.id.in_(user_ids), UserRow.suspended_at.is_(None), UserRow.deleted_at.is_(None)
    )
    return {UserId(each) for each in await session.scalars(query)}


async def known(session: AsyncSession, user_ids: Collection[UserId]) -> Mapping[UserId, tuple[str, Role]]:
    """Names and roles."""
    query = select(UserRow.id, UserRow.display_name, UserRow.role).where(
        UserRow.id.in_(user_ids), UserRow.deleted_at.is_(None)
    )
    return {UserId(user_id): (name, Role(role)) for user_id, name, role in await session.execute(query)}


async def with_display_name(session: AsyncSession, name: str, limit: int) -> Sequence[UserId]:
    """Exactly this name; several people may have it."""
    query = select(UserRow.id).where(UserRow.display_name == name, UserRow.deleted_at.is_(None)).limit(limit)
    return [UserId(each) for each in await session.scalars(query)]


async def by_wallets(
    session: AsyncSession, wallets: Collection[Address]
) -> Mapping[Address, tuple[UserId, str, Role]]:
    """Whose these are, with name and role; only of people who are neither suspended nor deleted."""
    query = (
        select(WalletRow.address, UserRow.id, UserRow.display_name, UserRow.role)
        .join(UserRow, UserRow.id == WalletRow.user_id)
        .where(WalletRow.address.in_(wallets), UserRow.suspended_at.is_(None), UserRow.deleted_at.is_(None))
    )
    return {
        Address(address): (UserId(user_id), name, Role(role))
        for address, user_id, name, role in await session.execute(query)
    }

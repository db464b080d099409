"""Links in mails."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.emails import Email
from accounts.identity import UserId
from accounts.records import LinkPurpose, OneTimeLink
from accounts.tables import OneTimeLinkRow


async def add(session: AsyncSession, link: OneTimeLink) -> None:
    """Replaces earlier links of the person for the same purpose: only the newest mail's works."""
    await session.execute(
        delete(OneTimeLinkRow).where(
            OneTimeLinkRow.user_id == link.user_id, OneTimeLinkRow.purpose == link.purpose.value
        )
    )
    session.add(
        OneTimeLinkRow(
            hash=link.hash,
            purpose=link.purpose.value,
            user_id=link.user_id,
            email=link.email,
            created_at=link.created_at,
            expires_at=link.expires_at,
        )
    )
    await session.flush()


async def get(
    session: AsyncSession, link_hash: bytes, purpose: LinkPurpose, now: datetime
) -> OneTimeLink | None:
    """One that still works."""
    row = await session.scalar(
        select(OneTimeLinkRow).where(
            OneTimeLinkRow.hash == link_hash,
            OneTimeLinkRow.purpose == purpose.value,
            OneTimeLinkRow.used_at.is_(None),
            OneTimeLinkRow.expires_at > now,
        )
    )
    if row is None:
        return None
    return OneTimeLink(
        hash=row.hash,
        purpose=LinkPurpose(row.purpose),
        user_id=UserId(row.user_id),
        email=Email(row.email),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


async def use(session: AsyncSession, link_hash: bytes, now: datetime) -> bool:
    """Whether it was unused; of two who try at once, one is told yes."""
    statement = (
        update(OneTimeLinkRow)
        .where(OneTimeLinkRow.hash == link_hash, OneTimeLinkRow.used_at.is_(None))
        .values(used_at=now)
        .returning(OneTimeLinkRow.user_id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(statement) is not None


async def remove_all(session: AsyncSession, user_id: UserId) -> None:
    await session.execute(delete(OneTimeLinkRow).where(OneTimeLinkRow.user_id == user_id))


async def drop_expired(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(OneTimeLinkRow).where(OneTimeLinkRow.expires_at <= before))

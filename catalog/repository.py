"""Named queries over channels and their names. The service that calls them owns the transaction.

Who gets a name is decided by the primary key of ``channel_names``: two that want the same one at once meet there, and
the database lets one of them have it.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import delete as delete_
from sqlalchemy import func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import UserId
from catalog.channel import Channel, ChannelId, ChannelName, PictureId, StreamKeyHash
from catalog.errors import ChannelExists
from catalog.profile import Link
from catalog.tables import ChannelNameRow, ChannelRow
from infra.database import upsert

_POSTGRES_OWNER_LOCK = 0x4F574E
"""Any number does that no other kind of lock uses."""


async def add(
    session: AsyncSession,
    name: ChannelName,
    title: str,
    key_hash: StreamKeyHash,
    now: datetime,
    *,
    owner_id: UserId | None = None,
) -> Channel:
    """Raises ``ChannelExists``, also for a former name that is still another's; the transaction is then spent."""
    # The name first, here and in rename: two that want the same one wait for each other nowhere else.
    await _claim(session, name, None, owner_id, now)
    row = ChannelRow(
        name=name,
        title=title,
        stream_key_hash=key_hash,
        stream_key_set_at=now,
        created_at=now,
        owner_id=owner_id,
    )
    session.add(row)
    try:
        await session.flush()
    except IntegrityError:
        raise _exists(name) from None
    await session.execute(update(ChannelNameRow).where(ChannelNameRow.name == name).values(channel_id=row.id))
    return channel_of(row)


async def get(session: AsyncSession, name: ChannelName) -> Channel | None:
    row = await session.scalar(select(ChannelRow).where(ChannelRow.name == name))
    return None if row is None else channel_of(row)


async def by_id(session: AsyncSession, channel_id: ChannelId) -> Channel | None:
    row = await session.get(ChannelRow, channel_id)
    return None if row is None else channel_of(row)


async def get_locked(session: AsyncSession, name: ChannelName) -> Channel | None:
    """The same; nobody else changes the channel until the transaction ends."""
    row = await session.scalar(select(ChannelRow).where(ChannelRow.name == name).with_for_update())
    return None if row is None else channel_of(row)


async def named(session: AsyncSession, names: Collection[ChannelName]) -> list[Channel]:
    """Those there are, in no order."""
    rows = await session.scalars(select(ChannelRow).where(ChannelRow.name.in_(names)))
    return [channel_of(row) for row in rows]


async def all_by_name(session: AsyncSession) -> list[Channel]:
    rows = await session.scalars(select(ChannelRow).order_by(ChannelRow.name))
    return [channel_of(row) for row in rows]


async def owned_by(session: AsyncSession, owner_id: UserId) -> list[Channel]:
    """By name."""
    query = select(ChannelRow).where(ChannelRow.owner_id == owner_id).order_by(ChannelRow.name)
    return [channel_of(row) for row in await session.scalars(query)]


async def lock_owner(session: AsyncSession, owner_id: UserId) -> None:
    """Nobody else adds a channel of this owner until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        # On SQLite a writing transaction is the only one anyway.
        statement = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:owner))")
        await session.execute(statement, {"kind": _POSTGRES_OWNER_LOCK, "owner": owner_id})


async def count_owned_by(session: AsyncSession, owner_id: UserId) -> int:
    query = select(func.count()).select_from(ChannelRow).where(ChannelRow.owner_id == owner_id)
    return await session.scalar(query) or 0


async def present_name(session: AsyncSession, former: ChannelName, now: datetime) -> ChannelName | None:
    """The name of the channel that was named ``former`` until not long ago."""
    query = (
        select(ChannelRow.name)
        .join(ChannelNameRow, ChannelNameRow.channel_id == ChannelRow.id)
        .where(ChannelNameRow.name == former, ChannelNameRow.until > now)
    )
    name = await session.scalar(query)
    return None if name is None else ChannelName(name)


async def rename(
    session: AsyncSession, channel: Channel, name: ChannelName, now: datetime, redirects_until: datetime
) -> None:
    """Gives a locked channel another name; the one it had redirects. Raises ``ChannelExists``."""
    await _claim(session, name, channel.id, channel.owner_id, now)
    await session.execute(
        update(ChannelNameRow).where(ChannelNameRow.name == channel.name).values(until=redirects_until)
    )
    await change(session, channel.id, name=name)


async def delete(session: AsyncSession, channel: Channel, reserved_until: datetime) -> None:
    """Deletes a channel and what hangs on it; its names stay reserved for nobody."""
    await session.execute(
        update(ChannelNameRow)
        .where(ChannelNameRow.channel_id == channel.id)
        .values(channel_id=None, until=func.coalesce(ChannelNameRow.until, reserved_until))
    )
    await session.execute(delete_(ChannelRow).where(ChannelRow.id == channel.id))


async def forget_names(session: AsyncSession, now: datetime) -> None:
    """Drops former names whose time is over."""
    await session.execute(delete_(ChannelNameRow).where(ChannelNameRow.until <= now))


async def change(session: AsyncSession, channel_id: ChannelId, **values: object) -> bool:
    """Sets columns; whether there was such a channel."""
    statement = (
        update(ChannelRow).where(ChannelRow.id == channel_id).values(**values).returning(ChannelRow.id)
    )
    return await session.scalar(statement) is not None


async def count_of_picture(session: AsyncSession, picture: PictureId) -> int:
    """How many channels show it."""
    query = select(func.count()).select_from(ChannelRow).where(ChannelRow.picture == picture)
    return await session.scalar(query) or 0


async def keys_replaced_since(
    session: AsyncSession, moment: datetime
) -> list[tuple[ChannelId, ChannelName, datetime]]:
    """Channels whose stream key was replaced at or after ``moment``, and when. A first key replaces none."""
    query = select(ChannelRow.id, ChannelRow.name, ChannelRow.stream_key_set_at).where(
        ChannelRow.stream_key_set_at >= moment, ChannelRow.stream_key_set_at != ChannelRow.created_at
    )
    return [(ChannelId(each), ChannelName(name), utc(at)) for each, name, at in await session.execute(query)]


def channel_of(row: ChannelRow) -> Channel:
    return Channel(
        id=ChannelId(row.id),
        name=ChannelName(row.name),
        title=row.title,
        created_at=utc(row.created_at),
        stream_key_hash=StreamKeyHash(row.stream_key_hash),
        owner_id=None if row.owner_id is None else UserId(row.owner_id),
        description=row.description,
        links=tuple(Link(each["label"], each["url"]) for each in row.links),
        picture=None if row.picture is None else PictureId(row.picture),
        payout_wallet=row.payout_wallet,
        followers=row.followers,
        past_broadcasts=row.past_broadcasts,
    )


def links_value(links: Collection[Link]) -> list[dict[str, str]]:
    """What the column ``links`` holds."""
    return [{"label": link.label, "url": link.url} for link in links]


def utc(moment: datetime) -> datetime:
    # SQLite keeps no zone; what was written was UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


async def _claim(
    session: AsyncSession,
    name: ChannelName,
    channel_id: ChannelId | None,
    owner_id: UserId | None,
    now: datetime,
) -> None:
    """Takes a name that is free: never used, given up long enough ago, or one the same owner gave up."""
    own = [] if channel_id is None else [ChannelNameRow.channel_id == channel_id]
    if owner_id is not None:
        owned = select(ChannelRow.id).where(ChannelRow.owner_id == owner_id)
        own.append(ChannelNameRow.channel_id.in_(owned))
    statement = (
        upsert(session, ChannelNameRow)
        .values(name=name, channel_id=channel_id, until=None)
        .on_conflict_do_update(
            index_elements=[ChannelNameRow.name],
            set_={"channel_id": channel_id, "until": None},
            where=ChannelNameRow.until.is_not(None) & or_(ChannelNameRow.until <= now, *own),
        )
        .returning(ChannelNameRow.name)
    )
    if await session.scalar(statement) is None:
        raise _exists(name)


def _exists(name: ChannelName) -> ChannelExists:
    return ChannelExists(f"there is a channel named {name!r} already")

"""Named queries over overlays. The service that calls them owns the transaction."""

from collections.abc import Collection
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from infra.database import upsert
from tipping.artist_tables import TipOverlayRow
from tipping.overlay import OverlaySettings


@dataclass(frozen=True, slots=True)
class StoredOverlay:
    """A channel that never had one has the ordinary settings and no token."""

    settings: OverlaySettings = field(default_factory=OverlaySettings)
    paused: bool = False
    muted: bool = False
    generation: int = 0
    has_token: bool = False


async def get(session: AsyncSession, channel: int, *, for_update: bool = False) -> StoredOverlay:
    query = select(TipOverlayRow).where(TipOverlayRow.channel_id == channel)
    if for_update:
        query = query.with_for_update()
    row = (await session.scalars(query)).one_or_none()
    if row is None:
        return StoredOverlay()
    return StoredOverlay(
        _settings(row.settings), row.paused, row.muted, row.generation, row.token_hash is not None
    )


async def by_token(session: AsyncSession, token_hash: bytes) -> tuple[int, int] | None:
    """The channel whose token this is, and its generation."""
    query = select(TipOverlayRow.channel_id, TipOverlayRow.generation).where(
        TipOverlayRow.token_hash == token_hash
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row[0], row[1])


async def change(session: AsyncSession, channel: int, **values: object) -> StoredOverlay:
    """Changes ``settings``, ``paused``, ``muted``; returns what is there then."""
    await _put(session, channel, values)
    return await get(session, channel)


async def set_token(session: AsyncSession, channel: int, token_hash: bytes) -> int:
    """Instead of the one there was; returns its generation."""
    await _put(session, channel, {"token_hash": token_hash}, TipOverlayRow.generation + 1)
    return (await get(session, channel)).generation


async def channels(session: AsyncSession) -> set[int]:
    """Those that have one."""
    return set(await session.scalars(select(TipOverlayRow.channel_id)))


async def drop(session: AsyncSession, gone: Collection[int]) -> None:
    """Of channels that are no more."""
    await session.execute(delete(TipOverlayRow).where(TipOverlayRow.channel_id.in_(gone)))


async def _put(
    session: AsyncSession, channel: int, values: dict[str, object], generation: object = None
) -> None:
    settings = values.get("settings")
    if settings is not None:
        values = values | {"settings": msgspec.json.encode(settings).decode()}
    fresh: dict[str, object] = {
        "settings": msgspec.json.encode(OverlaySettings()).decode(),
        "paused": False,
        "muted": False,
        "generation": 0 if generation is None else 1,
    }
    changed = values if generation is None else values | {"generation": generation}
    await session.execute(
        upsert(session, TipOverlayRow)
        .values(channel_id=channel, **(fresh | values))
        .on_conflict_do_update(index_elements=["channel_id"], set_=changed)
    )


def _settings(text: str) -> OverlaySettings:
    """What an older version knew and this one does not is left out by the ordinary settings."""
    try:
        return msgspec.json.decode(text, type=OverlaySettings)
    except msgspec.MsgspecError:
        return OverlaySettings()

"""The catalog's tables, as SQLAlchemy sees them; ``infra/migrations`` lays them.

People are known by their ids only: their table belongs to another room, so no foreign key leads there.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Identity, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Base

_MOMENT = DateTime(timezone=True)
_USER_ID = String(16)


def _channel() -> ForeignKey:
    return ForeignKey("channels.id", ondelete="CASCADE")


class ChannelRow(Base):
    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    stream_key_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    stream_key_set_at: Mapped[datetime] = mapped_column(_MOMENT, index=True)
    created_at: Mapped[datetime] = mapped_column(_MOMENT)
    owner_id: Mapped[str | None] = mapped_column(_USER_ID, index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    links: Mapped[Any] = mapped_column(JSON, default=list)
    picture: Mapped[str | None] = mapped_column(String(64), index=True)
    payout_wallet: Mapped[str | None] = mapped_column(String(42))
    followers: Mapped[int] = mapped_column(default=0)
    """Counted along with ``follows``, in the same transaction."""
    past_broadcasts: Mapped[int] = mapped_column(default=0)
    """Counted along with ``broadcasts`` that have ended, in the same transaction."""


class ChannelNameRow(Base):
    """Every name in use, present and former: that a name is here once is what keeps it from being taken twice."""

    __tablename__ = "channel_names"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channels.id", ondelete="SET NULL"), index=True)
    """``None`` when the channel was deleted."""
    until: Mapped[datetime | None] = mapped_column(_MOMENT)
    """Until when a former name redirects and stays reserved; ``None`` for the name a channel has."""


class ModeratorRow(Base):
    __tablename__ = "moderators"

    channel_id: Mapped[int] = mapped_column(_channel(), primary_key=True)
    user_id: Mapped[str] = mapped_column(_USER_ID, primary_key=True, index=True)
    added_at: Mapped[datetime] = mapped_column(_MOMENT)


class FollowRow(Base):
    __tablename__ = "follows"

    user_id: Mapped[str] = mapped_column(_USER_ID, primary_key=True)
    channel_id: Mapped[int] = mapped_column(_channel(), primary_key=True, index=True)
    followed_at: Mapped[datetime] = mapped_column(_MOMENT)


class BroadcastRow(Base):
    __tablename__ = "broadcasts"
    __table_args__ = (Index("ix_broadcasts_channel_id_started_at", "channel_id", "started_at"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    channel_id: Mapped[int] = mapped_column(_channel())
    started_at: Mapped[datetime] = mapped_column(_MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    seen_at: Mapped[datetime] = mapped_column(_MOMENT)
    """When it was last known to go on; its end, should the process die."""
    peak_viewers: Mapped[int] = mapped_column(default=0)

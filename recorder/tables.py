"""The tables of this room, as SQLAlchemy sees them; ``infra/migrations`` lays them.

Channels and broadcasts are known by their ids only: their tables belong to another room, so no foreign key leads there.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Base

_ID = String(16)
_MOMENT = DateTime(timezone=True)


class RecordingPolicyRow(Base):
    """What an owner has decided; a channel without a row, or a null in it, follows the settings."""

    __tablename__ = "recording_policies"

    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    policy: Mapped[str | None] = mapped_column(String(8))
    keep_days: Mapped[int | None]
    """Zero: for ever."""
    visibility: Mapped[str | None] = mapped_column(String(8))
    """Of new recordings."""


class RecordingRow(Base):
    """``state`` is ``recording``, ``finishing``, ``ready``, ``empty`` or ``removed``."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_channel_id_started_at", "channel_id", "started_at", "id"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    channel_id: Mapped[int]
    broadcast_id: Mapped[int | None]
    broadcast_began_at: Mapped[datetime] = mapped_column(_MOMENT)
    """Zero of the recording's clock, which is the broadcast's."""
    started_at: Mapped[datetime] = mapped_column(_MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(_MOMENT, index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    visibility: Mapped[str] = mapped_column(String(8))
    trouble: Mapped[str | None] = mapped_column(Text)
    """Why it ended before the broadcast did, such as ``disk_full``."""
    duration_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    previews: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    stored: Mapped[str] = mapped_column(String(6), default="here", index=True)
    """``here``, ``moving`` or ``store``."""
    moved_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    store_trouble: Mapped[str | None] = mapped_column(Text)
    """Why the store did not take it the last time it was tried."""


class RecordingPartRow(Base):
    __tablename__ = "recording_parts"

    recording_id: Mapped[str] = mapped_column(
        _ID, ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    file: Mapped[str] = mapped_column(String(64))
    start_ms: Mapped[int] = mapped_column(BigInteger)
    duration_ms: Mapped[int] = mapped_column(BigInteger)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    video_codec: Mapped[str | None] = mapped_column(String(8))
    audio_codec: Mapped[str | None] = mapped_column(String(8))
    width: Mapped[int | None]
    height: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(String(64))
    codecs: Mapped[str] = mapped_column(String(64), default="")

"""The tables of this room, as SQLAlchemy sees them; ``infra/migrations`` lays them.

Channels, people and broadcasts are known by their ids only: their tables belong to other rooms, so no foreign key leads
there. Times are Unix milliseconds, as they are on the wire.
"""

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Base

_ID = String(20)
_USER_ID = String(16)
_NAME = String(100)


class MessageRow(Base):
    """A line. ``state`` is ``shown``, ``held``, ``denied`` or ``withdrawn`` (perhaps shown, and taken back)."""

    __tablename__ = "chat_messages"
    __table_args__ = (
        UniqueConstraint("channel_id", "author_id", "client_key", name="uq_chat_messages_key"),
        Index("ix_chat_messages_channel_id_id", "channel_id", "id"),
        Index("ix_chat_messages_author", "channel_id", "author_id", "id"),
        Index("ix_chat_messages_clock", "broadcast_id", "clock_ms"),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    channel_id: Mapped[int]
    client_key: Mapped[str] = mapped_column(String(64))
    author_id: Mapped[str | None] = mapped_column(_USER_ID, index=True)
    author_name: Mapped[str | None] = mapped_column(_NAME)
    badges: Mapped[Any] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    """For searching."""
    at_ms: Mapped[int] = mapped_column(BigInteger)
    broadcast_id: Mapped[int | None]
    clock_ms: Mapped[int | None] = mapped_column(BigInteger)
    reply_to: Mapped[str | None] = mapped_column(_ID)
    mentions: Mapped[Any] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    hold_reason: Mapped[str | None] = mapped_column(String(16))
    deleted_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    deleted_by: Mapped[str | None] = mapped_column(_USER_ID)
    network: Mapped[str | None] = mapped_column(String(50))
    """The network it came from, for a while."""


class UnpublishedRow(Base):
    """A line that is stored and not known to be published. ``claimed``: another than its writer publishes it."""

    __tablename__ = "chat_unpublished"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    channel_id: Mapped[int]
    at_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    claimed: Mapped[bool]


class ReactionRow(Base):
    __tablename__ = "chat_reactions"

    message_id: Mapped[str] = mapped_column(
        ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True
    )
    emoji: Mapped[str] = mapped_column(String(16), primary_key=True)
    user_id: Mapped[str] = mapped_column(_USER_ID, primary_key=True, index=True)


class RestrictionRow(Base):
    """Of a person, or of a range of addresses that a person wrote from."""

    __tablename__ = "chat_restrictions"
    __table_args__ = (Index("ix_chat_restrictions_channel_id_user_id", "channel_id", "user_id"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    channel_id: Mapped[int]
    user_id: Mapped[str] = mapped_column(_USER_ID)
    user_name: Mapped[str] = mapped_column(_NAME)
    network: Mapped[str | None] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(10))
    until_ms: Mapped[int | None] = mapped_column(BigInteger)
    by_id: Mapped[str] = mapped_column(_USER_ID)
    by_name: Mapped[str] = mapped_column(_NAME)
    reason: Mapped[str] = mapped_column(String(200))
    at_ms: Mapped[int] = mapped_column(BigInteger)
    shut_out: Mapped[bool] = mapped_column(server_default=false())
    """Of a range: whether it keeps people from reading, too."""


class RoomRow(Base):
    """Settings, blocked terms and the pinned line of a channel's room."""

    __tablename__ = "chat_rooms"

    channel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    settings: Mapped[Any] = mapped_column(JSON)
    terms: Mapped[Any] = mapped_column(JSON)
    pinned_id: Mapped[str | None] = mapped_column(_ID)


class LogRow(Base):
    """What was done by those who moderate."""

    __tablename__ = "chat_log"
    __table_args__ = (Index("ix_chat_log_channel_id_id", "channel_id", "id"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    channel_id: Mapped[int]
    at_ms: Mapped[int] = mapped_column(BigInteger)
    by_id: Mapped[str] = mapped_column(_USER_ID)
    by_name: Mapped[str] = mapped_column(_NAME)
    action: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[str | None] = mapped_column(_USER_ID)
    user_name: Mapped[str | None] = mapped_column(_NAME)
    duration_s: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(200))
    message_id: Mapped[str | None] = mapped_column(_ID)
    details: Mapped[str] = mapped_column(Text)


class NoteRow(Base):
    __tablename__ = "chat_notes"
    __table_args__ = (Index("ix_chat_notes_channel_id_user_id", "channel_id", "user_id"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    channel_id: Mapped[int]
    user_id: Mapped[str] = mapped_column(_USER_ID)
    user_name: Mapped[str] = mapped_column(_NAME)
    by_id: Mapped[str] = mapped_column(_USER_ID)
    by_name: Mapped[str] = mapped_column(_NAME)
    text: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(BigInteger)


class PollRow(Base):
    __tablename__ = "chat_polls"
    __table_args__ = (Index("ix_chat_polls_channel_id_id", "channel_id", "id"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    channel_id: Mapped[int]
    question: Mapped[str] = mapped_column(String(200))
    options: Mapped[Any] = mapped_column(JSON)
    ends_at_ms: Mapped[int] = mapped_column(BigInteger)
    closed_at_ms: Mapped[int | None] = mapped_column(BigInteger)
    taken_away: Mapped[bool]
    """Whether the room shows it no more."""


class VoteRow(Base):
    __tablename__ = "chat_votes"

    poll_id: Mapped[str] = mapped_column(ForeignKey("chat_polls.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(_USER_ID, primary_key=True, index=True)
    option: Mapped[int]


class IgnoreRow(Base):
    """A viewer does not want to see what somebody writes."""

    __tablename__ = "chat_ignores"

    user_id: Mapped[str] = mapped_column(_USER_ID, primary_key=True)
    ignored_id: Mapped[str] = mapped_column(_USER_ID, primary_key=True, index=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)

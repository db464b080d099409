"""The tables of tips, as SQLAlchemy sees them; ``infra/migrations`` lays them.

Channels and broadcasts are known by their numbers only: their tables belong to another room, and a tip stays a tip when
its channel is deleted.
"""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from infra.database import Base

_MOMENT = DateTime(timezone=True)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")
_HASH = String(66)
_ADDRESS = String(42)
AMOUNT_DIGITS = 78
"""Of 2**256 - 1."""


class Amount(TypeDecorator[int]):
    """An unsigned 256-bit integer, as text of a fixed length: no database has one, and so it sorts."""

    impl = String(AMOUNT_DIGITS)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{value:0{AMOUNT_DIGITS}d}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)


class TipRow(Base):
    __tablename__ = "tips"
    __table_args__ = (
        UniqueConstraint("chain_id", "transaction_hash", "ordinal"),
        Index("ix_tips_channel_id_id", "channel_id", "id"),
        Index("ix_tips_channel_id_seen_at", "channel_id", "seen_at"),
        Index("ix_tips_chain_id_state", "chain_id", "state"),
        Index("ix_tips_broadcast_id_clock_ms", "broadcast_id", "clock_ms", "id"),
    )

    id: Mapped[int] = mapped_column(_NUMBER, Identity(), primary_key=True)
    chain_id: Mapped[int] = mapped_column(_NUMBER)
    transaction_hash: Mapped[str] = mapped_column(_HASH)
    ordinal: Mapped[int]
    contract: Mapped[str] = mapped_column(_ADDRESS)
    block_number: Mapped[int] = mapped_column(_NUMBER)
    block_hash: Mapped[str] = mapped_column(_HASH)
    log_index: Mapped[int] = mapped_column(_NUMBER)
    mined_at_s: Mapped[int] = mapped_column(_NUMBER)
    channel_id: Mapped[int] = mapped_column(_NUMBER)
    broadcast_id: Mapped[int | None] = mapped_column(_NUMBER)
    """As the chain has it; it is one of the channel's, and was on, when there is ``clock_ms``."""
    artist: Mapped[str] = mapped_column(_ADDRESS)
    tipper: Mapped[str] = mapped_column(_ADDRESS, index=True)
    token: Mapped[str] = mapped_column(_ADDRESS)
    amount: Mapped[int] = mapped_column(Amount)
    fee: Mapped[int] = mapped_column(Amount)
    message: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    recognised: Mapped[bool]
    """Whether the money went to the channel's artist, in a coin that counts."""
    told: Mapped[str | None] = mapped_column(String(10))
    """What was last told of it."""
    due: Mapped[bool] = mapped_column(index=True)
    """Whether something may have to be told."""
    seen_at: Mapped[datetime] = mapped_column(_MOMENT)

    # What is shown of it, as it was when it was first seen (``tipping.shown``).
    user_id: Mapped[str | None] = mapped_column(String(16), index=True)
    user_name: Mapped[str | None] = mapped_column(Text)
    badges: Mapped[str] = mapped_column(Text, default="")
    """With spaces between."""
    text: Mapped[str] = mapped_column(Text, default="")
    """The message as it may be shown, whether it is or not."""
    message_state: Mapped[str] = mapped_column(String(6), default="held")
    price: Mapped[str | None] = mapped_column(String(40))
    """Of a whole coin, in ``currency``."""
    worth_minor: Mapped[int | None] = mapped_column(_NUMBER)
    currency: Mapped[str | None] = mapped_column(String(8))
    clock_ms: Mapped[int | None] = mapped_column(_NUMBER)
    """Since the broadcast went live."""
    turn: Mapped[int] = mapped_column(default=0)
    """How many times something was told of it and noted."""


class TipWatchRow(Base):
    """How far a chain's contract has been read, and which process reads it."""

    __tablename__ = "tip_watches"

    chain_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    contract: Mapped[str] = mapped_column(_ADDRESS, primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(36))
    fence: Mapped[int] = mapped_column(_NUMBER)
    """Grows with each holder: whoever has a lower number holds nothing any more."""
    expires_at: Mapped[datetime] = mapped_column(_MOMENT)
    floor: Mapped[int | None] = mapped_column(_NUMBER)
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    """Of consecutive blocks from ``floor`` on, 32 bytes each; zeros for one that is not known."""


class TipCoinRow(Base):
    """What is known of a coin, as its contract says."""

    __tablename__ = "tip_coins"

    chain_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    token: Mapped[str] = mapped_column(_ADDRESS, primary_key=True)
    symbol: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(60))
    decimals: Mapped[int]
    permit: Mapped[bool]


class TipPendingRow(Base):
    """A tip that was announced and that no block had yet."""

    __tablename__ = "tip_pendings"
    __table_args__ = (UniqueConstraint("chain_id", "transaction_hash"),)

    id: Mapped[int] = mapped_column(_NUMBER, Identity(), primary_key=True)
    chain_id: Mapped[int] = mapped_column(_NUMBER)
    transaction_hash: Mapped[str] = mapped_column(_HASH)
    channel_id: Mapped[int] = mapped_column(_NUMBER, index=True)
    tipper: Mapped[str] = mapped_column(_ADDRESS)
    nonce: Mapped[int] = mapped_column(_NUMBER)
    token: Mapped[str] = mapped_column(_ADDRESS)
    amount: Mapped[int] = mapped_column(Amount)
    user_id: Mapped[str | None] = mapped_column(String(16))
    user_name: Mapped[str | None] = mapped_column(Text)
    badges: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    message_state: Mapped[str] = mapped_column(String(6))
    worth_minor: Mapped[int | None] = mapped_column(_NUMBER)
    currency: Mapped[str | None] = mapped_column(String(8))
    at_ms: Mapped[int] = mapped_column(_NUMBER)
    dropped: Mapped[str | None] = mapped_column(String(10))
    """Why it comes to nothing; the row goes when that has been told."""

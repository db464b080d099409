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
        Index("ix_tips_chain_id_state", "chain_id", "state"),
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

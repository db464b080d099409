"""The tables of what artists set up for their tips, as SQLAlchemy sees them; ``infra/migrations`` lays them."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Base
from tipping.tables import Amount

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class TipGoalRow(Base):
    """What a channel collects for now; one at a time."""

    __tablename__ = "tip_goals"
    __table_args__ = (UniqueConstraint("chain_id", "channel_id"),)

    id: Mapped[int] = mapped_column(_NUMBER, Identity(), primary_key=True)
    chain_id: Mapped[int] = mapped_column(_NUMBER)
    channel_id: Mapped[int] = mapped_column(_NUMBER)
    title: Mapped[str] = mapped_column(Text)
    target: Mapped[int] = mapped_column(Amount)
    token: Mapped[str | None] = mapped_column(String(42))
    """The coin that counts; ``None``: what tips were worth in ``currency``."""
    currency: Mapped[str | None] = mapped_column(String(8))
    after_tip: Mapped[int] = mapped_column(_NUMBER)
    """Tips with a higher id count."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class TipOverlayRow(Base):
    """A channel's overlay."""

    __tablename__ = "tip_overlays"

    channel_id: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    generation: Mapped[int]
    """Grows with each token: whoever came with an earlier one has to go."""
    settings: Mapped[str] = mapped_column(Text)
    """As JSON."""
    paused: Mapped[bool]
    muted: Mapped[bool]

"""The table of channels, as SQLAlchemy sees it; ``infra/migrations`` lays it."""

from datetime import datetime

from sqlalchemy import DateTime, Identity, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.database import Base


class ChannelRow(Base):
    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    stream_key_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

"""Recordings, their parts, and what owners have decided about recording."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_ID = sa.String(16)


def upgrade() -> None:
    op.create_table(
        "recording_policies",
        sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("policy", sa.String(8), nullable=False),
    )
    op.create_table(
        "recordings",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("broadcast_id", sa.Integer),
        sa.Column("broadcast_began_at", _MOMENT, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("visibility", sa.String(8), nullable=False),
        sa.Column("trouble", sa.Text),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("previews", sa.JSON),
    )
    op.create_index("ix_recordings_channel_id_started_at", "recordings", ["channel_id", "started_at", "id"])
    op.create_index("ix_recordings_state", "recordings", ["state"])
    op.create_table(
        "recording_parts",
        sa.Column("recording_id", _ID, sa.ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("start_ms", sa.BigInteger, nullable=False),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("video_codec", sa.String(8)),
        sa.Column("audio_codec", sa.String(8)),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("sha256", sa.String(64), nullable=False),
    )

"""Titles, stores and retention of recordings; tips by a broadcast's clock."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recordings") as recordings:
        recordings.add_column(sa.Column("title", sa.String(200), nullable=False, server_default=""))
        recordings.add_column(sa.Column("stored", sa.String(6), nullable=False, server_default="here"))
        recordings.add_column(sa.Column("moved_bytes", sa.BigInteger, nullable=False, server_default="0"))
        recordings.add_column(sa.Column("store_trouble", sa.Text))
    with op.batch_alter_table("recording_parts") as parts:
        parts.add_column(sa.Column("codecs", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("recording_policies") as policies:
        policies.alter_column("policy", existing_type=sa.String(8), nullable=True)
        policies.add_column(sa.Column("keep_days", sa.Integer))
    op.create_index("ix_recordings_ended_at", "recordings", ["ended_at"])
    op.create_index("ix_recordings_stored", "recordings", ["stored"])
    op.create_index("ix_tips_broadcast_id_clock_ms", "tips", ["broadcast_id", "clock_ms", "id"])
    op.drop_index("ix_tips_broadcast_id", "tips")

"""What artists collect for, and their overlays."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "tip_goals",
        sa.Column("id", _NUMBER, sa.Identity(), primary_key=True),
        sa.Column("chain_id", _NUMBER, nullable=False),
        sa.Column("channel_id", _NUMBER, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("target", sa.String(78), nullable=False),
        sa.Column("token", sa.String(42)),
        sa.Column("currency", sa.String(8)),
        sa.Column("after_tip", _NUMBER, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("chain_id", "channel_id", name="uq_tip_goals_chain_id"),
    )
    op.create_table(
        "tip_overlays",
        sa.Column("channel_id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("token_hash", sa.LargeBinary),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("muted", sa.Boolean, nullable=False),
        sa.UniqueConstraint("token_hash", name="uq_tip_overlays_token_hash"),
    )

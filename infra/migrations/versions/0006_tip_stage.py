"""What is shown of tips: who they are from, what they are worth, when in the broadcast; and what is on its way."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_ADDRESS = sa.String(42)


def upgrade() -> None:
    for column in (
        sa.Column("user_id", sa.String(16)),
        sa.Column("user_name", sa.Text),
        sa.Column("badges", sa.Text, nullable=False, server_default=""),
        sa.Column("text", sa.Text, nullable=False, server_default=""),
        sa.Column("message_state", sa.String(6), nullable=False, server_default="held"),
        sa.Column("price", sa.String(40)),
        sa.Column("worth_minor", _NUMBER),
        sa.Column("currency", sa.String(8)),
        sa.Column("clock_ms", _NUMBER),
        sa.Column("turn", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("tips", column)
    op.create_index("ix_tips_channel_id_seen_at", "tips", ["channel_id", "seen_at"])
    op.create_index("ix_tips_user_id", "tips", ["user_id"])
    op.create_index("ix_tips_broadcast_id", "tips", ["broadcast_id"])

    op.create_table(
        "tip_coins",
        sa.Column("chain_id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("token", _ADDRESS, primary_key=True),
        sa.Column("symbol", sa.String(16), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("decimals", sa.Integer, nullable=False),
        sa.Column("permit", sa.Boolean, nullable=False),
    )
    op.create_table(
        "tip_pendings",
        sa.Column("id", _NUMBER, sa.Identity(), primary_key=True),
        sa.Column("chain_id", _NUMBER, nullable=False),
        sa.Column("transaction_hash", sa.String(66), nullable=False),
        sa.Column("channel_id", _NUMBER, nullable=False),
        sa.Column("tipper", _ADDRESS, nullable=False),
        sa.Column("nonce", _NUMBER, nullable=False),
        sa.Column("token", _ADDRESS, nullable=False),
        sa.Column("amount", sa.String(78), nullable=False),
        sa.Column("user_id", sa.String(16)),
        sa.Column("user_name", sa.Text),
        sa.Column("badges", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("message_state", sa.String(6), nullable=False),
        sa.Column("worth_minor", _NUMBER),
        sa.Column("currency", sa.String(8)),
        sa.Column("at_ms", _NUMBER, nullable=False),
        sa.Column("dropped", sa.String(10)),
        sa.UniqueConstraint("chain_id", "transaction_hash", name="uq_tip_pendings_chain_id"),
    )
    op.create_index("ix_tip_pendings_channel_id", "tip_pendings", ["channel_id"])

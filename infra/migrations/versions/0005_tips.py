"""Tips, and how far each chain has been read for them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_HASH = sa.String(66)
_ADDRESS = sa.String(42)
_AMOUNT = sa.String(78)


def upgrade() -> None:
    op.create_table(
        "tips",
        sa.Column("id", _NUMBER, sa.Identity(), primary_key=True),
        sa.Column("chain_id", _NUMBER, nullable=False),
        sa.Column("transaction_hash", _HASH, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("contract", _ADDRESS, nullable=False),
        sa.Column("block_number", _NUMBER, nullable=False),
        sa.Column("block_hash", _HASH, nullable=False),
        sa.Column("log_index", _NUMBER, nullable=False),
        sa.Column("mined_at_s", _NUMBER, nullable=False),
        sa.Column("channel_id", _NUMBER, nullable=False),
        sa.Column("broadcast_id", _NUMBER),
        sa.Column("artist", _ADDRESS, nullable=False),
        sa.Column("tipper", _ADDRESS, nullable=False),
        sa.Column("token", _ADDRESS, nullable=False),
        sa.Column("amount", _AMOUNT, nullable=False),
        sa.Column("fee", _AMOUNT, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("recognised", sa.Boolean, nullable=False),
        sa.Column("told", sa.String(10)),
        sa.Column("due", sa.Boolean, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("chain_id", "transaction_hash", "ordinal", name="uq_tips_chain_id"),
    )
    op.create_index("ix_tips_channel_id_id", "tips", ["channel_id", "id"])
    op.create_index("ix_tips_chain_id_state", "tips", ["chain_id", "state"])
    op.create_index("ix_tips_tipper", "tips", ["tipper"])
    op.create_index("ix_tips_due", "tips", ["due"])

    op.create_table(
        "tip_watches",
        sa.Column("chain_id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("contract", _ADDRESS, primary_key=True),
        sa.Column("holder", sa.String(36)),
        sa.Column("fence", _NUMBER, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("floor", _NUMBER),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )

"""Lines that are stored and not published yet; restrictions that also keep people from reading."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MS = sa.BigInteger


def upgrade() -> None:
    op.create_table(
        "chat_unpublished",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("at_ms", _MS, nullable=False),
        sa.Column("claimed", sa.Boolean, nullable=False),
    )
    op.create_index("ix_chat_unpublished_at_ms", "chat_unpublished", ["at_ms"])
    op.add_column(
        "chat_restrictions",
        sa.Column("shut_out", sa.Boolean, nullable=False, server_default=sa.false()),
    )

"""Who may see a channel's new recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recording_policies") as policies:
        policies.add_column(sa.Column("visibility", sa.String(8)))

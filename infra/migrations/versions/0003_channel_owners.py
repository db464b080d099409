"""Channels belong to users: owners, profiles, former names, moderators, followers, past broadcasts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_USER_ID = sa.String(16)


def upgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("stream_key_set_at", _MOMENT))
        channels.add_column(sa.Column("owner_id", _USER_ID))
        channels.add_column(sa.Column("description", sa.Text, nullable=False, server_default=""))
        channels.add_column(sa.Column("links", sa.JSON, nullable=False, server_default="[]"))
        channels.add_column(sa.Column("picture", sa.String(64)))
        channels.add_column(sa.Column("payout_wallet", sa.String(42)))
        channels.add_column(sa.Column("followers", sa.Integer, nullable=False, server_default="0"))
        channels.add_column(sa.Column("past_broadcasts", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE channels SET stream_key_set_at = created_at")
    with op.batch_alter_table("channels") as channels:
        channels.alter_column("stream_key_set_at", existing_type=_MOMENT, nullable=False)
    for column in ("stream_key_set_at", "owner_id", "picture"):
        op.create_index(f"ix_channels_{column}", "channels", [column])

    op.create_table(
        "channel_names",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("channel_id", sa.Integer),
        sa.Column("until", _MOMENT),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_channel_names_channel_id_channels", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_channel_names_channel_id", "channel_names", ["channel_id"])
    op.execute("INSERT INTO channel_names (name, channel_id) SELECT name, id FROM channels")

    op.create_table(
        "moderators",
        sa.Column("channel_id", sa.Integer, primary_key=True),
        sa.Column("user_id", _USER_ID, primary_key=True),
        sa.Column("added_at", _MOMENT, nullable=False),
        _of_channel("moderators"),
    )
    op.create_index("ix_moderators_user_id", "moderators", ["user_id"])

    op.create_table(
        "follows",
        sa.Column("user_id", _USER_ID, primary_key=True),
        sa.Column("channel_id", sa.Integer, primary_key=True),
        sa.Column("followed_at", _MOMENT, nullable=False),
        _of_channel("follows"),
    )
    op.create_index("ix_follows_channel_id", "follows", ["channel_id"])

    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("peak_viewers", sa.Integer, nullable=False),
        _of_channel("broadcasts"),
    )
    op.create_index("ix_broadcasts_channel_id_started_at", "broadcasts", ["channel_id", "started_at"])


def _of_channel(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["channel_id"], ["channels.id"], name=f"fk_{table}_channel_id_channels", ondelete="CASCADE"
    )

"""Chat: lines, reactions, restrictions, settings, notes, the log of actions, polls, votes, ignored people."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.String(20)
_USER_ID = sa.String(16)
_NAME = sa.String(100)
_MS = sa.BigInteger


def upgrade() -> None:
    op.create_table(
        "chat_messages",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("client_key", sa.String(64), nullable=False),
        sa.Column("author_id", _USER_ID),
        sa.Column("author_name", _NAME),
        sa.Column("badges", sa.JSON, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("at_ms", _MS, nullable=False),
        sa.Column("broadcast_id", sa.Integer),
        sa.Column("clock_ms", _MS),
        sa.Column("reply_to", _ID),
        sa.Column("mentions", sa.JSON, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("hold_reason", sa.String(16)),
        sa.Column("deleted_at_ms", _MS),
        sa.Column("deleted_by", _USER_ID),
        sa.Column("network", sa.String(50)),
        sa.UniqueConstraint("channel_id", "author_id", "client_key", name="uq_chat_messages_key"),
    )
    op.create_index("ix_chat_messages_author_id", "chat_messages", ["author_id"])
    op.create_index("ix_chat_messages_channel_id_id", "chat_messages", ["channel_id", "id"])
    op.create_index("ix_chat_messages_author", "chat_messages", ["channel_id", "author_id", "id"])
    op.create_index("ix_chat_messages_clock", "chat_messages", ["broadcast_id", "clock_ms"])

    op.create_table(
        "chat_reactions",
        sa.Column("message_id", _ID, primary_key=True),
        sa.Column("emoji", sa.String(16), primary_key=True),
        sa.Column("user_id", _USER_ID, primary_key=True),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["chat_messages.id"],
            name="fk_chat_reactions_message_id_chat_messages",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_chat_reactions_user_id", "chat_reactions", ["user_id"])

    op.create_table(
        "chat_restrictions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("user_id", _USER_ID, nullable=False),
        sa.Column("user_name", _NAME, nullable=False),
        sa.Column("network", sa.String(50)),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("until_ms", _MS),
        sa.Column("by_id", _USER_ID, nullable=False),
        sa.Column("by_name", _NAME, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("at_ms", _MS, nullable=False),
    )
    op.create_index("ix_chat_restrictions_channel_id_user_id", "chat_restrictions", ["channel_id", "user_id"])

    op.create_table(
        "chat_rooms",
        sa.Column("channel_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("pinned_id", _ID),
    )

    op.create_table(
        "chat_log",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("at_ms", _MS, nullable=False),
        sa.Column("by_id", _USER_ID, nullable=False),
        sa.Column("by_name", _NAME, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("user_id", _USER_ID),
        sa.Column("user_name", _NAME),
        sa.Column("duration_s", sa.Integer),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("message_id", _ID),
        sa.Column("details", sa.Text, nullable=False),
    )
    op.create_index("ix_chat_log_channel_id_id", "chat_log", ["channel_id", "id"])

    op.create_table(
        "chat_notes",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("user_id", _USER_ID, nullable=False),
        sa.Column("user_name", _NAME, nullable=False),
        sa.Column("by_id", _USER_ID, nullable=False),
        sa.Column("by_name", _NAME, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at_ms", _MS, nullable=False),
    )
    op.create_index("ix_chat_notes_channel_id_user_id", "chat_notes", ["channel_id", "user_id"])

    op.create_table(
        "chat_polls",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("channel_id", sa.Integer, nullable=False),
        sa.Column("question", sa.String(200), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("ends_at_ms", _MS, nullable=False),
        sa.Column("closed_at_ms", _MS),
        sa.Column("taken_away", sa.Boolean, nullable=False),
    )
    op.create_index("ix_chat_polls_channel_id_id", "chat_polls", ["channel_id", "id"])

    op.create_table(
        "chat_votes",
        sa.Column("poll_id", _ID, primary_key=True),
        sa.Column("user_id", _USER_ID, primary_key=True),
        sa.Column("option", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["chat_polls.id"], name="fk_chat_votes_poll_id_chat_polls", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_chat_votes_user_id", "chat_votes", ["user_id"])

    op.create_table(
        "chat_ignores",
        sa.Column("user_id", _USER_ID, primary_key=True),
        sa.Column("ignored_id", _USER_ID, primary_key=True),
        sa.Column("at_ms", _MS, nullable=False),
    )
    op.create_index("ix_chat_ignores_ignored_id", "chat_ignores", ["ignored_id"])

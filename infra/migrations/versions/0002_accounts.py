"""Accounts: people, wallets, second factors, sessions, keys, links of mails, nonces, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("email", sa.String(254)),
        _moment("email_verified_at", nullable=True),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("display_name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        _moment("created_at"),
        _moment("suspended_at", nullable=True),
        _moment("deleted_at", nullable=True),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"])
    op.create_table(
        "wallets",
        sa.Column("address", sa.String(42), primary_key=True),
        _user_id("wallets"),
        _moment("proven_at"),
    )
    op.create_index("ix_wallets_user_id", "wallets", ["user_id"])
    op.create_table(
        "totp",
        _user_id("totp", primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        _moment("created_at"),
        _moment("confirmed_at", nullable=True),
        sa.Column("last_step", sa.BigInteger),
    )
    op.create_table(
        "recovery_codes",
        _user_id("recovery_codes", primary_key=True),
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        _moment("used_at", nullable=True),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(16), primary_key=True),
        _user_id("sessions"),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(32)),
        sa.Column("method", sa.String(16), nullable=False),
        _moment("created_at"),
        _moment("rotated_at"),
        _moment("last_seen_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        _moment("authenticated_at"),
        _moment("second_factor_at", nullable=True),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("network", sa.String(50)),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        _moment("created_at"),
        _moment("retired_at", nullable=True),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(16), primary_key=True),
        _user_id("api_keys"),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("prefix", sa.String(8), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        _moment("created_at"),
        _moment("last_used_at", nullable=True),
        _moment("revoked_at", nullable=True),
        sa.UniqueConstraint("prefix", name="uq_api_keys_prefix"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_table(
        "one_time_links",
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        _user_id("one_time_links"),
        sa.Column("email", sa.String(254), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
    )
    op.create_index("ix_one_time_links_user_id", "one_time_links", ["user_id"])
    op.create_table(
        "siwe_nonces",
        sa.Column("nonce", sa.String(32), primary_key=True),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
    )
    op.create_index("ix_siwe_nonces_expires_at", "siwe_nonces", ["expires_at"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        _moment("at"),
        sa.Column("actor", sa.String(16), nullable=False),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    _make_append_only("audit")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _user_id(table: str, *, primary_key: bool = False) -> sa.Column[object]:
    reference = sa.ForeignKey("users.id", name=f"fk_{table}_user_id_users")
    return sa.Column("user_id", sa.String(16), reference, primary_key=primary_key, nullable=False)


def _make_append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )

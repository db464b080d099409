"""Lays and upgrades the tables of every room: one linear Alembic history for the one database.

The revisions in ``versions/`` are written as plain DDL and import no room, so that an old revision means the same
thing for ever. ``upgrade`` runs inside one transaction under a lock, so several processes may start at once.
It only goes up; going back means restoring a backup.
"""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from infra.database import Database, unavailable

_log = structlog.get_logger("database")

# Any number does, as long as every Harmonie uses the same one.
_POSTGRES_LOCK = 0x4841524D


class DatabaseTooNewError(Exception):
    """The database was upgraded by a newer Harmonie than this one."""


async def upgrade(database: Database) -> tuple[str | None, str]:
    """Brings the database to the newest revision; returns the revisions before and after.

    Raises ``DatabaseUnavailableError`` and ``DatabaseTooNewError``.
    """
    engine = database.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    try:
        async with engine.begin() as connection:
            before, after = await connection.run_sync(_upgrade)
    except (SQLAlchemyError, OSError) as error:
        raise unavailable(database.url, error) from error
    if before != after:
        _log.info("database_upgraded", before=before, after=after)
    return before, after


def newest_revision() -> str:
    """The revision this version of Harmonie expects."""
    return _newest(ScriptDirectory.from_config(_config()))


def _upgrade(connection: Connection) -> tuple[str | None, str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRES_LOCK})
    before = MigrationContext.configure(connection).get_current_revision()
    config = _config()
    revisions = ScriptDirectory.from_config(config)
    newest = _newest(revisions)
    if before == newest:
        return before, newest
    known = {revision.revision for revision in revisions.walk_revisions()}
    if before is not None and before not in known:
        raise DatabaseTooNewError(
            f"the database is at revision {before}, which this version does not know; run a newer Harmonie"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before, newest


def _newest(revisions: ScriptDirectory) -> str:
    head = revisions.get_current_head()
    assert head is not None
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config

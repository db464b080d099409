"""The database: one async engine, SQLite by default or PostgreSQL, and the unit of work services own.

A service opens ``database.read()`` or ``database.write()`` and hands the session to repositories; ``write``
commits when its block ends well and rolls back otherwise. On SQLite a writing transaction takes the write lock at
its start (``BEGIN IMMEDIATE``), because one that reads first and writes later cannot wait for another writer.

It knows no tables; ``infra.migrations`` lays them.
"""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, MetaData, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

_log = structlog.get_logger("database")

SQLITE_BUSY_TIMEOUT_MS = 5_000
_SQLITE_BEGIN = "sqlite_begin"
_NEWS = "news"

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}


class DatabaseUrlError(ValueError):
    """The database URL is not one Harmonie can use; the message shows no password."""


class DatabaseUnavailableError(Exception):
    """The database could not be opened; the message says which and why, without a password."""


class Base(DeclarativeBase):
    """Declarative base of every room's tables; constraint names are predictable so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def database_url(configured: str, data_dir: Path) -> URL:
    """The engine's URL for ``HARMONIE_DATABASE_URL``; empty means SQLite in the data directory.

    Raises ``DatabaseUrlError`` for what is neither SQLite nor PostgreSQL.
    """
    if not configured:
        return URL.create("sqlite+aiosqlite", database=str(data_dir / "harmonie.sqlite3"))
    try:
        url = make_url(configured)
    except (ArgumentError, ValueError):
        raise DatabaseUrlError("expected postgresql://USER:PASSWORD@HOST/NAME or sqlite:///PATH") from None
    driver = _DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None:
        raise DatabaseUrlError(f"expected postgresql:// or sqlite:///, not {url.drivername}://")
    return url.set(drivername=driver)


class Database:
    """Owns the engine. Construct anywhere; connections open on first use; ``close`` at the end."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.engine = _engine(url)
        self._readers = async_sessionmaker(self.engine, expire_on_commit=False)
        writing = self.engine.execution_options(**{_SQLITE_BEGIN: "BEGIN IMMEDIATE"})
        self._writers = async_sessionmaker(writing, expire_on_commit=False)
        self._told: dict[str, list[Callable[[], None]]] = {}

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; nothing it did is kept."""
        async with self._readers() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends without an error."""
        async with self._writers.begin() as session:
            yield session
        for news in session.info.get(_NEWS, ()):
            for tell in self._told.get(news, ()):
                tell()

    def on_news(self, news: str, tell: Callable[[], None]) -> None:
        """``tell`` is called after every commit of this process in which ``note_news`` noted this."""
        self._told.setdefault(news, []).append(tell)

    async def ping(self) -> None:
        """Asks the database for a sign of life; raises ``DatabaseUnavailableError``."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            raise unavailable(self.url, error) from error

    async def close(self) -> None:
        """Closes every pooled connection."""
        await self.engine.dispose()


def upsert(session: AsyncSession, row: type, /) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that knows ON CONFLICT, in the dialect at hand."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return make(row)


def note_news(session: AsyncSession, news: str) -> None:
    """Whoever asked for this news is told once the transaction is committed."""
    session.info.setdefault(_NEWS, set()).add(news)


def unavailable(url: URL, error: Exception) -> DatabaseUnavailableError:
    """The error in words for an operator: where the database is, and the driver's own reason."""
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()
    return DatabaseUnavailableError(
        f"cannot use the database {url.render_as_string(hide_password=True)}: "
        f"{reason[0] if reason else type(error).__name__}"
    )


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=5, pool_timeout=5)
    engine = create_async_engine(url)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own notion of when a transaction begins is switched off; _begin_sqlite says so explicitly.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={SQLITE_BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    # The mode is kept in the file, and SQLite does not wait for the lock to change it: whoever holds it does.
    with contextlib.suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_SQLITE_BEGIN, "BEGIN"))

"""Databases whose tables are laid already: laid once for a session, by the migrations themselves, then copied.

Laying them takes ten times as long as a copy, and a thousand tests begin with it. How they are laid is the matter of
`tests/infra/test_migrations.py`, and of the tests in `tests/server` that start the command as people do.
"""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra import migrations
from infra.database import Database, database_url
from tests.postgres import PostgresServer

TEMPLATE = "with_tables"


@dataclass(frozen=True, slots=True)
class PreparedSqlite:
    """`lay` puts a database into a data directory, where the server looks for it when no other is configured."""

    file: Path

    @classmethod
    def made_in(cls, directory: Path) -> PreparedSqlite:
        url = database_url("", directory)
        _lay_tables(Database(url))
        assert url.database is not None
        return cls(Path(url.database))

    def lay(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.file, directory / self.file.name)


@dataclass(frozen=True, slots=True)
class PreparedPostgres:
    """`create_database` gives the URL of a new database with every table."""

    server: PostgresServer

    @classmethod
    def made_on(cls, server: PostgresServer, directory: Path) -> PreparedPostgres:
        _lay_tables(Database(database_url(server.create_database(TEMPLATE), directory)))
        return cls(server)

    def create_database(self) -> str:
        return self.server.create_database(template=TEMPLATE)


def _lay_tables(database: Database) -> None:
    async def lay() -> None:
        await migrations.upgrade(database)
        await database.close()

    # Whoever asks for the fixture may be on an event loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, lay()).result()

"""Tables are laid and upgraded, on both backends, by any number of processes at once."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

import accounts.tables
import catalog.tables
import chat.tables
import recorder.tables
import tipping.artist_tables
import tipping.tables
from infra import migrations
from infra.database import Base, Database

# Every room's tables are known to Base once its module was imported.
ROOMS = (accounts.tables, catalog.tables, chat.tables, recorder.tables, tipping.tables, tipping.artist_tables)


async def test_an_empty_database_is_brought_to_the_newest_revision(empty_database: Database) -> None:
    assert await migrations.upgrade(empty_database) == (None, migrations.newest_revision())


async def test_upgrading_again_changes_nothing(empty_database: Database) -> None:
    await migrations.upgrade(empty_database)
    newest = migrations.newest_revision()
    assert await migrations.upgrade(empty_database) == (newest, newest)


async def test_the_revisions_lay_what_the_tables_say(empty_database: Database) -> None:
    await migrations.upgrade(empty_database)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with empty_database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_processes_that_start_at_once_upgrade_once(empty_database: Database) -> None:
    others = [Database(empty_database.url) for _ in range(3)]
    results = await asyncio.gather(*(migrations.upgrade(each) for each in (empty_database, *others)))
    assert sorted(before is None for before, _ in results) == [False, False, False, True]
    for each in others:
        await each.close()


async def test_a_database_of_a_newer_version_is_left_alone(empty_database: Database) -> None:
    await migrations.upgrade(empty_database)
    async with empty_database.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrations.DatabaseTooNewError, match="9999.*newer Harmonie"):
        await migrations.upgrade(empty_database)

"""The database on both backends: transactions, and the URL that chooses one."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from infra.database import Database, DatabaseUnavailableError, DatabaseUrlError, database_url


@pytest.fixture
async def counter(empty_database: Database) -> Database:
    async with empty_database.write() as session:
        await session.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        await session.execute(text("INSERT INTO counter VALUES (0)"))
    return empty_database


async def value(database: Database) -> int:
    async with database.read() as session:
        return int((await session.execute(text("SELECT value FROM counter"))).scalar_one())


async def test_writing_is_kept_when_the_block_ends_well(counter: Database) -> None:
    async with counter.write() as session:
        await session.execute(text("UPDATE counter SET value = 1"))
    assert await value(counter) == 1


async def test_writing_is_undone_when_the_block_fails(counter: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with counter.write() as session:
            await session.execute(text("UPDATE counter SET value = 1"))
            raise ZeroDivisionError
    assert await value(counter) == 0


async def test_reading_keeps_nothing(counter: Database) -> None:
    async with counter.read() as session:
        await session.execute(text("UPDATE counter SET value = 1"))
    assert await value(counter) == 0


async def test_writers_who_read_first_wait_for_each_other(counter: Database) -> None:
    async def increment() -> None:
        async with counter.write() as session:
            lock = " FOR UPDATE" if counter.url.get_backend_name() == "postgresql" else ""
            before = (await session.execute(text(f"SELECT value FROM counter{lock}"))).scalar_one()
            await session.execute(text("UPDATE counter SET value = :value"), {"value": before + 1})

    await asyncio.gather(*(increment() for _ in range(10)))
    assert await value(counter) == 10


async def test_readers_do_not_wait_for_a_writer(counter: Database) -> None:
    async with counter.write() as session:
        await session.execute(text("UPDATE counter SET value = 1"))
        assert await value(counter) == 0


async def test_a_database_that_is_there_answers(empty_database: Database) -> None:
    await empty_database.ping()


async def test_a_database_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    database = Database(database_url("postgresql://me:hunter2@127.0.0.1:9/nothing", tmp_path))
    with pytest.raises(DatabaseUnavailableError) as error:
        await database.ping()
    assert "127.0.0.1:9/nothing" in str(error.value)
    assert "hunter2" not in str(error.value)
    await database.close()


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ("", "sqlite+aiosqlite:///DIR/harmonie.sqlite3"),
        ("sqlite:///other.db", "sqlite+aiosqlite:///other.db"),
        ("postgres://me@db/h", "postgresql+asyncpg://me@db/h"),
        ("postgresql://me@db/h", "postgresql+asyncpg://me@db/h"),
        ("postgresql+psycopg://me@db/h", "postgresql+asyncpg://me@db/h"),
    ],
)
def test_a_url_is_given_our_driver(configured: str, expected: str, tmp_path: Path) -> None:
    url = database_url(configured, tmp_path).render_as_string()
    assert url == expected.replace("DIR", str(tmp_path))


@pytest.mark.parametrize("configured", ["mysql://me:hunter2@db/h", "nonsense", "postgresql://db:port/h"])
def test_any_other_url_is_refused(configured: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUrlError) as error:
        database_url(configured, tmp_path)
    assert "hunter2" not in str(error.value)

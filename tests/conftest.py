"""Fixtures every suite shares: a real PostgreSQL, a database of each kind, and how a missing real part is treated."""

import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from infra.database import Database, database_url
from tests.postgres import PostgresServer, find_postgres_binaries
from tests.prepared_tables import PreparedPostgres, PreparedSqlite
from tests.redis_server import RedisServer, find_redis_server

Need = Callable[[bool, str], None]

# A machine that does other things as well makes no example wrong, so there is no deadline.
settings.register_profile("quick", max_examples=60, deadline=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_finish() -> None:
    """Leaves what was imported and collected out of every later search for garbage, and searches less often: most
    tests build an application and drop it, and a million objects that stay were walked through again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session")
def need() -> Need:
    """``need(found, what)``: skips the test when a real part is missing, fails it when ``CI=true``."""

    def check(found: bool, what: str) -> None:
        if found:
            return
        if os.environ.get("CI") == "true":
            pytest.fail(f"missing: {what}", pytrace=False)
        pytest.skip(f"missing: {what}")

    return check


@pytest.fixture(scope="session")
def postgres(need: Need) -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test session's own."""
    binaries = find_postgres_binaries()
    need(binaries is not None, "PostgreSQL (package postgresql: initdb and postgres)")
    assert binaries is not None
    with PostgresServer.running(binaries) as server:
        yield server


@pytest.fixture(scope="session")
def prepared_postgres(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> PreparedPostgres:
    """Makes databases with every table on that server."""
    return PreparedPostgres.made_on(postgres, tmp_path_factory.mktemp("postgres"))


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> PreparedSqlite:
    """Puts a database with every table into data directories."""
    return PreparedSqlite.made_in(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def redis_program(need: Need) -> str:
    """Where ``redis-server`` is."""
    program = find_redis_server()
    need(program is not None, "Redis (package redis-server)")
    assert program is not None
    return program


@pytest.fixture(scope="session")
def redis(redis_program: str) -> Iterator[RedisServer]:
    """A Redis server of this test session's own, for tests that leave it running."""
    with RedisServer.running(redis_program) as server:
        yield server


@pytest.fixture
def own_redis(redis_program: str) -> Iterator[RedisServer]:
    """A Redis server for one test, which may kill it."""
    with RedisServer.running(redis_program) as server:
        yield server


KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgres"))]


@pytest.fixture(params=KINDS)
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A new database without tables, once of each kind; tests that use it run on both."""
    url = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create_database()
    database = Database(database_url(url, tmp_path))
    yield database
    await database.close()


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with every table, once of each kind."""
    url = ""
    if request.param == "postgresql":
        postgres: PreparedPostgres = request.getfixturevalue("prepared_postgres")
        url = postgres.create_database()
    else:
        sqlite: PreparedSqlite = request.getfixturevalue("prepared_sqlite")
        sqlite.lay(tmp_path)
    database = Database(database_url(url, tmp_path))
    yield database
    await database.close()

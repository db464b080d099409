"""A chain for each module, the contract on it, and watchers that write down what they tell."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from infra import migrations
from infra.database import Database, database_url
from server.demo_chain import find_anvil
from tests.conftest import Need
from tests.prepared_tables import PreparedSqlite
from tests.tipping.anvil import AnvilProcess, Jar, Node
from tests.tipping.serving import Served
from tests.tipping.watching import Watching


@pytest.fixture(scope="session")
def anvil_binary(need: Need) -> Path:
    binary = find_anvil()
    need(binary is not None, "anvil (scripts/contract --install-only)")
    assert binary is not None
    return binary


@pytest.fixture(scope="module")
def anvil(anvil_binary: Path) -> Iterator[AnvilProcess]:
    with AnvilProcess.running(anvil_binary) as process:
        yield process


@pytest.fixture
async def node(anvil: AnvilProcess) -> AsyncIterator[Node]:
    async with Node.connected(anvil.url) as node:
        yield node


@pytest.fixture
async def jar(node: Node) -> Jar:
    """A contract of the test's own."""
    return await node.deploy_jar()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """What most tests of the watcher need of a database; the repository's own run on both kinds."""
    database = Database(database_url("", tmp_path))
    await migrations.upgrade(database)
    yield database
    await database.close()


@pytest.fixture
async def watching(anvil: AnvilProcess, jar: Jar, sqlite: Database) -> AsyncIterator[Watching]:
    """Begins and ends watchers; not one runs yet."""
    async with Watching.prepared(sqlite, jar, [anvil.url], anvil.socket_url) as watching:
        yield watching


@pytest.fixture
async def served(
    tmp_path: Path, anvil: AnvilProcess, jar: Jar, prepared_sqlite: PreparedSqlite
) -> AsyncIterator[Served]:
    """A server on that chain whose tables are laid already."""
    prepared_sqlite.lay(tmp_path)
    async with Served.running(tmp_path, anvil, jar) as served:
        yield served

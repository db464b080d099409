"""What a replay asks the databases for is found by indexes: no query of it reads a table from end to end."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from chat.repository import lines
from infra.database import Database
from recorder import repository
from recorder.recordings import RecordingId, Visibility
from tests.recorder.kept import BEGAN
from tipping import replay_repository
from tipping.tips import ChainId

_WHOLE_TABLE = re.compile(r"SCAN (chat_messages|tips|recordings|recording_parts)\b|Seq Scan")
Statement = tuple[str, Any]


@asynccontextmanager
async def statements(session: AsyncSession) -> AsyncIterator[list[Statement]]:
    """Those that are executed meanwhile."""
    heard: list[Statement] = []
    engine = (await session.connection()).sync_connection.engine  # type: ignore[union-attr]

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def plan(session: AsyncSession, statement: Statement) -> str:
    connection = await session.connection()
    explain = "EXPLAIN " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    rows = await connection.exec_driver_sql(explain + statement[0], statement[1])
    return "\n".join(str(row[-1]) for row in rows)


async def test_every_query_of_a_replay_goes_along_an_index(database: Database) -> None:
    chain, moment = ChainId(1), BEGAN + timedelta(hours=1)
    async with database.read() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Of tables this small it would rather read all, if it may.
            await session.execute(text("SET enable_seqscan = off"))
        async with statements(session) as asked:
            await lines.by_clock(session, 1, 7, 1_000, 9_000, 50, "a")
            await lines.counts_by_clock(session, 1, 7, 0, 9_000, 90)
            await lines.counts_of(session, [7, 8])
            await replay_repository.page(session, chain, 1, 7, 1_000, 9_000, 50, 3)
            await replay_repository.counts(session, chain, 1, 7, 0, 9_000, 90)
            await replay_repository.totals(session, chain, [7, 8])
            await repository.of_channel(session, 1, 50, (moment, "a"), [Visibility.PUBLIC])
            await repository.get(session, RecordingId("a"))
            await repository.to_move(session)
            await repository.removed(session)
            await repository.ended(session, moment)
        plans = [(await plan(session, each), each[0]) for each in asked]
    assert len(plans) >= 11
    for found, statement in plans:
        assert not _WHOLE_TABLE.search(found), (found, statement)
        if "SEARCH" in found and "clock_ms < " in statement:  # SQLite, which does not care how small they are
            assert "_clock" in found, (found, statement)

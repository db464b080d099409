"""Reading lines that are past: older ones, those of a broadcast by its clock, those that hold words."""

from collections.abc import Collection, Mapping, Sequence

from chat.messages import Message
from chat.repository import lines
from chat.repository.lines import StoredLine
from chat.standings import ChannelRef
from infra.database import Database
from infra.storage import storage


class HistoryService:
    """Of every room. ``limit`` is how many at most."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def before(self, channel: ChannelRef, before: str | None, limit: int) -> Sequence[Message]:
        """The last lines before the one with this id, in order."""
        with storage():
            async with self._database.read() as session:
                return await lines.before(session, channel.id, before, limit)

    async def by_clock(
        self,
        channel: ChannelRef,
        broadcast: int,
        from_ms: int,
        to_ms: int | None,
        limit: int,
        after: str | None = None,
    ) -> Sequence[Message]:
        """The first lines of a broadcast from a moment of its clock on, of that moment those after an id."""
        with storage():
            async with self._database.read() as session:
                return await lines.by_clock(session, channel.id, broadcast, from_ms, to_ms, limit, after)

    async def counts(
        self, channel_id: int, broadcast: int, from_ms: int, before_ms: int, bin_ms: int
    ) -> Mapping[int, int]:
        """How many lines of a broadcast are shown in each ``bin_ms`` since ``from_ms``."""
        with storage():
            async with self._database.read() as session:
                return await lines.counts_by_clock(session, channel_id, broadcast, from_ms, before_ms, bin_ms)

    async def totals(self, broadcasts: Collection[int]) -> Mapping[int, int]:
        """How many lines are shown of each of these broadcasts."""
        with storage():
            async with self._database.read() as session:
                return await lines.counts_of(session, broadcasts)

    async def search(
        self, channel: ChannelRef, words: str | None, author: str | None, before: str | None, limit: int
    ) -> Sequence[StoredLine]:
        """Newest first, deleted and held ones too."""
        with storage():
            async with self._database.read() as session:
                return await lines.search(session, channel.id, words, author, before, limit)

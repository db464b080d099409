"""Accepts lines: stored, then published, then answered; each exactly once, in one order.

What waits for a room is stored in one transaction, so that many who write at once do not need a commit each. The
transaction also asks who may not write at this very moment, so that a ban holds in all processes from its commit on.

Then each line is published with its id as the bus's idempotency key. A mark that was stored with it goes when that is
done; by it another process knows what was left by one that died in between (``chat.sweeper``). When publishing fails,
the line is taken back: removed, if surely nobody has seen it; else withdrawn, which means that it is shown to nobody
new, that the same key brings it back under the same id, and that otherwise it is deleted for everyone once the bus is
there again.

A key that is known brings the line that was accepted with it, published again with the same key: nobody sees it twice.
Decisions of moderators take the same lock, so that in one process lines and decisions are published as they were
stored.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from chat import topics
from chat.desk import is_in_force
from chat.messages import Deleted, Said
from chat.moderation import covers
from chat.moderation_log import Held, Restriction
from chat.repository import lines, restrictions, unpublished
from chat.repository.lines import NewLine, StoredLine
from chat.rules import restriction_refusal
from infra.bus import Bus, BusUnavailable
from infra.command_errors import StorageUnavailable
from infra.database import Database
from infra.request_errors import RateLimited
from infra.tasks import BackgroundTasks, uninterrupted

_log = structlog.get_logger("chat")

BATCH_MAX = 200
WAITING_MAX = 2_000
"""Lines of one room; past that the next one is refused."""
WITHDRAWN_MAX = 10_000
HEAL_EVERY_S = 1.0
PUBLISHED_MAX = 50_000
"""Past that a line keeps its mark, and is published again: with the same key, so nobody sees it."""


@dataclass(slots=True, eq=False)
class _Waiting:
    line: NewLine
    is_bound: bool
    """Whether restrictions bind who wrote it."""
    answer: asyncio.Future[StoredLine]


class LineWriter:
    """Of one process."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        tasks: BackgroundTasks,
        now_ms: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._bus = bus
        self._tasks = tasks
        self._now_ms = now_ms
        self._new_id = new_id
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._waiting: dict[int, deque[_Waiting]] = {}
        self._withdrawn: dict[str, int] = {}
        self.published: deque[str] = deque(maxlen=PUBLISHED_MAX)
        """What has been published and is still marked; the sweeper takes it."""
        self._is_healing = False

    def lock(self, channel_id: int) -> asyncio.Lock:
        """Held while something of this room is stored and published."""
        lock = self._locks.get(channel_id)
        if lock is None:
            lock = self._locks[channel_id] = asyncio.Lock()
        return lock

    async def write(self, line: NewLine, *, is_bound: bool = True) -> StoredLine:
        """The line as it was accepted, now or earlier with the same key.

        Raises ``TimedOut``, ``Banned``, ``BusUnavailable``, ``StorageUnavailable``, ``RateLimited``; then the line was
        not accepted.
        """
        queue = self._waiting.get(line.channel_id)
        if queue is not None and len(queue) >= WAITING_MAX:
            raise RateLimited("too much is said at once; try again in a moment")
        waiting = _Waiting(line, is_bound, asyncio.get_running_loop().create_future())
        if queue is None:
            self._waiting[line.channel_id] = deque([waiting])
            self._tasks.start(f"chat_writer {line.channel_id}", self._run(line.channel_id))
        else:
            queue.append(waiting)
        return await waiting.answer

    async def repeat(self, channel_id: int, author: str, key: str) -> StoredLine | None:
        """The line accepted with this key, if there is one, published again. Raises as ``write`` does."""
        try:
            async with self.lock(channel_id):
                async with self._database.read() as session:
                    known = await lines.with_keys(session, channel_id, [(author, key)])
                found = known.get((author, key))
                if found is None or found.state == "withdrawn":
                    return None
                await self.publish(channel_id, found)
                return found
        except (SQLAlchemyError, OSError) as error:
            raise StorageUnavailable("try again in a moment") from error

    def take_published(self) -> list[str]:
        """What has been published since this was last asked."""
        taken = list(self.published)
        self.published.clear()
        return taken

    async def recover(self) -> None:
        """Takes over what an earlier process withdrew and could not delete."""
        async with self._database.read() as session:
            for channel_id, id_ in await lines.withdrawn(session, WITHDRAWN_MAX):
                self._withdrawn[id_] = channel_id
        self._heal_soon()

    async def drained(self) -> None:
        """Returns when nothing waits."""
        while self._waiting:
            await asyncio.gather(
                *(each.answer for queue in self._waiting.values() for each in queue), return_exceptions=True
            )
            await asyncio.sleep(0)

    async def _run(self, channel_id: int) -> None:
        lock = self.lock(channel_id)
        queue = self._waiting[channel_id]
        batch: list[_Waiting] = []
        try:
            while queue:
                async with lock:
                    batch = [queue.popleft() for _ in range(min(len(queue), BATCH_MAX))]
                    await uninterrupted(self._carry_out(channel_id, batch))
        finally:
            del self._waiting[channel_id]
            for each in (*batch, *queue):
                # Only when the server stops: nobody is left waiting.
                _fail(each, StorageUnavailable("the server is going away"))

    async def _carry_out(self, channel_id: int, batch: Sequence[_Waiting]) -> None:
        try:
            stored, fresh, back = await self._store(channel_id, batch)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("chat_lines_not_stored", channel_id=channel_id, error=type(error).__name__)
            for each in batch:
                _fail(each, StorageUnavailable("try again in a moment", retry_after_ms=2_000))
            return
        taken_back: list[str] = []
        unpublished: list[_Waiting] = []
        failed: BusUnavailable | None = None
        for waiting, line in stored:
            id_ = line.message.id
            failed = failed or await self._try_publish(channel_id, line)
            if failed is None:
                if line.is_new or id_ in back:
                    self.published.append(id_)
                if not waiting.answer.done():
                    waiting.answer.set_result(line)
                continue
            unpublished.append(waiting)
            if id_ in fresh or id_ in back:
                taken_back.append(id_)
                if failed.uncertain or id_ in back:
                    self._withdrawn[id_] = channel_id
        if taken_back:
            await self._take_back(channel_id, taken_back)
        for waiting in unpublished:
            # Only now: whoever is told that it was not accepted finds it nowhere.
            _fail(waiting, BusUnavailable())

    async def _try_publish(self, channel_id: int, line: StoredLine) -> BusUnavailable | None:
        try:
            await self.publish(channel_id, line)
        except BusUnavailable as error:
            return error
        return None

    async def _store(
        self, channel_id: int, batch: Sequence[_Waiting]
    ) -> tuple[list[tuple[_Waiting, StoredLine]], set[str], set[str]]:
        """What was stored or known already, in order; the ids of what is new, and of what had been withdrawn."""
        now_ms = self._now_ms()
        accepted: list[_Waiting] = []
        async with self._database.write() as session:
            laid = await restrictions.of(
                session, channel_id, {_author(each) for each in batch if each.is_bound}, now_ms
            )
            refused = []
            for each in batch:
                restriction = _binding(laid, each, now_ms) if each.is_bound else None
                if restriction is None:
                    # Under the lock, so that the order of ids is that of storing and publishing.
                    message = msgspec.structs.replace(each.line.message, id=self._new_id())
                    each.line = replace(each.line, message=message)
                    accepted.append(each)
                else:
                    refused.append((each, restriction))
            fresh = await lines.add(session, [each.line for each in accepted]) if accepted else set()
            keys = {(_author(each), each.line.key) for each in accepted if each.line.message.id not in fresh}
            known = await lines.with_keys(session, channel_id, keys)
            back = {each.message.id for each in known.values() if each.state == "withdrawn"}
            if back:
                await lines.set_state(session, channel_id, back, "withdrawn", "shown")
            await unpublished.add(session, channel_id, fresh | back, now_ms)
        for each, restriction in refused:
            _fail(each, restriction_refusal(restriction).raised(now_ms))
        for id_ in back:
            self._withdrawn.pop(id_, None)
        stored = []
        for each in accepted:
            line = each.line
            if line.message.id in fresh:
                state: lines.State = "held" if line.hold else "shown"
                stored.append((each, StoredLine(line.message, state, line.hold, is_new=True)))
            else:
                earlier = known[_author(each), line.key]
                if earlier.state == "withdrawn":
                    earlier = StoredLine(earlier.message, "shown")
                stored.append((each, earlier))
        return stored, fresh, back

    async def publish(self, channel_id: int, line: StoredLine) -> None:
        """Tells of a line, once however often it is called. Raises ``BusUnavailable``. The caller has the lock."""
        id_ = line.message.id
        if line.state == "held" and line.hold_reason is not None:
            event = topics.encode(Held(line.message, line.hold_reason))
            await self._bus.publish(topics.moderators(channel_id), event, key=f"held:{id_}")
        elif line.is_shown:
            event = topics.encode(Said(line.message))
            await self._bus.publish(topics.public(channel_id), event, key=f"said:{id_}")

    async def _take_back(self, channel_id: int, ids: Sequence[str]) -> None:
        seen_perhaps = [id_ for id_ in ids if id_ in self._withdrawn]
        unseen = [id_ for id_ in ids if id_ not in self._withdrawn]
        try:
            async with self._database.write() as session:
                given_up = await unpublished.give_up(session, unseen)
                await lines.remove(session, given_up)
                # Somebody else has begun to publish these.
                seen_perhaps += [id_ for id_ in unseen if id_ not in given_up]
                for was in ("shown", "held"):
                    await lines.set_state(session, channel_id, seen_perhaps, was, "withdrawn")
                await unpublished.forget(session, seen_perhaps)
        except (SQLAlchemyError, OSError) as error:
            # Their keys still bring them; until then they are lines that some have not seen.
            _log.warning("chat_lines_not_taken_back", channel_id=channel_id, error=type(error).__name__)
            return
        self._withdrawn.update((id_, channel_id) for id_ in seen_perhaps)
        self._heal_soon()

    def _heal_soon(self) -> None:
        if self._withdrawn and not self._is_healing:
            self._is_healing = True
            self._tasks.start("chat_withdrawals", self._heal())

    async def _heal(self) -> None:
        """Deletes for everyone what was withdrawn, once the bus is there again."""
        try:
            while self._withdrawn:
                await asyncio.sleep(HEAL_EVERY_S)
                for id_, channel_id in list(self._withdrawn.items()):
                    async with self.lock(channel_id):
                        if id_ not in self._withdrawn:
                            continue  # brought back by its key
                        try:
                            await uninterrupted(self._delete_withdrawn(channel_id, id_))
                        except BusUnavailable:
                            break
                        except (SQLAlchemyError, OSError) as error:
                            _log.warning("chat_withdrawal_failed", error=type(error).__name__)
                            break
        finally:
            self._is_healing = False

    async def _delete_withdrawn(self, channel_id: int, id_: str) -> None:
        event = topics.encode(Deleted([id_], "author"))
        await self._bus.publish(topics.public(channel_id), event, key=f"withdrawn:{id_}")
        async with self._database.write() as session:
            await lines.remove(session, [id_], only="withdrawn")
        self._withdrawn.pop(id_, None)


def _author(waiting: _Waiting) -> str:
    assert waiting.line.message.author is not None
    return waiting.line.message.author.id


def _binding(laid: Sequence[Restriction], waiting: _Waiting, now_ms: int) -> Restriction | None:
    """The restriction that keeps this line from being written."""
    for each in laid:
        of_author = each.user is not None and each.user.id == _author(waiting)
        of_network = each.network is not None and covers(each.network, waiting.line.network)
        if (of_author or of_network) and is_in_force(each, now_ms):
            return each
    return None


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)

"""What rooms are told of recordings: that there is something else to watch, never what is not for everyone."""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from infra.bus import BusUnavailable, Position
from infra.bus_memory import MemoryBus
from recorder.news import ReplayNews
from recorder.recordings import Recording, RecordingId, State, Visibility

BEGAN = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
PUBLIC = Recording(
    RecordingId("one"), 7, None, BEGAN, BEGAN, BEGAN, State.READY, Visibility.PUBLIC, None, 1000, 1000
)
PRIVATE = replace(PUBLIC, visibility=Visibility.PRIVATE)


class Away(MemoryBus):
    async def publish(self, topic: str, data: bytes, *, key: str | None = None) -> Position:
        raise BusUnavailable


async def test_the_room_is_told_when_everyone_sees_something_else() -> None:
    bus = MemoryBus()
    news = ReplayNews(bus)
    await news.changed(PRIVATE)
    await news.changed(PRIVATE, replace(PRIVATE, visibility=Visibility.UNLISTED))
    await news.changed(replace(PUBLIC, state=State.FINISHING))
    assert (await bus.history("channel:7", None, 9)).entries == ()
    await news.changed(PRIVATE, PUBLIC)
    await news.changed(PUBLIC, PRIVATE)
    entries = (await bus.history("channel:7", None, 9)).entries
    assert [msgspec.msgpack.decode(each.data) for each in entries] == [{"type": "replays_changed"}] * 2


async def test_a_bus_that_is_away_keeps_nobody_from_anything() -> None:
    await ReplayNews(Away()).changed(PUBLIC)

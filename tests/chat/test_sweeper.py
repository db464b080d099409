"""What a process stored and did not live to publish reaches everyone, once and in order; on both databases."""

from collections.abc import Sequence

import msgspec
import pytest

from chat import topics
from chat.colours import colour_of
from chat.messages import Author, Message
from chat.repository import lines, unpublished
from chat.repository.lines import NewLine
from chat.sweeper import CLAIM_AFTER_S, Sweeper
from infra.bus import BusUnavailable, Position
from tests.chat.test_storage import CHANNEL, World, world

__all__ = ["world"]

LATER_MS = round(CLAIM_AFTER_S * 1_000) + 1


@pytest.fixture
def sweeper(world: World) -> Sweeper:
    return Sweeper(world.database, world.tools.writer, lambda: world.now[0])


async def left_behind(world: World, *texts: str) -> None:
    """Lines as they are when their process ends between storing and publishing."""
    stored = [
        NewLine(
            message=Message(
                id=world.tools.new_id(),
                author=Author("fan", "Fan", colour_of("fan"), []),
                text=text,
                at_ms=world.now[0],
            ),
            channel_id=CHANNEL.id,
            key=text,
        )
        for text in texts
    ]
    async with world.database.write() as session:
        ids = await lines.add(session, stored)
        await unpublished.add(session, CHANNEL.id, ids, world.now[0])


async def said(world: World) -> list[str]:
    history = await world.bus.history(topics.public(CHANNEL.id), None, 1_000)
    events = [msgspec.msgpack.decode(each.data) for each in history.entries]
    return [each["message"]["text"] for each in events if each["type"] == "said"]


async def test_what_nobody_published_is_published_once_and_in_order(world: World, sweeper: Sweeper) -> None:
    texts = [f"{number:02}" for number in range(20)]
    await left_behind(world, *texts)
    await sweeper.sweep()
    assert await said(world) == []  # perhaps their process is only slow
    world.now[0] += LATER_MS
    await sweeper.sweep()
    await sweeper.sweep()
    assert await said(world) == texts
    async with world.database.read() as session:
        assert not await unpublished.is_any(session, world.now[0] + 1)


async def test_what_was_published_is_not_published_again(world: World, sweeper: Sweeper) -> None:
    await world.say("at once")
    # Before its mark was taken away, and after.
    for _ in range(2):
        world.now[0] += LATER_MS
        await sweeper.sweep()
    assert await said(world) == ["at once"]


async def test_what_was_deleted_meanwhile_is_not_published(world: World, sweeper: Sweeper) -> None:
    await left_behind(world, "never seen")
    async with world.database.write() as session:
        await lines.clear(session, CHANNEL.id, None, world.tools.new_id(), "bill", world.now[0])
    world.now[0] += LATER_MS
    await sweeper.sweep()
    assert await said(world) == []


async def test_a_line_that_another_process_publishes_is_not_taken_back_as_if_unseen(
    world: World, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = world.bus.publish

    async def claimed_meanwhile(_topic: str, _data: bytes, *, key: str | None = None) -> Position:
        async with world.database.write() as session:
            await unpublished.claim(session, world.now[0] + 1, 10)
        raise BusUnavailable(uncertain=False)

    monkeypatch.setattr(world.bus, "publish", claimed_meanwhile)
    with pytest.raises(BusUnavailable):
        await world.say("seen elsewhere", key="k")
    assert await world.shown() == []
    assert await _withdrawn(world) != []
    monkeypatch.setattr(world.bus, "publish", publish)
    # The same key brings it back, as the same line.
    assert (await world.say("seen elsewhere", key="k")).state == "shown"
    assert await said(world) == ["seen elsewhere"]


async def test_a_line_that_nobody_else_has_begun_to_publish_is_taken_back(
    world: World, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_topic: str, _data: bytes, *, key: str | None = None) -> Position:
        raise BusUnavailable(uncertain=False)

    with monkeypatch.context() as patched:
        patched.setattr(world.bus, "publish", fails)
        with pytest.raises(BusUnavailable):
            await world.say("unseen")
    world.now[0] += LATER_MS
    await sweeper.sweep()
    assert await said(world) == [] == await _withdrawn(world)


async def _withdrawn(world: World) -> Sequence[tuple[int, str]]:
    async with world.database.read() as session:
        return await lines.withdrawn(session, 10)

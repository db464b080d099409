"""Topics of a process: snapshot and events are the state, whatever the bus does; coming back is whole or from new."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from infra.bus import BusUnavailable, Entry, History, Position, Receiver
from infra.bus_memory import MemoryBus
from infra.encoded import Encoded
from infra.rooms import RoomParts
from infra.tasks import BackgroundTasks
from infra.topics import RESUME_MAX_BYTES, Topic, TopicEvent, TopicHub
from tests.polling import eventually

TOPIC = "channel:1"


class FlakyBus(MemoryBus):
    """A bus that loses entries, goes away, comes back, and forgets everything, when it is told to."""

    def __init__(self) -> None:
        super().__init__(max_entries=5)
        self.is_up = True
        self.loses = False
        self.heard: dict[str, list[Receiver]] = {}

    async def subscribe(self, topic: str, receiver: Receiver) -> None:
        self._check()
        self.heard.setdefault(topic, []).append(receiver)

    async def unsubscribe(self, topic: str, receiver: Receiver) -> None:
        self.heard[topic].remove(receiver)

    async def publish(self, topic: str, data: bytes, *, key: str | None = None) -> Position:
        self._check()
        before = (await super().history(topic, None, 0)).position
        position = await super().publish(topic, data, key=key)
        if position != before and not self.loses:
            for receiver in list(self.heard.get(topic, ())):
                receiver.on_entry(topic, position.epoch, Entry(position.offset, data))
        return position

    async def history(self, topic: str, since: Position | None, limit: int) -> History:
        self._check()
        return await super().history(topic, since, limit)

    def lose(self) -> None:
        self.is_up = False
        for receiver in self.heard.get(TOPIC, ()):
            receiver.on_lost()

    def come_back(self, *, empty: bool) -> None:
        self.is_up = True
        if empty:
            self._logs.clear()
        for receiver in self.heard.get(TOPIC, ()):
            receiver.on_back()

    def _check(self) -> None:
        if not self.is_up:
            raise BusUnavailable


class Sum:
    """A replica of a table of numbers: set one, and know all."""

    def __init__(self, table: dict[str, int]) -> None:
        self._table = table
        self.numbers: dict[str, int] = {}
        self.loads = 0
        self.fails = 0
        self.closed = False

    async def load(self) -> dict[str, int]:
        self.loads += 1
        read = dict(self._table)
        await asyncio.sleep(0)
        if self.fails:
            self.fails -= 1
            raise OSError("no disk")
        return read

    def adopt(self, loaded: dict[str, int]) -> None:
        self.numbers = loaded

    def apply(self, event: Any, _offset: int) -> None:
        # An older event never undoes a newer one: what was loaded may be ahead.
        self.numbers[event["name"]] = max(event["number"], self.numbers.get(event["name"], 0))

    def hear(self, signal: Any) -> None:
        self.numbers.update(signal)

    def snapshot(self) -> object:
        return dict(sorted(self.numbers.items()))

    def close(self) -> None:
        self.closed = True


class Client:
    """Knows what it was told: a snapshot, and events on top. A ``Listener``."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.numbers: dict[str, int] = {}
        self.position = Position("", 0)
        self.recovered: bool | None = None
        self.told: list[str] = []
        self.join()

    def join(self) -> None:
        """As the gateway does: one step."""
        events = self.topic.since(self.position)
        self.recovered = events is not None
        if events is None:
            self.on_reset()
        else:
            for event in events:
                self.on_event(event)
        assert self.position == self.topic.position
        self.topic.listen(self)

    def leave(self) -> None:
        self.topic.unlisten(self, 0.0)

    def on_event(self, event: TopicEvent) -> None:
        assert event.offset == self.position.offset + 1, "no gap, no duplicate"
        self.position = Position(self.position.epoch, event.offset)
        said = event.data.decoded()
        self.numbers[said["name"]] = max(said["number"], self.numbers.get(said["name"], 0))

    def on_signal(self, data: Encoded) -> None:
        self.told.append("signal")

    def on_interrupted(self) -> None:
        self.told.append("interrupted")

    def on_resumed(self) -> None:
        self.told.append("resumed")

    def on_reset(self) -> None:
        self.told.append("reset")
        self.numbers = dict(self.topic.snapshot().decoded())
        self.position = self.topic.position


class Rooms(RuleBasedStateMachine):
    """People come, go and come back, while the bus loses, forgets and vanishes."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.bus = FlakyBus()
        self.table: dict[str, int] = {}
        self.count = 0
        self.here: list[Client] = []
        self.away: list[Client] = []
        self.tasks = BackgroundTasks()
        self.hub = TopicHub(self.bus, self.tasks)
        self.replica = Sum(self.table)
        self.topic = self.run(self.hub.open(TOPIC, lambda: self.replica))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @rule(name=st.sampled_from("abc"))
    def publish(self, name: str) -> None:
        self.count += 1
        before = self.table.get(name)
        self.table[name] = self.count
        event = msgspec.msgpack.encode({"name": name, "number": self.count})
        try:
            self.run(self.bus.publish(TOPIC, event))
        except BusUnavailable:
            if before is None:
                del self.table[name]
            else:
                self.table[name] = before

    @rule()
    def come(self) -> None:
        self.here.append(Client(self.topic))

    @precondition(lambda self: self.here)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        client = self.here.pop(data.draw(st.integers(0, len(self.here) - 1)))
        client.leave()
        self.away.append(client)

    @precondition(lambda self: self.away)
    @rule(data=st.data())
    def come_back(self, data: st.DataObject) -> None:
        client = self.away.pop(data.draw(st.integers(0, len(self.away) - 1)))
        before = client.position
        client.join()
        self.here.append(client)
        if not client.recovered and before.epoch == self.topic.position.epoch:
            assert self.topic.position.offset - before.offset > 5, "what is kept is given"

    @rule(loses=st.booleans())
    def lose_entries(self, loses: bool) -> None:
        self.bus.loses = loses

    @rule()
    def lose_the_bus(self) -> None:
        if self.bus.is_up:
            self.run(_called(self.bus.lose))

    @rule(empty=st.booleans())
    def the_bus_is_back(self, empty: bool) -> None:
        if not self.bus.is_up:
            self.run(_called(partial(self.bus.come_back, empty=empty)))

    @rule()
    def the_loop_turns(self) -> None:
        self.run(asyncio.sleep(0))

    @rule()
    def the_disk_fails(self) -> None:
        self.replica.fails = 1

    @rule()
    def all_is_well(self) -> None:
        """The bus is there and loses nothing: soon everyone here knows everything."""
        self.replica.fails = 0
        self.bus.loses = False
        self.the_bus_is_back(empty=False)
        if not self.bus.is_up:
            return
        self.publish("a")
        for _ in range(100):
            self.run(asyncio.sleep(0))
        # A load that failed is tried again.
        self.run(eventually(lambda: not len(self.tasks)))
        assert not self.topic.interrupted
        assert self.topic.snapshot().decoded() == dict(sorted(self.table.items()))
        for client in self.here:
            assert client.numbers == self.table

    @invariant()
    def snapshot_and_events_are_a_fresh_snapshot(self) -> None:
        for client in self.here:
            assert client.position == self.topic.position
            assert client.numbers == self.topic.snapshot().decoded()

    def teardown(self) -> None:
        self.run(self.hub.close())
        self.run(self.tasks.close())
        self.loop.close()


TestRooms = Rooms.TestCase
TestRooms.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


@pytest.fixture
async def hub() -> AsyncIterator[TopicHub]:
    tasks = BackgroundTasks()
    hub = TopicHub(FlakyBus(), tasks, linger_s=0.0)
    yield hub
    await hub.close()
    await tasks.close()


def flaky(hub: TopicHub) -> FlakyBus:
    assert isinstance(hub.bus, FlakyBus)
    return hub.bus


async def say(hub: TopicHub, number: int, **more: object) -> None:
    await hub.bus.publish(TOPIC, msgspec.msgpack.encode({"name": "a", "number": number, **more}))


async def test_many_who_ask_at_once_share_one_topic(hub: TopicHub) -> None:
    replicas: list[Sum] = []

    def make() -> Sum:
        replicas.append(Sum({}))
        return replicas[-1]

    topics = await asyncio.gather(*(hub.open(TOPIC, make) for _ in range(50)))
    assert len(set(topics)) == len(replicas) == 1
    assert replicas[0].loads == 1


async def test_a_topic_that_could_not_be_loaded_is_tried_anew(hub: TopicHub) -> None:
    replica = Sum({"a": 1})
    replica.fails = 1
    with pytest.raises(OSError):
        await hub.open(TOPIC, lambda: replica)
    assert flaky(hub).heard[TOPIC] == []
    assert (await hub.open(TOPIC, lambda: replica)).snapshot().decoded() == {"a": 1}


async def test_a_topic_nobody_holds_is_closed(hub: TopicHub) -> None:
    replica = Sum({})
    topic = await hub.open(TOPIC, lambda: replica)
    topic.hold()
    await hub.sweep()
    assert hub.get(TOPIC) is topic
    topic.release(0.0)
    await hub.sweep()
    assert (hub.get(TOPIC), replica.closed) == (None, True)
    assert flaky(hub).heard[TOPIC] == []


async def test_while_the_bus_is_gone_the_room_stays_and_says_so(hub: TopicHub) -> None:
    replica = Sum({"a": 1})
    topic = await hub.open(TOPIC, lambda: replica)
    client = Client(topic)
    flaky(hub).lose()
    late = Client(topic)
    assert (topic.interrupted, late.numbers, client.told) == (True, {"a": 1}, ["reset", "interrupted"])
    with pytest.raises(BusUnavailable):
        await hub.open("channel:other", lambda: Sum({}))
    flaky(hub).come_back(empty=False)
    await _until(lambda: not topic.interrupted)
    assert client.told == ["reset", "interrupted", "resumed"]


async def test_a_log_that_began_anew_resets_everyone(hub: TopicHub) -> None:
    table = {"a": 1}
    topic = await hub.open(TOPIC, lambda: Sum(table))
    client = Client(topic)
    await say(hub, 2)
    flaky(hub).lose()
    table["a"] = 5
    flaky(hub).come_back(empty=True)
    await _until(lambda: not topic.interrupted)
    assert client.told == ["reset", "interrupted", "reset", "resumed"]
    assert client.numbers == {"a": 5}


async def test_a_process_that_comes_later_can_still_recover_clients(hub: TopicHub) -> None:
    topic = await hub.open(TOPIC, lambda: Sum({}))
    start = topic.position
    for number in range(1, 4):
        await say(hub, number)
    await hub.sweep()
    again = await hub.open(TOPIC, lambda: Sum({"a": 3}))
    assert again is not topic
    missed = again.since(start)
    assert missed is not None
    assert [each.offset for each in missed] == [1, 2, 3]


async def test_more_than_a_snapshot_is_worth_is_not_sent_again(hub: TopicHub) -> None:
    topic = await hub.open(TOPIC, lambda: Sum({}))
    start = topic.position
    for number in range(1, 6):
        await say(hub, number, padding="x" * (RESUME_MAX_BYTES // 5))
    assert topic.since(start) is None
    assert len(topic.since(Position(start.epoch, 2)) or ()) == 3


async def test_an_event_nobody_can_read_is_counted_and_passed_over(hub: TopicHub) -> None:
    topic = await hub.open(TOPIC, lambda: Sum({}))
    await hub.bus.publish(TOPIC, b"\xc1")
    await say(hub, 7)
    assert (topic.position.offset, topic.snapshot().decoded()) == (2, {"a": 7})


async def test_signals_reach_the_replica_and_the_listeners(hub: TopicHub) -> None:
    topic = await hub.open(TOPIC, lambda: Sum({}))
    client = Client(topic)
    await hub.bus.signal(TOPIC, msgspec.msgpack.encode({"viewers": 3}))
    for receiver in flaky(hub).heard[TOPIC]:
        receiver.on_signal(TOPIC, msgspec.msgpack.encode({"viewers": 3}))
    assert client.told == ["reset", "signal"]
    assert topic.snapshot().decoded() == {"viewers": 3}


async def test_a_room_may_be_made_of_parts(hub: TopicHub) -> None:
    parts = RoomParts()
    made: list[str] = []

    def tips(channel_id: str) -> Sum:
        made.append(channel_id)
        return Sum({"tips": 1})

    parts.add("chat", lambda _channel_id: Sum({"chat": 1}))
    parts.add("tips", tips)
    with pytest.raises(ValueError):
        parts.add("tips", tips)
    topic = await hub.open(TOPIC, lambda: parts.build("0193"))
    await say(hub, 2)
    assert topic.snapshot().decoded() == {"chat": {"a": 2, "chat": 1}, "tips": {"a": 2, "tips": 1}}
    assert made == ["0193"]


async def _called(work: Callable[[], None]) -> None:
    """On the loop, as the bus does it."""
    work()


async def _until(wanted: Any) -> None:
    async with asyncio.timeout(10):
        while not wanted():
            await asyncio.sleep(0)

"""What every bus promises, on each kind."""

import asyncio
from functools import partial

import pytest

from infra.bus import EVENT_MAX_BYTES, Bus, Entry, Position
from tests.contract.conftest import Heard

TOPIC = "channel:0193"


async def test_offsets_count_from_one_within_an_epoch(bus: Bus) -> None:
    positions = [await bus.publish(TOPIC, b"%d" % number) for number in range(3)]
    assert [each.offset for each in positions] == [1, 2, 3]
    assert len({each.epoch for each in positions}) == 1


async def test_topics_count_for_themselves(bus: Bus) -> None:
    await bus.publish(TOPIC, b"a")
    assert (await bus.publish("channel:other", b"b")).offset == 1


async def test_receivers_hear_what_is_published_in_order(bus: Bus) -> None:
    heard = Heard()
    await bus.subscribe(TOPIC, heard)
    last = [await bus.publish(TOPIC, b"%d" % number) for number in range(20)][-1]
    await heard.until(lambda each: len(each.entries) == 20)
    assert heard.entries == [(TOPIC, last.epoch, Entry(number + 1, b"%d" % number)) for number in range(20)]


async def test_publications_at_once_get_different_offsets_and_are_heard_in_their_order(bus: Bus) -> None:
    heard = Heard()
    await bus.subscribe(TOPIC, heard)
    positions = await asyncio.gather(*(bus.publish(TOPIC, b"%d" % number) for number in range(100)))
    await heard.until(lambda each: len(each.entries) == 100)
    assert sorted(each.offset for each in positions) == list(range(1, 101))
    assert [entry.offset for _, _, entry in heard.entries] == list(range(1, 101))
    assert {position.offset: b"%d" % number for number, position in enumerate(positions)} == {
        entry.offset: entry.data for _, _, entry in heard.entries
    }


async def test_data_comes_as_it_was_given(bus: Bus) -> None:
    heard = Heard()
    await bus.subscribe(TOPIC, heard)
    everything = bytes(range(256)) + b" e x 1 \r\n"
    await bus.publish(TOPIC, everything)
    await bus.signal(TOPIC, everything)
    await heard.until(lambda each: each.entries and each.signals)
    assert heard.data == [everything]
    assert heard.signals == [(TOPIC, everything)]
    assert (await bus.history(TOPIC, None, 5)).entries == (Entry(1, everything),)


async def test_a_receiver_hears_its_topics_only_and_no_more_once_it_left(bus: Bus) -> None:
    one, other = Heard(), Heard()
    await bus.subscribe(TOPIC, one)
    await bus.subscribe(TOPIC, other)
    await bus.publish("channel:elsewhere", b"not for us")
    await bus.publish(TOPIC, b"for both")
    await other.until(lambda each: each.entries)
    await one.until(lambda each: each.entries)
    await bus.unsubscribe(TOPIC, one)
    await bus.publish(TOPIC, b"for the other")
    await other.until(lambda each: len(each.entries) == 2)
    assert one.data == [b"for both"]
    await bus.unsubscribe(TOPIC, other)
    await bus.unsubscribe(TOPIC, other)


async def test_who_comes_again_hears_again(bus: Bus) -> None:
    heard = Heard()
    for number in range(3):
        await bus.subscribe(TOPIC, heard)
        await bus.publish(TOPIC, b"%d" % number)
        await heard.until(partial(_has, number + 1))
        await bus.unsubscribe(TOPIC, heard)
    assert heard.data == [b"0", b"1", b"2"]


def _has(count: int, heard: Heard) -> bool:
    return len(heard.entries) == count


async def test_a_receiver_that_fails_does_not_keep_others_from_hearing(bus: Bus) -> None:
    class Failing(Heard):
        def on_entry(self, topic: str, epoch: str, entry: Entry) -> None:
            raise RuntimeError

    heard = Heard()
    await bus.subscribe(TOPIC, Failing())
    await bus.subscribe(TOPIC, heard)
    await bus.publish(TOPIC, b"a")
    await heard.until(lambda each: each.entries)


async def test_the_same_key_is_one_publication(bus: Bus) -> None:
    heard = Heard()
    await bus.subscribe(TOPIC, heard)
    first = await bus.publish(TOPIC, b"once", key="user:7:abc")
    again = await asyncio.gather(*(bus.publish(TOPIC, b"once", key="user:7:abc") for _ in range(10)))
    other = await bus.publish(TOPIC, b"other", key="user:7:abd")
    await heard.until(lambda each: len(each.entries) >= 2)
    assert set(again) == {first}
    assert other == Position(first.epoch, 2)
    assert heard.data == [b"once", b"other"]
    assert [each.data for each in (await bus.history(TOPIC, None, 5)).entries] == [b"once", b"other"]


async def test_a_key_holds_in_its_topic_only(bus: Bus) -> None:
    await bus.publish(TOPIC, b"a", key="k")
    await bus.publish("channel:other", b"b", key="k")
    assert [each.data for each in (await bus.history("channel:other", None, 5)).entries] == [b"b"]


async def test_history_gives_exactly_what_was_missed(bus: Bus) -> None:
    positions = [await bus.publish(TOPIC, b"%d" % number) for number in range(4)]
    history = await bus.history(TOPIC, positions[1], 10)
    assert history.complete
    assert history.position == positions[3]
    assert history.entries == (Entry(3, b"2"), Entry(4, b"3"))
    nothing = await bus.history(TOPIC, positions[3], 10)
    assert (nothing.complete, nothing.entries) == (True, ())


async def test_history_without_a_position_gives_the_last_ones(bus: Bus) -> None:
    for number in range(4):
        await bus.publish(TOPIC, b"%d" % number)
    history = await bus.history(TOPIC, None, 2)
    assert history.entries == (Entry(3, b"2"), Entry(4, b"3"))
    assert (await bus.history(TOPIC, None, 0)).entries == ()
    assert (await bus.history(TOPIC, None, 0)).position.offset == 4


async def test_an_empty_topic_has_a_position_that_lasts(bus: Bus) -> None:
    before = await bus.history(TOPIC, None, 10)
    assert (before.position.offset, before.entries, before.complete) == (0, (), True)
    first = await bus.publish(TOPIC, b"a")
    assert first.epoch == before.position.epoch
    assert (await bus.history(TOPIC, before.position, 10)).entries == (Entry(1, b"a"),)


async def test_history_is_never_a_part(bus: Bus) -> None:
    """Five are kept; what was missed is given whole or not at all."""
    positions = [await bus.publish(TOPIC, b"%d" % number) for number in range(8)]
    forgotten = await bus.history(TOPIC, positions[1], 10)
    assert (forgotten.complete, forgotten.entries, forgotten.position) == (False, (), positions[7])
    assert len((await bus.history(TOPIC, positions[2], 10)).entries) == 5
    too_many = await bus.history(TOPIC, positions[3], 3)
    assert (too_many.complete, too_many.entries) == (False, ())


async def test_a_position_of_another_epoch_or_ahead_is_not_recovered(bus: Bus) -> None:
    position = await bus.publish(TOPIC, b"a")
    for wrong in (Position("0000", 1), Position("0000", 0), Position(position.epoch, 2)):
        history = await bus.history(TOPIC, wrong, 10)
        assert (history.complete, history.entries, history.position) == (False, (), position)


async def test_signals_are_told_and_not_kept(bus: Bus) -> None:
    heard = Heard()
    await bus.subscribe(TOPIC, heard)
    await bus.signal(TOPIC, b"12 are here")
    await heard.until(lambda each: each.signals)
    assert heard.entries == []
    assert (await bus.history(TOPIC, None, 10)).position.offset == 0


@pytest.mark.parametrize(
    "topic", ["", "channel:", "Channel:1", "channel:{a}", "channel:a b", "a:b:c", "channel:1\n"]
)
async def test_what_is_no_topic_is_refused(bus: Bus, topic: str) -> None:
    with pytest.raises(ValueError):
        await bus.publish(topic, b"a")
    with pytest.raises(ValueError):
        await bus.subscribe(topic, Heard())
    with pytest.raises(ValueError):
        await bus.history(topic, None, 1)


async def test_events_and_keys_are_bounded(bus: Bus) -> None:
    with pytest.raises(ValueError):
        await bus.publish(TOPIC, bytes(EVENT_MAX_BYTES + 1))
    with pytest.raises(ValueError):
        await bus.signal(TOPIC, bytes(EVENT_MAX_BYTES + 1))
    for key in ("", "a b", "é", "k" * 201):
        with pytest.raises(ValueError):
            await bus.publish(TOPIC, b"a", key=key)
    assert (await bus.publish(TOPIC, bytes(EVENT_MAX_BYTES))).offset == 1

"""Joining, hearing, coming back: over real sockets, in both forms of the wire."""

import asyncio
from functools import partial

import pytest

from infra.bus import HISTORY_MAX_ENTRIES
from tests.signaling.gateway.client import EventClient
from tests.signaling.gateway.conftest import Stage
from tests.signaling.gateway.room import publish


async def test_the_first_message_is_the_welcome(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as client:
        welcome = client.messages[0]
    assert welcome["type"] == "welcome"
    assert (welcome["version"], welcome["user"]) == (1, None)
    assert welcome["ping_interval_ms"] == 25_000
    assert welcome["limits"]["message_bytes"] == 16_384


async def test_who_joins_gets_the_state_and_then_what_happens(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as ada, stage.client(format_) as bob:
        first = await ada.join()
        assert (first["offset"], first["recovered"], first["snapshot"]) == (0, False, {"lines": []})
        assert first["you"] == {"name": None}
        assert "events" not in first
        said = await ada.ask("say", room="stage", text="hello", key="1")
        assert said == {"type": "done", "id": 2, "result": {"id": 1}}
        joined = await bob.join()
        assert joined["snapshot"] == {"lines": [[1, "hello"]]}
        assert (joined["epoch"], joined["offset"]) == (first["epoch"], 1)
        await ada.ask("say", room="stage", text="again", key="2")
        event = {
            "type": "event",
            "room": "stage",
            "offset": 2,
            "data": {"type": "said", "id": 2, "text": "again"},
        }
        await bob.until(lambda each: event in each.messages)
        assert bob.of_type("event") == [event]
        assert [
            each["offset"]
            for each in await ada.until(lambda each: each.of_type("event")[1:] and each.of_type("event"))
        ] == [1, 2]


async def test_who_comes_back_gets_exactly_what_was_missed(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as ada:
        await ada.join()
        async with stage.client(format_) as bob:
            joined = await bob.join()
            await ada.ask("say", room="stage", text="one", key="1")
            await bob.until(lambda each: each.data())
        for number in range(2, 5):
            await ada.ask("say", room="stage", text=str(number), key=str(number))
        async with stage.client(format_) as bob:
            back = await bob.join(epoch=joined["epoch"], offset=1)
            assert (back["recovered"], back["offset"]) == (True, 4)
            assert "snapshot" not in back
            assert [each["offset"] for each in back["events"]] == [2, 3, 4]
            assert [each["data"]["text"] for each in back["events"]] == ["2", "3", "4"]
            assert all((each["type"], each["room"]) == ("event", "stage") for each in back["events"])
            nothing = await bob.join(epoch=joined["epoch"], offset=4)
            assert (nothing["recovered"], nothing["events"]) == (True, [])


async def test_what_cannot_be_recovered_is_a_fresh_snapshot(stage: Stage) -> None:
    async with stage.client() as ada:
        joined = await ada.join()
        for number in range(3):
            await publish(stage.bus, "channel:stage", {"type": "said", "id": number, "text": "x"})
        for epoch, offset in (("0000", 1), (joined["epoch"], 4)):
            back = await ada.join(epoch=epoch, offset=offset)
            assert back["recovered"] is False
            assert len(back["snapshot"]["lines"]) == 3
            assert "events" not in back


async def test_more_than_is_kept_is_a_fresh_snapshot(stage: Stage) -> None:
    async with stage.client() as ada:
        joined = await ada.join()
        await ada.ask("leave", room="stage")
        for number in range(HISTORY_MAX_ENTRIES + 1):
            await publish(stage.bus, "channel:stage", {"type": "said", "id": number, "text": "x"})
        assert (await ada.join(epoch=joined["epoch"], offset=0))["recovered"] is False
        assert (await ada.join(epoch=joined["epoch"], offset=1))["recovered"] is True


async def test_who_joins_amid_a_storm_misses_nothing_and_hears_nothing_twice(
    stage: Stage, format_: str
) -> None:
    async def storm() -> None:
        for number in range(600):
            await publish(stage.bus, "channel:stage", {"type": "said", "id": number, "text": "x"})
            if number % 7 == 0:
                await asyncio.sleep(0)

    async with stage.client(format_) as ada:
        await ada.join()
        storming = asyncio.create_task(storm())
        known: list[set[int]] = []
        for _ in range(10):
            async with stage.client(format_) as bob:
                joined = await bob.join()
                if joined["offset"] < 600:
                    await bob.until(partial(_has_heard, min(600 - joined["offset"], 50)))
                offsets = [each["offset"] for each in bob.of_type("event")]
                assert offsets == list(range(joined["offset"] + 1, joined["offset"] + 1 + len(offsets)))
                known.append(
                    {line[0] for line in joined["snapshot"]["lines"]} | {each["id"] for each in bob.data()}
                )
        await storming
        await ada.until(lambda each: len(each.data()) == 600)
        assert [each["offset"] for each in ada.of_type("event")] == list(range(1, 601))
    for ids in known:
        assert ids == set(range(len(ids)))


def _has_heard(count: int, client: EventClient) -> bool:
    return len(client.data()) >= count


async def test_joining_again_keeps_one_place(stage: Stage) -> None:
    async with stage.client() as ada:
        joined = await ada.join()
        await ada.join(epoch=joined["epoch"], offset=joined["offset"])
        assert len(stage.directory.seated) == 1
        await ada.ask("say", room="stage", text="once", key="1")
        await ada.ask("wave", room="stage")
        assert len(ada.of_type("event")) == 1


async def test_who_left_hears_nothing_and_may_say_nothing(stage: Stage) -> None:
    async with stage.client() as ada, stage.client() as bob:
        await ada.join()
        await bob.join()
        assert await bob.ask("leave", room="stage") == {"type": "done", "id": 2}
        assert [each.caller.connection for each in stage.directory.seated] != []
        assert len(stage.directory.seated) == 1
        await ada.ask("say", room="stage", text="are you there?", key="1")
        refused = await bob.ask("say", room="stage", text="no", key="2")
        assert (refused["type"], refused["code"]) == ("error", "not_joined")
        assert bob.of_type("event") == []
        assert (await bob.ask("leave", room="stage"))["type"] == "done"


async def test_rooms_do_not_mix(stage: Stage) -> None:
    async with stage.client() as ada:
        await ada.join("stage")
        await ada.join("hall")
        await ada.ask("say", room="hall", text="in the hall", key="1")
        await ada.until(lambda each: each.data("hall"))
        assert ada.data("stage") == []


async def test_signals_come_without_a_number(stage: Stage, format_: str) -> None:
    headers = {"Authorization": "Bearer ada"}
    async with stage.client(format_, headers=headers) as ada, stage.client(format_) as bob:
        await ada.join()
        await bob.join()
        assert (await ada.ask("wave", room="stage"))["type"] == "done"
        signal = (await bob.until(lambda each: each.of_type("signal")))[0]
        assert signal == {"type": "signal", "room": "stage", "data": {"type": "waved"}}


async def test_rooms_that_cannot_be_joined_say_why(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as client:
        moved = await client.ask("join", room="former")
        assert (moved["code"], moved["name"]) == ("moved", "stage")
        assert (await client.ask("join", room="nowhere"))["code"] == "no_such_room"
        assert (await client.ask("join", room="me"))["code"] == "not_signed_in"
        assert (await client.ask("join", room="backstage"))["code"] == "not_allowed"
        stage.table.fails = True
        assert (await client.ask("join", room="stage"))["code"] == "storage_unavailable"
        stage.table.fails = False
        assert (await client.ask("join", room="stage"))["type"] == "joined"


async def test_a_connection_is_in_a_bounded_number_of_rooms(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.gateway.rooms.MAX_ROOMS", 1)
    async with stage.client() as client:
        await client.join("stage")
        assert (await client.ask("join", room="hall"))["code"] == "too_many_rooms"
        await client.join("stage")


async def test_events_that_come_together_leave_in_few_frames(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as ada:
        await ada.join()
        frames = ada.frames
        for number in range(100):
            await publish(stage.bus, "channel:stage", {"type": "said", "id": number, "text": "x"})
        await ada.until(lambda each: len(each.data()) == 100)
        assert ada.frames - frames <= 3
        assert [each["offset"] for each in ada.of_type("event")] == list(range(1, 101))


async def test_a_state_that_cannot_take_an_event_is_loaded_anew(stage: Stage) -> None:
    async with stage.client() as ada:
        await ada.join()
        stage.table.add("channel:stage", "k", "stored")
        await publish(stage.bus, "channel:stage", {"type": "broken"})
        reset = (await ada.until(lambda each: each.of_type("reset")))[0]
        assert (reset["room"], reset["offset"], reset["snapshot"]) == ("stage", 1, {"lines": [[1, "stored"]]})
        await ada.ask("say", room="stage", text="on we go", key="2")
        await ada.until(lambda each: each.of_type("event")[-1]["offset"] == 2)


async def test_topics_nobody_is_in_are_let_go(stage: Stage) -> None:
    async with stage.client() as ada:
        await ada.join()
        assert len(stage.hub) == 1
    await stage.gateway.gateway.look_once()
    stage.hub._linger_s = 0.0
    await stage.hub.sweep()
    assert len(stage.hub) == 0
    assert stage.directory.seated == []
    async with stage.client() as ada:
        assert (await ada.join())["snapshot"] == {"lines": []}

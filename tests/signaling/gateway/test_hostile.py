"""Clients that mean harm, or are broken: what they send never hurts anyone but themselves."""

import asyncio
import contextlib
import json
from functools import partial
from itertools import count

import msgpack  # type: ignore[import-untyped]
import pytest

from signaling.gateway.protocol import COMMANDS_AT_ONCE, MESSAGE_MAX_BYTES, OUTBOX_MAX_BYTES, REFUSALS_AT_ONCE
from tests.polling import eventually
from tests.signaling.gateway.client import EventClient
from tests.signaling.gateway.conftest import Stage, staging
from tests.signaling.gateway.raw import RawClient, masked
from tests.signaling.gateway.room import publish

NESTED_JSON = b'{"x":' * 3_000
NESTED_MSGPACK = b"\x81\xa1x" * 5_000


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (masked(b"{"), 4500),
        (masked(b""), 4500),
        (masked(b"\x00"), 4500),
        (masked(NESTED_JSON), 4500),
        (masked(b'{"type":' * 2_000), 4500),
        (masked(b'{"type":' + b"[" * 10_000), 4500),
        (masked(b"\x81", 0x2), 4500),
        (masked(b"\xff\xfe"), 1007),
        (masked(b'{"type":"\xed\xa0\x80"}'), 1007),
        (masked(b" " * (MESSAGE_MAX_BYTES + 1)), 1009),
        (masked(b" " * 70_000), 1009),
        (masked(b" " * 9_000, final=False) + masked(b" " * 9_000, 0x0), 1009),
        (masked(b"", final=False) + masked(b"", 0x0, final=False) * 1_000, 1009),
        (masked(b"", 0xA) * 1_000, 4502),
        (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 1009),
        (b"\x81\x02{}", 1002),
        (b"\xc1\x80\x00\x00\x00\x00", 1002),
        (masked(b"", 0x3), 1002),
        (masked(b"", 0xB), 1002),
        (masked(b"x" * 126, 0x9), 1002),
        (masked(b"", 0x9, final=False), 1002),
        (masked(b"", 0x0), 1002),
        (masked(b"{", final=False) + masked(b"}"), 1002),
    ],
    ids=count(),  # masks are random, and so would be the names
)
async def test_what_is_no_message_closes_the_connection(stage: Stage, sent: bytes, code: int) -> None:
    async with RawClient.connected(stage.url) as client, stage.client() as other:
        await other.join()
        client.writer.write(sent)
        assert await client.close_code() == code
        client.send(code.to_bytes(2, "big"), 0x8)
        assert await client.ended()
        assert (await other.ask("say", room="stage", text="still here", key="1"))["type"] == "done"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\xc1",
        NESTED_MSGPACK,
        b"\x81\xa4type",
        b"\x81\xa4type\xa1\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\x80\x80",
    ],
)
async def test_what_is_no_msgpack_closes_the_connection(stage: Stage, sent: bytes) -> None:
    async with RawClient.connected(stage.url, "harmonie.msgpack") as client:
        client.send(sent, 0x2)
        assert await client.close_code() == 4500
        client.writer.close()


@pytest.mark.parametrize(
    ("command", "code", "names"),
    [
        ([], "malformed", "map"),
        (1, "malformed", "map"),
        ({}, "malformed", "type"),
        ({"type": 7, "id": 1}, "malformed", "type"),
        ({"type": "fly", "id": 1}, "unknown_command", "fly"),
        ({"type": "join"}, "malformed", "id"),
        ({"type": "join", "id": 1}, "malformed", "room"),
        ({"type": "join", "id": -1, "room": "stage"}, "malformed", "id"),
        ({"type": "join", "id": 1.5, "room": "stage"}, "malformed", "id"),
        ({"type": "join", "id": True, "room": "stage"}, "malformed", "id"),
        ({"type": "join", "id": 1, "room": ""}, "malformed", "room"),
        ({"type": "join", "id": 1, "room": "x" * 200}, "malformed", "room"),
        ({"type": "join", "id": 1, "room": ["stage"]}, "malformed", "room"),
        ({"type": "join", "id": 1, "room": "stage", "offset": -1}, "malformed", "offset"),
        ({"type": "join", "id": 1, "room": "stage", "offset": 2**60, "epoch": "x"}, "malformed", "offset"),
        ({"type": "join", "id": 1, "room": "stage", "colour": "red"}, "malformed", "colour"),
        ({"type": "join", "id": 1, "room": "stage", "x": [[[[[[[[]]]]]]]]}, "malformed", "x"),
        ({"type": "say", "id": 1, "room": "stage", "key": "k"}, "malformed", "text"),
        ({"type": "say", "id": 1, "room": "stage", "key": "k", "text": 5}, "malformed", "text"),
        (
            {"type": "say", "id": 1, "room": "stage", "key": "k", "text": "x", "as": "admin"},
            "malformed",
            "as",
        ),
        ({"type": "say", "id": 1, "room": "stage", "key": "k", "text": "x"}, "not_joined", "stage"),
        ({"type": "authenticate", "id": 1, "token": {}}, "malformed", "token"),
        ({"type": "__class__", "id": 1}, "unknown_command", "__class__"),
    ],
)
async def test_a_command_that_is_wrong_is_told_what(
    stage: Stage, format_: str, command: object, code: str, names: str
) -> None:
    async with stage.client(format_) as client:
        client.number_from(100)
        await client.send(command)
        error = (await client.until(lambda each: each.of_type("error")))[0]
        assert error["code"] == code
        assert names in error["detail"]
        id_ = command.get("id") if isinstance(command, dict) else None
        assert error.get("id") == (id_ if type(id_) is int and id_ >= 0 else None)
        await client.join()


async def test_a_lone_surrogate_is_no_text(stage: Stage) -> None:
    async with stage.client() as client:
        await client.join()
        await client.socket.send_str('{"type":"say","id":9,"room":"stage","key":"k","text":"\\ud800"}')
        error = await client.until(lambda each: each.close_code or each.of_type("error"))
        assert error
        assert stage.table.lines("channel:stage") == {}


async def test_a_handler_that_fails_tells_nothing_of_why(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as client:
        await client.join()
        error = await client.ask("fail", room="stage")
        assert (error["type"], error["code"]) == ("error", "internal")
        assert "sesame" not in json.dumps(client.messages)
        refused = await client.ask("refuse", room="stage")
        assert (refused["code"], refused["detail"], refused["retry_after_ms"]) == (
            "too_quick",
            "Wait a little",
            3_000,
        )


async def test_commands_are_carried_out_in_order(stage: Stage, format_: str) -> None:
    async with stage.client(format_) as client:
        await client.join()
        for number in range(20):
            await client.send(
                {"type": "say", "id": 100 + number, "room": "stage", "text": str(number), "key": str(number)}
            )
        await client.answer(119)
        assert [each["id"] for each in client.of_type("done")] == list(range(100, 120))
        assert list(stage.table.lines("channel:stage").values()) == [str(each) for each in range(20)]


async def test_who_sends_too_much_is_told_to_slow_down(stage: Stage) -> None:
    async with stage.client() as client:
        for number in range(COMMANDS_AT_ONCE + 5):
            await client.send({"type": "leave", "id": number, "room": "stage"})
        await client.answer(COMMANDS_AT_ONCE + 4)
        refused = client.of_type("error")
        assert refused
        assert {each["code"] for each in refused} == {"rate_limited"}
        assert all(0 < each["retry_after_ms"] <= 1_000 for each in refused)
        assert client.close_code is None


async def test_who_does_not_slow_down_is_cut(stage: Stage) -> None:
    async with RawClient.connected(stage.url) as client, stage.client() as other:
        await other.join()
        flood = masked(b'{"type":"leave","id":1,"room":"stage"}') * (
            COMMANDS_AT_ONCE + REFUSALS_AT_ONCE + 200
        )
        client.writer.write(flood)
        assert await client.close_code() == 4502
        assert (await other.ask("say", room="stage", text="calm", key="1"))["type"] == "done"
        assert stage.gateway.stats.floods_cut == 1


async def test_a_flood_of_pings_is_not_answered_for_ever(stage: Stage) -> None:
    async with RawClient.connected(stage.url) as client:
        client.writer.write(masked(b"hello", 0x9) * 500)
        pongs = 0
        while (frame := await client.frame())[0] == 0xA:
            pongs += 1
        assert 0 < pongs <= COMMANDS_AT_ONCE + 1
        assert frame == (0x8, (4502).to_bytes(2, "big") + b"flooding")


async def test_one_person_is_limited_over_all_connections(stage: Stage) -> None:
    async with contextlib.AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(stage.client(headers={"Authorization": "Bearer ada"}))
            for _ in range(15)
        ]
        for client in opened:
            for number in range(25):
                await client.send({"type": "leave", "id": number, "room": "stage"})
        for client in opened:
            await client.answer(24)
        refused = [each for client in opened for each in client.of_type("error")]
        assert {each["code"] for each in refused} == {"rate_limited"}
        assert 15 * 25 - len(refused) <= 310


async def test_a_client_pings_and_is_answered(stage: Stage) -> None:
    async with RawClient.connected(stage.url) as client:
        client.send(b"are you there?", 0x9)
        assert await client.frame() == (0xA, b"are you there?")
        client.send(b'{"type":"lea', final=False)
        client.send(b"", 0x9)
        client.send(b've","id":7,"room":"stage"}', 0x0)
        assert await client.frame() == (0xA, b"")
        assert json.loads((await client.frame())[1]) == [{"type": "done", "id": 7}]


async def test_a_goodbye_is_answered_and_ends_the_connection(stage: Stage) -> None:
    for sent, answered in ((b"\x03\xe9", 1001), (b"", 1000), (b"\x0f\xa0bye", 4000), (b"\x03\xed", 1000)):
        async with RawClient.connected(stage.url) as client:
            client.send(sent, 0x8)
            assert await client.frame() == (0x8, answered.to_bytes(2, "big"))
            assert await client.ended()


async def test_a_client_that_reads_nothing_is_cut_and_the_others_are_not(stage: Stage) -> None:
    async with RawClient.connected(stage.url) as slow, stage.client() as quick:
        slow.send(b'{"type":"join","id":1,"room":"stage"}')
        await slow.frame()
        slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await quick.join()
        text = "x" * 30_000
        sent = 0
        while not stage.gateway.stats.outbox_overflows:
            await publish(stage.bus, "channel:stage", {"type": "said", "id": sent, "text": text})
            sent += 1
            await quick.until(partial(_heard, sent))
            assert sent * len(text) < 64 * OUTBOX_MAX_BYTES
        assert len(stage.directory.seated) == 1
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        # What was written before is still read, and then why it ended.
        assert await slow.close_code() == 4001


def _heard(count: int, client: EventClient) -> bool:
    return len(client.data()) == count


async def test_a_silent_connection_is_cut() -> None:
    async with (
        staging(ping_interval_s=0.2, pong_within_s=1.0) as stage,
        RawClient.connected(stage.url) as silent,
        stage.client() as lively,
    ):
        assert (await silent.frame())[0] == 0x9
        assert await silent.close_code() == 4002
        await lively.join()
        assert lively.close_code is None
        assert stage.gateway.stats.silent_cut == 1


async def test_a_pong_is_a_sign_of_life() -> None:
    async with (
        staging(ping_interval_s=0.1, pong_within_s=3.0) as stage,
        RawClient.connected(stage.url) as client,
    ):
        for _ in range(5):
            assert (await client.frame())[0] == 0x9
            client.send(b"", 0xA)
        assert stage.gateway.stats.silent_cut == 0


async def test_a_connection_that_vanishes_leaves_its_rooms(stage: Stage) -> None:
    async with stage.client() as client:
        await client.join()
        await client.join("hall")
        client.cut()
        await eventually(lambda: not stage.directory.seated)
    assert stage.gateway.stats.memberships == 0
    assert len(stage.gateway.gateway) == 0


async def test_a_server_that_stops_tells_everyone_to_come_back() -> None:
    async with staging() as stage, contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(stage.client()) for _ in range(20)]
        for each in clients:
            await each.join()
        await stage.gateway.gateway.close_all()
        assert [await each.closed() for each in clients] == [4000] * 20


async def test_a_server_that_stops_does_not_wait_for_who_does_not_answer() -> None:
    async with staging() as stage, RawClient.connected(stage.url) as client:
        async with asyncio.timeout(5):
            await stage.gateway.gateway.close_all()
        assert await client.close_code() == 4000


async def test_messages_in_msgpack_are_what_any_library_reads(stage: Stage) -> None:
    async with RawClient.connected(stage.url, "harmonie.msgpack") as client:
        client.send(msgpack.packb({"type": "join", "id": 2**40, "room": "stage"}), 0x2)
        opcode, payload = await client.frame()
        assert opcode == 0x2
        (joined,) = msgpack.unpackb(payload, strict_map_key=True)
        assert (joined["type"], joined["id"]) == ("joined", 2**40)

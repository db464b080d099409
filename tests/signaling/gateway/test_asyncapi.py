"""The document of the event socket: made of the types the wire is made of, with every command in it."""

import json
from typing import Any

import aiohttp
import msgspec
import pytest

from infra.command import Command, CommandBody, RoomEvent, RoomSnapshot
from signaling.gateway.asyncapi import document
from signaling.gateway.messages import GATEWAY_COMMANDS, SERVER_MESSAGES
from signaling.gateway.protocol import CloseCode
from tests.signaling.gateway.conftest import Stage
from tests.signaling.gateway.room import DECLARED, SAY


class Spoken(msgspec.Struct, tag="said", tag_field="type"):
    text: str


class State(msgspec.Struct):
    lines: list[str]


def made() -> dict[str, Any]:
    said = RoomEvent(name="said", summary="Somebody spoke", data=Spoken)
    chat = RoomSnapshot(name="chat", summary="The last lines", snapshot=State, you=State)
    whole: dict[str, Any] = json.loads(msgspec.json.encode(document(DECLARED, [said], [chat], "1.2.3")))
    return whole


def test_every_command_and_every_message_is_in_it() -> None:
    whole = made()
    said = {each["$ref"].rpartition("/")[2] for each in whole["operations"]["command"]["messages"]}
    assert said == {*GATEWAY_COMMANDS, *(each.name for each in DECLARED)}
    told = {each["$ref"].rpartition("/")[2] for each in whole["operations"]["tell"]["messages"]}
    assert told == {str(each.__struct_config__.tag) for each in SERVER_MESSAGES}


def test_a_command_says_what_it_takes_gives_and_refuses() -> None:
    say = made()["components"]["messages"]["say"]
    assert say["summary"] == SAY.summary
    assert {"malformed", "not_joined", "rate_limited", "bus_unavailable"} <= say["x-errors"].keys()
    schemas = made()["components"]["schemas"]
    schema = schemas[say["payload"]["$ref"].rpartition("/")[2]]
    assert set(schema["required"]) == {"type", "id", "room", "text", "key"}
    assert schema["properties"]["type"] == {"const": "say"}
    assert schema["additionalProperties"] is False
    assert schemas[say["x-result"]["$ref"].rpartition("/")[2]]["properties"]["id"] == {"type": "integer"}
    wave = made()["components"]["messages"]["wave"]
    assert "API keys with `chat:write`" in wave["x-access"]
    assert "not_signed_in" in wave["x-errors"]


def test_events_snapshots_and_close_codes_are_in_it() -> None:
    whole = made()
    assert whole["x-room-events"][0]["type"] == "said"
    assert whole["x-room-snapshots"][0]["name"] == "chat"
    assert {int(code) for code in whole["x-close-codes"]} == set(CloseCode)
    assert whole["x-close-codes"]["4001"] == {"name": "too_slow", "comeBack": True}
    assert whole["x-close-codes"]["4502"]["comeBack"] is False


def test_every_reference_leads_somewhere() -> None:
    whole = made()

    def follow(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(reference := value.get("$ref"), str):
                found = whole
                for step in reference.removeprefix("#/").split("/"):
                    found = found[step]
            for each in value.values():
                follow(each)
        elif isinstance(value, list):
            for each in value:
                follow(each)

    follow(whole)


def test_declarations_that_contradict_themselves_are_refused() -> None:
    class Roomy(CommandBody, frozen=True):
        room: str

    class Loose(msgspec.Struct):
        text: str

    with pytest.raises(ValueError):
        Command(name="say", summary="x", body=Roomy)
    with pytest.raises(TypeError):
        Command(name="say", summary="x", body=Loose)
    for name in ("join", "Say", "say-it", ""):
        with pytest.raises(ValueError):
            Command(name=name, summary="x")
    with pytest.raises(ValueError):
        RoomEvent(name="other", summary="x", data=Spoken)


async def test_it_is_served(stage: Stage) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"{stage.url}/api/asyncapi.json") as answer:
        assert answer.status == 200
        whole = await answer.json()
        assert whole["asyncapi"] == "3.0.0"
        assert "say" in whole["components"]["messages"]
        async with http.get(
            f"{stage.url}/api/asyncapi.json", headers={"If-None-Match": answer.headers["ETag"]}
        ) as again:
            assert again.status == 304

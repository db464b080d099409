"""The document and the page made of declarations."""

import json
import re
from typing import Annotated, Any

import msgspec
import pytest

from infra.api_page import render
from infra.endpoint import Endpoint, RequestType
from infra.endpoints import CHANNEL_KEY, CHANNEL_OWNER, PUBLIC, SIGNED_IN, STEP_UP, Page, PageQuery
from infra.errors import DomainError
from infra.openapi import document


class SongSearch(PageQuery, frozen=True):
    text: Annotated[str, msgspec.Meta(description="Words to look for.")] | None = None
    tags: list[str] = msgspec.field(default_factory=list)


class Song(RequestType, frozen=True):
    """A song, as ``<b>artists</b>`` write it."""

    title: Annotated[str, msgspec.Meta(max_length=20, examples=["So What"])]


class SongTaken(DomainError):
    """There is such a song."""

    status = 409
    title = "The song exists"


LIST = Endpoint(
    method="GET", path="/api/v1/songs", summary="List songs", tag="Songs", access=PUBLIC, query=SongSearch,
    answer=Page[Song], etag=True,
)  # fmt: skip
ADD = Endpoint(
    method="POST", path="/api/v1/songs", summary="Add a song", tag="Songs", access=SIGNED_IN.scoped("songs:write"),
    body=Song, answer=Song, status=201, errors=(SongTaken,), limit="change",
)  # fmt: skip
ROTATE = Endpoint(
    method="POST", path="/api/v1/channels/{channel}/stream-key", summary="Rotate", tag="Channels",
    access=CHANNEL_OWNER.stepped_up(), parts={"channel": "Its name."},
)  # fmt: skip
EITHER = Endpoint(
    method="PATCH", path="/api/v1/channels/{channel}", summary="Rename", tag="Channels",
    access=CHANNEL_OWNER | CHANNEL_KEY, body=Song, answer=Song, also={202: Song},
)  # fmt: skip
EVENTS = Endpoint(
    method="GET", path="/api/v1/events", summary="Follow", tag="Songs", access=PUBLIC, events={"song": Song}
)
ENDPOINTS = (LIST, ADD, ROTATE, EITHER, EVENTS)


@pytest.fixture
def made() -> dict[str, Any]:
    return document(ENDPOINTS, "1.2.3")


def operation(made: dict[str, Any], endpoint: Any) -> Any:
    return made["paths"][endpoint.path][endpoint.method.lower()]


def test_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(made)))
    assert names == set(made["components"]["schemas"])
    assert {"Problem", "Song"} < names


def test_every_operation_has_an_id_of_its_own(made: dict[str, Any]) -> None:
    ids = [each["operationId"] for item in made["paths"].values() for each in item.values()]
    assert len(set(ids)) == len(ENDPOINTS)


def test_who_may_call_is_told_to_programs_and_people(made: dict[str, Any]) -> None:
    assert operation(made, LIST)["security"] == []
    assert operation(made, ADD)["security"] == [{"accessToken": []}, {"apiKey": ["songs:write"]}]
    assert operation(made, ROTATE)["security"] == [{"accessToken": []}]
    assert operation(made, EITHER)["security"] == [{"accessToken": []}, {"streamKey": []}]
    assert operation(made, ROTATE)["x-access"] == "the owner of the channel, after step-up"
    assert set(made["components"]["securitySchemes"]) == {"accessToken", "apiKey", "streamKey"}


def test_credentials_nobody_asks_for_are_not_mentioned() -> None:
    assert document([LIST], "0")["components"]["securitySchemes"] == {}


def test_what_an_endpoint_takes_says_how_it_may_be_refused(made: dict[str, Any]) -> None:
    def statuses(endpoint: Any) -> set[str]:
        return set(operation(made, endpoint)["responses"])

    assert statuses(LIST) == {"200", "304", "422", "429"}
    assert statuses(ADD) == {"201", "400", "401", "403", "408", "409", "413", "415", "422", "429"}
    assert statuses(ROTATE) == {"204", "401", "403", "429"}
    assert statuses(EITHER) >= {"200", "202"}


def test_errors_of_one_status_are_told_apart_by_example(made: dict[str, Any]) -> None:
    content = operation(made, ROTATE)["responses"]["401"]["content"]["application/problem+json"]
    assert set(content["examples"]) == {"not-signed-in", "step-up-needed"}
    assert content["examples"]["step-up-needed"]["value"]["type"] == "urn:harmonie:problem:step-up-needed"


def test_a_query_is_described_by_its_parameters(made: dict[str, Any]) -> None:
    parameters = {each["name"]: each for each in operation(made, LIST)["parameters"] if each["in"] == "query"}
    assert set(parameters) == {"cursor", "limit", "text", "tags"}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert parameters["text"] == {
        "name": "text",
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": "Words to look for.",
    }
    assert parameters["tags"]["schema"]["type"] == "array"


def test_bodies_carry_their_bounds_and_examples(made: dict[str, Any]) -> None:
    assert operation(made, ADD)["requestBody"]["required"] is True
    song = made["components"]["schemas"]["Song"]
    assert song["properties"]["title"] == {"type": "string", "maxLength": 20, "examples": ["So What"]}
    assert song["additionalProperties"] is False
    assert "``" not in json.dumps(made)


def test_an_event_stream_says_what_its_events_are(made: dict[str, Any]) -> None:
    content = operation(made, EVENTS)["responses"]["200"]["content"]["text/event-stream"]
    assert content["x-events"] == {"song": {"$ref": "#/components/schemas/Song"}}


def test_an_error_cannot_have_the_status_of_an_answer() -> None:
    class SongFine(DomainError):
        status = 201

    contradicting = Endpoint(
        method="POST", path="/api/v1/x", summary="", tag="", access=STEP_UP, answer=Song, status=201,
        errors=(SongFine,),
    )  # fmt: skip
    with pytest.raises(ValueError, match="SongFine"):
        document([contradicting], "0")


def test_the_page_shows_every_endpoint_and_type(made: dict[str, Any]) -> None:
    page = render(made, style_url="/s.css", document_url="/d.json")
    for endpoint in ENDPOINTS:
        assert f'<article id="{operation(made, endpoint)["operationId"]}">' in page
    for name in made["components"]["schemas"]:
        assert f'<article id="type-{name}">' in page
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))


def test_the_page_obeys_the_policy_of_pages_and_escapes_what_it_is_told(made: dict[str, Any]) -> None:
    page = render(made, style_url="/s.css", document_url="/d.json")
    assert "<script" not in page
    assert "style=" not in page
    assert "<style" not in page
    assert "//" not in page
    assert "<b>" not in page

"""Bodies and queries: what is taken, and how what is not taken is told."""

from typing import Annotated

import msgspec
import pytest

from infra.decoding import BodyDecoder, QueryDecoder, is_nested_deeper
from infra.endpoint import RequestType
from infra.request_errors import BodyInvalid, BodyMalformed, QueryInvalid


class Link(RequestType, frozen=True):
    url: str


class Profile(RequestType, frozen=True):
    name: Annotated[str, msgspec.Meta(max_length=3)]
    links: list[Link] = msgspec.field(default_factory=list)


class Search(RequestType, frozen=True):
    text: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    live: bool = False
    tags: list[str] = msgspec.field(default_factory=list)


def test_a_body_that_fits() -> None:
    body = BodyDecoder(Profile).decode(b'{"name": "abc", "links": [{"url": "x"}]}')
    assert body == Profile("abc", [Link("x")])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"name": 5}', "name: expected `str`"),
        (b'{"name": "abcd"}', "name: expected `str` of length <= 3"),
        (b'{"name": "a", "links": [{"url": 5}]}', "links[0].url: expected `str`"),
        (b'{"name": "a", "extra": 5}', "extra"),
        (b'{"name": "a", "links": [{"url": "", "rel": 1}]}', "links[0]: "),
        (b"{}", "name"),
        (b"[]", "the body: expected `object`"),
        (b'{"name": "a", "name": 5}', "name: "),
    ],
)
def test_other_json_is_told_by_the_field(body: bytes, told: str) -> None:
    with pytest.raises(BodyInvalid) as caught:
        BodyDecoder(Profile).decode(body)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"name=a", b'{"name": "a"} x']
)
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    with pytest.raises(BodyMalformed):
        BodyDecoder(Profile).decode(body)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(BodyMalformed):
        BodyDecoder(dict[str, object]).decode(b'{"a":' * 30_000)


def test_a_query_that_fits() -> None:
    pairs = [("text", "blue"), ("limit", "5"), ("live", "true"), ("tags", "a"), ("tags", "b")]
    assert QueryDecoder(Search).decode(pairs) == Search("blue", 5, True, ["a", "b"])
    assert QueryDecoder(Search).decode([]) == Search()


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([("limit", "many")], "limit: expected `int`"),
        ([("limit", "0")], "limit: "),
        ([("limit", "5"), ("limit", "6")], "`limit` is given twice"),
        ([("limt", "5")], "no parameter `limt`"),
        ([("live", "maybe")], "live: "),
    ],
)
def test_another_query_is_told_by_the_parameter(pairs: list[tuple[str, str]], told: str) -> None:
    with pytest.raises(QueryInvalid) as caught:
        QueryDecoder(Search).decode(pairs)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("body", "deeper"),
    [
        (b"[" * 64 + b"]" * 64, False),
        (b"[" * 65, True),
        (b'{"a":' * 65, True),
        (b"[]" * 100, False),
        (b'"' + b"[" * 100 + b'"', False),
        (b'"\\"' + b"[" * 100 + b'"', False),
        (b'"\\\\"' + b"[" * 100, True),
        (b'"' + b"[" * 100, False),
        (b'[" ]]] "' * 65, True),
        (b'["' + b'\\"' * 30_000 + b"[" * 100, False),
    ],
)
def test_nesting_is_counted_outside_of_strings(body: bytes, deeper: bool) -> None:
    assert is_nested_deeper(body, 64) is deeper

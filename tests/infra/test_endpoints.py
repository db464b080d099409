"""Declared endpoints over real HTTP: access, decoding, rendering, limits, in that order."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from infra.access import Access
from infra.authorizer import ChannelKeyAuthorizer
from infra.client_address import parse_networks
from infra.clients import Clients
from infra.endpoints import (
    ADMIN,
    CHANNEL_KEY,
    PUBLIC,
    SIGNED_IN,
    Answer,
    Call,
    Cookie,
    Endpoint,
    Page,
    PageQuery,
    Registry,
    RequestType,
    add_endpoint,
    setup_endpoints,
)
from infra.errors import DomainError
from infra.rate_limiting import RateLimiter, general_limit
from infra.rate_limits import LIMITS
from infra.request_errors import NotAllowed, NotSignedIn
from server.middlewares import access_log, problems

Client = TestClient[web.Request, web.Application]
PATH = "/api/v1/songs"


class Song(RequestType, frozen=True):
    title: Annotated[str, msgspec.Meta(max_length=20)]


class SongView(msgspec.Struct, frozen=True):
    title: str
    by: str | None = None


class Loose(msgspec.Struct):
    title: str


class KeyWrong(DomainError):
    status = 403


LIST = Endpoint(
    method="GET",
    path=PATH,
    summary="List",
    tag="Songs",
    access=PUBLIC,
    query=PageQuery,
    answer=Page[SongView],
    etag=True,
    cache="no-cache",
)
ADD = Endpoint(
    method="POST",
    path=PATH,
    summary="Add",
    tag="Songs",
    access=SIGNED_IN,
    body=Song,
    answer=SongView,
    status=201,
    limit="change",
)
REMOVE = Endpoint(method="DELETE", path=PATH, summary="Remove", tag="Songs", access=ADMIN)
PICTURE = Endpoint(
    method="PUT",
    path="/api/v1/channels/{channel}/picture",
    summary="Picture",
    tag="Songs",
    access=CHANNEL_KEY,
    body=bytes,
    body_types=("image/png", "image/jpeg"),
    body_max_bytes=1_000,
    answer=SongView,
    also={202: SongView},
)


class Door:
    """An authorizer that believes what the request says; and one clock for the limits."""

    now = 0.0

    async def authorize(self, request: web.Request, access: Access, /) -> str | None:
        who = request.headers.get("X-Who")
        if access.is_public:
            return who
        if who is None:
            raise NotSignedIn
        if access == ADMIN and who != "user:admin":
            raise NotAllowed
        return who


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def client(door: Door) -> AsyncIterator[Client]:
    few = {**LIMITS, "api": replace(LIMITS["api"], quota=50), "change": replace(LIMITS["change"], quota=2)}
    limiter = RateLimiter(few, monotonic=lambda: door.now)
    proxies = parse_networks(["127.0.0.1"])
    app = web.Application(middlewares=[access_log(proxies), problems, general_limit(limiter)])
    setup_endpoints(app, clients=Clients(proxies), limiter=limiter, authorizer=door)

    async def list_songs(call: Call[None, PageQuery]) -> Page[SongView]:
        after = call.query.after(int) or 0
        numbers = range(after + 1, min(after + 1 + call.query.limit + 1, 8))
        return Page.of(numbers, call.query.limit, key=int, view=lambda each: SongView(str(each)))

    async def add_song(call: Call[Song]) -> SongView:
        return SongView(call.body.title, call.subject)

    async def remove(call: Call) -> Answer:
        old = Cookie(name="sid", value="", path="/api/v1/session", max_age_s=0, secure=True)
        return Answer(headers={"Clear-Site-Data": '"cache"'}, cookies=[old])

    async def picture(call: Call[bytes]) -> Answer:
        return Answer(SongView(str(len(call.body))), status=202)

    add_endpoint(app, LIST, list_songs)
    add_endpoint(app, ADD, add_song)
    add_endpoint(app, REMOVE, remove)
    add_endpoint(app, PICTURE, picture)
    async with asyncio.timeout(30), TestClient(TestServer(app)) as client:
        yield client


async def test_a_body_is_decoded_and_the_value_rendered(client: Client) -> None:
    response = await client.post(PATH, json={"title": "So What"}, headers={"X-Who": "user:1"})
    assert response.status == HTTPStatus.CREATED
    assert response.content_type == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert await response.json() == {"title": "So What", "by": "user:1"}


async def test_who_may_not_do_it_learns_nothing_of_the_body(client: Client) -> None:
    response = await client.post(PATH, data=b"{")
    assert response.status == HTTPStatus.UNAUTHORIZED
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    refused = await client.delete(PATH, headers={"X-Who": "user:1"})
    assert refused.status == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("body", "content_type", "status", "told"),
    [
        (b"{", "application/json", HTTPStatus.BAD_REQUEST, "JSON"),
        (b'{"title": 5}', "application/json", HTTPStatus.UNPROCESSABLE_ENTITY, "title: "),
        (b'{"titel": "x"}', "application/json", HTTPStatus.UNPROCESSABLE_ENTITY, "titel"),
        (b'{"title": "x"}', "text/plain", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "application/json"),
        (b" " * 70_000, "application/json", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "65536 bytes"),
    ],
)
async def test_a_body_that_does_not_fit_is_told_why(
    client: Client, body: bytes, content_type: str, status: HTTPStatus, told: str
) -> None:
    headers = {"X-Who": "user:1", "Content-Type": content_type}
    response = await client.post(PATH, data=body, headers=headers)
    assert response.status == status
    assert response.content_type == "application/problem+json"
    assert told in (await response.json())["detail"]


async def test_a_body_of_unknown_length_is_bounded_as_well(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000

    headers = {"X-Who": "user:1", "Content-Type": "application/json"}
    response = await client.post(PATH, data=endless(), headers=headers)
    assert response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_bytes_are_taken_as_they_come(client: Client) -> None:
    headers = {"X-Who": "user:1", "Content-Type": "image/png"}
    url = "/api/v1/channels/miles/picture"
    response = await client.put(url, data=b"\x89PNG", headers=headers)
    assert (response.status, (await response.json())["title"]) == (HTTPStatus.ACCEPTED, "4")
    too_large = await client.put(url, data=b"x" * 1_001, headers=headers)
    assert too_large.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_pages_are_walked_by_cursor(client: Client) -> None:
    met, cursor = [], None
    while True:
        query = {"limit": "3"} if cursor is None else {"limit": "3", "cursor": cursor}
        page = await (await client.get(PATH, params=query)).json()
        met += [each["title"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert met == ["1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
        ("page=2", "page"),
        ("limit=1&limit=2", "twice"),
    ],
)
async def test_a_query_that_does_not_fit_is_told_why(client: Client, query: str, told: str) -> None:
    response = await client.get(f"{PATH}?{query}")
    assert response.status == HTTPStatus.UNPROCESSABLE_ENTITY
    problem = await response.json()
    assert told in problem["detail"] + problem["title"]


async def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    first = await client.get(PATH)
    etag = first.headers["ETag"]
    for condition in (etag, f'W/{etag}, "other"', "*"):
        again = await client.get(PATH, headers={"If-None-Match": condition})
        assert again.status == HTTPStatus.NOT_MODIFIED
        assert await again.read() == b""
    changed = await client.get(f"{PATH}?limit=2", headers={"If-None-Match": etag})
    assert changed.status == HTTPStatus.OK


async def test_head_is_get_without_the_body(client: Client) -> None:
    head = await client.head(PATH)
    assert head.status == HTTPStatus.OK
    assert head.headers["ETag"] == (await client.get(PATH)).headers["ETag"]


async def test_an_empty_answer_may_have_headers_and_cookies(client: Client) -> None:
    response = await client.delete(PATH, headers={"X-Who": "user:admin"})
    assert response.status == HTTPStatus.NO_CONTENT
    assert response.headers["Clear-Site-Data"] == '"cache"'
    cookie = response.headers["Set-Cookie"]
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Max-Age=0", "Path=/api/v1/session"} <= set(
        cookie.split("; ")
    )


async def add(client: Client, who: str, address: str) -> Any:
    headers = {"X-Who": who, "X-Forwarded-For": address}
    return await client.post(PATH, json={"title": "x"}, headers=headers)


async def test_an_address_is_limited_whoever_it_says_it_is(client: Client) -> None:
    statuses = [(await add(client, f"user:{number}", "192.0.2.1")).status for number in range(3)]
    assert statuses == [201, 201, 429]
    assert (await add(client, "user:9", "192.0.2.2")).status == HTTPStatus.CREATED


async def test_an_identity_is_limited_wherever_it_comes_from(client: Client) -> None:
    statuses = [(await add(client, "user:1", f"192.0.2.{number}")).status for number in range(3)]
    assert statuses == [201, 201, 429]


async def test_an_ipv6_network_is_one_address(client: Client) -> None:
    statuses = [(await add(client, f"user:{number}", f"2001:db8::{number}")).status for number in range(3)]
    assert statuses == [201, 201, 429]


async def test_a_refused_caller_is_told_when_to_come_back_and_then_let_in(client: Client, door: Door) -> None:
    for _ in range(2):
        await add(client, "user:1", "192.0.2.1")
    refused = await add(client, "user:1", "192.0.2.1")
    assert refused.content_type == "application/problem+json"
    assert refused.headers["Retry-After"] == "30"
    door.now = 30.0
    assert (await add(client, "user:1", "192.0.2.1")).status == HTTPStatus.CREATED


async def test_limits_are_told_before_they_are_reached(client: Client) -> None:
    headers = (await add(client, "user:1", "192.0.2.1")).headers
    assert headers["RateLimit-Policy"] == '"api";q=50;w=60, "change";q=2;w=60'
    assert headers["RateLimit"] == '"api";r=49;t=2, "change";r=1;t=30'
    assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"], headers["RateLimit-Reset"]) == (
        "2",
        "1",
        "30",
    )


async def test_everything_below_api_is_limited_also_what_is_not_there(client: Client) -> None:
    statuses = [(await client.get("/api/v1/nothing")).status for _ in range(51)]
    assert set(statuses[:50]) == {404}
    assert statuses[50] == HTTPStatus.TOO_MANY_REQUESTS
    assert (await client.get("/nothing")).status == HTTPStatus.NOT_FOUND


async def test_without_accounts_only_everyone_and_stream_keys_are_known() -> None:
    class Keys:
        async def authenticate(self, name: str, key: str | None, /) -> None:
            if (name, key) != ("miles", "k"):
                raise KeyWrong

    app = web.Application(middlewares=[problems])
    setup_endpoints(app, clients=Clients(), limiter=RateLimiter(), authorizer=ChannelKeyAuthorizer(Keys()))

    async def nothing(call: Call) -> None:
        return None

    for name, access in (("everyone", PUBLIC), ("key", CHANNEL_KEY), ("people", SIGNED_IN)):
        path = f"/api/v1/channels/{{channel}}/{name}"
        add_endpoint(app, Endpoint(method="POST", path=path, summary="", tag="", access=access), nothing)
    async with TestClient(TestServer(app)) as client:
        bearer = {"Authorization": "Bearer k"}
        assert (await client.post("/api/v1/channels/miles/everyone")).status == HTTPStatus.NO_CONTENT
        assert (
            await client.post("/api/v1/channels/miles/key", headers=bearer)
        ).status == HTTPStatus.NO_CONTENT
        assert (
            await client.post("/api/v1/channels/other/key", headers=bearer)
        ).status == HTTPStatus.FORBIDDEN
        assert (await client.post("/api/v1/channels/miles/key")).status == HTTPStatus.FORBIDDEN
        assert (
            await client.post("/api/v1/channels/miles/people", headers=bearer)
        ).status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "change",
    [
        {"path": "/somewhere"},
        {"access": CHANNEL_KEY},
        {"etag": True},
        {"limit": "none"},
        {"parts": {"song": "x"}},
        {"body": Loose},
        {"body": list[Loose]},
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        replace(ADD, **change)


def test_one_method_and_path_is_declared_once() -> None:
    registry = Registry()
    registry.add(REMOVE)
    for again in (REMOVE, replace(REMOVE, summary="Again")):
        with pytest.raises(ValueError, match="twice"):
            registry.add(again)
    assert list(registry) == [REMOVE]

"""Whatever goes wrong in a handler is answered as a problem document."""

from http import HTTPStatus

import aiohttp
import pytest
import structlog
from aiohttp import web
from sqlalchemy import text

from config import Settings
from server.app import make_app
from server.app_keys import DATABASE
from tests.server.conftest import Client, Serving


async def test_an_unknown_path(client: Client) -> None:
    response = await client.get("/api/v2/nothing")
    assert response.status == HTTPStatus.NOT_FOUND
    assert response.content_type == "application/problem+json"
    problem = await response.json()
    assert (problem["status"], problem["title"]) == (404, "Not Found")
    assert "/api/v2/nothing" in problem["detail"]


async def test_a_wrong_method_says_which_are_right(client: Client) -> None:
    response = await client.put("/api/v1/channels/miles")
    assert response.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert {"GET", "HEAD", "PATCH"} <= set(response.headers["Allow"].split(","))
    assert "PATCH" in (await response.json())["detail"]


async def test_an_unexpected_error_tells_only_its_request_id(settings: Settings, serving: Serving) -> None:
    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError("the bass fell over")

    app = make_app(settings)
    app.router.add_get("/api/v1/broken", broken)
    async with serving(app) as client:
        response = await client.get("/api/v1/broken")
        body = await response.text()
    assert response.status == HTTPStatus.INTERNAL_SERVER_ERROR
    body = await response.text()
    assert "bass" not in body
    assert response.headers["X-Request-ID"] in body


async def test_a_database_that_fails_is_said_to_be_away_for_a_moment(
    settings: Settings, serving: Serving
) -> None:
    async def asking(request: web.Request) -> web.Response:
        async with request.app[DATABASE].read() as session:
            await session.execute(text("SELECT * FROM what_is_not_there"))
        return web.Response()

    app = make_app(settings)
    app.router.add_get("/api/v1/asking", asking)
    async with serving(app) as client:
        response = await client.get("/api/v1/asking")
        assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert int(response.headers["Retry-After"]) > 0
        detail = (await response.json())["detail"]
    assert "try again" in detail
    assert "what_is_not_there" not in detail


async def test_a_client_that_left_is_no_error_of_ours(settings: Settings, serving: Serving) -> None:
    async def left(request: web.Request) -> web.Response:
        assert request.transport is not None
        if "cut" in request.query:
            request.transport.abort()
        raise ConnectionResetError

    app = make_app(settings)
    app.router.add_get("/api/v1/left", left)
    with structlog.testing.capture_logs() as logs:
        async with serving(app) as client:
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await client.get("/api/v1/left?cut")
            assert not [each for each in logs if each["event"] == "request_failed"]
            # Of somebody else's connection it is one.
            assert (await client.get("/api/v1/left")).status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert [each["route"] for each in logs if each["event"] == "request_failed"] == ["/api/v1/left"]


async def test_every_request_has_an_id_of_its_own(client: Client) -> None:
    first = await client.get("/livez", headers={"X-Request-ID": "mine"})
    second = await client.get("/livez")
    assert len({first.headers["X-Request-ID"], second.headers["X-Request-ID"], "mine"}) == 3

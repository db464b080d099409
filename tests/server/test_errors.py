"""Whatever goes wrong in a handler is answered as a problem document."""

from http import HTTPStatus

from aiohttp import web

from config import Settings
from server.app import make_app
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


async def test_every_request_has_an_id_of_its_own(client: Client) -> None:
    first = await client.get("/livez", headers={"X-Request-ID": "mine"})
    second = await client.get("/livez")
    assert len({first.headers["X-Request-ID"], second.headers["X-Request-ID"], "mine"}) == 3

"""Liveness and readiness."""

from http import HTTPStatus

from sqlalchemy.ext.asyncio import create_async_engine

from config import Settings
from server.app import make_app
from server.app_keys import DATABASE, READINESS
from server.health import Readiness
from tests.server.conftest import Client, Serving


async def test_a_running_server_is_alive_and_ready(client: Client) -> None:
    assert (await client.get("/livez")).status == HTTPStatus.OK
    response = await client.get("/readyz")
    assert response.status == HTTPStatus.OK
    assert (await response.json())["checks"]["database"] is True


async def test_a_server_without_its_database_is_alive_but_not_ready(client: Client) -> None:
    client.app[DATABASE].engine = create_async_engine("sqlite+aiosqlite:////nonexistent/harmonie.sqlite3")
    assert (await client.get("/livez")).status == HTTPStatus.OK
    response = await client.get("/readyz")
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert (await response.json())["checks"]["database"] is False


async def test_a_room_adds_its_own_check(settings: Settings, serving: Serving) -> None:
    app = make_app(settings)

    async def silent() -> None:
        raise OSError("no socket")

    app[READINESS].add("media", silent)
    async with serving(app) as client:
        response = await client.get("/readyz")
        body = await response.json()
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert (body["checks"]["media"], body["checks"]["database"]) == (False, True)
    assert "socket" not in str(body)


async def test_a_stopping_server_is_not_ready() -> None:
    readiness = Readiness()
    readiness.stopping()
    assert await readiness.ask() == {"running": False}

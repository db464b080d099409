"""Every route is in the table of docs/permissions.md, and every one of /api/v1 in the API's document."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from config import Settings
from infra.endpoints import ENDPOINTS
from infra.openapi import document
from server.app import make_app
from server.demo_chain import DemoChain

TABLE = Path(__file__).parents[2] / "docs" / "permissions.md"
ROW = re.compile(r"\| ([A-Z]+) \| `([^`]+)` \| (.+) \|")

Route = tuple[str, str]


@pytest.fixture
def app(settings: Settings) -> web.Application:
    """With everything that settings can add."""
    chosen = replace(settings, demo=True, tip_contract="0x" + "c" * 40, chain_rpc_url="http://127.0.0.1:1")
    return make_app(chosen, demo_chain=DemoChain(Path("anvil"), settings.data_dir))


def routes(app: web.Application) -> set[Route]:
    found = set()
    for route in app.router.routes():
        assert route.resource is not None
        found.add((route.method, route.resource.canonical))
    return {(method, path) for method, path in found if method != "HEAD" or ("GET", path) not in found}


def table() -> dict[Route, str]:
    rows = [match.groups() for match in map(ROW.fullmatch, TABLE.read_text().splitlines()) if match]
    assert len({row[:2] for row in rows}) == len(rows), "a route is in the table twice"
    return {(method, path): who for method, path, who in rows}


def test_every_route_is_in_the_table_and_nothing_else(app: web.Application) -> None:
    known = app[ENDPOINTS]
    missing = [
        f"| {method} | `{path}` | {endpoint.access.describe() if (endpoint := known.get(method, path)) else '...'} |"
        for method, path in sorted(routes(app) - table().keys())
    ]
    assert not missing, "add to docs/permissions.md:\n" + "\n".join(missing)
    assert not table().keys() - routes(app), "no such route, but a row in docs/permissions.md"


def test_the_table_says_what_is_declared(app: web.Application) -> None:
    rows = table()
    for endpoint in app[ENDPOINTS]:
        assert rows[endpoint.method, endpoint.path] == endpoint.access.describe(), str(endpoint)


def test_every_route_of_the_api_is_in_its_document(app: web.Application) -> None:
    declared = app[ENDPOINTS]
    documented = {
        (method.upper(), path) for path, item in document(declared, "0")["paths"].items() for method in item
    }
    assert {route for route in routes(app) if route[1].startswith("/api/v1")} == documented


def test_a_route_that_nobody_declared_is_found(app: web.Application) -> None:
    async def handler(_request: web.Request) -> web.Response:
        return web.Response()

    app.router.add_post("/api/v1/back-door", handler)
    assert ("POST", "/api/v1/back-door") in routes(app) - table().keys()

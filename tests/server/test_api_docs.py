"""The API's documentation, as the server serves it."""

from http import HTTPStatus

import pytest

from tests.server.conftest import Client


async def test_programs_get_the_document(client: Client) -> None:
    response = await client.get("/api/openapi.json")
    assert response.content_type == "application/json"
    made = await response.json()
    assert made["openapi"] == "3.1.0"
    assert {"/api/v1/config", "/api/v1/channels/{channel}"} <= set(made["paths"])


async def test_people_get_a_page_and_its_style(client: Client) -> None:
    page = await client.get("/api/docs")
    assert page.content_type == "text/html"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert 'href="/api/docs.css"' in await page.text()
    assert (await client.get("/api/docs.css")).content_type == "text/css"


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/docs", "/api/docs.css", "/api/v1/config"])
async def test_they_are_not_sent_again_when_nothing_has_changed(client: Client, path: str) -> None:
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == HTTPStatus.NOT_MODIFIED

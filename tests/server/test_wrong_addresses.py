"""What is answered where there is nothing."""

import asyncio
from http import HTTPStatus

import pytest

from tests.server.conftest import Client

BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/stage/", "/stage"),
        ("/Stage", "/stage"),
        ("/STAGE//?t=1&u=a%20b", "/stage?t=1&u=a+b"),
        ("/Studio/", "/studio"),
        ("/settings/Security/", "/settings/security"),
        ("/channels/", "/channels"),
    ],
)
async def test_it_is_sent_on_where_it_is_clear_what_was_meant(client: Client, path: str, meant: str) -> None:
    response = await client.get(path, allow_redirects=False)
    assert response.status == HTTPStatus.PERMANENT_REDIRECT
    assert response.headers["Location"] == meant
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/a/b", "/nothing.txt", "/two words", "/api-docs/x", "/-/"])
async def test_a_person_reads_a_page_and_a_program_a_problem(client: Client, path: str) -> None:
    read = await client.get(path, headers=BROWSER, allow_redirects=False)
    assert (read.status, read.content_type) == (HTTPStatus.NOT_FOUND, "text/html")
    assert "default-src 'self'" in read.headers["Content-Security-Policy"]
    parsed = await client.get(path, allow_redirects=False)
    assert (parsed.status, parsed.content_type) == (HTTPStatus.NOT_FOUND, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/API", "/assets/none.js", "/pictures/none", "/whip/a/b/c"]
)
async def test_what_is_for_programs_stays_theirs(client: Client, path: str) -> None:
    response = await client.get(path, headers=BROWSER, allow_redirects=False)
    assert response.status == HTTPStatus.NOT_FOUND
    assert response.headers.get("Location") is None


async def test_only_what_looks_is_sent_on(client: Client) -> None:
    response = await client.post("/Stage/", headers=BROWSER, allow_redirects=False)
    assert response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


async def test_nobody_is_sent_to_another_host(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"GET //evil.example/ HTTP/1.1\r\nHost: stage.example\r\nConnection: close\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 404")
    assert "Location" not in answer

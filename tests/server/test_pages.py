"""The built pages over real HTTP."""

import os
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from catalog.app_keys import CHANNELS
from config import Settings
from server.app import make_app
from tests.server.conftest import Client, Serving


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/studio",
        "/studio?channel=demo",
        "/studio/tips",
        "/signin",
        "/account/reset",
        "/settings/security",
        "/channels/miles",
        "/admin/audit",
    ],
)
async def test_every_place_a_person_can_go_is_the_index(client: Client, path: str) -> None:
    response = await client.get(path)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "text/html"
    assert "Harmonie" in await response.text()
    assert response.headers["Cache-Control"] == "no-cache"


async def test_the_overlay_is_a_page_of_its_own_that_others_may_frame(client: Client) -> None:
    response = await client.get("/overlay/some-token")
    assert (response.status, await response.text()) == (
        HTTPStatus.OK,
        "<!doctype html><title>Overlay</title>",
    )
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "X-Frame-Options" not in response.headers
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("place", ["", "/chat", "/moderate"])
async def test_a_channels_page_is_the_index_and_of_none_it_is_not_found(client: Client, place: str) -> None:
    app = client.app
    assert app is not None
    await app[CHANNELS].add("miles-davis", None)
    page = await client.get(f"/miles-davis{place}")
    none = await client.get(f"/mingus{place}")
    assert (page.status, none.status) == (HTTPStatus.OK, HTTPStatus.NOT_FOUND)
    assert await none.text() == await (await client.get("/")).text()
    assert none.headers["Cache-Control"] == "no-store"
    again = await client.get("/mingus", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status == HTTPStatus.NOT_FOUND


async def test_a_channels_page_is_shown_while_the_database_does_not_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(name: str) -> None:
        raise OperationalError("SELECT", {}, OSError("gone"))

    app = client.app
    assert app is not None
    monkeypatch.setattr(app[CHANNELS], "get", fail)
    assert (await client.get("/miles-davis")).status == HTTPStatus.OK


async def test_assets_are_kept_for_ever_and_compressed(client: Client, page_dir: Path) -> None:
    original = (page_dir / "assets" / "index-4f2a.js").read_text()
    packed = await client.get("/assets/index-4f2a.js", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "immutable" in packed.headers["Cache-Control"]
    assert packed.content_type == "text/javascript"
    assert int(packed.headers["Content-Length"]) < len(original)
    assert await packed.text() == original
    plain = await client.get("/assets/index-4f2a.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert await plain.text() == original


async def test_an_unchanged_page_is_not_sent_again(client: Client) -> None:
    etag = (await client.get("/")).headers["ETag"]
    response = await client.get("/", headers={"If-None-Match": etag})
    assert response.status == HTTPStatus.NOT_MODIFIED
    assert await response.read() == b""


async def test_a_page_built_again_shows_up(client: Client, page_dir: Path) -> None:
    await client.get("/")
    index = page_dir / "index.html"
    index.write_text("<!doctype html><title>Encore</title>")
    os.utime(index, (1, 1))
    assert "Encore" in await (await client.get("/")).text()


async def test_files_beside_the_index_are_served(client: Client) -> None:
    response = await client.get("/favicon.svg")
    assert response.content_type == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/none.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%00",
        "/assets//etc/passwd",
        "/assets/link.txt",
        "/UP per",
    ],
)
async def test_nothing_else_can_be_had(client: Client, page_dir: Path, path: str) -> None:
    (page_dir / "assets" / "link.txt").symlink_to(page_dir.parent / "secret.txt")
    response = await client.get(path)
    assert response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
    assert "secret" not in (await response.text()).replace("secret.txt", "")


async def test_a_page_that_was_not_built_says_what_to_do(
    settings: Settings, serving: Serving, tmp_path: Path
) -> None:
    async with serving(make_app(replace(settings, page_dir=tmp_path / "nowhere"))) as client:
        response = await client.get("/")
        assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert response.content_type == "text/plain"
        assert "make run" in await response.text()
        assert (await client.get("/livez")).status == HTTPStatus.OK

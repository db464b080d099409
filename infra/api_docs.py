"""Serves the API's documentation: ``/api/openapi.json`` for programs, ``/api/docs`` for people.

Made once, at the first request, when every endpoint has been declared.
"""

import hashlib
from functools import cached_property
from importlib import resources

import msgspec
from aiohttp import web
from aiohttp.helpers import ETag

from infra.api_page import render
from infra.endpoints import ENDPOINTS, Registry
from infra.openapi import document

DOCUMENT_PATH = "/api/openapi.json"
PAGE_PATH = "/api/docs"
STYLE_PATH = "/api/docs.css"


def add_api_docs(app: web.Application, version: str) -> None:
    """Registers the three routes. ``setup_endpoints`` has been called."""
    docs = ApiDocs(app[ENDPOINTS], version)

    async def openapi(request: web.Request) -> web.Response:
        return documentation_answer(request, docs.document, "application/json")

    async def page(request: web.Request) -> web.Response:
        return documentation_answer(request, docs.page, "text/html; charset=utf-8")

    async def style(request: web.Request) -> web.Response:
        return documentation_answer(request, docs.style, "text/css; charset=utf-8")

    app.router.add_get(DOCUMENT_PATH, openapi)
    app.router.add_get(PAGE_PATH, page)
    app.router.add_get(STYLE_PATH, style)


class ApiDocs:
    """The documentation of a registry, in bytes."""

    def __init__(self, registry: Registry, version: str) -> None:
        self._registry = registry
        self._version = version

    @cached_property
    def document(self) -> bytes:
        return msgspec.json.encode(document(self._registry, self._version))

    @cached_property
    def page(self) -> bytes:
        known = msgspec.json.decode(self.document)
        return render(known, style_url=STYLE_PATH, document_url=DOCUMENT_PATH).encode()

    @cached_property
    def style(self) -> bytes:
        return resources.files("infra").joinpath("api_page.css").read_bytes()


def documentation_answer(request: web.Request, body: bytes, content_type: str) -> web.Response:
    """A document that does not change while the server runs, with its ``ETag``."""
    etag = hashlib.sha256(body).hexdigest()[:32]
    headers = {"Cache-Control": "no-cache"}
    if any(match.value in (etag, "*") for match in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(body=body, headers={**headers, "Content-Type": content_type})
    response.etag = ETag(etag)
    return response

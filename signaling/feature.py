"""Builds this room and registers its routes. Nothing to start or stop: sessions belong to the plane."""

import time
from collections.abc import Callable, Sequence

from aiohttp import web

from config.ice import IceServer
from infra.client_address import Network, client_address

from .cors import cors_headers, is_preflight
from .plane import MediaPlane, StreamKeys
from .resource import SDP, SDP_FRAGMENT, SessionResources
from .whep import WhepHandlers
from .whip import WhipHandlers


def setup(
    app: web.Application,
    *,
    plane: MediaPlane,
    stream_keys: StreamKeys,
    ice_servers: Sequence[IceServer] = (),
    cors_origins: Sequence[str] = ("*",),
    trusted_proxies: Sequence[Network] = (),
    max_sessions_per_address: int = 64,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Serves `/whip/{channel}` and `/whep/{channel}` and the sessions below them."""

    def address_of(request: web.Request) -> str:
        forwarded_for = request.headers.getall("X-Forwarded-For", [])
        return client_address(request.remote, forwarded_for, trusted_proxies)

    resources = SessionResources(
        plane,
        ice_servers=ice_servers,
        max_sessions_per_address=max_sessions_per_address,
        client_address=address_of,
    )
    whip = WhipHandlers(resources, stream_keys, monotonic=monotonic)
    whep = WhepHandlers(resources, stream_keys)
    _add_routes(app, "/whip", whip, resources)
    _add_routes(app, "/whep", whep, resources)

    async def add_cors_headers(request: web.Request, response: web.StreamResponse) -> None:
        # A signal rather than a middleware, so that the problem documents made further out carry them too.
        if request.path.startswith(("/whip/", "/whep/")):
            preflight = is_preflight(request.method, request.headers)
            response.headers.update(
                cors_headers(request.headers.get("Origin"), cors_origins, preflight=preflight)
            )

    app.on_response_prepare.append(add_cors_headers)


def _add_routes(
    app: web.Application, prefix: str, handlers: WhipHandlers | WhepHandlers, resources: SessionResources
) -> None:
    async def endpoint_options(request: web.Request) -> web.Response:
        # A preflight gets no STUN and TURN servers: RFC 9725 section 4.6.
        headers = {} if is_preflight(request.method, request.headers) else resources.link_headers()
        return web.Response(
            headers=[*headers.items(), ("Accept-Post", SDP), ("Allow", "POST, GET, HEAD, OPTIONS")]
        )

    async def session_options(_request: web.Request) -> web.Response:
        return web.Response(
            headers={"Accept-Patch": SDP_FRAGMENT, "Allow": "PATCH, DELETE, GET, HEAD, OPTIONS"}
        )

    async def nothing_to_get(_request: web.Request) -> web.Response:
        # RFC 9725 section 4.1: neither resource has a representation.
        return web.Response(status=204)

    endpoint = app.router.add_resource(f"{prefix}/{{channel}}")
    endpoint.add_route("POST", handlers.post)
    endpoint.add_route("OPTIONS", endpoint_options)
    session = app.router.add_resource(f"{prefix}/{{channel}}/{{session}}")
    session.add_route("PATCH", handlers.patch)
    session.add_route("DELETE", handlers.delete)
    session.add_route("OPTIONS", session_options)
    for resource in (endpoint, session):
        resource.add_route("GET", nothing_to_get)
        resource.add_route("HEAD", nothing_to_get)

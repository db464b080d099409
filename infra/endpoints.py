"""Serves declared endpoints: route, access, limits, decoding, the handler, rendering.

Everything a room needs to offer an endpoint is in this module:

    GET_CHANNEL = Endpoint(method="GET", path="/api/v1/channels/{channel}", ..., answer=ChannelView)

    async def get_channel(call: Call) -> ChannelView:
        channel = await call.request.app[CHANNELS].get(call.parts["channel"])
        return view_channel(channel)

    add_endpoint(app, GET_CHANNEL, get_channel)

A handler is given a ``Call`` with the decoded body and query, typed after the declaration, and returns the declared
value, or an ``Answer`` around it (other status, headers, cookies), or a response of its own (streams). What is wrong is
raised as a ``DomainError``; the middleware outside renders it.

The order is: general limit, the endpoint's limit by address, access, the endpoint's limit by identity, query, body,
handler. A caller who may not do it therefore learns nothing of what the body should be.

``setup_endpoints`` prepares an application once; the application also needs an ``AUTHORIZER`` before it starts.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic

import msgspec
from aiohttp import web
from aiohttp.helpers import ETag

from infra.access import (
    ADMIN,
    CHANNEL_KEY,
    CHANNEL_MODERATOR,
    CHANNEL_OWNER,
    CHANNEL_OWNER_ALONE,
    PUBLIC,
    SIGNED_IN,
    STEP_UP,
    Access,
    Who,
)
from infra.authorizer import AUTHORIZER, Authorizer
from infra.clients import CLIENTS, Clients
from infra.decoding import BodyDecoder, QueryDecoder, is_storable_text
from infra.endpoint import JSON, Answer, AnyEndpoint, Body, Cookie, Endpoint, Query, RequestType, Value
from infra.pagination import Page, PageQuery
from infra.rate_limiting import LIMITER, RateLimiter, add_rate_limit_headers
from infra.request_errors import BodyTooLarge, BodyTooSlow, MediaTypeUnsupported

__all__ = [
    "ADMIN",
    "AUTHORIZER",
    "CHANNEL_KEY",
    "CHANNEL_MODERATOR",
    "CHANNEL_OWNER",
    "CHANNEL_OWNER_ALONE",
    "ENDPOINTS",
    "PUBLIC",
    "SIGNED_IN",
    "STEP_UP",
    "Access",
    "Answer",
    "Authorizer",
    "Call",
    "Cookie",
    "Endpoint",
    "Page",
    "PageQuery",
    "Registry",
    "RequestType",
    "Who",
    "add_endpoint",
    "setup_endpoints",
]

BODY_TIMEOUT_S = 10.0

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Call(Generic[Body, Query]):
    """One request to a declared endpoint. ``Call[TitleChange]`` has a body, ``Call[None, PageQuery]`` a query."""

    request: web.Request
    parts: Mapping[str, str]
    """The parts of the path."""
    body: Body
    query: Query
    subject: str | None
    """Who it is, as the authorizer told."""


class Registry:
    """Every declared endpoint of one application, in the order declared."""

    def __init__(self) -> None:
        self._endpoints: dict[tuple[str, str], AnyEndpoint] = {}

    def add(self, endpoint: AnyEndpoint) -> None:
        """Raises ``ValueError`` when there is one of this method and path already."""
        key = (endpoint.method, endpoint.path)
        if key in self._endpoints:
            raise ValueError(f"{endpoint} is declared twice")
        self._endpoints[key] = endpoint

    def __iter__(self) -> Iterator[AnyEndpoint]:
        return iter(self._endpoints.values())

    def get(self, method: str, path: str) -> AnyEndpoint | None:
        return self._endpoints.get((method, path))


ENDPOINTS = web.AppKey("endpoints", Registry)


def setup_endpoints(
    app: web.Application, *, clients: Clients, limiter: RateLimiter, authorizer: Authorizer | None = None
) -> None:
    """Prepares an application, before the first ``add_endpoint``.

    The authorizer may also be hung in later, as ``app[AUTHORIZER]``, by whoever knows it. ``general_limit(limiter)``
    is a middleware and is put among the others by whoever makes the application.
    """
    app[ENDPOINTS] = Registry()
    app[CLIENTS] = clients
    app[LIMITER] = limiter
    if authorizer is not None:
        app[AUTHORIZER] = authorizer
    app.on_response_prepare.append(add_rate_limit_headers)


def add_endpoint(
    app: web.Application,
    endpoint: Endpoint[Body, Query, Value],
    handler: Callable[[Call[Body, Query]], Awaitable[Value | Answer | web.StreamResponse]],
) -> None:
    """Registers the endpoint and its route. A GET answers HEAD as well, unless it is an event stream."""
    app[ENDPOINTS].add(endpoint)
    read_body = _body_reader(endpoint)
    query_decoder = QueryDecoder(endpoint.query) if endpoint.has_query else None
    limit = endpoint.limit

    async def serve(request: web.Request) -> web.StreamResponse:
        if not all(map(is_storable_text, request.match_info.values())):
            raise web.HTTPNotFound
        limiter = request.app[LIMITER]
        if limit is not None:
            limiter.spend_by_address(request, limit)
        subject = await request.app[AUTHORIZER].authorize(request, endpoint.access)
        if limit is not None and subject is not None:
            limiter.spend(request, limit, subject)
        call: Call[Any, Any] = Call(
            request,
            request.match_info,
            query=None if query_decoder is None else query_decoder.decode(request.query.items()),
            body=None if read_body is None else await read_body(request),
            subject=subject,
        )
        result = await handler(call)
        if isinstance(result, web.StreamResponse):
            return result
        return _render(request, endpoint, result if isinstance(result, Answer) else Answer(result))

    app.router.add_route(endpoint.method, endpoint.path, serve)
    if endpoint.method == "GET" and not endpoint.events:
        app.router.add_route("HEAD", endpoint.path, serve)


def _body_reader(endpoint: AnyEndpoint) -> Callable[[web.Request], Awaitable[Any]] | None:
    if not endpoint.has_body:
        return None
    decode: Callable[[bytes], Any] = bytes if endpoint.body is bytes else BodyDecoder(endpoint.body).decode

    async def read(request: web.Request) -> Any:
        if request.content_type not in endpoint.body_types:
            expected = ", ".join(endpoint.body_types)
            raise MediaTypeUnsupported(
                f"the body has to be {expected}, and `Content-Type` has to say so",
                headers={"Accept": expected},
            )
        return decode(await _read(request, endpoint.body_max_bytes))

    return read


async def _read(request: web.Request, max_bytes: int) -> bytes:
    too_large = f"a body has at most {max_bytes} bytes here"
    if (request.content_length or 0) > max_bytes:
        raise BodyTooLarge(too_large)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > max_bytes:
                    raise BodyTooLarge(too_large)
    except TimeoutError:
        raise BodyTooSlow(f"the body has to arrive within {BODY_TIMEOUT_S:.0f} s") from None
    return bytes(body)


def _render(request: web.Request, endpoint: AnyEndpoint, answer: Answer) -> web.Response:
    status = answer.status or endpoint.status
    headers = {"Cache-Control": endpoint.cache}
    body = None if answer.value is None else _encode(answer.value)
    etag = None
    if endpoint.etag and status == endpoint.status:
        etag = hashlib.sha256(body or b"").hexdigest()[:32]
        if any(match.value in (etag, "*") for match in request.if_none_match or ()):
            status, body = 304, None
    response = web.Response(
        status=status, body=body, content_type=None if body is None else JSON, headers=headers
    )
    if etag is not None:
        response.etag = ETag(etag)
    response.headers.update(answer.headers)
    for each in answer.cookies:
        response.set_cookie(
            each.name,
            each.value,
            path=each.path,
            max_age=each.max_age_s,
            secure=each.secure,
            httponly=True,
            samesite=each.same_site,
        )
    return response

"""Around every request: an id, one log line, security headers, and errors as problem documents (RFC 9457).

The log line holds the route, the channel and numbers; never headers, query values or session ids (a session's URL
is what controls it).
"""

import json
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from aiohttp.web_protocol import RequestHandler
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from infra.client_address import Network, client_address
from infra.errors import DomainError, problem_type
from server.idle import IdleConnections

_access_log = structlog.get_logger("access")
_log = structlog.get_logger("server")

REQUEST_ID = web.RequestKey("request_id", str)
QUIET_ROUTES = frozenset(
    {
        "/livez",
        "/readyz",
        "/metrics",
        # Several a second from every player.
        "/hls/{channel}/{stream}/{track}.m3u8",
        "/hls/{channel}/{stream}/{track}/{piece}",
    }
)
LOGGED_PATH_MAX_CHARACTERS = 200
RETRY_STORAGE_AFTER_S = 2
LOGGED_PARTS = frozenset({"channel", "page"})


def access_log(
    trusted_proxies: tuple[Network, ...], idle: IdleConnections[RequestHandler] | None = None
) -> Middleware:
    """Gives the request an id and logs its end; must be the outermost."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = request[REQUEST_ID] = secrets.token_hex(8)
        started_s = time.monotonic()
        status = 0
        connection = request.protocol
        if idle is not None:
            idle.began(connection)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                response = await handler(request)
                status = response.status
                return response
            finally:
                if idle is not None:
                    idle.ended(connection)
                route = _route(request)
                log = _access_log.debug if route in QUIET_ROUTES else _access_log.info
                log(
                    "request",
                    method=request.method,
                    route=route,
                    **{part: request.match_info[part] for part in LOGGED_PARTS & request.match_info.keys()},
                    # 0: the client left before it was answered.
                    status=status,
                    duration_ms=round((time.monotonic() - started_s) * 1_000, 1),
                    client=client_address(
                        request.remote, request.headers.getall("X-Forwarded-For", ()), trusted_proxies
                    ),
                )

    return middleware


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what handlers raise into answers."""
    try:
        return await handler(request)
    except DomainError as error:
        return problem_response(error.status, error.problem(), error.headers)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return problem(error.status, _http_detail(request, error), headers)
    except (InterfaceError, OperationalError, PoolTimeout) as error:
        _log.error("storage_failed", route=_route(request), error=type(error).__name__)
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The database does not answer in time; try again in a moment.",
            {"Retry-After": str(RETRY_STORAGE_AFTER_S)},
        )
    except Exception as error:
        if isinstance(error, ConnectionResetError) and (
            request.transport is None or request.transport.is_closing()
        ):
            raise  # the client has left: nothing failed, and nobody is there to be told
        _log.exception("request_failed", route=_route(request))
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            f"Something went wrong on the server; its log tells more under request id {request[REQUEST_ID]}.",
        )


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> web.Response:
    """A problem document for a plain HTTP status."""
    phrase = HTTPStatus(status).phrase
    kind = problem_type(phrase.lower().replace(" ", "-"))
    members: dict[str, str | int] = {"type": kind, "title": phrase, "status": status, "detail": detail}
    return problem_response(status, members, headers or {})


def problem_response(
    status: int, members: Mapping[str, str | int], headers: Mapping[str, str]
) -> web.Response:
    """Renders a problem document."""
    response = web.Response(
        status=status,
        text=json.dumps(members),
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store"},
    )
    response.headers.update(headers)
    return response


def _http_detail(request: web.Request, error: web.HTTPException) -> str:
    match error:
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            return f"{error.method} is not possible here; what is: {allowed}"
        case web.HTTPNotFound():
            return f"there is nothing at {request.path[:LOGGED_PATH_MAX_CHARACTERS]}"
        case web.HTTPRequestEntityTooLarge():
            return "the request's body is larger than this server takes"
        case _:
            return error.text or error.reason


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    if resource is not None:
        return resource.canonical
    return request.path[:LOGGED_PATH_MAX_CHARACTERS]

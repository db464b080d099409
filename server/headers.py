"""Headers every answer carries: the request's id, what a page may do, and who may call the API from elsewhere."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from server.middlewares import REQUEST_ID

REQUEST_ID_HEADER = "X-Request-ID"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = ", ".join(
    (
        "camera=(self)",
        "microphone=(self)",
        "display-capture=(self)",
        "autoplay=(self)",
        "fullscreen=(self)",
        "picture-in-picture=(self)",
        "geolocation=()",
        "payment=()",
        "usb=()",
    )
)
CORS_MAX_AGE_S = 7_200


def add_headers(
    cors_origins: tuple[str, ...],
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """An ``on_response_prepare`` receiver, so that streams and errors carry the headers as well."""

    async def receiver(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers["Server"] = "Harmonie"
        if REQUEST_ID in request:
            headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        if response.content_type == "text/html":
            headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if request.path.startswith("/api/"):
            headers.extend(cors_headers(request.headers.get("Origin"), cors_origins))

    return receiver


def cors_headers(origin: str | None, allowed: tuple[str, ...]) -> dict[str, str]:
    """What lets a page of ``origin`` read an answer (Fetch standard, CORS protocol); empty when it may not."""
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*"}
    if origin is not None and origin in allowed:
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    return {"Vary": "Origin"}


@web.middleware
async def api_preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers ``OPTIONS /api/...``: reading is open to the allowed origins; changing needs the page itself."""
    if request.method != "OPTIONS" or not request.path.startswith("/api/"):
        return await handler(request)
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Allow-Headers": "If-None-Match",
            "Access-Control-Max-Age": str(CORS_MAX_AGE_S),
        },
    )

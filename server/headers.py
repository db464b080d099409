"""Headers every answer carries: the request's id, what a page may do, and who may call the API from elsewhere."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from infra.clients import Clients
from server.middlewares import REQUEST_ID

REQUEST_ID_HEADER = "X-Request-ID"
FRAMED_BY_NOBODY = "frame-ancestors 'none'"
FRAMED_BY_ALL = "frame-ancestors *"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        FRAMED_BY_NOBODY,
    )
)
# Answers that are no pages: should a browser show one as a page after all, it may load and do nothing.
DATA_SECURITY_POLICY = f"default-src 'none'; sandbox; {FRAMED_BY_NOBODY}"
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
CORS_EXPOSED = "ETag, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-ID"
HSTS_MAX_AGE_S = 365 * 24 * 3_600
# A worker obeys the policy its script came with, so scripts carry that of pages.
PAGE_TYPES = frozenset({"text/html", "text/javascript"})
OVERLAY_PREFIX = "/overlay/"

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
}


def add_headers(
    cors_origins: tuple[str, ...], clients: Clients, media_origins: tuple[str, ...] = ()
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """An ``on_response_prepare`` receiver, so that streams and errors carry the headers as well.

    Pages may play from ``media_origins``, too.
    """

    async def receiver(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers["Server"] = "Harmonie"
        if REQUEST_ID in request:
            headers[REQUEST_ID_HEADER] = request[REQUEST_ID]
        is_page = response.content_type in PAGE_TYPES
        secure = security_headers(request.path, is_page=is_page, is_secure=clients.is_secure(request))
        if media_origins and is_page:
            allowed = " ".join(("media-src 'self'", *media_origins))
            policy = secure["Content-Security-Policy"].replace("media-src 'self'", allowed)
            secure["Content-Security-Policy"] = policy
        if response.status == HTTPStatus.NOT_MODIFIED:
            # It has no type of its own, and its headers replace those of the stored page (RFC 9111 section 4.3.4).
            del secure["Content-Security-Policy"]
        for name, value in secure.items():
            headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            headers.extend(cors_headers(request.headers.get("Origin"), cors_origins))

    return receiver


def security_headers(path: str, *, is_page: bool, is_secure: bool) -> dict[str, str]:
    """What keeps browsers from being turned against their users; a handler's own values go first.

    Only the overlay may be framed, by whom ever: it is made to be part of another picture, and shows nothing that
    could be clicked.
    """
    headers = dict(_ALWAYS)
    overlay = path.startswith(OVERLAY_PREFIX)
    if overlay:
        # Its address is a secret.
        headers["X-Robots-Tag"] = "noindex"
    else:
        headers["X-Frame-Options"] = "DENY"
    policy = CONTENT_SECURITY_POLICY if is_page else DATA_SECURITY_POLICY
    headers["Content-Security-Policy"] = (
        policy.replace(FRAMED_BY_NOBODY, FRAMED_BY_ALL) if overlay else policy
    )
    if is_secure:
        headers["Strict-Transport-Security"] = f"max-age={HSTS_MAX_AGE_S}"
    return headers


def cors_headers(origin: str | None, allowed: tuple[str, ...]) -> dict[str, str]:
    """What lets a page of ``origin`` read an answer (Fetch standard, CORS protocol); no permission when it may not.

    ``Access-Control-Allow-Credentials`` is never among them: a cookie is for this site's own pages only.
    """
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": CORS_EXPOSED}
    if origin is not None and origin in allowed:
        return {
            "Access-Control-Allow-Origin": origin,
            "Vary": "Origin",
            "Access-Control-Expose-Headers": CORS_EXPOSED,
        }
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

"""Lets pages of other origins speak WHIP and WHEP (Fetch standard, CORS protocol). Writes headers only."""

from collections.abc import Mapping, Sequence

EXPOSED = "Location, ETag, Link, Accept-Patch, Accept-Post, Retry-After, WWW-Authenticate"
METHODS = "POST, PATCH, DELETE, GET, OPTIONS"
REQUEST_HEADERS = "Authorization, Content-Type, If-Match"
MAX_AGE_S = 86_400


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks for permission, rather than a client what the resource can do."""
    return method == "OPTIONS" and "Origin" in headers and "Access-Control-Request-Method" in headers


def cors_headers(origin: str | None, allowed_origins: Sequence[str], *, preflight: bool) -> dict[str, str]:
    """The headers to add to a response; empty when the origin may not read it. `*` allows all of them."""
    if "*" in allowed_origins:
        headers = {"Access-Control-Allow-Origin": "*"}
    elif origin is None or origin not in allowed_origins:
        return {"Vary": "Origin"}
    else:
        headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    headers["Access-Control-Expose-Headers"] = EXPOSED
    if preflight:
        headers["Access-Control-Allow-Methods"] = METHODS
        headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
        headers["Access-Control-Max-Age"] = str(MAX_AGE_S)
    return headers

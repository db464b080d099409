"""Whether a request was made by a page of this very site.

A browser sends cookies along with requests that other sites' pages make; what a cookie vouches for is therefore
believed only when the request says that a page of ours made it. Modern browsers say so in ``Sec-Fetch-Site`` (Fetch
Metadata), all of them in ``Origin`` (RFC 6454) where something is changed and where a WebSocket is opened.

A core: it looks at a request's headers and reads nothing else.
"""

import re
from collections.abc import Collection, Mapping
from typing import Protocol
from urllib.parse import urlsplit

_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class RequestHeaders(Protocol):
    """What is asked of a request; ``aiohttp.web.Request`` has it."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def host(self) -> str:
        """The ``Host`` header: name and, unless it is the scheme's own, port."""


def same_origin(request: RequestHeaders, *, is_secure: bool = False, also: Collection[str] = ()) -> bool:
    """Whether a page of this site made the request; no when the request does not say who made it.

    ``is_secure``: the client is known to speak TLS, so a page without TLS is another site. Without that knowledge (a
    proxy that tells nothing) the host and port decide. ``also`` are further origins that count as this site, in the
    form ``https://stage.example.org``.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin in also:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return _is_of_host(origin, request.host, is_secure=is_secure)
    return site == "same-origin"


def _is_of_host(origin: str, host: str, *, is_secure: bool) -> bool:
    scheme, _, authority = origin.partition("://")
    default = _DEFAULT_PORTS.get(scheme)
    if default is None or (is_secure and scheme in ("http", "ws")):
        return False
    page = _host_and_port(authority, default)
    return page is not None and page == _host_and_port(host, default)


def _host_and_port(authority: str, default_port: int) -> tuple[str, int] | None:
    # A browser writes a host and perhaps a port; anything more is not one's.
    if not _AUTHORITY.fullmatch(authority):
        return None
    try:
        parts = urlsplit(f"//{authority}")
        port = parts.port or default_port
    except ValueError:
        return None
    return (parts.hostname or "", port)

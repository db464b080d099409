"""Where a request comes from, asked of the request: the adapter of ``infra.client_address``."""

from collections.abc import Sequence

from aiohttp import web

from infra.client_address import Network, client_address, client_is_secure


class Clients:
    """Knows which proxies to believe."""

    def __init__(self, trusted_proxies: Sequence[Network] = ()) -> None:
        self._trusted = tuple(trusted_proxies)

    def address(self, request: web.Request) -> str:
        """The client's address, or ``"unknown"``."""
        return client_address(request.remote, request.headers.getall("X-Forwarded-For", ()), self._trusted)

    def is_secure(self, request: web.Request) -> bool:
        """Whether the client speaks TLS; decides on ``Secure`` cookies and on HSTS."""
        # Of several headers the last is the nearest proxy's.
        forwarded = request.headers.getall("X-Forwarded-Proto", ())
        return client_is_secure(
            request.secure, request.remote, forwarded[-1] if forwarded else None, self._trusted
        )


CLIENTS = web.AppKey("clients", Clients)

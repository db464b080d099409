"""``GET /ws``: who may connect, and the handshake."""

from aiohttp import web

from accounts import socket_cookie
from infra.bearer import bearer_token
from infra.clients import Clients
from infra.origin import same_origin
from signaling.gateway.access import Grant, SocketAccess
from signaling.gateway.errors import NotAWebSocket, OriginRefused
from signaling.gateway.gateway import Gateway
from signaling.gateway.handshake import accept_value, chosen_subprotocol, head
from signaling.gateway.protocol import CloseCode
from signaling.gateway.takeover import take_over
from signaling.gateway.wire import FORMATS, JSON


class GatewayHandler:
    """An aiohttp handler."""

    def __init__(
        self,
        gateway: Gateway,
        access: SocketAccess,
        clients: Clients,
        *,
        cors_origins: tuple[str, ...],
        own_origins: tuple[str, ...],
    ) -> None:
        self._gateway = gateway
        self._access = access
        self._clients = clients
        self._cors_origins = cors_origins
        self._own_origins = own_origins

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Raises ``GatewayError`` and ``SessionEnded`` before the handshake."""
        accept = accept_value(request.headers)
        if accept is None:
            raise NotAWebSocket
        address = self._clients.address(request)
        self._gateway.require_room(address)
        grant = await self._who(request)
        name = chosen_subprotocol(request.headers.getall("Sec-WebSocket-Protocol", ()), FORMATS)
        if request.transport is None:
            raise ConnectionResetError
        connection = self._gateway.admit(request.transport, FORMATS.get(name or "", JSON), address, grant)
        # From here on everything happens in one step, so that nothing is read before it can be.
        try:
            response = take_over(request, connection)
        except ConnectionResetError:
            self._gateway.forget(connection)
            raise
        connection.write(head(accept, name))
        self._gateway.welcome(connection)
        if name is None:
            offered = " or ".join(FORMATS)
            connection.close(CloseCode.UNSUPPORTED, f"offer the subprotocol {offered}")
        return response

    async def _who(self, request: web.Request) -> Grant | None:
        """Whose connection it will be. A cookie counts only when a page of this very site sends it."""
        token = bearer_token(request.headers.get("Authorization"))
        if token is not None:
            return await self._access.by_token(token)
        own = same_origin(request, is_secure=self._clients.is_secure(request), also=self._own_origins)
        origin = request.headers.get("Origin")
        allowed = own or origin is None or "*" in self._cors_origins or origin in self._cors_origins
        if not allowed:
            raise OriginRefused
        cookie = request.cookies.get(socket_cookie.NAME)
        return await self._access.by_cookie(cookie) if own and cookie is not None else None

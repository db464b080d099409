"""``GET /ws``: the handshake, and the loop that reads one connection."""

import asyncio

import structlog
from aiohttp import WSMsgType, web

from accounts import socket_cookie
from infra.bearer import bearer_token
from infra.clients import Clients
from infra.origin import same_origin
from signaling.gateway.access import Grant, SocketAccess
from signaling.gateway.allowance import Verdict
from signaling.gateway.connection import ClientSocket, EventConnection
from signaling.gateway.dispatcher import Dispatcher
from signaling.gateway.errors import NotAWebSocket, OriginRefused
from signaling.gateway.gateway import Gateway
from signaling.gateway.protocol import MESSAGE_MAX_BYTES, CloseCode
from signaling.gateway.wire import FORMATS, JSON, TEXT

_log = structlog.get_logger("gateway")

_CLOSE_ANSWER_S = 2.0


class GatewayHandler:
    """An aiohttp handler."""

    def __init__(
        self,
        gateway: Gateway,
        dispatcher: Dispatcher,
        access: SocketAccess,
        clients: Clients,
        *,
        cors_origins: tuple[str, ...],
        own_origins: tuple[str, ...],
    ) -> None:
        self._gateway = gateway
        self._dispatcher = dispatcher
        self._access = access
        self._clients = clients
        self._cors_origins = cors_origins
        self._own_origins = own_origins

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Raises ``GatewayError`` and ``SessionEnded`` before the handshake."""
        address = self._clients.address(request)
        self._gateway.admit(address)
        try:
            socket = ClientSocket(
                compress=False,
                autoping=False,
                autoclose=False,
                max_msg_size=MESSAGE_MAX_BYTES,
                protocols=tuple(FORMATS),
                timeout=_CLOSE_ANSWER_S,
            )
            if not socket.can_prepare(request):
                raise NotAWebSocket
            grant = await self._who(request)
            await socket.prepare(request)
            # What the handshake said is of no use any more, and there is one of it for every connection.
            socket.headers.clear()
            await self._serve(request, socket, address, grant)
            return socket
        finally:
            self._gateway.dismiss(address)

    async def _who(self, request: web.Request) -> Grant | None:
        """Whose connection it will be. A cookie counts only when a page of this very site sends it."""
        token = bearer_token(request.headers.get("Authorization"))
        if token is not None:
            return await self._access.by_token(token)
        own = same_origin(request, is_secure=self._clients.is_secure(request), also=self._own_origins)
        origin = request.headers.get("Origin")
        if (
            origin is not None
            and not own
            and "*" not in self._cors_origins
            and origin not in self._cors_origins
        ):
            raise OriginRefused
        cookie = request.cookies.get(socket_cookie.NAME)
        return await self._access.by_cookie(cookie) if own and cookie is not None else None

    async def _serve(
        self, request: web.Request, socket: ClientSocket, address: str, grant: Grant | None
    ) -> None:
        format_ = FORMATS.get(socket.ws_protocol or "")
        connection = self._gateway.open(request, format_ or JSON, address, grant)
        socket.connection = connection
        try:
            if format_ is None:
                offered = " or ".join(FORMATS)
                connection.close(CloseCode.UNSUPPORTED, f"offer the subprotocol {offered}")
            code = await self._read(socket, connection)
            connection.finish(code)
        finally:
            self._gateway.forget(connection)

    async def _read(self, socket: ClientSocket, connection: EventConnection) -> int | None:
        """Reads until the connection ends; returns the client's close code, if it had one."""
        data_type = WSMsgType.TEXT if connection.format.opcode == TEXT else WSMsgType.BINARY
        now = asyncio.get_running_loop().time
        while True:
            message = await socket.receive()
            connection.heard_s = now()
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    if connection.closing:
                        continue
                    if message.type is not data_type:
                        connection.close(CloseCode.MALFORMED, "the other kind of frame")
                        continue
                    connection.busy = True
                    await self._dispatcher.carry_out(connection, message.data)
                    connection.busy = False
                case WSMsgType.PING:
                    if connection.allowance.spend(now()) is Verdict.ALLOWED:
                        connection.pong(message.data)
                case WSMsgType.PONG:
                    pass
                case WSMsgType.CLOSE:
                    return message.data if isinstance(message.data, int) else None
                case _:
                    return None

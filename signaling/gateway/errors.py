"""What keeps a connection from being opened, before it is one.

GatewayError
  +-- TooManyConnections, NotAWebSocket, OriginRefused
"""

from typing import ClassVar

from infra.errors import DomainError


class GatewayError(DomainError):
    """Base of refusals before the handshake."""


class TooManyConnections(GatewayError):
    """The server, or the address, has as many connections as it may; come back later."""

    status: ClassVar[int] = 503
    title: ClassVar[str] = "Too many event connections"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class NotAWebSocket(GatewayError):
    """The request asks for no WebSocket, or for one of another version."""

    status: ClassVar[int] = 426
    title: ClassVar[str] = "This is a WebSocket"

    def __init__(self, detail: str = "connect with a WebSocket client (RFC 6455, version 13)") -> None:
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        super().__init__(detail, headers=headers)


class OriginRefused(GatewayError):
    """A page of a site that may not use this server's API."""

    status: ClassVar[int] = 403
    title: ClassVar[str] = "Pages of this site may not connect"

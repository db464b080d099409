"""Who a connection belongs to, asked of ``accounts``."""

from collections.abc import Collection, Mapping
from typing import Protocol

from accounts.errors import SessionEnded
from accounts.services.socket_access import Grant, Standing

__all__ = ["Grant", "NobodyKnown", "SocketAccess", "Standing"]


class SocketAccess(Protocol):
    """Met by ``accounts.services.socket_access``."""

    async def by_token(self, token: str, /) -> Grant:
        """By an access token or an API key. Raises ``SessionEnded``."""

    async def by_cookie(self, value: str, /) -> Grant | None:
        """By the cookie for this socket; nobody when it no longer holds."""

    async def standing(self, proofs: Collection[str], /) -> Mapping[str, Standing]:
        """What is true now of those that still hold; those that do not are left out."""


class NobodyKnown:
    """A ``SocketAccess`` without accounts."""

    async def by_token(self, _token: str, /) -> Grant:
        raise SessionEnded

    async def by_cookie(self, _value: str, /) -> Grant | None:
        return None

    async def standing(self, _proofs: Collection[str], /) -> Mapping[str, Standing]:
        return {}

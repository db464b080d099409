"""Who may call a declared endpoint: the one hook every declared endpoint goes through."""

from typing import Protocol

from aiohttp import web

from infra.access import Access, Who
from infra.bearer import bearer_token
from infra.request_errors import NotSignedIn


class Authorizer(Protocol):
    """Answers what ``access`` demands. Hung in the application under ``AUTHORIZER`` before it starts."""

    async def authorize(self, request: web.Request, access: Access, /) -> str | None:
        """Returns when the caller may go on, and raises a ``DomainError`` (401, 403, 404) when not.

        The result is whom limits count, such as ``"user:17"``, or ``None`` for someone unknown. Whatever handlers
        want to know of the caller is put into the request under a ``web.RequestKey`` of the implementation's own;
        that is also done for ``PUBLIC``, when the request happens to say who makes it. The channel a demand
        concerns is ``request.match_info["channel"]``. A request authenticated by a cookie is refused unless it is
        of the same origin (``infra.origin``).
        """


class ChannelKeys(Protocol):
    """Knows the stream keys of channels."""

    async def authenticate(self, name: str, key: str | None, /) -> object:
        """Raises a ``DomainError`` unless ``key`` is the stream key of the channel ``name``."""


class ChannelKeyAuthorizer:
    """Knows no people: lets everyone in where that is allowed, and whoever has a channel's stream key."""

    def __init__(self, channel_keys: ChannelKeys) -> None:
        self._channel_keys = channel_keys

    async def authorize(self, request: web.Request, access: Access, /) -> str | None:
        if access.is_public:
            return None
        if Who.CHANNEL_KEY in access.who:
            key = bearer_token(request.headers.get("Authorization"))
            await self._channel_keys.authenticate(request.match_info["channel"], key)
            return None
        raise NotSignedIn


AUTHORIZER: web.AppKey[Authorizer] = web.AppKey("authorizer", Authorizer)

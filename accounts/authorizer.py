"""Answers for every declared endpoint who a request is from, and whether they may go on.

Thin: it reads the bearer token, asks who that is, and leaves the answer to ``accounts.permissions``.
"""

from typing import Protocol

from aiohttp import web

from accounts.api_key_format import looks_like_api_key
from accounts.errors import SessionEnded
from accounts.identity import ANONYMOUS, Identity, UserId
from accounts.permissions import ChannelSubject, require_access
from accounts.services.api_keys import ApiKeyService
from accounts.services.sessions import SessionService
from infra.access import Access, Who
from infra.authorizer import ChannelKeys
from infra.bearer import bearer_token
from infra.clock import Clock, utc_now
from infra.request_errors import NotSignedIn

IDENTITY: web.RequestKey[Identity] = web.RequestKey("identity", Identity)


class ChannelFacts(Protocol):
    """Knows whose a channel is, and who moderates it."""

    async def channel_subject(self, name: str, user_id: UserId, /) -> ChannelSubject:
        """What permissions need to know about the channel for this person.

        Raises a ``DomainError`` (404) when there is no such channel.
        """


class NoOwners:
    """Channels before they belong to anybody: only admins act for them."""

    async def channel_subject(self, _name: str, _user_id: UserId, /) -> ChannelSubject:
        return ChannelSubject()


class AccountsAuthorizer:
    """An ``infra.authorizer.Authorizer``."""

    def __init__(
        self,
        sessions: SessionService,
        api_keys: ApiKeyService,
        channel_keys: ChannelKeys,
        channels: ChannelFacts,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._sessions = sessions
        self._api_keys = api_keys
        self._channel_keys = channel_keys
        self._channels = channels
        self._clock = clock

    async def authorize(self, request: web.Request, access: Access, /) -> str | None:
        """Sets ``request[IDENTITY]``. On what is open to everyone, a token that no longer holds is no obstacle."""
        token = bearer_token(request.headers.get("Authorization"))
        if access.who == {Who.CHANNEL_KEY}:
            await self._by_channel_key(request, token)
            return None
        try:
            identity = await self.identify(token)
        except SessionEnded:
            if not access.is_public:
                raise
            identity = ANONYMOUS
        request[IDENTITY] = identity
        if access.is_public:
            return _subject(identity)
        if identity.is_anonymous and token is not None and Who.CHANNEL_KEY in access.who:
            await self._by_channel_key(request, token)
            return None
        await self._require(identity, access, request)
        return _subject(identity)

    async def identify(self, token: str | None) -> Identity:
        """Who a bearer token belongs to; nobody when there is none, or it is a stream key.

        Raises ``SessionEnded`` for a token of ours that no longer holds.
        """
        if token is None:
            return ANONYMOUS
        if looks_like_api_key(token):
            return await self._api_keys.identify(token)
        if token.count(".") == 2:
            return await self._sessions.identify(token)
        return ANONYMOUS

    async def _by_channel_key(self, request: web.Request, token: str | None) -> None:
        await self._channel_keys.authenticate(request.match_info["channel"], token)
        request[IDENTITY] = ANONYMOUS

    async def _require(self, identity: Identity, access: Access, request: web.Request) -> None:
        if identity.user_id is None:
            raise NotSignedIn
        channel = None
        if access.of_channel:
            channel = await self._channels.channel_subject(request.match_info["channel"], identity.user_id)
        require_access(identity, access, channel, now=self._clock())


def identity_of(request: web.Request) -> Identity:
    """Who makes a request to a declared endpoint."""
    identity: Identity = request.get(IDENTITY, ANONYMOUS)
    return identity


def _subject(identity: Identity) -> str | None:
    return None if identity.user_id is None else f"user:{identity.user_id}"

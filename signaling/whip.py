"""WHIP (RFC 9725): an artist's encoder or browser publishes to a channel with its stream key."""

from collections.abc import Callable

import structlog
from aiohttp import web

from catalog.errors import StreamKeyMissing, StreamKeyRejected
from infra.bearer import bearer_token

from .answer import publisher_answer
from .entity_tag import session_label
from .errors import TooManyWrongKeys
from .plane import StreamKeys
from .resource import SessionResources, telling_refusals
from .sdp import agree_to_publish
from .wrong_keys import WrongKeys

_log = structlog.get_logger("signaling")


class WhipHandlers:
    """One method for each request of the protocol; every one of them needs the channel's stream key."""

    def __init__(
        self, resources: SessionResources, stream_keys: StreamKeys, *, monotonic: Callable[[], float]
    ) -> None:
        self._resources = resources
        self._stream_keys = stream_keys
        self._wrong_keys = WrongKeys()
        self._monotonic = monotonic

    async def post(self, request: web.Request) -> web.Response:
        """Creates a publishing session, which takes over the channel when it is connected."""
        seen = self._stream_keys.revocations
        channel = await self._authenticate(request)
        address = self._resources.admit(request)
        offer = await self._resources.read_offer(request)
        while seen != self._stream_keys.revocations:
            # While the body came in a key was replaced, perhaps this one.
            seen = self._stream_keys.revocations
            await self._authenticate(request)
        plane = self._resources.plane
        with telling_refusals(channel, address):
            agreed = agree_to_publish(offer)
            local = plane.publish(channel, agreed.remote, agreed.tracks, client_address=address)
        answer = publisher_answer(agreed, local, plane.fingerprint, plane.candidates)
        _log.info(
            "publisher_accepted",
            channel=channel,
            session=session_label(local.session_id),
            client=address,
            tracks=[f"{track.kind}:{track.formats[0].name}" for track in agreed.tracks],
        )
        return self._resources.created(request, local, answer)

    async def patch(self, request: web.Request) -> web.Response:
        """Trickle ICE or an ICE restart."""
        await self._authenticate(request)
        session_id = self._resources.require_session(request, publishing=True)
        return await self._resources.patch(request, session_id)

    async def delete(self, request: web.Request) -> web.Response:
        """Ends the broadcast at once, without a grace period."""
        channel = await self._authenticate(request)
        session_id = self._resources.require_session(request, publishing=True)
        _log.info("publisher_left", channel=channel, session=session_label(session_id))
        return await self._resources.delete(session_id)

    async def _authenticate(self, request: web.Request) -> str:
        """The channel whose key the request carries. Without any key it tells nothing of what exists."""
        address = self._resources.client_address(request)
        if retry_after_s := self._wrong_keys.retry_after_s(address, self._monotonic()):
            raise TooManyWrongKeys(
                "this address has tried too many wrong stream keys",
                headers={"Retry-After": str(int(retry_after_s) + 1)},
            )
        channel = request.match_info["channel"]
        key = bearer_token(request.headers.get("Authorization"))
        if key is None:
            raise StreamKeyMissing
        try:
            await self._stream_keys.authenticate(channel, key)
        except StreamKeyRejected:
            self._wrong_keys.failed(address, self._monotonic())
            _log.warning("stream_key_rejected", channel=channel, client=address)
            raise
        return channel

"""WHEP (draft-ietf-wish-whep): a player watches a channel. Anyone may; only a session's URL is a secret."""

import structlog
from aiohttp import web

from media.errors import NotLive, UnsupportedCodec

from .answer import viewer_answer
from .entity_tag import session_label
from .errors import ChannelNotLive, NoCommonCodec
from .plane import StreamKeys
from .resource import SessionResources, telling_refusals
from .sdp import agree_to_view

RETRY_NOT_LIVE_S = 2

_log = structlog.get_logger("signaling")


class WhepHandlers:
    """One method for each request of the protocol."""

    def __init__(self, resources: SessionResources, stream_keys: StreamKeys) -> None:
        self._resources = resources
        self._stream_keys = stream_keys

    async def post(self, request: web.Request) -> web.Response:
        """Creates a viewing session; with `?preview=1` one that does not count as a viewer."""
        address = self._resources.admit(request)
        channel = request.match_info["channel"]
        await self._stream_keys.get(channel)
        counted = request.query.get("preview") != "1"
        plane = self._resources.plane
        try:
            # Told before the body is read, because players ask again and again.
            plane.stream_formats(channel)
            offer = await self._resources.read_offer(request)
            with telling_refusals(channel, address):
                agreed = agree_to_view(offer, plane.stream_formats(channel))
                local = plane.view(
                    channel, agreed.remote, agreed.tracks, client_address=address, counted=counted
                )
            identities = {track.kind: plane.track_identity(channel, track.kind) for track in agreed.tracks}
        except NotLive:
            raise ChannelNotLive(
                f"nobody is live on {channel} now", headers={"Retry-After": str(RETRY_NOT_LIVE_S)}
            ) from None
        except UnsupportedCodec as error:
            raise NoCommonCodec(str(error)) from None
        answer = viewer_answer(agreed, local, plane.fingerprint, plane.candidates, identities)
        _log.info(
            "viewer_accepted",
            channel=channel,
            session=session_label(local.session_id),
            client=address,
            tracks=[f"{track.kind}:{track.formats[0].name}" for track in agreed.tracks],
            counted=counted,
        )
        return self._resources.created(request, local, answer)

    async def patch(self, request: web.Request) -> web.Response:
        """Trickle ICE or an ICE restart."""
        session_id = self._resources.require_session(request, publishing=False)
        return await self._resources.patch(request, session_id)

    async def delete(self, request: web.Request) -> web.Response:
        """Ends the session."""
        session_id = self._resources.require_session(request, publishing=False)
        _log.info("viewer_left", channel=request.match_info["channel"], session=session_label(session_id))
        return await self._resources.delete(session_id)

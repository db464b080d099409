"""What the resources of WHIP and WHEP have in common over HTTP: bounded bodies, headers, PATCH and DELETE.

`whip` and `whep` make the sessions; errors leave as domain errors, which the server's middleware renders.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog
from aiohttp import web
from multidict import CIMultiDict

from config.ice import IceServer
from media import errors as media_errors
from media.description import LocalPeer
from media.errors import UnknownSession

from .entity_tag import entity_tag, require_match, session_label
from .errors import (
    BodyTooLarge,
    BodyTooSlow,
    MalformedSdp,
    MediaTypeWrong,
    SdpError,
    ServerBusy,
    SessionNotFound,
    TooManySessions,
)
from .offer import Offer, parse_offer
from .plane import MediaPlane
from .sdpfrag import parse_fragment, restart_answer

SDP = "application/sdp"
SDP_FRAGMENT = "application/trickle-ice-sdpfrag"
MAX_BODY_BYTES = 65_536
BODY_TIMEOUT_S = 10.0
RETRY_BUSY_S = 2
RETRY_SESSIONS_S = 10

_log = structlog.get_logger("signaling")


class SessionResources:
    """Creates, changes and ends session resources on behalf of both protocols."""

    def __init__(
        self,
        plane: MediaPlane,
        *,
        ice_servers: Sequence[IceServer],
        max_sessions_per_address: int,
        client_address: Callable[[web.Request], str],
    ) -> None:
        self.plane = plane
        self.client_address = client_address
        self._links = tuple(_link(server) for server in ice_servers)
        self._max_sessions_per_address = max_sessions_per_address

    def admit(self, request: web.Request) -> str:
        """The client's address, which may hold one more session. Raises TooManySessions."""
        address = self.client_address(request)
        if self.plane.sessions_from(address) >= self._max_sessions_per_address:
            raise TooManySessions(
                f"an address may hold {self._max_sessions_per_address} sessions at once",
                headers={"Retry-After": str(RETRY_SESSIONS_S)},
            )
        return address

    async def read_offer(self, request: web.Request) -> Offer:
        """Raises what is wrong with the body."""
        return parse_offer(await _read_text(request, SDP, {"Accept-Post": SDP}))

    def created(self, request: web.Request, local: LocalPeer, answer: str) -> web.Response:
        """201 with the answer; `Location` is the session below the URL that was posted to."""
        headers = self.link_headers()
        headers["Location"] = f"{request.path}/{local.session_id}"
        headers["ETag"] = entity_tag(local)
        headers["Accept-Patch"] = SDP_FRAGMENT
        headers["Cache-Control"] = "no-store"
        # As bytes: with text aiohttp adds a charset, and some clients compare the whole header.
        return web.Response(status=201, body=answer.encode(), content_type=SDP, headers=headers)

    def link_headers(self) -> CIMultiDict[str]:
        """One `Link` for each STUN or TURN server (RFC 9725 section 4.6)."""
        return CIMultiDict(("Link", link) for link in self._links)

    def require_session(self, request: web.Request, *, publishing: bool) -> str:
        """The id in the URL. Raises SessionNotFound, also for one of another channel or protocol."""
        session_id, channel = request.match_info["session"], request.match_info["channel"]
        try:
            info = self.plane.session_info(session_id)
        except UnknownSession:
            info = None
        if info is None or info.channel != channel or info.publishing is not publishing:
            raise SessionNotFound("the session has ended, or never was")
        return session_id

    async def patch(self, request: web.Request, session_id: str) -> web.Response:
        """Takes trickled candidates (204) or restarts ICE (200)."""
        text = await _read_text(request, SDP_FRAGMENT, {"Accept-Patch": SDP_FRAGMENT})
        current = self._peer(session_id)
        require_match(request.headers.get("If-Match"), entity_tag(current))
        fragment = parse_fragment(text)
        # A fragment with other credentials than the session's is a restart, whatever If-Match says
        # (draft-ietf-wish-whep section 4.4.3); one that repeats them is not, even with `*`.
        is_restart = fragment.ice_ufrag and fragment.ice_ufrag != self._remote_ufrag(session_id)
        if not is_restart:
            return web.Response(status=204)
        try:
            local = self.plane.restart_ice(session_id, fragment.ice_ufrag, fragment.ice_pwd)
        except UnknownSession:
            raise SessionNotFound("the session has just ended") from None
        _log.info("ice_restarted", session=session_label(session_id), generation=local.ice_generation)
        body = restart_answer(fragment, local, self.plane.candidates)
        headers = {"ETag": entity_tag(local), "Cache-Control": "no-store"}
        return web.Response(status=200, body=body.encode(), content_type=SDP_FRAGMENT, headers=headers)

    async def delete(self, session_id: str) -> web.Response:
        """Ends the session; any `If-Match` is ignored (RFC 9725 section 4.3.1)."""
        try:
            await self.plane.close(session_id)
        except UnknownSession:
            raise SessionNotFound("the session has just ended") from None
        return web.Response(status=200)

    def _peer(self, session_id: str) -> LocalPeer:
        try:
            return self.plane.peer(session_id)
        except UnknownSession:
            raise SessionNotFound("the session has just ended") from None

    def _remote_ufrag(self, session_id: str) -> str:
        try:
            return self.plane.remote_ufrag(session_id)
        except UnknownSession:
            raise SessionNotFound("the session has just ended") from None


@contextmanager
def telling_refusals(channel: str, address: str) -> Iterator[None]:
    """Logs why an offer that could be read was refused; such errors quote no credentials. Raises ServerBusy."""
    try:
        yield
    except media_errors.TooManySessions as error:
        raise ServerBusy(str(error), headers={"Retry-After": str(RETRY_BUSY_S)}) from None
    except SdpError as error:
        _log.info("offer_refused", channel=channel, client=address, reason=str(error))
        raise


async def _read_text(request: web.Request, content_type: str, accepted: dict[str, str]) -> str:
    if request.content_type != content_type:
        got = request.headers.get("Content-Type", "none")[:80]
        raise MediaTypeWrong(f"the body has to be {content_type}, not {got}", headers=accepted)
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"a body has at most {MAX_BODY_BYTES} bytes")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise BodyTooLarge(f"a body has at most {MAX_BODY_BYTES} bytes")
    except TimeoutError:
        raise BodyTooSlow(f"the body has to arrive within {BODY_TIMEOUT_S:.0f} s") from None
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise MalformedSdp(f"the body is not UTF-8 text (at byte {error.start})") from None


def _link(server: IceServer) -> str:
    parts = [f"<{server.url}>", 'rel="ice-server"']
    if server.username is not None and server.credential is not None:
        parts += [
            f"username={_quoted(server.username)}",
            f"credential={_quoted(server.credential)}",
            'credential-type="password"',
        ]
    return "; ".join(parts)


def _quoted(text: str) -> str:
    """A quoted-string (RFC 9110 section 5.6.4)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

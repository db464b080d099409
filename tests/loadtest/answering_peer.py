"""A WHIP/WHEP server of another make for one session at a time: aiortc's ICE and DTLS, and nothing above them.

Its tests write the media sections of its answer, give it plaintext RTP to send, and see what it received as it came.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web
from aiortc import (
    RTCCertificate,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceCandidate,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
)
from aiortc.sdp import SessionDescription


@dataclass
class AnsweringPeer:
    """`sections` makes the media sections of an answer, without transport lines, from the offer's text."""

    sections: Callable[[str], list[list[str]]]
    offer: str = ""
    rtp: list[tuple[float, bytes]] = field(default_factory=list)
    """Decrypted, with the moment by the system's clock."""
    rtcp: list[tuple[float, bytes]] = field(default_factory=list)
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False
    _dtls: RTCDtlsTransport | None = None
    _connecting: asyncio.Task[None] | None = None

    async def post(self, request: web.Request) -> web.Response:
        self.offer = await request.text()
        offered = SessionDescription.parse(self.offer)
        gatherer = RTCIceGatherer(iceServers=[])
        await gatherer.gather()
        ice = RTCIceTransport(gatherer)
        self._dtls = _Dtls(ice, [RTCCertificate.generateCertificate()], self)
        first = offered.media[0]
        assert first.ice is not None
        assert first.dtls is not None
        for candidate in first.ice_candidates:
            await ice.addRemoteCandidate(candidate)
        await ice.addRemoteCandidate(None)
        self._connecting = asyncio.create_task(self._connect(ice, self._dtls, first.ice, first.dtls))
        answer = self._answer(gatherer, self._dtls)
        headers = {"Location": "/session"}
        return web.Response(status=201, text=answer, headers=headers, content_type="application/sdp")

    async def delete(self, _: web.Request) -> web.Response:
        self.ended = True
        return web.Response()

    async def send_rtp(self, packet: bytes) -> None:
        assert self._dtls is not None
        await self._dtls._send_rtp(packet)

    async def close(self) -> None:
        if self._connecting is not None:
            await self._connecting
        if self._dtls is not None:
            await self._dtls.stop()
            await self._dtls.transport.stop()

    async def _connect(
        self,
        ice: RTCIceTransport,
        dtls: RTCDtlsTransport,
        remote: RTCIceParameters,
        theirs: RTCDtlsParameters,
    ) -> None:
        await ice.start(remote)
        dtls._set_role("server")
        await dtls.start(theirs)
        self.connected.set()

    def _answer(self, gatherer: RTCIceGatherer, dtls: RTCDtlsTransport) -> str:
        local = gatherer.getLocalParameters()
        print_ = dtls.getLocalParameters().fingerprints[0]
        transport = [
            f"a=ice-ufrag:{local.usernameFragment}",
            f"a=ice-pwd:{local.password}",
            f"a=fingerprint:{print_.algorithm} {print_.value}",
            "a=setup:passive",
            "a=rtcp-mux",
            *(_candidate_line(each) for each in gatherer.getLocalCandidates()),
        ]
        lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        for section in self.sections(self.offer):
            lines += [section[0], "c=IN IP4 0.0.0.0", *transport, *section[1:]]
        return "\r\n".join(lines) + "\r\n"


class _Dtls(RTCDtlsTransport):
    """Hands over what is received instead of routing it."""

    def __init__(self, ice: RTCIceTransport, certificates: list[RTCCertificate], peer: AnsweringPeer) -> None:
        super().__init__(ice, certificates)
        self._peer = peer

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
        self._peer.rtp.append((time.time(), data))

    async def _handle_rtcp_data(self, data: bytes) -> None:
        self._peer.rtcp.append((time.time(), data))


def _candidate_line(each: RTCIceCandidate) -> str:
    return (
        f"a=candidate:{each.foundation} {each.component} {each.protocol} {each.priority} {each.ip} {each.port}"
        f" typ {each.type}"
    )

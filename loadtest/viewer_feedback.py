"""What a viewer tells the server, as browsers do: reports, lost packets, arrivals, and that it wants a keyframe.

A receiver report each second, with a request for a keyframe (PLI) as long as none has come; NACKs of the picture's
packets, not of the sound's, which browsers do not ask for; every arrival where the server wants that for its
congestion control.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping

from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
)

from loadtest.nacks import Nacks
from loadtest.peer import Peer
from loadtest.sdp import VIDEO, RemoteMedia
from loadtest.sequence import SequenceCounter
from loadtest.transport_feedback import TransportFeedback

REPORT_INTERVAL_S = 1.0
FEEDBACK_INTERVAL_S = 0.05
"""Of transport-wide feedback; what browsers do from some hundred kbit/s on."""
NACK_DELAY_S = 0.01
RTCP_SSRC = 1


class ViewerFeedback:
    """`start` when connected, `stop` before the peer is closed. The three mappings are the viewer's, which fills them:
    its media and counters by payload type, its SSRCs by kind.
    """

    def __init__(
        self,
        peer: Peer,
        media: Mapping[int, RemoteMedia],
        counters: Mapping[int, SequenceCounter],
        ssrcs: Mapping[str, int],
        *,
        tells_arrivals: bool,
    ) -> None:
        self._peer = peer
        self._media = media
        self._counters = counters
        self._ssrcs = ssrcs
        self._loop = asyncio.get_running_loop()
        self._nacks = Nacks()
        self._arrivals = TransportFeedback(RTCP_SSRC) if tells_arrivals else None
        self._report_timer: asyncio.TimerHandle | None = None
        self._arrivals_timer: asyncio.TimerHandle | None = None
        self._nack_timer: asyncio.TimerHandle | None = None
        self.wants_keyframe = False
        self.sent = 0
        """Reports of arrivals."""

    def start(self, *, wants_keyframe: bool) -> None:
        """Begin to report; each viewer of a crowd at another moment."""
        self.wants_keyframe = wants_keyframe
        self._report_timer = self._loop.call_later(secrets.randbelow(1000) / 1000, self._report)
        if self._arrivals is not None:
            after_s = FEEDBACK_INTERVAL_S * secrets.randbelow(1000) / 1000
            self._arrivals_timer = self._loop.call_later(after_s, self._tell_arrivals)

    def stop(self) -> None:
        """Say nothing more."""
        for timer in (self._report_timer, self._nack_timer, self._arrivals_timer):
            if timer is not None:
                timer.cancel()

    def ask_soon(self) -> None:
        """Something is missing: ask for it, unless it comes in a moment."""
        if self._nack_timer is None:
            self._nack_timer = self._loop.call_later(NACK_DELAY_S, self._ask)

    def arrived(self, transport_sequence: int, arrived_us: int) -> None:
        """A packet came that the server wants to know of."""
        assert self._arrivals is not None
        self._arrivals.receive(transport_sequence, arrived_us)

    def _report(self) -> None:
        if self._peer.closed:
            return
        reports = [
            RtcpReceiverInfo(
                ssrc=self._ssrcs[media.kind],
                fraction_lost=0,
                packets_lost=self._counters[payload_type].lost,
                highest_sequence=max(0, self._counters[payload_type].highest),
                jitter=0,
                lsr=0,
                dlsr=0,
            )
            for payload_type, media in self._media.items()
            if media.kind in self._ssrcs
        ]
        self._peer.send_rtcp(bytes(RtcpRrPacket(ssrc=RTCP_SSRC, reports=reports)))
        if self.wants_keyframe and VIDEO in self._ssrcs:
            pli = RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=RTCP_SSRC, media_ssrc=self._ssrcs[VIDEO])
            self._peer.send_rtcp(bytes(pli))
        self._report_timer = self._loop.call_later(REPORT_INTERVAL_S, self._report)

    def _tell_arrivals(self) -> None:
        assert self._arrivals is not None
        if self._peer.closed:
            return
        for report in self._arrivals.take(next(iter(self._ssrcs.values()), 0)):
            self._peer.send_rtcp(report)
            self.sent += 1
        self._arrivals_timer = self._loop.call_later(FEEDBACK_INTERVAL_S, self._tell_arrivals)

    def _ask(self) -> None:
        self._nack_timer = None
        if self._peer.closed:
            return
        now_s = self._loop.time()
        for payload_type, counter in self._counters.items():
            kind = self._media[payload_type].kind
            if kind == VIDEO and kind in self._ssrcs and (lost := self._nacks.due(counter, now_s)):
                nack = RtcpRtpfbPacket(
                    fmt=RTCP_RTPFB_NACK, ssrc=RTCP_SSRC, media_ssrc=self._ssrcs[kind], lost=lost
                )
                self._peer.send_rtcp(bytes(nack))

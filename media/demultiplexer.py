"""Where a datagram belongs: STUN, DTLS or media by its first byte (RFC 7983), the session by who sent it."""

import asyncio

from . import ice
from .errors import MalformedPacket
from .sessions import SessionTable
from .stats import Counters
from .udp import UdpEndpoint


class Demultiplexer:
    """Hands datagrams of the UDP port to their sessions. What belongs to no session is dropped in silence, so that
    nobody learns or is flooded.
    """

    def __init__(self, sessions: SessionTable, counters: Counters) -> None:
        self._sessions = sessions
        self._session_at = sessions.at_address
        self._counters = counters

    def datagram_received(
        self, datagram: bytes, address: ice.Address, endpoint: UdpEndpoint, arrival_us: int
    ) -> None:
        """Never raises."""
        first = datagram[0]
        if 128 <= first <= 191:
            session = self._session_at(address)
            if session is not None:
                session.receive_media(datagram, arrival_us)
        elif first <= 3:
            self._receive_stun(datagram, address, endpoint)
        elif 20 <= first <= 63:
            session = self._session_at(address)
            if session is not None:
                session.receive_dtls(datagram, address, endpoint)

    def _receive_stun(self, datagram: bytes, address: ice.Address, endpoint: UdpEndpoint) -> None:
        # A request names its session; an answer to a check of ours comes from an address that has shown one.
        ufrag = ice.peek_ufrag(datagram)
        session = self._sessions.with_ufrag(ufrag) if ufrag else self._session_at(address)
        if session is None:
            return
        try:
            message = ice.parse(datagram)
        except MalformedPacket:
            self._counters.malformed += 1
            return
        if ufrag:
            effects = session.ice.handle_request(message, address, asyncio.get_running_loop().time())
        else:
            effects = session.ice.handle_response(message, address)
        for effect in effects:
            match effect:
                case ice.AddressValidated() | ice.AddressForgotten():
                    self._sessions.readdressed(session, effect)
                case _:
                    session.apply(effect, endpoint)

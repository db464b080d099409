"""The media plane as a service: sessions by id, by ICE user name and by address; streams by channel.

`signaling` opens and closes sessions here; datagrams arrive from the UDP port; listeners learn what is live.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import structlog

from . import ice
from .addresses import host_addresses
from .broadcast import State
from .codecs import pick_format
from .description import (
    CodecFormat,
    Fingerprint,
    HostCandidate,
    InboundTrack,
    Kind,
    LocalPeer,
    OutboundTrack,
    RemotePeer,
    TrackIdentity,
)
from .dtls import Certificate, DtlsConnection
from .errors import DtlsFailed, MalformedPacket, NotLive, TooManySessions, UnknownSession, UnsupportedCodec
from .fanout import Kernel, make_fanout
from .live import Listener, LiveState
from .memory import Reclaimer
from .publisher import Publisher
from .session import PublisherRole, Role, Session, ViewerRole
from .stats import Counters, MediaStats
from .stream import Stream
from .udp import UdpEndpoint, UdpPort
from .viewer import Viewer

_HOUSEKEEPING_S = 0.25
MAX_CONNECTING = 2000
"""Peers that may be in their handshakes at once; a further viewer is refused. Publishers have shown a key."""

_MAX_DEPARTED = 64
"""Sessions remembered after their peer closed them, for a DELETE that is still on its way; the oldest is forgotten
first."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionInfo:
    channel: str
    publishing: bool
    client_address: str


class MediaPlane:
    """All sessions and streams of this process.

    `observe_join_s` is told, for every viewer, the seconds from its offer to the keys (when the first
    packets leave). `fanout` is the kernel to use, the fastest there is unless given; raises `OSError` when this
    one is not there.
    """

    def __init__(
        self,
        *,
        host: str,
        udp_port: int,
        public_addresses: Sequence[str],
        grace_s: float,
        fanout: Kernel | None = None,
        observe_join_s: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._host = host
        self._public_addresses = tuple(public_addresses)
        self._grace_s = grace_s
        self._observe_join_s = observe_join_s
        self._certificate: Certificate = Certificate.generateCertificate()
        self._counters = Counters()
        self._fanout = make_fanout(self._counters, fanout)
        self._udp = UdpPort(host, udp_port, self)
        self._sessions: dict[str, Session] = {}
        self._by_ufrag: dict[str, Session] = {}
        self._by_address: dict[ice.Address, Session] = {}
        self._departed: dict[str, Session] = {}
        self._per_client: Counter[str] = Counter()
        self._streams: dict[str, Stream] = {}
        self._publishers: dict[str, Session] = {}
        self._listeners: dict[Listener, None] = {}
        self._connecting = 0
        self._reclaimer = Reclaimer()
        self._closing: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    # Life

    def start(self) -> None:
        """Open the UDP port. Raises `OSError` when it is taken."""
        self._udp.open()
        self._timer = asyncio.get_running_loop().call_later(_HOUSEKEEPING_S, self._keep_house)
        _log.info(
            "media_listening",
            port=self._udp.port,
            addresses=[candidate.ip for candidate in self.candidates],
            fanout=self.fanout,
        )

    @property
    def fanout(self) -> Kernel:
        """What sends to viewers."""
        return self._fanout.kernel

    @property
    def listening(self) -> bool:
        """Whether the media sockets are open."""
        return bool(self._udp.endpoints) and self._timer is not None

    async def drain(self) -> None:
        """End every broadcast and session; peers are told."""
        for session in tuple(self._sessions.values()):
            self._end(session)
        if self._closing:
            await asyncio.gather(*self._closing, return_exceptions=True)

    async def stop(self) -> None:
        """Drain, and give the port back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self.drain()
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()
        self._udp.close()

    # What signaling needs

    @property
    def fingerprint(self) -> Fingerprint:
        """Of this process's certificate."""
        return self._certificate.fingerprint

    @property
    def candidates(self) -> tuple[HostCandidate, ...]:
        """Where the media port can be reached: the configured public addresses, else those of this
        machine.
        """
        port = self._udp.port
        families = {endpoint.family for endpoint in self._udp.endpoints}
        return tuple(
            HostCandidate(ip, port) for ip in self._public_addresses or host_addresses(self._host, families)
        )

    def stream_formats(self, channel: str) -> dict[Kind, tuple[CodecFormat, ...]]:
        """What the publisher of `channel` may send; the format sent now is the first of its kind. Raises
        `NotLive`.
        """
        return self._live_stream(channel).formats()

    def track_identity(self, channel: str, kind: Kind) -> TrackIdentity:
        """How the forwarded track of this kind is named. Raises `NotLive`."""
        return self._live_stream(channel).layers[kind].identity

    def publish(
        self, channel: str, remote: RemotePeer, tracks: Sequence[InboundTrack], *, client_address: str
    ) -> LocalPeer:
        """Expect a publisher. It takes over from the channel's current one once it is connected."""
        publisher = Publisher(tracks, secrets.randbits(32) or 1)
        session: Session

        def attach(role: PublisherRole) -> Stream:
            return self._attach(session, role)

        session = self._open(
            channel, remote, PublisherRole(publisher, attach, self._counters), client_address
        )
        return session.local

    def view(
        self,
        channel: str,
        remote: RemotePeer,
        tracks: Sequence[OutboundTrack],
        *,
        client_address: str,
        counted: bool = True,
    ) -> LocalPeer:
        """Expect a viewer. Raises `NotLive`, and `UnsupportedCodec` when it can decode nothing of what is
        published.
        """
        stream = self._live_stream(channel)
        published = stream.formats()
        fits = [
            t for t in tracks if any(pick_format(fmt, t.formats) for fmt in published.get(t.kind, ())[:1])
        ]
        if not fits:
            names = ", ".join(sorted(formats[0].name for formats in published.values() if formats))
            raise UnsupportedCodec(f"the broadcast is sent as {names}, which the offer cannot receive")
        viewer = Viewer(stream.layers, tracks, self._counters, counted=counted)
        asked_s = asyncio.get_running_loop().time()

        def connected() -> None:
            self._observe_join_s(asyncio.get_running_loop().time() - asked_s)

        return self._open(channel, remote, ViewerRole(viewer, stream, connected), client_address).local

    def peer(self, session_id: str) -> LocalPeer:
        """Our side of a session. Raises `UnknownSession`."""
        return self._session(session_id).local

    def session_info(self, session_id: str) -> SessionInfo:
        """Also of a session whose peer has just closed it. Raises `UnknownSession`."""
        session = self._departed.get(session_id) or self._session(session_id)
        return SessionInfo(session.channel, session.role.publishing, session.client_address)

    def sessions_from(self, client_address: str) -> int:
        """How many sessions this client has."""
        return self._per_client[client_address]

    def restart_ice(self, session_id: str, ice_ufrag: str, ice_pwd: str) -> LocalPeer:
        """New credentials for both sides; media continues meanwhile (RFC 8445 section 9). Raises
        `UnknownSession`.
        """
        session = self._session(session_id)
        old = session.local
        session.local = LocalPeer(
            old.session_id, _random_ufrag(), _random_pwd(), old.dtls_role, old.ice_generation + 1
        )
        for forgotten in session.ice.restart(
            ice.Credentials(session.local.ice_ufrag, session.local.ice_pwd, ice_ufrag, ice_pwd)
        ):
            self._by_ufrag.pop(forgotten.local_ufrag, None)
        self._by_ufrag[session.local.ice_ufrag] = session
        return session.local

    async def close(self, session_id: str) -> None:
        """The peer leaves; a publisher's broadcast ends. Raises `UnknownSession`.

        A page that is closed ends its DTLS and sends its DELETE at the same time: whichever comes first, the
        other finds the session here or among the departed.
        """
        session = self._sessions.get(session_id) or self._departed.pop(session_id, None)
        if session is None:
            raise UnknownSession("no such session; it may have ended")
        stream = self._streams.get(session.channel)
        role = session.role
        if stream is not None and isinstance(role, PublisherRole) and stream.publisher is role.publisher:
            self._end_stream(stream, "stopped")
        self._end(session)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def end_channel(self, channel: str, reason: str) -> None:
        """Nobody may publish to `channel` any more with what they have: its broadcast ends, and so does every
        publisher's session, also one that is only connecting. Publisher and viewers are told.
        """
        stream = self._streams.get(channel)
        if stream is not None:
            self._end_stream(stream, reason)
        for session in tuple(self._sessions.values()):
            if session.channel == channel and session.role.publishing:
                self._end(session)

    # What is live

    def get(self, channel: str) -> LiveState | None:
        """The channel's live state, or `None` when it is offline."""
        stream = self._streams.get(channel)
        return stream.live_state() if stream is not None else None

    def live(self) -> list[LiveState]:
        """Everything that is live."""
        return [state for stream in self._streams.values() if (state := stream.live_state()) is not None]

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with a channel's name at every change. Returns what unsubscribes."""
        self._listeners[listener] = None
        return lambda: self._listeners.pop(listener, None)

    def snapshot(self) -> MediaStats:
        """Numbers of now."""
        viewers = sum(len(stream.viewers) for stream in self._streams.values())
        live = sum(stream.live for stream in self._streams.values())
        return MediaStats(
            streams=live, publishers=len(self._publishers), viewers=viewers, **asdict(self._counters)
        )

    # Datagrams

    def datagram_received(
        self, datagram: bytes, address: ice.Address, endpoint: UdpEndpoint, arrival_us: int
    ) -> None:
        """Demultiplex by the first byte (RFC 7983). Never raises."""
        first = datagram[0]
        if 128 <= first <= 191:
            session = self._by_address.get(address)
            if session is not None:
                session.receive_media(datagram, arrival_us)
        elif first <= 3:
            self._receive_stun(datagram, address, endpoint)
        elif 20 <= first <= 63:
            session = self._by_address.get(address)
            if session is not None:
                session.receive_dtls(datagram, address, endpoint)

    def _receive_stun(self, datagram: bytes, address: ice.Address, endpoint: UdpEndpoint) -> None:
        # A request names its session; an answer to a check of ours comes from an address that has shown one.
        ufrag = ice.peek_ufrag(datagram)
        session = self._by_ufrag.get(ufrag) if ufrag else self._by_address.get(address)
        if session is None:
            return  # not ours, or of a session that has ended: silence, so that nobody learns or is flooded
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
                case ice.AddressValidated(validated):
                    self._by_address[validated] = session
                case ice.AddressForgotten(forgotten):
                    if self._by_address.get(forgotten) is session:
                        del self._by_address[forgotten]
                case _:
                    session.apply(effect, endpoint)

    # Sessions

    def _open(self, channel: str, remote: RemotePeer, role: Role, client_address: str) -> Session:
        if self._connecting >= MAX_CONNECTING and not role.publishing:
            raise TooManySessions("too many peers are connecting at this moment")
        now_s = asyncio.get_running_loop().time()
        local = LocalPeer(secrets.token_urlsafe(16), _random_ufrag(), _random_pwd(), remote.dtls_role)
        credentials = ice.Credentials(local.ice_ufrag, local.ice_pwd, remote.ice_ufrag, remote.ice_pwd)
        agent = ice.IceLite(credentials, now_s, secrets.token_bytes(16))
        session = Session(local, channel, client_address, agent, role, self._counters)
        self._sessions[local.session_id] = session
        self._by_ufrag[local.ice_ufrag] = session
        self._per_client[client_address] += 1
        dtls = DtlsConnection(
            self._certificate,
            remote.dtls_role,
            remote.fingerprints,
            session.send,
            lambda: self._peer_closed(session),
        )
        self._connecting += 1
        session.handshake = asyncio.get_running_loop().create_task(self._connect(session, dtls))
        session.handshake.add_done_callback(self._handshake_ended)
        return session

    def _handshake_ended(self, _task: asyncio.Task[None]) -> None:
        self._connecting -= 1

    async def _connect(self, session: Session, dtls: DtlsConnection) -> None:
        try:
            await session.connect(dtls)
        except DtlsFailed as error:
            _log.warning(
                "dtls_failed",
                channel=session.channel,
                client=session.client_address,
                reason=str(error),
            )
            self._end(session)
        except TimeoutError:
            _log.info("peer_never_came", channel=session.channel, client=session.client_address)
            self._end(session)
        except Exception:  # such as a certificate that OpenSSL takes and cryptography cannot read
            _log.exception("handshake_crashed", channel=session.channel, client=session.client_address)
            self._end(session)
        else:
            profile = session.srtp.profile if session.srtp is not None else ""
            kind = "publisher" if isinstance(session.role, PublisherRole) else "viewer"
            _log.info(
                "session_connected",
                role=kind,
                channel=session.channel,
                client=session.client_address,
                srtp=profile,
            )

    def _peer_closed(self, session: Session) -> None:
        """DTLS close_notify: the peer has gone, deliberately or because its page was closed."""
        if session.local.session_id in self._sessions:
            self._lose(session, "closed")

    def _lose(self, session: Session, reason: str) -> None:
        """The peer is gone. A publisher's broadcast waits for it to come back."""
        while len(self._departed) >= _MAX_DEPARTED:
            del self._departed[next(iter(self._departed))]
        self._departed[session.local.session_id] = session
        _log.info("peer_gone", channel=session.channel, client=session.client_address, reason=reason)
        self._end(session)

    def _end(self, session: Session) -> None:
        """Forget a session at once, in every table, and close it. Does nothing when it has ended."""
        if self._sessions.pop(session.local.session_id, None) is None:
            return
        for credentials in session.ice.credentials:
            self._by_ufrag.pop(credentials.local_ufrag, None)
        for address in session.ice.addresses:
            if self._by_address.get(address) is session:
                del self._by_address[address]
        self._per_client[session.client_address] -= 1
        if self._per_client[session.client_address] <= 0:
            del self._per_client[session.client_address]
        if self._publishers.get(session.channel) is session:
            del self._publishers[session.channel]
            stream = self._streams[session.channel]
            if stream.broadcast.publisher_lost(asyncio.get_running_loop().time()):
                self._notify(stream.channel)
        self._reclaimer.departed(asyncio.get_running_loop().time())
        task = asyncio.get_running_loop().create_task(session.end())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _session(self, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session is None:
            raise UnknownSession("no such session; it may have ended")
        return session

    # Streams

    def _attach(self, session: Session, role: PublisherRole) -> Stream:
        """A publisher is connected: its channel's stream forwards from it, whoever published before."""
        if session.local.session_id not in self._sessions:
            raise DtlsFailed("the session was closed at the end of its handshake")
        channel = session.channel
        stream = self._streams.get(channel)
        if stream is None:
            stream = self._streams[channel] = Stream(
                channel,
                fanout=self._fanout,
                counters=self._counters,
                clock=asyncio.get_running_loop(),
                grace_s=self._grace_s,
                started_at_s=time.time(),
                changed=lambda: self._notify(channel),
            )
        previous = self._publishers.get(channel)
        self._publishers[channel] = session
        stream.attach(role.publisher)
        if previous is not None:
            _log.info("publisher_took_over", channel=channel, client=session.client_address)
            if isinstance(previous.role, PublisherRole):
                previous.role.detach()
            self._end(previous)
        return stream

    def _end_stream(self, stream: Stream, reason: str) -> None:
        """End the broadcast: the publisher and every viewer are told, and the channel is offline."""
        del self._streams[stream.channel]
        stream.close()
        _log.info("broadcast_ended", channel=stream.channel, reason=reason, viewers=len(stream.viewers))
        publisher = self._publishers.pop(stream.channel, None)
        if publisher is not None:
            self._end(publisher)
        for session in tuple(self._sessions.values()):
            if isinstance(session.role, ViewerRole) and session.role.stream is stream:
                self._end(session)
        self._notify(stream.channel)

    def _live_stream(self, channel: str) -> Stream:
        stream = self._streams.get(channel)
        if stream is None or not stream.live:
            raise NotLive(f"{channel} is not live")
        return stream

    def _notify(self, channel: str) -> None:
        for listener in tuple(self._listeners):
            listener(channel)

    def _keep_house(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_HOUSEKEEPING_S, self._keep_house)
        now_s = loop.time()
        for stream in tuple(self._streams.values()):
            if stream.broadcast.tick(now_s):
                if stream.broadcast.state is State.ENDED:
                    self._end_stream(stream, "publisher gone")
                else:
                    self._notify(stream.channel)
        for session in tuple(self._sessions.values()):
            if session.srtp is not None and now_s > session.ice.expires_s:
                self._lose(session, "consent expired")
            else:
                session.retire_dtls(now_s)
        if self._reclaimer.due(now_s):
            self._reclaimer.reclaim()


def _random_ufrag() -> str:
    return secrets.token_hex(8)  # ice-char has no "-" and "_" (RFC 8839 section 5.4)


def _random_pwd() -> str:
    return secrets.token_hex(16)

"""The media plane as a service: opens and ends sessions, and has the streams by channel.

`signaling` opens and closes sessions here; listeners learn what is live. Which session a datagram belongs to is
`sessions` and `demultiplexer`'s business.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import structlog

from . import ice
from .addresses import host_addresses
from .broadcast import State
from .codecs import pick_format
from .demultiplexer import Demultiplexer
from .description import (
    CodecFormat,
    Fingerprint,
    HostCandidate,
    InboundTrack,
    Kind,
    LocalPeer,
    OutboundTrack,
    RemotePeer,
    SessionInfo,
    TrackIdentity,
)
from .dtls import Certificate, DtlsConnection
from .errors import DtlsFailed, NotLive, UnsupportedCodec
from .fanout import Kernel, make_fanout
from .live import Listener, LiveState
from .memory import Reclaimer
from .native.gcm import open_gcm
from .publisher import Publisher
from .remembered import RememberedKeyframe
from .session import PublisherRole, Role, Session, ViewerRole
from .sessions import SessionTable
from .stats import Counters, MediaStats
from .stream import Stream
from .tap import Tap
from .udp import UdpPort
from .viewer import Viewer

_HOUSEKEEPING_S = 0.25

_log = structlog.get_logger(__name__)


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
        self._sessions = SessionTable()
        self._udp = UdpPort(host, udp_port, Demultiplexer(self._sessions, self._counters))
        self._streams: dict[str, Stream] = {}
        self._publishers: dict[str, Session] = {}
        self._listeners: dict[Listener, None] = {}
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
            aes_gcm="libsrtp" if open_gcm() is None else "native",
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
        for session in self._sessions:
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
        return self._sessions.get(session_id).local

    def remote_ufrag(self, session_id: str) -> str:
        """The peer's user name fragment of the present generation. Raises `UnknownSession`."""
        return self._sessions.get(session_id).ice.credentials[-1].remote_ufrag

    def session_info(self, session_id: str) -> SessionInfo:
        """Also of a session whose peer has just closed it. Raises `UnknownSession`."""
        session = self._sessions.get_or_departed(session_id)
        return SessionInfo(session.channel, session.role.publishing, session.client_address)

    def sessions_from(self, client_address: str) -> int:
        """How many sessions this client has."""
        return self._sessions.of_client(client_address)

    def restart_ice(self, session_id: str, ice_ufrag: str, ice_pwd: str) -> LocalPeer:
        """New credentials for both sides; media continues meanwhile (RFC 8445 section 9). Raises
        `UnknownSession`.
        """
        session = self._sessions.get(session_id)
        old = session.local
        session.local = LocalPeer(
            old.session_id, _random_ufrag(), _random_pwd(), old.dtls_role, old.ice_generation + 1
        )
        credentials = ice.Credentials(session.local.ice_ufrag, session.local.ice_pwd, ice_ufrag, ice_pwd)
        self._sessions.restarted(session, session.ice.restart(credentials))
        return session.local

    async def close(self, session_id: str) -> None:
        """The peer leaves; a publisher's broadcast ends. Raises `UnknownSession`.

        A page that is closed ends its DTLS and sends its DELETE at the same time: whichever comes first, the
        other finds the session here or among the departed.
        """
        session = self._sessions.take_departed(session_id) or self._sessions.get(session_id)
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
        for session in self._sessions:
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

    def tap(self, channel: str, tap: Tap) -> Callable[[], None]:
        """Let `tap` listen to what is published, from the next packet on; whoever is told that a broadcast begins and
        taps it at once gets its first. Returns what ends that. Raises `NotLive`.
        """
        return self._live_stream(channel).add_tap(tap)

    def watched_elsewhere(self, channel: str, viewers: int) -> None:
        """Count so many viewers besides those of the plane itself, until told otherwise or the broadcast ends. Does
        nothing when the channel is offline.
        """
        stream = self._streams.get(channel)
        if stream is not None:
            stream.watched_elsewhere(viewers)

    def keyframe(self, channel: str) -> RememberedKeyframe | None:
        """The newest keyframe viewers could begin with, as it was sent; `None` when none is kept whole."""
        stream = self._streams.get(channel)
        memory = stream.layers[Kind.VIDEO].track.memory if stream is not None and stream.live else None
        packets = memory.keyframe() if memory is not None else None
        if memory is None or not packets:
            return None
        payloads = tuple(packet.payload for packet in packets)
        return RememberedKeyframe(packets[0].format.name, payloads, memory.since_s)

    def request_keyframe(self, channel: str) -> None:
        """Ask the publisher for a keyframe, as soon as the limits allow. Does nothing when the channel is offline."""
        stream = self._streams.get(channel)
        if stream is not None and stream.publisher is not None:
            stream.publisher.request_keyframe(Kind.VIDEO)

    def snapshot(self) -> MediaStats:
        """Numbers of now."""
        viewers = sum(len(stream.viewers) for stream in self._streams.values())
        live = sum(stream.live for stream in self._streams.values())
        return MediaStats(
            streams=live, publishers=len(self._publishers), viewers=viewers, **asdict(self._counters)
        )

    # Sessions

    def _open(self, channel: str, remote: RemotePeer, role: Role, client_address: str) -> Session:
        now_s = asyncio.get_running_loop().time()
        local = LocalPeer(secrets.token_urlsafe(16), _random_ufrag(), _random_pwd(), remote.dtls_role)
        credentials = ice.Credentials(local.ice_ufrag, local.ice_pwd, remote.ice_ufrag, remote.ice_pwd)
        agent = ice.IceLite(credentials, now_s, secrets.token_bytes(16))
        session = Session(local, channel, client_address, agent, role, self._counters)
        self._sessions.add(session)
        dtls = DtlsConnection(
            self._certificate,
            remote.dtls_role,
            remote.fingerprints,
            session.send,
            lambda: self._peer_closed(session),
        )
        session.handshake = asyncio.get_running_loop().create_task(self._connect(session, dtls))
        session.handshake.add_done_callback(lambda _task: self._sessions.handshake_ended())
        return session

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
        if session in self._sessions:
            self._lose(session, "closed")

    def _lose(self, session: Session, reason: str) -> None:
        """The peer is gone. A publisher's broadcast waits for it to come back."""
        self._sessions.depart(session)
        _log.info("peer_gone", channel=session.channel, client=session.client_address, reason=reason)
        self._end(session)

    def _end(self, session: Session) -> None:
        """Forget a session at once, in every table, and close it. Does nothing when it has ended."""
        if not self._sessions.remove(session):
            return
        if self._publishers.get(session.channel) is session:
            del self._publishers[session.channel]
            stream = self._streams[session.channel]
            if stream.broadcast.publisher_lost(asyncio.get_running_loop().time()):
                self._notify(stream.channel)
        self._reclaimer.departed(asyncio.get_running_loop().time())
        task = asyncio.get_running_loop().create_task(session.end())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    # Streams

    def _attach(self, session: Session, role: PublisherRole) -> Stream:
        """A publisher is connected: its channel's stream forwards from it, whoever published before."""
        if session not in self._sessions:
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
        for session in self._sessions:
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
        for session in self._sessions:
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

"""What signaling asks of the rooms below it, as Protocols that they meet by shape.

All of `MediaPlane` is called on the event loop; only `close` waits.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from media.description import (
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


class SessionInfo(Protocol):
    """Whose session it is."""

    @property
    def channel(self) -> str: ...

    @property
    def publishing(self) -> bool: ...


class MediaPlane(Protocol):
    """Makes and ends sessions; `media.plane` is the real one."""

    @property
    def fingerprint(self) -> Fingerprint: ...

    @property
    def candidates(self) -> Sequence[HostCandidate]: ...

    def stream_formats(self, channel: str) -> Mapping[Kind, Sequence[CodecFormat]]:
        """What the publisher may send, of each kind the format sent now first. Raises NotLive."""

    def track_identity(self, channel: str, kind: Kind) -> TrackIdentity:
        """Raises NotLive."""

    def publish(
        self, channel: str, remote: RemotePeer, tracks: Sequence[InboundTrack], *, client_address: str
    ) -> LocalPeer:
        """A new publisher, who takes over the channel once its DTLS is connected."""

    def view(
        self,
        channel: str,
        remote: RemotePeer,
        tracks: Sequence[OutboundTrack],
        *,
        client_address: str,
        counted: bool = True,
    ) -> LocalPeer:
        """A new viewer. Raises NotLive, UnsupportedCodec."""

    def peer(self, session_id: str) -> LocalPeer:
        """Raises UnknownSession."""

    def remote_ufrag(self, session_id: str) -> str:
        """The peer's user name fragment, which tells a restart from a trickle. Raises UnknownSession."""

    def session_info(self, session_id: str) -> SessionInfo:
        """Raises UnknownSession."""

    def restart_ice(self, session_id: str, ice_ufrag: str, ice_pwd: str) -> LocalPeer:
        """New credentials on both sides; the session goes on. Raises UnknownSession."""

    async def close(self, session_id: str) -> None:
        """Raises UnknownSession."""

    def sessions_from(self, client_address: str) -> int:
        """How many sessions this address holds."""


class StreamKeys(Protocol):
    """Knows channels and their stream keys; `catalog.service` is the real one."""

    @property
    def revocations(self) -> int:
        """Grows whenever a key stops working: what was authenticated before has to be asked for again."""

    async def get(self, name: str) -> object:
        """Raises ChannelNotFound."""

    async def authenticate(self, name: str, key: str | None) -> object:
        """Raises ChannelNotFound, StreamKeyMissing, StreamKeyRejected."""

"""What an offer and its answer agreed on for one peer, without any SDP text.

`signaling` builds these values from SDP and gives them to `MediaPlane`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class DtlsRole(StrEnum):
    """Our role in the DTLS handshake: the client starts it (RFC 8842)."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hash of a peer's certificate (RFC 8122): `algorithm` as in SDP (`sha-256`), `value` as colon-separated
    upper-case hex.
    """

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class RemotePeer:
    """The transport half of an offer: ICE credentials, certificate hashes, and the DTLS role left to us."""

    ice_ufrag: str
    ice_pwd: str
    fingerprints: tuple[Fingerprint, ...]
    dtls_role: DtlsRole


@dataclass(frozen=True, slots=True)
class CodecFormat:
    """One negotiated RTP payload format.

    `name` is the encoding name of the RTP payload format as registered (`H264`, `VP8`, `VP9`, `AV1`, `opus`).
    `fmtp` keeps the agreed parameters in their order. `feedback` holds `rtcp-fb` values as in SDP (`nack`,
    `nack pli`, `transport-cc`, `goog-remb`, `ccm fir`). `rtx_payload_type` is set when RTX (RFC 4588) is
    agreed.
    """

    name: str
    payload_type: int
    clock_rate: int
    channels: int | None = None
    fmtp: tuple[tuple[str, str], ...] = ()
    feedback: frozenset[str] = frozenset()
    rtx_payload_type: int | None = None

    def parameter(self, key: str, default: str = "") -> str:
        """The value of the fmtp parameter `key`, or `default`."""
        return next((value for name, value in self.fmtp if name == key), default)


@dataclass(frozen=True, slots=True)
class InboundTrack:
    """One media section a publisher sends to us.

    `formats` in the order of the answer. `ssrcs` maps each announced SSRC to the SSRC it repairs (RTX) or to
    itself; empty when the offer announced none, then SSRCs are learned from packets' payload types.
    `transport_cc_id` is the id of the transport-wide sequence number header extension, if agreed.
    """

    kind: Kind
    mid: str
    formats: tuple[CodecFormat, ...]
    ssrcs: tuple[tuple[int, int], ...] = ()
    transport_cc_id: int | None = None


@dataclass(frozen=True, slots=True)
class OutboundTrack:
    """One media section a viewer receives: every format it can decode, most wanted first."""

    kind: Kind
    mid: str
    formats: tuple[CodecFormat, ...]


@dataclass(frozen=True, slots=True)
class TrackIdentity:
    """How a forwarded track names itself to every viewer of a stream (for `a=ssrc`, `a=msid`, RTCP SDES)."""

    ssrc: int
    rtx_ssrc: int
    cname: str


@dataclass(frozen=True, slots=True)
class LocalPeer:
    """Our transport half of the answer for one session.

    `session_id` is unguessable. `ice_generation` counts ICE restarts, from 0.
    """

    session_id: str
    ice_ufrag: str
    ice_pwd: str
    dtls_role: DtlsRole
    ice_generation: int = 0


@dataclass(frozen=True, slots=True)
class HostCandidate:
    """One address under which the UDP port is reachable."""

    ip: str
    port: int


@dataclass(frozen=True, slots=True)
class SessionInfo:
    channel: str
    publishing: bool
    client_address: str

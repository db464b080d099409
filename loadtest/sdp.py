"""The offers synthetic peers make, and what they need from an answer.

The offers are short but have the shape of a browser's: BUNDLE, rtcp-mux, `setup:actpass`, rtx, nack and pli,
transport-wide congestion control and absolute send time. Answers are parsed by `aiortc.sdp`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiortc.rtcdtlstransport import RTCDtlsParameters
from aiortc.sdp import MediaDescription, SessionDescription

from loadtest.errors import AnswerError
from loadtest.ice import Address, Credentials
from loadtest.simulcast import EXTENSION_IDS as SIMULCAST_IDS
from loadtest.simulcast import MID, accepted_layers, offered_lines

ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO, VIDEO = "audio", "video"
EXTENSION_IDS = {2: ABS_SEND_TIME, 3: TRANSPORT_CC}
CODEC_LINES = {
    "opus": (111, "opus/48000/2", "minptime=10;stereo=1;sprop-stereo=1;useinbandfec=1"),
    "H264": (102, "H264/90000", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
    "VP8": (96, "VP8/90000", ""),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What an offer says. `ssrcs` maps a sender's kinds to their (media, rtx) SSRCs. `layers` names its picture's
    layers, whose SSRCs are then not said, as browsers do.
    """

    direction: str
    credentials: Credentials
    fingerprint: str
    codecs: Sequence[str] = ("opus", "H264", "VP8")
    ssrcs: dict[str, tuple[int, int]] = field(default_factory=dict)
    candidate: Address | None = None
    rtx: bool = True
    layers: Sequence[str] = ()

    def render(self) -> str:
        """The SDP text."""
        kinds = [AUDIO] * ("opus" in self.codecs) + [VIDEO] * any(name != "opus" for name in self.codecs)
        lines = ["v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        lines += [f"a=group:BUNDLE {' '.join(str(mid) for mid in range(len(kinds)))}", "a=extmap-allow-mixed"]
        for mid, kind in enumerate(kinds):
            lines += self._media(mid, kind)
        return "\r\n".join(lines) + "\r\n"

    def _media(self, mid: int, kind: str) -> list[str]:
        formats: list[int] = []
        codec_lines: list[str] = []
        for name in self.codecs:
            if (name == "opus") == (kind == AUDIO):
                payload_type, rtpmap, fmtp = CODEC_LINES[name]
                rtx_type = payload_type + 1 if kind == VIDEO and self.rtx else None
                formats += [payload_type] + ([] if rtx_type is None else [rtx_type])
                codec_lines += self._codec(kind, payload_type, rtpmap, fmtp, rtx_type)
        lines = [f"m={kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, formats))}", "c=IN IP4 0.0.0.0"]
        lines += [f"a=ice-ufrag:{self.credentials.ufrag}", f"a=ice-pwd:{self.credentials.pwd}"]
        lines += [
            "a=ice-options:trickle",
            f"a=fingerprint:{self.fingerprint}",
            "a=setup:actpass",
            f"a=mid:{mid}",
        ]
        lines += [f"a=extmap:{number} {uri}" for number, uri in self._extensions(kind).items()]
        lines += [f"a={self.direction}", "a=rtcp-mux", "a=rtcp-rsize", *codec_lines, *self._ssrc_lines(kind)]
        if self.candidate is not None:
            host, port = self.candidate
            lines.append(f"a=candidate:1 1 udp 2130706431 {host} {port} typ host")
        return lines + (offered_lines(self.layers) if kind == VIDEO and self.layers else [])

    def _extensions(self, kind: str) -> dict[int, str]:
        if not self.layers:
            return EXTENSION_IDS
        named = {number: uri for number, uri in SIMULCAST_IDS.items() if kind == VIDEO or uri == MID}
        return EXTENSION_IDS | named

    def _codec(self, kind: str, payload_type: int, rtpmap: str, fmtp: str, rtx_type: int | None) -> list[str]:
        feedback = ["transport-cc"]
        if kind == VIDEO:
            feedback += ["ccm fir", "nack", "nack pli"]
        lines = [f"a=rtpmap:{payload_type} {rtpmap}"]
        lines += [f"a=rtcp-fb:{payload_type} {name}" for name in feedback]
        if fmtp:
            lines.append(f"a=fmtp:{payload_type} {fmtp}")
        if rtx_type is not None:
            lines += [f"a=rtpmap:{rtx_type} rtx/90000", f"a=fmtp:{rtx_type} apt={payload_type}"]
        return lines

    def _ssrc_lines(self, kind: str) -> list[str]:
        if kind not in self.ssrcs:
            return []
        if kind == VIDEO and self.layers:
            return [f"a=msid:loadtest {kind}"]
        media_ssrc, rtx_ssrc = self.ssrcs[kind]
        lines = [f"a=msid:loadtest {kind}"]
        if kind == VIDEO and self.rtx:
            lines += [f"a=ssrc-group:FID {media_ssrc} {rtx_ssrc}", f"a=ssrc:{rtx_ssrc} cname:loadtest"]
        return [*lines, f"a=ssrc:{media_ssrc} cname:loadtest"]


@dataclass(frozen=True, slots=True)
class RemoteMedia:
    """One accepted m-section of the answer. `extensions` maps the URI to its id."""

    kind: str
    codec: str
    payload_type: int
    rtx_payload_type: int | None
    clock_rate_hz: int
    extensions: dict[str, int]
    feedback: frozenset[str] = frozenset()
    """`rtcp-fb` values, as in SDP."""
    mid: str = ""
    layers: tuple[str, ...] = ()
    """Simulcast layers that it takes."""

    @property
    def transport_cc_id(self) -> int | None:
        """Of the transport-wide number's extension; `None` when reports of its arrivals are not wanted."""
        return self.extensions.get(TRANSPORT_CC) if "transport-cc" in self.feedback else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer needs from an answer to connect; `dtls_role` is the peer's own, "client" or "server"."""

    credentials: Credentials
    addresses: tuple[Address, ...]
    dtls_role: str
    dtls: RTCDtlsParameters
    media: dict[str, RemoteMedia]

    def accepted(self, kind: str) -> RemoteMedia:
        """The section of this kind; raises `AnswerError` when the server did not accept it."""
        if kind not in self.media:
            raise AnswerError(f"the server did not accept {kind}")
        return self.media[kind]


def parse_answer(text: str) -> Answer:
    """Read an SDP answer; raises `AnswerError` when something a peer needs is missing."""
    try:
        description = SessionDescription.parse(text)
    except (
        Exception
    ) as error:  # aiortc's parser asserts and indexes freely: any failure means "not an answer"
        raise AnswerError(f"the answer is not SDP: {error!r}") from error
    accepted = [section for section in description.media if section.port != 0]
    if not accepted:
        raise AnswerError("the answer accepts no media")
    transport = accepted[0]
    if transport.ice is None or not transport.ice.usernameFragment or not transport.ice.password:
        raise AnswerError("the answer has no ICE credentials")
    if transport.dtls is None or not transport.dtls.fingerprints:
        raise AnswerError("the answer has no DTLS fingerprint")
    addresses = [
        (candidate.ip, candidate.port)
        for section in accepted
        for candidate in section.ice_candidates
        if candidate.protocol.lower() == "udp" and candidate.component == 1
    ]
    if not addresses:
        raise AnswerError("the answer has no UDP candidate")
    return Answer(
        credentials=Credentials(transport.ice.usernameFragment, transport.ice.password),
        addresses=tuple(dict.fromkeys(addresses)),
        # aiortc names the role of the side that wrote the description: "client" for setup:active.
        dtls_role="server" if transport.dtls.role == "client" else "client",
        dtls=transport.dtls,
        media={
            section.kind: _remote_media(section, accepted_layers(text, section.rtp.muxId))
            for section in accepted
            if section.rtp.codecs
        },
    )


def _remote_media(section: MediaDescription, layers: tuple[str, ...]) -> RemoteMedia:
    codec = next((c for c in section.rtp.codecs if c.name.lower() not in ("rtx", "red", "ulpfec")), None)
    if codec is None or codec.payloadType is None:
        raise AnswerError(f"the {section.kind} section names no codec")
    rtx = next(
        (
            c.payloadType
            for c in section.rtp.codecs
            if c.name.lower() == "rtx" and c.parameters.get("apt") == codec.payloadType
        ),
        None,
    )
    return RemoteMedia(
        kind=section.kind,
        codec=codec.name,
        payload_type=codec.payloadType,
        rtx_payload_type=rtx,
        clock_rate_hz=codec.clockRate,
        extensions={header.uri: header.id for header in section.rtp.headerExtensions},
        feedback=frozenset(f"{each.type} {each.parameter or ''}".strip() for each in codec.rtcpFeedback),
        mid=section.rtp.muxId,
        layers=layers,
    )

"""Negotiates an offer by intersecting it with what this server can do (RFC 3264, RFC 8829, RFC 9143).

`agree_to_publish` and `agree_to_view` turn an offer into the values that `media` works with, and into one
`AgreedMedia` for each offered section, from which `answer` writes the text. Neither reads text nor writes it.

Never agreed: simulcast (a browser then sends one layer), RED, FEC, DTMF, comfort noise, `video-orientation`
(a browser then rotates pictures before it encodes them), data channels.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from media.codecs import pick_format
from media.description import CodecFormat, DtlsRole, InboundTrack, Kind, OutboundTrack, RemotePeer

from .errors import ImpossibleOffer, NoCommonCodec
from .formats import supported_formats
from .offer import Direction, HeaderExtension, Offer, OfferedMedia, Transport

TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_PROTOCOLS = ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVP", "RTP/SAVPF")
_OUR_ROLE = {"actpass": DtlsRole.SERVER, "active": DtlsRole.SERVER, "passive": DtlsRole.CLIENT}
_ICE_UFRAG = re.compile(r"[!-~]{4,256}")
_ICE_PWD = re.compile(r"[!-~]{22,256}")
_HASHES = ("sha-256", "sha-384", "sha-512")


@dataclass(frozen=True, slots=True)
class AgreedMedia:
    """The answer to one offered section: rejected when `formats` is empty, else with our `direction`."""

    offered: OfferedMedia
    direction: Direction = Direction.INACTIVE
    formats: tuple[CodecFormat, ...] = ()
    extensions: tuple[HeaderExtension, ...] = ()

    @property
    def accepted(self) -> bool:
        return bool(self.formats)

    @property
    def kind(self) -> Kind:
        """Only of an accepted section."""
        return Kind(self.offered.kind)


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publisher and we agreed on; `media` has one entry for each offered section, in order."""

    remote: RemotePeer
    tracks: tuple[InboundTrack, ...]
    media: tuple[AgreedMedia, ...]
    bundle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Viewing:
    """What a viewer and we agreed on; `media` has one entry for each offered section, in order."""

    remote: RemotePeer
    tracks: tuple[OutboundTrack, ...]
    media: tuple[AgreedMedia, ...]
    bundle: tuple[str, ...]


def agree_to_publish(offer: Offer) -> Publication:
    """What we take from a publisher. Raises ImpossibleOffer or NoCommonCodec.

    More than one section of a kind that sends is refused as a whole: RFC 9725 section 4.4.2.
    """
    media: list[AgreedMedia] = []
    tracks: list[InboundTrack] = []
    for index, section in enumerate(offer.media):
        if not _is_usable(section) or not section.direction.sends:
            media.append(_idle(section, offer))
            continue
        kind = Kind(section.kind)
        if any(track.kind is kind for track in tracks):
            raise ImpossibleOffer(f"{_where(index, section)}: at most one {kind} track can be published")
        _require_transport(index, section, offer)
        extensions = _publisher_extensions(section)
        transport_cc = next((ext.id for ext in extensions if ext.uri == TRANSPORT_CC), None)
        formats = supported_formats(section, publishing=True, transport_cc=transport_cc is not None)
        if not formats:
            raise NoCommonCodec(
                f"{_where(index, section)}: none of its {kind} codecs ({_names(section)}) is supported"
            )
        media.append(AgreedMedia(section, Direction.RECVONLY, formats, extensions))
        tracks.append(InboundTrack(kind, section.mid, formats, _announced_ssrcs(section), transport_cc))
    if not tracks:
        raise ImpossibleOffer("the offer sends neither audio nor video (a=sendonly or a=sendrecv)")
    _require_distinct_ssrcs(tracks)
    return Publication(_remote_peer(offer, media), tuple(tracks), tuple(media), _agreed_bundle(offer, media))


def agree_to_view(offer: Offer, published: Mapping[Kind, Sequence[CodecFormat]]) -> Viewing:
    """What we send to a viewer of `published`, the formats of each kind, the one sent now first.

    A kind that is not published is answered `inactive`, so that a page need not know what there is.
    Raises ImpossibleOffer, or NoCommonCodec when the viewer cannot decode what is sent now.
    """
    media: list[AgreedMedia] = []
    tracks: list[OutboundTrack] = []
    for index, section in enumerate(offer.media):
        wanted = _is_usable(section) and section.direction.receives
        kind = Kind(section.kind) if wanted else None
        if kind is None or not published.get(kind) or any(track.kind is kind for track in tracks):
            media.append(_idle(section, offer))
            continue
        _require_transport(index, section, offer)
        formats = _viewer_formats(index, section, published[kind])
        media.append(AgreedMedia(section, Direction.SENDONLY, formats))
        tracks.append(OutboundTrack(kind, section.mid, formats))
    if not any(_is_usable(section) and section.direction.receives for section in offer.media):
        raise ImpossibleOffer("the offer receives neither audio nor video (a=recvonly or a=sendrecv)")
    if not tracks:
        names = ", ".join(f"{kind} ({formats[0].name})" for kind, formats in published.items() if formats)
        raise NoCommonCodec(f"the broadcast has only {names}, which the offer does not receive")
    return Viewing(_remote_peer(offer, media), tuple(tracks), tuple(media), _agreed_bundle(offer, media))


def _viewer_formats(
    index: int, section: OfferedMedia, published: Sequence[CodecFormat]
) -> tuple[CodecFormat, ...]:
    """Every supported format, those that carry a published one first, in the publisher's order."""
    formats = supported_formats(section, publishing=False, transport_cc=False)
    carrying = [pick_format(fmt, formats) for fmt in published]
    if not carrying or carrying[0] is None:
        sent = published[0]
        profile = sent.parameter("profile-level-id") or sent.parameter("profile-id")
        name = f"{sent.name} (profile {profile})" if profile else sent.name
        raise NoCommonCodec(
            f"{_where(index, section)}: the broadcast is sent in {name}, the offer has only {_names(section)}"
        )
    return tuple(dict.fromkeys([*(fmt for fmt in carrying if fmt is not None), *formats]))


def _is_usable(section: OfferedMedia) -> bool:
    """Whether it is live audio or video; RFC 9143 offers bundled sections with port 0 as `bundle-only`."""
    return section.kind in ("audio", "video") and (section.port != 0 or section.bundle_only)


def _idle(section: OfferedMedia, offer: Offer) -> AgreedMedia:
    """Agrees to a section without using it (`inactive`); rejects one that could not be used."""
    if not _is_usable(section) or _transport_fault(section, offer):
        return AgreedMedia(section)
    return AgreedMedia(section, formats=supported_formats(section, publishing=False, transport_cc=False))


def _require_transport(index: int, section: OfferedMedia, offer: Offer) -> None:
    if fault := _transport_fault(section, offer):
        raise ImpossibleOffer(f"{_where(index, section)}: {fault}")


def _transport_fault(section: OfferedMedia, offer: Offer) -> str:
    """Why the section cannot share our one transport, or an empty string."""
    if section.protocol not in _PROTOCOLS:
        return f"{section.protocol[:40]} is not supported, only {_PROTOCOLS[0]}"
    if not section.rtcp_mux:
        return "RTP and RTCP have to share a port (a=rtcp-mux is missing)"
    if len(offer.media) > 1 and section.mid not in offer.bundle:
        return "all media has to share one transport (it is not in a=group:BUNDLE)"
    return ""


def _remote_peer(offer: Offer, media: Iterable[AgreedMedia]) -> RemotePeer:
    """The transport of the bundle: that of the first section in the group (RFC 9143 section 7.2)."""
    accepted = [agreed.offered for agreed in media if agreed.accepted]
    tagged = next(
        (section for mid in offer.bundle[:1] for section in offer.media if section.mid == mid), accepted[0]
    )
    transport = tagged.transport if tagged.transport.ice_ufrag else accepted[0].transport
    _require_ice(transport)
    if transport.setup not in _OUR_ROLE:
        raise ImpossibleOffer(
            f"a=setup has to be actpass, active or passive, not {transport.setup[:20] or 'missing'}"
        )
    fingerprints = tuple(fp for fp in transport.fingerprints if fp.algorithm in _HASHES)
    if not fingerprints:
        raise ImpossibleOffer(
            f"a certificate fingerprint is needed (a=fingerprint with {', '.join(_HASHES)})"
        )
    return RemotePeer(transport.ice_ufrag, transport.ice_pwd, fingerprints, _OUR_ROLE[transport.setup])


def _require_ice(transport: Transport) -> None:
    """RFC 8839 section 5.4 gives the lengths; characters beyond its own are let pass, as browsers do."""
    if not _ICE_UFRAG.fullmatch(transport.ice_ufrag) or not _ICE_PWD.fullmatch(transport.ice_pwd):
        raise ImpossibleOffer(
            "ICE credentials are needed: a=ice-ufrag of 4 to 256 and a=ice-pwd of 22 to 256 characters"
        )


def _agreed_bundle(offer: Offer, media: Iterable[AgreedMedia]) -> tuple[str, ...]:
    accepted = {agreed.offered.mid for agreed in media if agreed.accepted}
    return tuple(mid for mid in offer.bundle if mid in accepted)


def _publisher_extensions(section: OfferedMedia) -> tuple[HeaderExtension, ...]:
    """Transport-wide sequence numbers, else absolute send times, with ids of the one-byte form (RFC 8285)."""
    for uri in (TRANSPORT_CC, ABS_SEND_TIME):
        for extension in section.extensions:
            if extension.uri == uri and 1 <= extension.id <= 14:
                return (extension,)
    return ()


def _announced_ssrcs(section: OfferedMedia) -> tuple[tuple[int, int], ...]:
    """FFmpeg names the repair SSRC in its group only, so the groups count as announcements too."""
    repairs = dict(section.repairs)
    announced = dict.fromkeys([*section.ssrcs, *repairs])
    return tuple((ssrc, repairs.get(ssrc, ssrc)) for ssrc in announced if ssrc not in section.fec_ssrcs)


def _require_distinct_ssrcs(tracks: Iterable[InboundTrack]) -> None:
    seen: set[int] = set()
    for track in tracks:
        ssrcs = {ssrc for ssrc, _ in track.ssrcs}
        if seen & ssrcs:
            raise ImpossibleOffer(f"SSRC {min(seen & ssrcs)} is announced by two media sections")
        seen |= ssrcs


def _names(section: OfferedMedia) -> str:
    return ", ".join(list(dict.fromkeys(fmt.name for fmt in section.formats))[:12]) or "none"


def _where(index: int, section: OfferedMedia) -> str:
    return f"media section {index} ({section.kind}, line {section.line})"

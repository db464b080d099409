"""Writes the text of an answer (RFC 8829 section 5.3) for an ICE-lite server with one bundled UDP transport.

It decides nothing but the text: `sdp` has agreed, `media` has given the credentials.
"""

from collections.abc import Mapping, Sequence

from media.description import (
    CodecFormat,
    DtlsRole,
    Fingerprint,
    HostCandidate,
    Kind,
    LocalPeer,
    TrackIdentity,
)

from .sdp import AgreedMedia, Publication, Viewing

ICE_OPTIONS = "trickle ice2"
"""We take trickled candidates (RFC 8838) and follow RFC 8445."""

_SETUP = {DtlsRole.CLIENT: "active", DtlsRole.SERVER: "passive"}


def publisher_answer(
    publication: Publication, local: LocalPeer, fingerprint: Fingerprint, candidates: Sequence[HostCandidate]
) -> str:
    """The answer to a publisher's offer, with CRLF line ends."""
    return _answer(publication, local, fingerprint, candidates, {})


def viewer_answer(
    viewing: Viewing,
    local: LocalPeer,
    fingerprint: Fingerprint,
    candidates: Sequence[HostCandidate],
    identities: Mapping[Kind, TrackIdentity],
) -> str:
    """The answer to a viewer's offer, with CRLF line ends; `identities` has an entry for each track."""
    return _answer(viewing, local, fingerprint, candidates, identities)


def candidate_lines(candidates: Sequence[HostCandidate]) -> list[str]:
    """`a=candidate` of each address, most wanted first, and `a=end-of-candidates` (RFC 8839 section 5.1).

    Priority by RFC 8445 section 5.1.2.1: host type preference 126, component 1.
    """
    lines = []
    for index, candidate in enumerate(candidates):
        priority = (126 << 24) + ((65_535 - index) << 8) + 255
        lines.append(f"a=candidate:{index + 1} 1 udp {priority} {candidate.ip} {candidate.port} typ host")
    return [*lines, "a=end-of-candidates"]


def _answer(
    agreement: Publication | Viewing,
    local: LocalPeer,
    fingerprint: Fingerprint,
    candidates: Sequence[HostCandidate],
    identities: Mapping[Kind, TrackIdentity],
) -> str:
    stream = next((identity.cname for identity in identities.values()), "")
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    if agreement.bundle:
        lines.append(f"a=group:BUNDLE {' '.join(agreement.bundle)}")
    lines += [
        "a=ice-lite",
        f"a=ice-options:{ICE_OPTIONS}",
        f"a=msid-semantic: WMS{' ' + stream if stream else ''}",
    ]
    tagged = _tagged(agreement)
    for agreed in agreement.media:
        if not agreed.accepted:
            lines += _rejected_section(agreed)
            continue
        lines += _transport_lines(agreed, local, fingerprint, candidates if agreed is tagged else None)
        lines += _media_lines(agreed)
        if agreed.direction.sends:
            lines += _source_lines(agreed, identities[agreed.kind], stream)
    return "\r\n".join(lines) + "\r\n"


def _tagged(agreement: Publication | Viewing) -> AgreedMedia:
    """The section whose candidates count for the whole bundle (RFC 9143 section 7.3)."""
    accepted = [agreed for agreed in agreement.media if agreed.accepted]
    return next((item for item in accepted if item.offered.mid in agreement.bundle[:1]), accepted[0])


def _rejected_section(agreed: AgreedMedia) -> list[str]:
    """RFC 3264 section 6: port 0, and the words of the offer."""
    offered = agreed.offered
    lines = [f"m={offered.kind} 0 {offered.protocol} {' '.join(offered.format_tokens)}", "c=IN IP4 0.0.0.0"]
    if offered.mid:
        lines.append(f"a=mid:{offered.mid}")
    return lines


def _transport_lines(
    agreed: AgreedMedia,
    local: LocalPeer,
    fingerprint: Fingerprint,
    candidates: Sequence[HostCandidate] | None,
) -> list[str]:
    """Candidates are given once, in the tagged section; `None` leaves them out."""
    offered = agreed.offered
    payload_types: list[int] = []
    for fmt in agreed.formats:
        payload_types += (
            [fmt.payload_type] if fmt.rtx_payload_type is None else [fmt.payload_type, fmt.rtx_payload_type]
        )
    lines = [f"m={offered.kind} 9 {offered.protocol} {' '.join(map(str, payload_types))}", "c=IN IP4 0.0.0.0"]
    if offered.mid:
        lines.append(f"a=mid:{offered.mid}")
    lines += [
        f"a=ice-ufrag:{local.ice_ufrag}",
        f"a=ice-pwd:{local.ice_pwd}",
        f"a=fingerprint:{fingerprint.algorithm} {fingerprint.value}",
        f"a=setup:{_SETUP[local.dtls_role]}",
    ]
    return lines if candidates is None else [*lines, *candidate_lines(candidates)]


def _media_lines(agreed: AgreedMedia) -> list[str]:
    lines = [f"a={agreed.direction}", "a=rtcp-mux", "a=rtcp-mux-only"]
    if agreed.offered.rtcp_rsize:
        lines.append("a=rtcp-rsize")
    lines += [f"a=extmap:{extension.id} {extension.uri}" for extension in agreed.extensions]
    for fmt in agreed.formats:
        lines += _format_lines(fmt)
    return lines


def _format_lines(fmt: CodecFormat) -> list[str]:
    channels = f"/{fmt.channels}" if fmt.channels else ""
    lines = [f"a=rtpmap:{fmt.payload_type} {fmt.name}/{fmt.clock_rate}{channels}"]
    lines += [f"a=rtcp-fb:{fmt.payload_type} {value}" for value in sorted(fmt.feedback)]
    if fmt.fmtp:
        parameters = ";".join(f"{key}={value}" if value else key for key, value in fmt.fmtp)
        lines.append(f"a=fmtp:{fmt.payload_type} {parameters}")
    if fmt.rtx_payload_type is not None:
        lines.append(f"a=rtpmap:{fmt.rtx_payload_type} rtx/{fmt.clock_rate}")
        lines.append(f"a=fmtp:{fmt.rtx_payload_type} apt={fmt.payload_type}")
    return lines


def _source_lines(agreed: AgreedMedia, identity: TrackIdentity, stream: str) -> list[str]:
    """RFC 8830 and RFC 5576: audio and video carry one stream id, so that a browser keeps them in step."""
    msid = f"{stream} {stream}-{agreed.kind}"
    ssrcs = [identity.ssrc]
    lines = [f"a=msid:{msid}"]
    if any(fmt.rtx_payload_type is not None for fmt in agreed.formats):
        ssrcs.append(identity.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {identity.ssrc} {identity.rtx_ssrc}")
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{identity.cname}", f"a=ssrc:{ssrc} msid:{msid}"]
    return lines

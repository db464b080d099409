"""What has to hold for any text whatever that is given to the SDP cores.

Only `SdpError` may leave them, and an answer fits its offer (RFC 3264 section 6).
"""

from pathlib import Path

from aiortc.sdp import SessionDescription

from media.description import (
    CodecFormat,
    DtlsRole,
    Fingerprint,
    HostCandidate,
    Kind,
    LocalPeer,
    TrackIdentity,
)
from signaling.answer import publisher_answer, viewer_answer
from signaling.errors import SdpError
from signaling.offer import Direction, Offer, parse_offer
from signaling.sdp import agree_to_publish, agree_to_view
from signaling.sdpfrag import parse_fragment, restart_answer

_OFFERS = Path(__file__).parents[1] / "signaling" / "offers"
OFFERS = [path.read_text().replace("\n", "\r\n") for path in sorted(_OFFERS.glob("*.sdp"))]
FRAGMENTS = [
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
    "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw\r\na=end-of-candidates\r\n",
    "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n",
    "m=video 9 UDP/TLS/RTP/SAVPF 0\na=mid:v\na=candidate:3 1 tcp 1 a.local 9 typ host tcptype active\n",
]
_FINGERPRINT = Fingerprint("sha-256", ":".join(["AB"] * 32))
_CANDIDATES = (HostCandidate("192.0.2.1", 8189), HostCandidate("2001:db8::1", 8189))
_IDENTITIES = {Kind.AUDIO: TrackIdentity(1001, 1002, "stage"), Kind.VIDEO: TrackIdentity(2001, 2002, "stage")}
_PUBLISHED = {
    Kind.AUDIO: (CodecFormat("opus", 111, 48_000, channels=2),),
    Kind.VIDEO: (CodecFormat("VP8", 96, 90_000),),
}
_OPPOSITE = {
    Direction.RECVONLY: (Direction.SENDONLY, Direction.SENDRECV),
    Direction.SENDONLY: (Direction.RECVONLY, Direction.SENDRECV),
    Direction.INACTIVE: tuple(Direction),
}


def check_offer(text: str) -> int:
    """Negotiates `text` as a publisher's and as a viewer's offer; returns how many answers there were."""
    try:
        offer = parse_offer(text)
    except SdpError:
        return 0
    answers = 0
    try:
        publication = agree_to_publish(offer)
    except SdpError:
        pass
    else:
        answer = publisher_answer(
            publication, _local(publication.remote.dtls_role), _FINGERPRINT, _CANDIDATES
        )
        assert_fits(offer, answer)
        answers += 1
    try:
        viewing = agree_to_view(offer, _PUBLISHED)
    except SdpError:
        return answers
    local = _local(viewing.remote.dtls_role)
    assert_fits(offer, viewer_answer(viewing, local, _FINGERPRINT, _CANDIDATES, _IDENTITIES))
    return answers + 1


def check_fragment(text: str) -> bool:
    """Reads `text` as a fragment; whether it was one."""
    try:
        fragment = parse_fragment(text)
    except SdpError:
        return False
    if fragment.ice_ufrag:
        assert 4 <= len(fragment.ice_ufrag) <= 256
        assert 22 <= len(fragment.ice_pwd) <= 256
        parse_fragment(restart_answer(fragment, _local(DtlsRole.SERVER), _CANDIDATES))
    return True


def assert_fits(offer: Offer, text: str) -> None:
    """`text` is a valid answer to `offer`."""
    answer = parse_offer(text)
    assert len(answer.media) == len(offer.media)
    assert set(answer.bundle) <= set(offer.bundle)
    accepted = 0
    for offered, agreed in zip(offer.media, answer.media, strict=True):
        assert (agreed.kind, agreed.mid, agreed.protocol) == (offered.kind, offered.mid, offered.protocol)
        if agreed.port == 0:
            assert agreed.format_tokens == offered.format_tokens
            assert agreed.mid not in answer.bundle or not agreed.mid
            continue
        accepted += 1
        assert offered.direction in _OPPOSITE[agreed.direction]
        assert len(set(agreed.format_tokens)) == len(agreed.format_tokens)
        assert {fmt.payload_type for fmt in agreed.formats} <= {fmt.payload_type for fmt in offered.formats}
        assert tuple(str(fmt.payload_type) for fmt in agreed.formats) == agreed.format_tokens
        assert set(agreed.extensions) <= set(offered.extensions)
        assert agreed.rtcp_mux
        assert agreed.transport.setup in ("active", "passive")
        assert len(offer.media) == 1 or agreed.mid in answer.bundle
    assert accepted
    if accepted == len(
        answer.media
    ):  # The words of a rejected section are the offerer's, and may be anything.
        assert len(SessionDescription.parse(text).media) == accepted


def _local(role: DtlsRole) -> LocalPeer:
    return LocalPeer("session", "ourUfrag", "ourPasswordOfTwentyTwo", role)

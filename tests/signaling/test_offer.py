"""Offers of real clients are read in full; what is wrong with others is said with its line."""

from collections.abc import Callable

import pytest

from signaling.errors import MalformedSdp, SdpTooLarge
from signaling.offer import Direction, OfferedMedia, parse_offer

OfferText = Callable[[str], str]


def test_chromium_is_read_in_full(offer_text: OfferText) -> None:
    offer = parse_offer(offer_text("chromium_publish"))
    audio, video = offer.media
    assert offer.bundle == ("0", "1")
    assert (audio.kind, audio.mid, audio.direction, audio.port) == ("audio", "0", Direction.SENDONLY, 9)
    assert audio.formats[0].name == "opus"
    assert audio.formats[0].channels == 2
    assert audio.formats[0].fmtp == (("minptime", "10"), ("useinbandfec", "1"))
    assert audio.transport.ice_ufrag == "Kx3q"
    assert audio.transport.setup == "actpass"
    assert audio.transport.fingerprints[0].algorithm == "sha-256"
    assert audio.rtcp_mux
    assert {fmt.name for fmt in video.formats} >= {"VP8", "VP9", "H264", "AV1", "rtx", "red", "ulpfec"}
    assert video.formats[0].feedback == {"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"}
    assert len(video.ssrcs) == 2
    assert video.repairs == ((video.ssrcs[1], video.ssrcs[0]),)
    assert not video.simulcast


def test_simulcast_is_noticed(offer_text: OfferText) -> None:
    assert [media.simulcast for media in parse_offer(offer_text("chromium_publish_simulcast")).media] == [
        False,
        True,
    ]


def test_session_level_transport_holds_for_sections_without_their_own(offer_text: OfferText) -> None:
    for media in parse_offer(offer_text("obs_publish")).media:
        assert media.transport.ice_ufrag == "9dWq"
        assert media.transport.setup == "actpass"
        assert len(media.transport.fingerprints) == 1


def test_attributes_in_any_order_are_read(offer_text: OfferText) -> None:
    """Firefox writes `fmtp` before the `rtpmap` it belongs to."""
    audio, video = parse_offer(offer_text("firefox_publish")).media
    assert audio.formats[0].parameter("stereo") == "1"
    h264 = next(fmt for fmt in video.formats if fmt.payload_type == 126)
    assert h264.parameter("profile-level-id") == "42e01f"


def test_a_bundle_only_section_is_kept_apart_from_a_rejected_one(offer_text: OfferText) -> None:
    audio = parse_offer(offer_text("gstreamer_publish")).media[1]
    assert audio.port == 0
    assert audio.bundle_only


def test_feedback_of_every_format_is_added_to_each() -> None:
    assert _video("a=rtpmap:96 VP8/90000", "a=rtcp-fb:* nack", "a=rtcp-fb:96 nack  pli").formats[
        0
    ].feedback == {
        "nack",
        "nack pli",
    }


def test_formats_keep_the_order_of_the_media_line() -> None:
    media = _video("a=rtpmap:97 VP9/90000", "a=rtpmap:96 VP8/90000", "a=rtpmap:99 H264/90000")
    assert [fmt.name for fmt in media.formats] == ["VP8", "VP9"]


def test_lf_line_ends_and_blank_lines_at_the_end_are_read(offer_text: OfferText) -> None:
    text = offer_text("obs_publish")
    assert parse_offer(text.replace("\r\n", "\n") + "\n\n") == parse_offer(text)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("a=rtpmap:96 VP8", "<name>/<clock rate>"),
        ("a=rtpmap:x VP8/90000", "number from 0 to 127"),
        ("a=rtpmap:128 VP8/90000", "number from 0 to 127"),
        ("a=fmtp:999999999999 x=1", "number from 0 to 127"),
        ("a=rtcp-fb:vp8 nack", "number from 0 to 127"),
        ("a=extmap:1", "a=extmap:<id> <uri>"),
        ("a=extmap:one urn:x", "number from 0"),
        ("a=ssrc:-5 cname:x", "number from 0"),
        ("a=ssrc:4294967296 cname:x", "number from 0"),
        ("a=ssrc-group:FID 1", "two SSRCs"),
        ("a=ssrc-group:FID 1 two", "number from 0"),
        ("a=fingerprint:sha-256 nonsense", "a=fingerprint"),
        ("a=mid:two words", "media identification"),
        ("rubbish", "x=value"),
        ("a=x\x00y", "control character"),
        ("m=video", "m=<media> <port>"),
        ("m=video 99999 UDP/TLS/RTP/SAVPF 96", "m=<media> <port>"),
    ],
)
def test_a_wrong_line_is_named(line: str, complaint: str) -> None:
    with pytest.raises(MalformedSdp) as caught:
        _video(line)
    assert "line 6" in str(caught.value)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("text", ["", "\r\n", "hello", "v=1\r\n", "s=-\r\nv=0\r\n"])
def test_text_that_is_no_offer_is_malformed(text: str) -> None:
    with pytest.raises(MalformedSdp):
        parse_offer(text)


def test_an_offer_without_media_is_malformed() -> None:
    with pytest.raises(MalformedSdp, match="no media section"):
        parse_offer("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n")


def test_two_sections_with_one_mid_are_malformed(offer_text: OfferText) -> None:
    with pytest.raises(MalformedSdp, match="second media section"):
        parse_offer(offer_text("obs_publish").replace("a=mid:1", "a=mid:0"))


@pytest.mark.parametrize(
    "text",
    [
        "v=0\r\n" + "a=x\r\n" * 20_000,
        "v=0\r\n" + "a=x\n" * 2_001,
        "v=0\r\na=" + "x" * 3_000,
        "v=0\r\n" + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 33,
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n" + "".join(f"a=ssrc:{n} cname:x\r\n" for n in range(65)),
    ],
    ids=["characters", "lines", "line", "sections", "ssrcs"],
)
def test_bounds_are_checked(text: str) -> None:
    with pytest.raises(SdpTooLarge):
        parse_offer(text)


def _video(*lines: str) -> OfferedMedia:
    head = ("v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98")
    return parse_offer("\r\n".join([*head, *lines, ""])).media[0]

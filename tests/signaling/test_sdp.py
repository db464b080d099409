"""What is agreed with publishers and viewers."""

import re
from collections.abc import Callable

import pytest

from media.description import CodecFormat, DtlsRole, Kind
from signaling.errors import ImpossibleOffer, NoCommonCodec
from signaling.offer import Direction, parse_offer
from signaling.sdp import TRANSPORT_CC, agree_to_publish, agree_to_view

OfferText = Callable[[str], str]
Published = dict[Kind, tuple[CodecFormat, ...]]
PUBLISHERS = [
    "chromium_publish",
    "chromium_publish_simulcast",
    "chromium_publish_datachannel",
    "firefox_publish",
    "obs_publish",
    "gstreamer_publish",
    "ffmpeg_publish",
]


@pytest.mark.parametrize("name", PUBLISHERS)
def test_every_known_publisher_is_accepted_with_audio_and_video(offer_text: OfferText, name: str) -> None:
    agreed = agree_to_publish(parse_offer(offer_text(name)))
    assert {track.kind for track in agreed.tracks} == {Kind.AUDIO, Kind.VIDEO}
    assert all(media.direction is Direction.RECVONLY for media in agreed.media if media.accepted)
    assert len(agreed.bundle) == 2


def test_every_codec_of_chromium_is_accepted_in_its_order_with_rtx(offer_text: OfferText) -> None:
    _, video = agree_to_publish(parse_offer(offer_text("chromium_publish"))).tracks
    names = [fmt.name for fmt in video.formats]
    assert names == ["VP8", "H264", "H264", "H264", "H264", "H264", "H264", "AV1", "VP9", "VP9"]
    assert [fmt.rtx_payload_type for fmt in video.formats] == [97, 103, 107, 109, 115, 117, 40, 46, 99, 101]
    assert video.transport_cc_id == 3
    assert video.formats[0].feedback == {"nack", "nack pli", "ccm fir", "goog-remb", "transport-cc"}


def test_h264_is_answered_with_the_offered_profile_and_mode(offer_text: OfferText) -> None:
    _, video = agree_to_publish(parse_offer(offer_text("obs_publish"))).tracks
    assert video.formats[0].fmtp == (
        ("level-asymmetry-allowed", "1"),
        ("packetization-mode", "1"),
        ("profile-level-id", "42e01f"),
    )


def test_stereo_music_is_asked_back_from_the_publisher(offer_text: OfferText) -> None:
    audio, _ = agree_to_publish(parse_offer(offer_text("obs_publish"))).tracks
    assert dict(audio.formats[0].fmtp) == {
        "minptime": "10",
        "maxaveragebitrate": "96000",
        "stereo": "1",
        "sprop-stereo": "1",
        "useinbandfec": "1",
    }


@pytest.mark.parametrize(("offered", "agreed"), [("510000", "510000"), ("9999999", "510000"), ("1", "6000")])
def test_the_opus_bitrate_is_kept_within_its_range(offer_text: OfferText, offered: str, agreed: str) -> None:
    text = offer_text("obs_publish").replace("maxaveragebitrate=96000", f"maxaveragebitrate={offered}")
    assert agree_to_publish(parse_offer(text)).tracks[0].formats[0].parameter("maxaveragebitrate") == agreed


def test_in_band_fec_is_asked_for_and_dtx_as_offered(offer_text: OfferText) -> None:
    text = offer_text("obs_publish").replace("useinbandfec=1", "usedtx=1;stereo=yes;x-unknown=1")
    fmtp = dict(agree_to_publish(parse_offer(text)).tracks[0].formats[0].fmtp)
    assert (fmtp["useinbandfec"], fmtp["usedtx"]) == ("1", "1")
    assert "x-unknown" not in fmtp


def test_decoder_limits_of_firefox_do_not_become_limits_of_its_encoder(offer_text: OfferText) -> None:
    _, video = agree_to_publish(parse_offer(offer_text("firefox_publish"))).tracks
    assert video.formats[0].name == "VP8"
    assert video.formats[0].fmtp == ()


def test_announced_ssrcs_tell_repairs_from_media(offer_text: OfferText) -> None:
    audio, video = agree_to_publish(parse_offer(offer_text("gstreamer_publish"))).tracks[::-1]
    assert audio.ssrcs == ((3692581470, 3692581470),)
    assert video.ssrcs == ((2468013579, 2468013579), (1357924680, 2468013579))


def test_a_repair_ssrc_named_only_in_its_group_counts(offer_text: OfferText) -> None:
    _, video = agree_to_publish(parse_offer(offer_text("ffmpeg_publish"))).tracks
    (media, repaired), (repair, of) = video.ssrcs
    assert (media, of) == (repaired, media)
    assert repair != media


def test_simulcast_announces_no_ssrcs_and_is_not_agreed(offer_text: OfferText) -> None:
    agreed = agree_to_publish(parse_offer(offer_text("chromium_publish_simulcast")))
    assert agreed.tracks[1].ssrcs == ()
    assert [extension.uri for extension in agreed.media[1].extensions] == [TRANSPORT_CC]


def test_absolute_send_time_stands_in_for_transport_wide_numbers(offer_text: OfferText) -> None:
    text = offer_text("chromium_publish").replace("draft-holmer-rmcat", "draft-nobody")
    agreed = agree_to_publish(parse_offer(text))
    assert agreed.media[1].extensions[0].uri.endswith("abs-send-time")
    assert agreed.tracks[1].transport_cc_id is None
    assert "transport-cc" not in agreed.tracks[1].formats[0].feedback


@pytest.mark.parametrize(
    ("setup", "role"),
    [("actpass", DtlsRole.SERVER), ("active", DtlsRole.SERVER), ("passive", DtlsRole.CLIENT)],
)
def test_the_dtls_role_is_the_one_left_to_us(offer_text: OfferText, setup: str, role: DtlsRole) -> None:
    text = offer_text("chromium_publish").replace("a=setup:actpass", f"a=setup:{setup}")
    assert agree_to_publish(parse_offer(text)).remote.dtls_role is role


def test_the_transport_is_that_of_the_bundle(offer_text: OfferText) -> None:
    remote = agree_to_publish(parse_offer(offer_text("firefox_publish"))).remote
    assert (remote.ice_ufrag, remote.ice_pwd) == ("8be1f03c", "3f0a8c1b7d94e2650f1c8ab37d5e9042")
    assert [fingerprint.algorithm for fingerprint in remote.fingerprints] == ["sha-256"]


def test_video_alone_and_audio_alone_can_be_published(offer_text: OfferText) -> None:
    (video,) = agree_to_publish(parse_offer(offer_text("ffmpeg_publish_video_only"))).tracks
    assert (video.kind, video.mid) == (Kind.VIDEO, "1")
    text = offer_text("obs_publish")
    agreed = agree_to_publish(parse_offer(text[: text.index("m=video")]))
    assert [track.kind for track in agreed.tracks] == [Kind.AUDIO]


def test_a_section_the_publisher_does_not_send_on_stays_idle(offer_text: OfferText) -> None:
    text = re.sub("a=sendonly", "a=inactive", offer_text("chromium_publish"), count=1)
    agreed = agree_to_publish(parse_offer(text))
    assert [track.kind for track in agreed.tracks] == [Kind.VIDEO]
    assert agreed.media[0].direction is Direction.INACTIVE
    assert agreed.bundle == ("0", "1")


def test_a_data_channel_is_rejected_and_leaves_the_bundle(offer_text: OfferText) -> None:
    agreed = agree_to_publish(parse_offer(offer_text("chromium_publish_datachannel")))
    assert [media.accepted for media in agreed.media] == [True, True, False]
    assert agreed.bundle == ("0", "1")


@pytest.mark.parametrize(
    ("pattern", "replacement", "complaint"),
    [
        ("a=setup:.*", "a=setup:holdconn", "holdconn"),
        ("a=setup:.*", "a=x", "missing"),
        ("a=fingerprint:.*", "a=x", "fingerprint"),
        ("a=fingerprint:sha-256.*", "a=fingerprint:sha-1 " + ":".join(["AB"] * 20), "fingerprint"),
        ("a=ice-ufrag:.*", "a=x", "ICE credentials"),
        ("a=ice-pwd:.*", "a=ice-pwd:short", "ICE credentials"),
        ("a=group:BUNDLE.*", "a=x", "a=group:BUNDLE"),
        ("a=group:BUNDLE.*", "a=group:BUNDLE 0", "media section 1"),
        ("a=rtcp-mux", "a=x", "a=rtcp-mux"),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", "RTP/AVP is not supported"),
        ("a=sendonly", "a=recvonly", "neither audio nor video"),
        ("a=ssrc:3541786295", "a=ssrc:2793066489", "announced by two"),
    ],
)
def test_an_offer_that_cannot_work_says_why(
    offer_text: OfferText, pattern: str, replacement: str, complaint: str
) -> None:
    text = re.sub(pattern, replacement, offer_text("chromium_publish").replace("\r", ""))
    with pytest.raises(ImpossibleOffer, match=complaint):
        agree_to_publish(parse_offer(text))


def test_a_second_camera_is_refused_rather_than_dropped(offer_text: OfferText) -> None:
    """RFC 9725 section 4.4.2: no session that silently publishes half of what was offered."""
    text = offer_text("obs_publish").replace("BUNDLE 0 1", "BUNDLE 0 1 2")
    video = text[text.index("m=video") :]
    with pytest.raises(ImpossibleOffer, match=r"media section 2 .* at most one video"):
        agree_to_publish(parse_offer(text + video.replace("a=mid:1", "a=mid:2")))


@pytest.mark.parametrize("name", ["H265/90000", "H264/48000", "VP8/8000"])
def test_a_kind_without_a_common_codec_refuses_the_whole_offer(offer_text: OfferText, name: str) -> None:
    with pytest.raises(NoCommonCodec, match="media section 1"):
        agree_to_publish(parse_offer(offer_text("obs_publish").replace("H264/90000", name)))


def test_payload_types_that_look_like_rtcp_are_not_agreed(offer_text: OfferText) -> None:
    """RFC 5761 section 4."""
    text = re.sub(r"\b96\b", "72", offer_text("obs_publish"))
    with pytest.raises(NoCommonCodec):
        agree_to_publish(parse_offer(text))


def test_a_viewer_gets_the_format_that_carries_the_stream_first(
    offer_text: OfferText, published: Published
) -> None:
    audio, video = agree_to_view(parse_offer(offer_text("chromium_view")), published).tracks
    assert (video.formats[0].name, video.formats[0].parameter("profile-level-id")) == ("H264", "42e01f")
    assert video.formats[0].parameter("packetization-mode") == "1"
    assert {"VP8", "VP9", "AV1"} <= {fmt.name for fmt in video.formats}
    assert len(video.formats) == len(set(video.formats))
    assert audio.formats[0].name == "opus"


def test_what_the_publisher_may_switch_to_follows(offer_text: OfferText, published: Published) -> None:
    published[Kind.VIDEO] += (CodecFormat("VP9", 98, 90_000),)
    _, video = agree_to_view(parse_offer(offer_text("chromium_view")), published).tracks
    assert [fmt.name for fmt in video.formats[:2]] == ["H264", "VP9"]


def test_a_viewer_gets_no_header_extensions_and_no_feedback_that_needs_them(
    offer_text: OfferText, published: Published
) -> None:
    agreed = agree_to_view(parse_offer(offer_text("chromium_view")), published)
    assert all(media.extensions == () for media in agreed.media)
    assert agreed.tracks[1].formats[0].feedback == {"nack", "nack pli", "ccm fir", "goog-remb"}


def test_stereo_is_kept_as_the_viewer_offered(offer_text: OfferText, published: Published) -> None:
    text = offer_text("chromium_view").replace("minptime=10;useinbandfec=1", "minptime=10;stereo=1")
    assert agree_to_view(parse_offer(text), published).tracks[0].formats[0].fmtp == (
        ("minptime", "10"),
        ("stereo", "1"),
    )


@pytest.mark.parametrize("kind", [Kind.AUDIO, Kind.VIDEO])
def test_a_kind_that_is_not_published_is_agreed_to_but_idle(
    offer_text: OfferText, published: Published, kind: Kind
) -> None:
    agreed = agree_to_view(parse_offer(offer_text("chromium_view")), {kind: published[kind]})
    assert [track.kind for track in agreed.tracks] == [kind]
    directions = {media.kind: media.direction for media in agreed.media}
    assert directions == {
        kind: Direction.SENDONLY,
        ({Kind.AUDIO, Kind.VIDEO} - {kind}).pop(): Direction.INACTIVE,
    }


def test_an_audio_only_viewer_hears_a_stream_with_video(offer_text: OfferText, published: Published) -> None:
    text = offer_text("chromium_view")
    agreed = agree_to_view(parse_offer(text[: text.index("m=video")]), published)
    assert [track.kind for track in agreed.tracks] == [Kind.AUDIO]


def test_a_viewer_with_nothing_in_common_is_told_what_there_is(
    offer_text: OfferText, published: Published
) -> None:
    text = offer_text("chromium_view")
    audio_only = parse_offer(text[: text.index("m=video")])
    with pytest.raises(NoCommonCodec, match=r"only video \(H264\)"):
        agree_to_view(audio_only, {Kind.VIDEO: published[Kind.VIDEO]})


def test_a_viewer_that_cannot_decode_what_is_sent_now_is_told(
    offer_text: OfferText, published: Published
) -> None:
    high = CodecFormat(
        "H264", 102, 90_000, fmtp=(("packetization-mode", "1"), ("profile-level-id", "7a001f"))
    )
    published[Kind.VIDEO] = (high, *published[Kind.VIDEO])
    with pytest.raises(NoCommonCodec, match=r"H264 \(profile 7a001f\)"):
        agree_to_view(parse_offer(offer_text("chromium_view")), published)


def test_an_offer_to_publish_cannot_watch(offer_text: OfferText, published: Published) -> None:
    with pytest.raises(ImpossibleOffer, match="receives neither"):
        agree_to_view(parse_offer(offer_text("obs_publish")), published)

"""The text of answers."""

from collections.abc import Callable

import pytest

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
from signaling.offer import parse_offer
from signaling.sdp import agree_to_publish, agree_to_view

FINGERPRINT = Fingerprint("sha-256", ":".join(["AB"] * 32))
CANDIDATES = (HostCandidate("192.0.2.1", 8189), HostCandidate("2001:db8::1", 8189))
IDENTITIES = {Kind.AUDIO: TrackIdentity(1001, 1002, "stage"), Kind.VIDEO: TrackIdentity(2001, 2002, "stage")}
OfferText = Callable[[str], str]
Published = dict[Kind, tuple[CodecFormat, ...]]


def test_the_whole_answer_to_obs(offer_text: OfferText) -> None:
    assert _publisher_answer(offer_text("obs_publish")) == [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        "a=ice-lite",
        "a=ice-options:trickle ice2",
        "a=msid-semantic: WMS",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=ice-ufrag:ourUfrag",
        "a=ice-pwd:ourPasswordOfTwentyTwo",
        f"a=fingerprint:sha-256 {FINGERPRINT.value}",
        "a=setup:passive",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 8189 typ host",
        "a=candidate:2 1 udp 2130706175 2001:db8::1 8189 typ host",
        "a=end-of-candidates",
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtcp-mux-only",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=mid:1",
        "a=ice-ufrag:ourUfrag",
        "a=ice-pwd:ourPasswordOfTwentyTwo",
        f"a=fingerprint:sha-256 {FINGERPRINT.value}",
        "a=setup:passive",
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtcp-mux-only",
        "a=rtpmap:96 H264/90000",
        "a=rtcp-fb:96 goog-remb",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    ]


@pytest.mark.parametrize(("role", "setup"), [(DtlsRole.SERVER, "passive"), (DtlsRole.CLIENT, "active")])
def test_setup_tells_our_role(offer_text: OfferText, role: DtlsRole, setup: str) -> None:
    agreed = agree_to_publish(parse_offer(offer_text("obs_publish")))
    answer = publisher_answer(agreed, LocalPeer("s", "u", "p", role), FINGERPRINT, CANDIDATES)
    assert answer.count(f"a=setup:{setup}\r\n") == 2


def test_a_data_channel_gets_port_0_and_its_mid(offer_text: OfferText) -> None:
    lines = _publisher_answer(offer_text("chromium_publish_datachannel"))
    start = lines.index("m=application 0 UDP/DTLS/SCTP webrtc-datachannel")
    assert lines[start:] == [lines[start], "c=IN IP4 0.0.0.0", "a=mid:2"]
    assert "a=group:BUNDLE 0 1" in lines


def test_simulcast_red_and_fec_are_not_answered(offer_text: OfferText) -> None:
    answer = "\n".join(_publisher_answer(offer_text("chromium_publish_simulcast")))
    for word in (
        "simulcast",
        "a=rid",
        "red/",
        "ulpfec",
        "telephone-event",
        "CN/",
        "video-orientation",
        "sdes:mid",
    ):
        assert word not in answer


def test_audio_and_video_of_a_broadcast_carry_one_stream_id(
    offer_text: OfferText, published: Published
) -> None:
    lines = _viewer_answer(offer_text("chromium_view"), published)
    assert "a=msid:stage stage-audio" in lines
    assert "a=msid:stage stage-video" in lines
    assert "a=ssrc:1001 cname:stage" in lines
    assert "a=ssrc-group:FID 2001 2002" in lines
    assert "a=ssrc:2002 msid:stage stage-video" in lines
    assert not any(line.startswith("a=ssrc:1002") for line in lines)
    assert lines.count("a=sendonly") == 2


def test_without_rtx_no_repair_source_is_announced(offer_text: OfferText, published: Published) -> None:
    lines = _viewer_answer(offer_text("chromium_view").replace(" rtx/", " xrt/"), published)
    assert not any("2002" in line for line in lines)


def test_an_idle_section_keeps_its_place_in_the_bundle(offer_text: OfferText, published: Published) -> None:
    lines = _viewer_answer(offer_text("chromium_view"), {Kind.AUDIO: published[Kind.AUDIO]})
    video = lines[next(index for index, line in enumerate(lines) if line.startswith("m=video")) :]
    assert video[0].startswith("m=video 9 ")
    assert "a=inactive" in video
    assert not any("msid" in line or "ssrc" in line for line in video)
    assert "a=group:BUNDLE 0 1" in lines


def _publisher_answer(text: str) -> list[str]:
    agreed = agree_to_publish(parse_offer(text))
    local = LocalPeer("s", "ourUfrag", "ourPasswordOfTwentyTwo", agreed.remote.dtls_role)
    answer = publisher_answer(agreed, local, FINGERPRINT, CANDIDATES)
    assert answer.endswith("\r\n")
    return answer.removesuffix("\r\n").split("\r\n")


def _viewer_answer(text: str, published: Published) -> list[str]:
    agreed = agree_to_view(parse_offer(text), published)
    local = LocalPeer("s", "ourUfrag", "ourPasswordOfTwentyTwo", agreed.remote.dtls_role)
    return viewer_answer(agreed, local, FINGERPRINT, CANDIDATES, IDENTITIES).split("\r\n")

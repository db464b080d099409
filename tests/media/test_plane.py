"""The media plane on real loopback sockets, with real ICE, DTLS and SRTP: publishing and watching."""

import socket

import pytest

from media.codecs import KIND_OF_CODEC
from media.description import CodecFormat, DtlsRole, Kind, OutboundTrack
from media.errors import NotLive, TooManySessions, UnsupportedCodec
from media.plane import MediaPlane
from tests.media.client import until
from tests.media.plane_scene import (
    DELTA,
    HERE,
    INBOUND,
    KEY,
    OPUS,
    OUTBOUND,
    VP8,
    Peers,
    publish,
    sequences,
    the_only_state,
    view,
)

VIEW_VP9 = CodecFormat("VP9", 98, 90_000)


@pytest.mark.parametrize("role", list(DtlsRole))
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
async def test_a_viewer_gets_the_remembered_keyframe_and_then_what_comes(
    plane: MediaPlane, client: Peers, role: DtlsRole, family: int
) -> None:
    publisher, viewer = await client(family), await client(family)
    await publish(plane, publisher, role=role)
    await view(plane, viewer, role=role)
    await until(lambda: len(viewer.rtp) == 1)
    publisher.send_rtp(96, 2, DELTA)
    await until(lambda: len(viewer.rtp) == 2)
    first, second = viewer.rtp
    identity = plane.track_identity("stage", Kind.VIDEO)
    assert (first.payload, second.payload) == (KEY, DELTA)
    assert {packet.ssrc for packet in viewer.rtp} == {identity.ssrc}
    assert {packet.payload_type for packet in viewer.rtp} == {120}


async def test_the_live_state_tells_of_codecs_and_viewers_but_not_of_previews(
    plane: MediaPlane, client: Peers
) -> None:
    told: list[str] = []
    unsubscribe = plane.subscribe(told.append)
    publisher = await client()
    await publish(plane, publisher)
    await view(plane, await client())
    await view(plane, await client(), counted=False)
    await until(lambda: the_only_state(plane).viewers == 1)
    state = plane.get("stage")
    assert state is not None
    assert (state.state, state.video_codec, state.audio_codec) == ("live", "VP8", "opus")
    assert set(told) == {"stage"}
    assert plane.snapshot().viewers == 2
    unsubscribe()
    told.clear()
    await plane.drain()
    assert told == []


async def test_media_that_comes_with_the_peers_last_flight_is_not_lost(
    plane: MediaPlane, client: Peers
) -> None:
    """It is ready at once when it is the DTLS server; its first keyframe may be the only one for seconds."""
    publisher, viewer = await client(), await client()
    local = plane.publish("stage", publisher.remote(DtlsRole.CLIENT), INBOUND, client_address=HERE)
    await publisher.connect(local, plane.fingerprint)
    publisher.send_rtp(96, 1, KEY)
    for sequence in range(2, 20):
        publisher.send_rtp(96, sequence, DELTA)
    await until(lambda: plane.get("stage") is not None)
    await view(plane, viewer)
    await until(lambda: sequences(viewer) == list(range(1, 20)))


async def test_nothing_is_live_before_media_comes(plane: MediaPlane, client: Peers) -> None:
    viewer = await client()
    with pytest.raises(NotLive):
        plane.view("stage", viewer.remote(), OUTBOUND, client_address=HERE)
    with pytest.raises(NotLive):
        plane.stream_formats("stage")
    with pytest.raises(NotLive):
        plane.track_identity("stage", Kind.VIDEO)
    publisher = await client()
    local = plane.publish("stage", publisher.remote(), INBOUND, client_address=HERE)
    await publisher.connect(local, plane.fingerprint)
    assert plane.live() == []


async def test_a_viewer_that_can_decode_nothing_is_told(plane: MediaPlane, client: Peers) -> None:
    await publish(plane, await client())
    viewer = await client()
    tracks = (OutboundTrack(Kind.VIDEO, "0", (VIEW_VP9,)),)
    with pytest.raises(UnsupportedCodec, match="VP8"):
        plane.view("stage", viewer.remote(), tracks, client_address=HERE)
    assert plane.stream_formats("stage") == {Kind.AUDIO: (OPUS,), Kind.VIDEO: (VP8,)}
    assert set(KIND_OF_CODEC) >= {"VP8", "opus"}


async def test_a_second_publisher_takes_over_and_viewers_go_on_without_a_break(
    plane: MediaPlane, client: Peers
) -> None:
    first, second, viewer = await client(), await client(), await client()
    await publish(plane, first)
    await view(plane, viewer)
    await until(lambda: sequences(viewer) == [1])
    local = plane.publish("stage", second.remote(), INBOUND, client_address=HERE)
    first.send_rtp(96, 2, DELTA)  # the old one plays until the new one is connected
    await until(lambda: sequences(viewer) == [1, 2])
    await second.connect(local, plane.fingerprint)
    await until(lambda: first.closed)
    second.send_rtp(96, 500, DELTA, ssrc=9)
    second.send_rtp(96, 501, KEY, ssrc=9)
    await until(lambda: len(viewer.rtp) == 3)
    assert sequences(viewer) == [1, 2, 3]
    assert viewer.rtp[2].payload == KEY
    assert viewer.rtp[2].timestamp > viewer.rtp[1].timestamp
    assert (the_only_state(plane).state, the_only_state(plane).viewers) == ("live", 1)


async def test_viewers_beyond_the_bound_are_refused_but_publishers_are_not(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(plane, await client())
    monkeypatch.setattr("media.sessions.MAX_CONNECTING", 3)
    peer = await client()
    for _ in range(3):
        plane.view("stage", peer.remote(), OUTBOUND, client_address=HERE)
    with pytest.raises(TooManySessions):
        plane.view("stage", peer.remote(), OUTBOUND, client_address=HERE)
    plane.publish("stage", peer.remote(), INBOUND, client_address=HERE)


async def test_the_join_is_timed(client: Peers, plane: MediaPlane) -> None:
    times: list[float] = []
    plane._observe_join_s = times.append
    await publish(plane, await client())
    await view(plane, await client())
    await until(lambda: len(times) == 1)
    assert 0 < times[0] < 5


async def test_a_taken_port_is_an_error_at_the_start() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        subject = MediaPlane(
            host="127.0.0.1", udp_port=taken.getsockname()[1], public_addresses=(), grace_s=1.0
        )
        with pytest.raises(OSError, match="in use"):
            subject.start()
    assert not subject.listening

"""The media plane on real loopback sockets, with real ICE, DTLS and SRTP."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from media import ice, rtcp
from media.codecs import KIND_OF_CODEC
from media.description import CodecFormat, DtlsRole, InboundTrack, Kind, LocalPeer, OutboundTrack
from media.dtls import DtlsConnection, SrtpPair
from media.errors import NotLive, TooManySessions, UnknownSession, UnsupportedCodec
from media.live import LiveState
from media.plane import MediaPlane
from tests.media.client import Client, until

VP8 = CodecFormat("VP8", 96, 90_000, feedback=frozenset({"nack", "nack pli"}), rtx_payload_type=97)
OPUS = CodecFormat("opus", 111, 48_000, 2)
VIEW_VP8 = CodecFormat("VP8", 120, 90_000, rtx_payload_type=121)
VIEW_VP9 = CodecFormat("VP9", 98, 90_000)
INBOUND = (InboundTrack(Kind.AUDIO, "0", (OPUS,)), InboundTrack(Kind.VIDEO, "1", (VP8,)))
OUTBOUND = (OutboundTrack(Kind.VIDEO, "0", (VIEW_VP8,)),)
KEY, DELTA = b"\x10\x50picture", b"\x10\x51picture"
HERE = "192.0.2.7"
GRACE_S = 0.05

Peers = Callable[..., Awaitable[Client]]


@pytest.fixture
async def plane(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MediaPlane]:
    monkeypatch.setattr("media.plane._HOUSEKEEPING_S", 0.005)
    subject = MediaPlane(host="127.0.0.1", udp_port=0, public_addresses=(), grace_s=GRACE_S)
    subject.start()
    yield subject
    await subject.stop()
    await emptied(subject)
    assert not subject.listening


@pytest.fixture
async def client(plane: MediaPlane) -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    opened: list[Client] = []

    async def make(family: int = socket.AF_INET) -> Client:
        wanted = ":" if family == socket.AF_INET6 else "."
        address = next(candidate for candidate in plane.candidates if wanted in candidate.ip)
        opened.append(await Client.open(address))
        return opened[-1]

    yield make
    for peer in opened:
        await peer.hang_up()


async def emptied(plane: MediaPlane) -> None:
    """Nothing is left of any session or stream, now or in a moment."""
    tables = ("_sessions", "_by_ufrag", "_by_address", "_per_client", "_publishers", "_streams", "_closing")
    await until(lambda: plane._connecting == 0 and not any(getattr(plane, name) for name in tables))


def the_only_state(plane: MediaPlane) -> LiveState:
    (state,) = plane.live()
    return state


async def publish(
    plane: MediaPlane, publisher: Client, *, role: DtlsRole = DtlsRole.SERVER, channel: str = "stage"
) -> LocalPeer:
    """Connect a publisher and send its first keyframe."""
    local = plane.publish(channel, publisher.remote(role), INBOUND, client_address=HERE)
    await publisher.connect(local, plane.fingerprint)
    publisher.send_rtp(96, 1, KEY)
    await until(lambda: plane.get(channel) is not None)
    return local


async def view(
    plane: MediaPlane, viewer: Client, *, role: DtlsRole = DtlsRole.SERVER, counted: bool = True
) -> LocalPeer:
    local = plane.view("stage", viewer.remote(role), OUTBOUND, client_address=HERE, counted=counted)
    await viewer.connect(local, plane.fingerprint)
    return local


def sequences(viewer: Client) -> list[int]:
    return [packet.sequence for packet in viewer.rtp]


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


async def test_closing_a_viewer_leaves_nothing_of_it(plane: MediaPlane, client: Peers) -> None:
    await publish(plane, await client())
    viewer = await client()
    local = await view(plane, viewer)
    assert plane.sessions_from(HERE) == 2
    assert plane.peer(local.session_id) == local
    await plane.close(local.session_id)
    await until(lambda: viewer.closed)
    assert rtcp.parse(viewer.rtcp[-1]) == [rtcp.Goodbye((plane.track_identity("stage", Kind.VIDEO).ssrc,))]
    assert plane.sessions_from(HERE) == 1
    assert the_only_state(plane).viewers == 0
    for call in (plane.peer, plane.session_info):
        with pytest.raises(UnknownSession):
            call(local.session_id)
    with pytest.raises(UnknownSession):
        await plane.close(local.session_id)
    with pytest.raises(UnknownSession):
        plane.restart_ice(local.session_id, "abcd", "x" * 22)


async def test_closing_the_publisher_ends_the_broadcast_for_everybody(
    plane: MediaPlane, client: Peers
) -> None:
    publisher, viewer = await client(), await client()
    local = await publish(plane, publisher)
    await view(plane, viewer)
    await plane.close(local.session_id)
    await until(lambda: viewer.closed and publisher.closed)
    assert plane.live() == []
    await emptied(plane)


async def test_ending_a_channel_ends_everything_published_to_it_and_nothing_else(
    plane: MediaPlane, client: Peers
) -> None:
    publisher, viewer, connecting, elsewhere = [await client() for _ in range(4)]
    await publish(plane, publisher)
    await view(plane, viewer)
    accepted = plane.publish("stage", connecting.remote(), INBOUND, client_address=HERE)
    other = await publish(plane, elsewhere, channel="elsewhere")

    plane.end_channel("stage", "the stream key was replaced")
    assert plane.get("stage") is None
    with pytest.raises(UnknownSession):
        plane.session_info(accepted.session_id)
    await until(lambda: publisher.closed and viewer.closed)

    assert plane.get("elsewhere") is not None
    assert plane.session_info(other.session_id).channel == "elsewhere"
    plane.end_channel("nothing", "there is nothing to end")


async def test_a_viewer_that_hangs_up_is_forgotten(plane: MediaPlane, client: Peers) -> None:
    await publish(plane, await client())
    viewer = await client()
    await view(plane, viewer)
    await viewer.hang_up()
    await until(lambda: plane.sessions_from(HERE) == 1)
    assert plane.snapshot().viewers == 0


async def test_a_publisher_that_vanishes_has_its_grace_period_then_viewers_are_told(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.broadcast.SILENCE_S", 0.01)
    publisher, viewer = await client(), await client()
    states: list[str | None] = []
    plane.subscribe(lambda channel: states.append(state.state if (state := plane.get(channel)) else None))
    await publish(plane, publisher)
    await view(plane, viewer)
    publisher.vanish()
    await until(lambda: viewer.closed)
    assert [state for index, state in enumerate(states) if state not in states[:index]] == [
        "live",
        "reconnecting",
        None,
    ]
    await emptied(plane)


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


async def test_a_lost_packet_is_asked_for_and_sent_again(plane: MediaPlane, client: Peers) -> None:
    publisher, viewer = await client(), await client()
    await publish(plane, publisher)
    await view(plane, viewer)
    await until(lambda: len(viewer.rtp) == 1)
    identity = plane.track_identity("stage", Kind.VIDEO)
    viewer.send_rtcp(rtcp.receiver_report(5, []) + rtcp.nack(5, identity.ssrc, [1]))
    await until(lambda: len(viewer.rtp) == 2)
    again = viewer.rtp[1]
    assert (again.ssrc, again.payload_type) == (identity.rtx_ssrc, 121)
    assert again.payload == (1).to_bytes(2, "big") + KEY
    publisher.send_rtp(96, 4, DELTA)
    nacks: list[rtcp.Message] = []

    def asked() -> bool:
        nacks[:] = [m for data in publisher.rtcp for m in rtcp.parse(data) if isinstance(m, rtcp.Nack)]
        return bool(nacks)

    await until(asked)
    assert nacks[0] == rtcp.Nack(1000, (2, 3))


async def test_a_viewers_wish_for_a_keyframe_reaches_the_publisher(plane: MediaPlane, client: Peers) -> None:
    publisher, viewer = await client(), await client()
    await publish(plane, publisher)
    await view(plane, viewer)
    identity = plane.track_identity("stage", Kind.VIDEO)
    viewer.send_rtcp(rtcp.receiver_report(5, []) + rtcp.picture_loss(5, identity.ssrc))
    wish = rtcp.KeyframeRequest(1000)
    await until(lambda: any(wish in rtcp.parse(data) for data in publisher.rtcp))
    assert plane.snapshot().keyframe_requests >= 1


async def test_sender_reports_are_translated_for_viewers(plane: MediaPlane, client: Peers) -> None:
    publisher, viewer = await client(), await client()
    await publish(plane, publisher)
    await view(plane, viewer)
    for ntp in (1 << 63, 0):  # the second is of a clock that jumped back 68 years
        report = rtcp.SenderReport(1000, ntp, 3000)
        publisher.send_rtcp(rtcp.sender_report(report, "artist", 1, 9))
    await until(lambda: len(viewer.rtcp) >= 2)
    reports = [m for data in viewer.rtcp for m in rtcp.parse(data) if isinstance(m, rtcp.SenderReport)]
    assert {report.ssrc for report in reports} == {plane.track_identity("stage", Kind.VIDEO).ssrc}


async def test_a_joiner_is_served_though_the_publishers_clock_jumped(
    plane: MediaPlane, client: Peers
) -> None:
    publisher = await client()
    await publish(plane, publisher)
    for ntp in (1 << 63, 0):
        publisher.send_rtcp(rtcp.sender_report(rtcp.SenderReport(1000, ntp, 3000), "artist", 1, 9))
    viewer = await client()
    await view(plane, viewer)
    await until(lambda: len(viewer.rtp) == 1)


async def test_consent_that_is_not_renewed_ends_the_session(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(plane, await client())
    viewer = await client()
    await view(plane, viewer)
    viewers = plane.sessions_from(HERE)
    monkeypatch.setattr(ice, "CONSENT_TIMEOUT_S", -1.0)
    await until(lambda: plane.sessions_from(HERE) < viewers)
    await until(lambda: viewer.closed)


async def test_an_ice_restart_goes_on_at_the_new_address(plane: MediaPlane, client: Peers) -> None:
    publisher, viewer, elsewhere = await client(), await client(), await client()
    await publish(plane, publisher)
    local = await view(plane, viewer)
    await until(lambda: len(viewer.rtp) == 1)
    again = plane.restart_ice(local.session_id, elsewhere.ufrag, elsewhere.pwd)
    assert again.session_id == local.session_id
    assert (again.ice_generation, again.ice_ufrag != local.ice_ufrag) == (1, True)
    publisher.send_rtp(96, 2, DELTA)
    await until(lambda: len(viewer.rtp) == 2)  # media goes on where it went
    elsewhere.srtp = viewer.srtp
    await elsewhere.ask(elsewhere.check(again))
    publisher.send_rtp(96, 3, DELTA)
    await until(lambda: len(elsewhere.rtp) == 1)
    assert sequences(viewer) + sequences(elsewhere) == [1, 2, 3]
    plane.restart_ice(local.session_id, elsewhere.ufrag, elsewhere.pwd)
    assert len([s for s in plane._by_ufrag.values() if s.local.session_id == local.session_id]) == 2
    await plane.close(local.session_id)


async def test_another_sessions_check_from_ones_address_does_not_cut_one_off(
    plane: MediaPlane, client: Peers
) -> None:
    """Whoever forges a sender address holds it only until the owner's next check."""
    publisher = await client()
    local = await publish(plane, publisher)
    thief = await client()
    stolen = plane.view("stage", thief.remote(), OUTBOUND, client_address=HERE)
    forged = thief.check(stolen)
    await publisher.ask(forged)
    publisher.send_rtp(96, 2, KEY)
    await publisher.ask(publisher.check(local))
    packets = plane.snapshot().packets_in
    publisher.send_rtp(96, 3, KEY)
    await until(lambda: plane.snapshot().packets_in > packets)
    await plane.close(stolen.session_id)
    publisher.send_rtp(96, 4, KEY)
    await until(lambda: plane.snapshot().packets_in > packets + 1)


async def test_strangers_get_no_answer_and_forgers_no_service(plane: MediaPlane, client: Peers) -> None:
    publisher, viewer = await client(), await client()
    local = await publish(plane, publisher)
    stranger = LocalPeer("no", "nosuchufrag", "x" * 22, DtlsRole.SERVER)
    viewer.send(bytes(viewer.check(stranger)))
    viewer.send(b"\x16" + bytes(100))
    viewer.send(b"\x80" + bytes(100))
    viewer.send(b"\xff")
    forged = viewer.check(local, pwd="y" * 22)
    forged.attributes["USERNAME"] = f"{local.ice_ufrag}:{publisher.ufrag}"
    forged.add_message_integrity(b"y" * 22)
    answer = await viewer.ask(forged)  # the only answer, and it comes after the silence for the others
    assert answer.attributes["ERROR-CODE"][0] == 401
    assert viewer.datagrams == 1
    assert len(plane._by_address) == 1


async def test_media_that_is_not_authentic_is_counted_and_dropped(plane: MediaPlane, client: Peers) -> None:
    publisher = await client()
    await publish(plane, publisher)
    before = plane.snapshot()
    publisher.send(b"\x80\x60" + bytes(60))
    publisher.send(b"\x80\xc8" + bytes(60))
    await until(lambda: plane.snapshot().malformed == before.malformed + 2)
    assert plane.snapshot().packets_in == before.packets_in


async def test_a_peer_that_never_comes_is_given_up(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.session.ICE_TIMEOUT_S", 0.01)
    absent = await client()
    plane.publish("stage", absent.remote(), INBOUND, client_address=HERE)
    await until(lambda: plane.sessions_from(HERE) == 0)
    await emptied(plane)


@pytest.mark.parametrize("error", [ValueError("a certificate nobody can read"), AssertionError()])
async def test_a_handshake_that_fails_in_an_unforeseen_way_leaves_nothing(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail(self: DtlsConnection) -> None:
        raise error

    peer = await client()
    local = plane.publish("stage", peer.remote(), INBOUND, client_address=HERE)
    monkeypatch.setattr(DtlsConnection, "connect", fail)
    await peer.ask(peer.check(local))
    await until(lambda: plane.sessions_from(HERE) == 0)
    await emptied(plane)


async def test_a_publisher_closed_at_the_end_of_its_handshake_takes_nothing_over(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, late = await client(), await client()
    await publish(plane, live)
    connect = DtlsConnection.connect
    local = plane.publish("stage", late.remote(), INBOUND, client_address=HERE)
    session = plane._sessions[local.session_id]

    async def connect_and_be_closed(self: DtlsConnection) -> SrtpPair:
        pair = await connect(self)
        if self is session.dtls:
            plane._end(session)
        return pair

    monkeypatch.setattr(DtlsConnection, "connect", connect_and_be_closed)
    await late.connect(local, plane.fingerprint)
    await until(lambda: late.closed)
    assert plane._publishers["stage"] is not session
    live.send_rtp(96, 2, KEY)
    await until(lambda: plane.snapshot().packets_in == 2)
    assert the_only_state(plane).state == "live"


async def test_viewers_beyond_the_bound_are_refused_but_publishers_are_not(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(plane, await client())
    monkeypatch.setattr("media.plane.MAX_CONNECTING", 3)
    peer = await client()
    for _ in range(3):
        plane.view("stage", peer.remote(), OUTBOUND, client_address=HERE)
    with pytest.raises(TooManySessions):
        plane.view("stage", peer.remote(), OUTBOUND, client_address=HERE)
    plane.publish("stage", peer.remote(), INBOUND, client_address=HERE)


async def test_media_does_not_move_to_an_address_that_never_asked_for_it(
    plane: MediaPlane, client: Peers
) -> None:
    """A viewer forges checks from a stranger's address, to have the stream sent there."""
    publisher, viewer, stranger = await client(), await client(), await client()
    await publish(plane, publisher)
    local = await view(plane, viewer)
    await until(lambda: len(viewer.rtp) == 1)
    stranger.answers_checks = False
    await stranger.ask(viewer.check(local))  # as the forger's datagram would arrive
    await until(lambda: stranger.checked == 1)
    publisher.send_rtp(96, 2, DELTA)
    await until(lambda: len(viewer.rtp) == 2)
    assert stranger.datagrams == 2  # the answer and one check of ours


async def test_the_join_is_timed(client: Peers, plane: MediaPlane) -> None:
    times: list[float] = []
    plane._observe_join_s = times.append
    await publish(plane, await client())
    await view(plane, await client())
    await until(lambda: len(times) == 1)
    assert 0 < times[0] < 5


async def test_stopping_tells_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = MediaPlane(host="127.0.0.1", udp_port=0, public_addresses=("203.0.113.5",), grace_s=1.0)
    subject.start()
    port = subject.candidates[0].port
    assert [candidate.ip for candidate in subject.candidates] == ["203.0.113.5"]
    server = type(subject.candidates[0])("127.0.0.1", port)
    publisher, viewer = await Client.open(server), await Client.open(server)
    await publish(subject, publisher)
    await view(subject, viewer)
    await subject.stop()
    await until(lambda: publisher.closed and viewer.closed)
    await emptied(subject)
    publisher.vanish()
    viewer.vanish()


async def test_a_taken_port_is_an_error_at_the_start() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        subject = MediaPlane(
            host="127.0.0.1", udp_port=taken.getsockname()[1], public_addresses=(), grace_s=1.0
        )
        with pytest.raises(OSError, match="in use"):
            subject.start()
    assert not subject.listening

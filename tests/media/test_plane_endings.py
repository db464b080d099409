"""How sessions and broadcasts of the media plane end, and that nothing of them stays."""

import pytest

from media import ice, rtcp
from media.description import Kind
from media.dtls import DtlsConnection, SrtpPair
from media.errors import UnknownSession
from media.plane import MediaPlane
from tests.media.client import Client, until
from tests.media.plane_scene import HERE, INBOUND, KEY, Peers, emptied, publish, the_only_state, view


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


async def test_consent_that_is_not_renewed_ends_the_session(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing = await publish(plane, await client())
    viewer = await client()
    watching = await view(plane, viewer)
    monkeypatch.setattr(ice, "CONSENT_TIMEOUT_S", -1.0)
    await viewer.ask(viewer.check(watching))  # the last one, and from then on there is no consent
    await until(lambda: viewer.closed)
    assert plane.sessions_from(HERE) == 1
    assert plane.peer(publishing.session_id) == publishing


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
    session = plane._sessions.get(local.session_id)

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

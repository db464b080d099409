"""Whose datagrams the media plane believes, and where it sends: moves, strangers, forgers."""

from media.description import DtlsRole, LocalPeer
from media.plane import MediaPlane
from tests.media.client import until
from tests.media.plane_scene import DELTA, HERE, KEY, OUTBOUND, Peers, publish, sequences, view


async def test_an_ice_restart_goes_on_at_the_new_address(plane: MediaPlane, client: Peers) -> None:
    publisher, viewer, elsewhere = await client(), await client(), await client()
    await publish(plane, publisher)
    local = await view(plane, viewer)
    await until(lambda: len(viewer.rtp) == 1)
    assert plane.remote_ufrag(local.session_id) == viewer.ufrag
    again = plane.restart_ice(local.session_id, elsewhere.ufrag, elsewhere.pwd)
    assert again.session_id == local.session_id
    assert plane.remote_ufrag(local.session_id) == elsewhere.ufrag
    assert (again.ice_generation, again.ice_ufrag != local.ice_ufrag) == (1, True)
    publisher.send_rtp(96, 2, DELTA)
    await until(lambda: len(viewer.rtp) == 2)  # media goes on where it went
    elsewhere.srtp = viewer.srtp
    await elsewhere.ask(elsewhere.check(again))
    publisher.send_rtp(96, 3, DELTA)
    await until(lambda: len(elsewhere.rtp) == 1)
    assert sequences(viewer) + sequences(elsewhere) == [1, 2, 3]
    latest = plane.restart_ice(local.session_id, elsewhere.ufrag, elsewhere.pwd)
    answering = [plane._sessions.with_ufrag(peer.ice_ufrag) is not None for peer in (local, again, latest)]
    assert answering == [False, True, True]
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
    assert plane._sessions.at_address(viewer.address) is None


async def test_media_that_is_not_authentic_is_counted_and_dropped(plane: MediaPlane, client: Peers) -> None:
    publisher = await client()
    await publish(plane, publisher)
    before = plane.snapshot()
    publisher.send(b"\x80\x60" + bytes(60))
    publisher.send(b"\x80\xc8" + bytes(60))
    await until(lambda: plane.snapshot().malformed == before.malformed + 2)
    assert plane.snapshot().packets_in == before.packets_in


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

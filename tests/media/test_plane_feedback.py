"""What peers of the media plane tell and ask: losses, keyframes, sender reports."""

import pytest

from media import rtcp
from media.description import Kind
from media.keyframe_wishes import BURST
from media.plane import MediaPlane
from tests.media.client import Client, until
from tests.media.plane_scene import DELTA, KEY, Peers, publish, view


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


async def test_one_viewer_does_not_have_keyframes_made_for_everybody_as_it_likes(
    plane: MediaPlane, client: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.publisher.KEYFRAME_INTERVAL_S", 0.0)
    publisher, greedy, other = await client(), await client(), await client()
    await publish(plane, publisher)
    await view(plane, greedy)
    await view(plane, other)
    ssrc = plane.track_identity("stage", Kind.VIDEO).ssrc

    async def wish(viewer: Client, sequence: int) -> bool:
        """Whether a wish reaches the publisher, who sends a keyframe then."""
        before = plane.snapshot().keyframe_requests
        viewer.send_rtcp(rtcp.receiver_report(5, []) + rtcp.picture_loss(5, ssrc))
        nacks = plane.snapshot().nacks_received
        viewer.send_rtcp(
            rtcp.receiver_report(5, []) + rtcp.nack(5, 1, [1])
        )  # tells that the wish has arrived
        await until(lambda: plane.snapshot().nacks_received > nacks)
        wanted = bool(plane._streams["stage"].publisher._keyframe_wanted)  # type: ignore[union-attr]
        if wanted or plane.snapshot().keyframe_requests > before:
            await until(lambda: plane.snapshot().keyframe_requests > before)
            packets = plane.snapshot().packets_in
            publisher.send_rtp(96, sequence, KEY)
            await until(lambda: plane.snapshot().packets_in > packets)
            return True
        return False

    assert [await wish(greedy, 2 + n) for n in range(BURST + 2)] == [True] * BURST + [False, False]
    assert await wish(other, 20)


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

"""A tap hears what the publisher sends, from the first packet on, and costs nothing once it is gone."""

from media.description import Kind
from media.plane import MediaPlane
from media.publisher import Incoming
from media.rtcp import SenderReport
from tests.media.client import until
from tests.media.plane_scene import DELTA, KEY, Peers, publish


class Heard:
    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.publishers = 0
        self.reports = 0
        self.over = False

    def publisher_changed(self) -> None:
        self.publishers += 1

    def packet(self, incoming: Incoming) -> None:
        self.payloads.append(incoming.packet.payload)

    def report(self, kind: Kind, report: SenderReport) -> None:
        self.reports += 1

    def ended(self) -> None:
        self.over = True


async def test_who_taps_when_it_is_told_of_a_broadcast_hears_the_first_packet(
    plane: MediaPlane, client: Peers
) -> None:
    heard = Heard()
    taps: list[object] = []

    def tap(channel: str) -> None:
        if not taps:
            taps.append(plane.tap(channel, heard))

    plane.subscribe(tap)
    publisher = await client()
    await publish(plane, publisher)
    publisher.send_rtp(96, 2, DELTA)
    await until(lambda: len(heard.payloads) == 2)
    assert heard.payloads == [KEY, DELTA]


async def test_a_takeover_and_the_end_are_heard(plane: MediaPlane, client: Peers) -> None:
    heard = Heard()
    await publish(plane, await client())
    plane.tap("stage", heard)
    await publish(plane, await client())
    await until(lambda: bool(heard.payloads))
    assert heard.publishers == 1
    plane.end_channel("stage", "over")
    assert heard.over


async def test_nothing_is_heard_after_letting_go(plane: MediaPlane, client: Peers) -> None:
    heard = Heard()
    publisher = await client()
    await publish(plane, publisher)
    release = plane.tap("stage", heard)
    release()
    release()
    publisher.send_rtp(96, 2, DELTA)
    await until(lambda: plane.snapshot().packets_in == 2)
    plane.end_channel("stage", "over")
    assert not heard.payloads
    assert not heard.over

"""Losses on either side of the server are repaired: it answers the viewer's NACKs, and asks the publisher itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import aiohttp
import pytest

from loadtest.dtls import PeerCertificate
from loadtest.media import Material
from loadtest.publisher import Publisher
from loadtest.relay import Impairment, Relay, through_relay
from loadtest.sdp import CODEC_LINES
from loadtest.sequence import SequenceCounter
from loadtest.signaling import Session, SignalingClient
from loadtest.viewer import Viewer, ViewerOptions
from tests.interop.conftest import Stage
from tests.polling import eventually

PACKETS = 600
BAD_NETWORK = Impairment(lost_share=0.03, delay_ms=15, late_share=0.02)


class RelayedSignaling(SignalingClient):
    """Gives its peer the relay's address in place of the server's."""

    def __init__(self, http: aiohttp.ClientSession, stage: Stage, relay: Relay) -> None:
        super().__init__(http)
        self._ports = (stage.server.udp_port, relay.port)

    async def post_offer(
        self,
        endpoint: str,
        offer: str,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Session:
        session = await super().post_offer(endpoint, offer, bearer=bearer, headers=headers)
        return dataclasses.replace(session, answer=through_relay(session.answer, *self._ports))


async def test_what_the_viewer_asks_for_again_is_sent_again(
    stage: Stage, http: aiohttp.ClientSession, material: Material
) -> None:
    publisher = Publisher(SignalingClient(http), material)
    await publisher.start(stage.whip, bearer=stage.key)
    await stage.server.until_live(stage.channel)
    async with Relay.running((stage.server.host, stage.server.udp_port), to_peer=BAD_NETWORK) as relay:
        viewer = _viewer(RelayedSignaling(http, stage, relay))
        await viewer.join(stage.whep)
        await eventually(lambda: _video(viewer).received > PACKETS, what=f"{PACKETS} packets")
        relay.to_peer = Impairment()
        await eventually(lambda: viewer.stats.recovered > 0 and _video(viewer).lost <= 1, what="the repair")
        assert relay.counts_to_peer.lost > 5
        assert await stage.server.metric("harmonie_retransmissions_total") >= viewer.stats.recovered
        await viewer.leave()
    await publisher.stop()


@pytest.mark.parametrize("far_ms", [0.0, 300.0])
async def test_what_is_lost_on_the_way_from_the_publisher_is_asked_for_and_passed_on(
    stage: Stage, http: aiohttp.ClientSession, material: Material, far_ms: float
) -> None:
    to_server = dataclasses.replace(BAD_NETWORK, delay_ms=far_ms)
    async with Relay.running(
        (stage.server.host, stage.server.udp_port), to_server=to_server, to_peer=Impairment(delay_ms=far_ms)
    ) as relay:
        publisher = Publisher(RelayedSignaling(http, stage, relay), material)
        await publisher.start(stage.whip, bearer=stage.key)
        await stage.server.until_live(stage.channel)
        viewer = _viewer(SignalingClient(http), nack=False)
        await viewer.join(stage.whep)
        await eventually(lambda: _video(viewer).received > PACKETS, what=f"{PACKETS} packets")
        relay.to_server = Impairment(delay_ms=far_ms)
        await eventually(lambda: _video(viewer).lost <= 1, what="the repair")
        assert relay.counts_to_server.lost > 5
        assert publisher.stats.retransmitted > 5
        await viewer.leave()
        await publisher.stop()


def _viewer(signaling: SignalingClient, *, nack: bool = True) -> Viewer:
    return Viewer(signaling, certificate=PeerCertificate.generate(), options=ViewerOptions(nack=nack))


def _video(viewer: Viewer) -> SequenceCounter:
    opus = CODEC_LINES["opus"][0]
    return next(counter for payload_type, counter in viewer.counters.items() if payload_type != opus)

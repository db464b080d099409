"""The publishers of a run: real encoded media in a loop, over WHIP."""

from __future__ import annotations

import time
from pathlib import Path

import aiohttp

from loadtest.latency import SendTimes
from loadtest.layers import load_layers
from loadtest.measures import Measures
from loadtest.media import Material, MaterialSpec
from loadtest.publisher import Publisher
from loadtest.scenario import Publishers as PublishersPart
from loadtest.scenario import Scenario
from loadtest.signaling import SignalingClient


def material_of(part: PublishersPart, directory: Path) -> Material:
    """Encoded on first use; some seconds."""
    spec = MaterialSpec(
        video_codec=part.codec.value,
        width=part.width,
        height=part.height,
        frames_per_s=part.frames_per_s,
        video_bps=part.video_bps,
        audio_bps=part.audio_bps,
        keyframe_interval_s=part.keyframe_interval_s,
        duration_s=part.turn_s,
        source=part.file,
    )
    return load_layers(spec, part.simulcast, directory)


class Broadcasts:
    """`start`, then `stop`. The first publisher's send times are what latency is measured by."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        scenario: Scenario,
        material: Material,
        directory: Path,
        measures: Measures,
        *,
        is_own: bool = False,
    ) -> None:
        self._scenario = scenario
        self._measures = measures
        self._publishers = [
            Publisher(
                SignalingClient(http, is_own=is_own),
                material,
                answer_keyframe_requests=scenario.publishers.answers_keyframe_requests,
                send_log=SendTimes(directory / f"send-times-{number}", material.packet_count),
            )
            for number in range(scenario.publishers.count)
        ]

    async def start(self, key: str) -> None:
        """All of them; raises `LoadtestError`s."""
        target = self._scenario.target
        for number, publisher in enumerate(self._publishers):
            channel = target.channel if not number else f"{target.channel}-{number}"
            places = target.endpoints(channel)
            await publisher.start(places.whip, bearer=key or None)

    async def stop(self) -> None:
        """They say goodbye."""
        now_s = time.time()
        for publisher in self._publishers:
            stats = publisher.stats
            self._measures.count("published_packets", now_s, stats.packets)
            self._measures.count("published_pictures", now_s, stats.pictures)
            self._measures.count("publisher_dropped", now_s, stats.dropped)
            self._measures.count("publisher_retransmitted", now_s, stats.retransmitted)
            self._measures.count("publisher_keyframe_requests", now_s, stats.keyframe_requests)
            for name, packets in stats.layers.items():
                self._measures.count(f"published_packets_{name}", now_s, packets)
            self._measures.observe("publisher_lateness_us", now_s, int(stats.worst_lateness_s * 1e6))
            is_ended = publisher.closed.is_set()
            try:
                await publisher.stop()
            finally:
                if is_ended or stats.is_forgotten:
                    self._measures.count("publisher_ended_by_server", now_s)

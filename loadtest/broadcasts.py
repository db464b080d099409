"""The publishers of a run: real encoded media in a loop, over WHIP."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp

from loadtest.coming_back import Backoff
from loadtest.connections import words_of
from loadtest.errors import LoadtestError
from loadtest.latency import SendTimes
from loadtest.layers import load_layers
from loadtest.measures import Measures
from loadtest.media import Material, MaterialSpec
from loadtest.publisher import Publisher
from loadtest.scenario import Publishers as PublishersPart
from loadtest.scenario import Scenario, keys_of
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
    """`start`, then `stop`; one that is cut off comes back, as studios do. The first publisher's send times are what
    latency is measured by.
    """

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
        self._http = http
        self._scenario = scenario
        self._material = material
        self._measures = measures
        self._is_own = is_own
        self._logs = [
            SendTimes(directory / f"send-times-{number}", material.packet_count)
            for number in range(scenario.publishers.count)
        ]
        self._publishers: dict[int, Publisher] = {}
        self._keeping: list[asyncio.Task[None]] = []
        self._keys: tuple[str, ...] = ()

    async def start(self, key: str) -> None:
        """All of them, with this key or, where it has commas, one for each; raises `LoadtestError`s."""
        self._keys = keys_of(key, len(self._logs))
        for number in range(len(self._logs)):
            await self._publish(number)
        self._keeping = [asyncio.create_task(self._keep(number)) for number in self._publishers]

    async def stop(self) -> None:
        """They say goodbye."""
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for publisher in self._publishers.values():
            is_ended = publisher.closed.is_set()
            self._note(publisher)
            try:
                await publisher.stop()
            finally:
                if is_ended or publisher.stats.is_forgotten:
                    self._measures.count("publisher_ended_by_server", time.time())

    async def _publish(self, number: int) -> None:
        publisher = Publisher(
            SignalingClient(self._http, is_own=self._is_own),
            self._material,
            answer_keyframe_requests=self._scenario.publishers.answers_keyframe_requests,
            send_log=self._logs[number],
            patience_s=self._scenario.patience_s,
        )
        places = self._scenario.target.endpoints(self._scenario.channels[number])
        await publisher.start(places.whip, bearer=self._keys[number] or None)
        self._publishers[number] = publisher

    async def _keep(self, number: int) -> None:
        """Until cancelled."""
        while True:
            gone = self._publishers[number]
            await gone.closed.wait()
            gone_s, backoff = time.time() - gone.silent_s, Backoff()
            self._measures.count("publishers_cut", time.time())
            while self._publishers[number] is gone:
                await asyncio.sleep(backoff.next_s())
                try:
                    await self._publish(number)
                except (LoadtestError, aiohttp.ClientError, OSError, TimeoutError) as error:
                    self._measures.count(f"artist coming back, failure: {words_of(error)}", time.time())
            now_s = time.time()
            self._measures.count("publishers_came_back", now_s)
            self._measures.observe("publisher_away_us", now_s, int((now_s - gone_s) * 1e6))
            self._note(gone)
            await gone.stop(notify=False)

    def _note(self, publisher: Publisher) -> None:
        stats, now_s = publisher.stats, time.time()
        self._measures.count("published_packets", now_s, stats.packets)
        self._measures.count("published_pictures", now_s, stats.pictures)
        self._measures.count("publisher_dropped", now_s, stats.dropped)
        self._measures.count("publisher_retransmitted", now_s, stats.retransmitted)
        self._measures.count("publisher_keyframe_requests", now_s, stats.keyframe_requests)
        for name, packets in stats.layers.items():
            self._measures.count(f"published_packets_{name}", now_s, packets)
        self._measures.observe("publisher_lateness_us", now_s, int(stats.worst_lateness_s * 1e6))

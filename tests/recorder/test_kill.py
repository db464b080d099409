"""A real server, killed in the middle of a broadcast, and started again."""

import os
import signal
from pathlib import Path

import aiohttp

from loadtest.media import Material, read_counter
from loadtest.publisher import Publisher
from loadtest.signaling import SignalingClient
from tests.harmonie_server import HarmonieServer
from tests.polling import eventually
from tests.recorder.show import FPS, counters
from tests.recorder.writing import parts

MATERIAL_S = 2


async def test_killing_server_and_recorder_loses_less_than_a_second(
    tmp_path: Path, http: aiohttp.ClientSession, material: Material
) -> None:
    async with HarmonieServer.running(tmp_path, recording="always", recording_keep_free_bytes="0") as server:
        key = await server.add_channel("stage")
        publisher = Publisher(SignalingClient(http), material)
        await publisher.start(server.whip("stage"), bearer=key)
        await eventually(lambda: server.events("recording_began"), what="a recording")
        kept = tmp_path / "data" / "recordings"
        await eventually(lambda: publisher.stats.packets > 2 * material.packet_count, what="four seconds")
        (recorder,) = server.events("recorder_started")
        sent_s = publisher.stats.packets / material.packet_count * MATERIAL_S
        os.kill(recorder["process"], signal.SIGKILL)
        await server.kill()
        await publisher.stop(notify=False)

        await server.start()
        (finished,) = await eventually(lambda: server.events("recording_finished"), what="it is finished")
        (path,) = parts(kept / finished["recording"])
        numbers = counters(path, read_counter)
    assert len(numbers) / FPS > sent_s - 1
    frames = len(material.video.frames)
    assert numbers == [(numbers[0] + n) % frames for n in range(len(numbers))]

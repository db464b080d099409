from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from loadtest.crowd import Crowd
from loadtest.latency import LatencyProbe, SendTimes
from loadtest.media import Material

if TYPE_CHECKING:
    from tests.loadtest.conftest import Front


async def test_a_crowd_joins_is_counted_and_leaves(front: Front, http: aiohttp.ClientSession) -> None:
    crowd = Crowd(http, f"{front.url}/whep/demo")
    joined = await crowd.join(3, at_once=2)
    assert (joined.joined, joined.failures) == (3, {})
    assert all(first > 0 for first in joined.first_packet_s)

    crowd.mark()
    report = crowd.report()
    assert report.viewers == 3
    assert (report.lost, report.rejected, report.kernel_drops, report.ended_by_server) == (0, 0, 0, 0)

    await crowd.leave()
    assert sorted(front.deleted) == ["0", "1", "2"]


async def test_failed_joins_are_counted_by_their_reason(front: Front, http: aiohttp.ClientSession) -> None:
    crowd = Crowd(http, f"{front.url}/whep/nothing")
    joined = await crowd.join(2, at_once=2)
    assert joined.joined == 0
    assert joined.failures == {"SignalingError: 404: no such channel": 2}


def test_latency_is_the_time_since_the_payload_was_sent_in_another_mapping_of_the_file(
    tmp_path: Path, material: Material
) -> None:
    path = tmp_path / "send-times"
    writer = SendTimes(path, material.packet_count)
    probe = LatencyProbe(material, SendTimes(path, material.packet_count))
    now_ns = time.monotonic_ns()
    payload = material.video.frames[7].payloads[0]
    writer.record(material.video.frames[7].first_index, now_ns)

    probe.observe(payload, now_ns + 250)
    probe.observe(b"something else", now_ns)
    assert (probe.latencies_ns, probe.unknown) == ([250], 1)

    probe.reset()
    assert (probe.latencies_ns, probe.unknown) == ([], 0)

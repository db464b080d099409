from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from bench.floor import MAX_BURST_PACKETS, Burst, Schedule, measure_floor, schedule_of
from bench.processes import Cores
from loadtest.media import Material, MediaFrame, Track

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="UDP GSO and core pinning are Linux's")


def track(codec: str, sizes: list[list[int]], ticks: int) -> Track:
    frames = tuple(MediaFrame(tuple(bytes(size) for size in frame), 0, keyframe=True) for frame in sizes)
    return Track(codec, 90_000, ticks, frames)


def test_the_schedule_has_every_packet_in_bursts_no_longer_than_a_server_sends() -> None:
    material = Material(
        track("opus", [[300], [310]], 1_800), track("H264", [[1_190] * 23, [900, 890]], 3_000)
    )
    schedule = schedule_of(material)
    assert sum(burst.count for burst in schedule.bursts) == 27
    assert max(burst.count for burst in schedule.bursts) == MAX_BURST_PACKETS
    assert [burst.due_us for burst in schedule.bursts] == sorted(burst.due_us for burst in schedule.bursts)
    assert schedule.turn_us == 66_667


def test_packets_too_uneven_for_padding_are_not_joined() -> None:
    material = Material(track("opus", [[300]], 1_800), track("H264", [[31, 1_190, 1_190]], 3_000))
    assert [(burst.packet_bytes, burst.count) for burst in schedule_of(material).bursts[1:]] == [
        (43, 1),
        (1_202, 2),
    ]


@pytest.mark.parametrize("language", ["C", "Python"])
async def test_the_floor_sends_the_scheduled_packets_to_every_viewer(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if language == "C" and shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("no C compiler")
    if language == "Python":
        monkeypatch.setattr(shutil, "which", lambda name: None)
    available = sorted(os.sched_getaffinity(0))
    cores = Cores(frozenset(available[:1]), tuple(available[-1:]))
    schedule = Schedule((Burst(0, 1_200, 8), Burst(10_000, 300, 1)), 20_000)
    floor = await measure_floor(schedule, 3, 0.3, cores, tmp_path)
    assert floor.language == language
    assert floor.packets % 3 == 0
    assert floor.packets >= 3 * 9
    assert 0 < floor.cpu_us_per_packet < 1_000
    assert floor.cipher_share is not None
    assert 0 < floor.cipher_share < 1

"""What Prometheus reads."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from config import Settings
from server.app import make_app
from server.app_keys import METRICS
from server.metrics import Metrics, watch_lag
from tests.server.conftest import Client


@dataclass
class Counts:
    streams: int = 1
    publishers: int = 1
    viewers: int = 40
    packets_in: int = 100
    bytes_in: int = 100_000
    packets_out: int = 4_000
    bytes_out: int = 4_000_000
    packets_dropped: int = 3
    retransmissions: int = 2
    keyframe_requests: int = 5
    nacks_received: int = 6
    malformed: int = 7

    def snapshot(self) -> "Counts":
        return self


def samples(text: bytes) -> dict[str, float]:
    families = text_string_to_metric_families(text.decode())
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_the_media_planes_counters_are_read_at_every_scrape() -> None:
    metrics = Metrics("test")
    counts = Counts()
    metrics.add_media(counts)
    first = samples(metrics.render())
    counts.packets_out += 10
    second = samples(metrics.render())
    assert first["harmonie_viewers"] == 40
    assert first["harmonie_packets_out_total"] == 4_000
    assert second["harmonie_packets_out_total"] == 4_010
    for name in ("bytes_in", "bytes_out", "retransmissions", "keyframe_requests", "packets_dropped"):
        assert first[f"harmonie_{name}_total"] == getattr(counts, name)


async def test_the_running_media_plane_is_there(client: Client) -> None:
    found = samples(await (await client.get("/metrics")).read())
    assert found["harmonie_streams"] == 0
    assert found["harmonie_packets_in_total"] == 0


async def test_the_kernel_of_the_fan_out_is_told(client: Client) -> None:
    text = (await (await client.get("/metrics")).read()).decode()
    assert re.search(r'harmonie_fanout_info\{kernel="(native|gso|plain)"\} 1.0', text)


async def test_joins_and_the_process_are_measured(client: Client) -> None:
    client.app[METRICS].observe_join(0.04)
    found = samples(await (await client.get("/metrics")).read())
    assert found["harmonie_join_seconds_count"] == 1
    assert found["process_resident_memory_bytes"] > 0
    assert found["harmonie_info"] == 1


async def test_two_applications_in_a_process_do_not_meet(settings: Settings) -> None:
    one, two = make_app(settings)[METRICS], make_app(settings)[METRICS]
    one.observe_join(1.0)
    assert b"harmonie_join_seconds_count 0.0" in two.render()


async def test_lag_is_measured_all_the_time() -> None:
    metrics = Metrics("test")
    task = asyncio.create_task(watch_lag(metrics, interval_s=0.0))
    while b"harmonie_event_loop_lag_seconds_count 3.0" not in metrics.render():
        await asyncio.sleep(0)
    task.cancel()


def test_the_operators_guide_tells_of_every_metric() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    metrics = Metrics("test")
    metrics.add_media(Counts())
    for family in text_string_to_metric_families(metrics.render().decode()):
        if family.name.startswith("harmonie_") and not family.name.endswith("_created"):
            name = family.name + ("_total" if family.type == "counter" else "")
            assert f"`{name}`" in guide

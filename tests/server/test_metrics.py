"""What Prometheus reads."""

import asyncio
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from config import Settings
from server.app import make_app
from server.app_keys import METRICS
from server.metrics import Metrics, watch_lag
from tests.server.conftest import Client, Serving


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


async def scrape(client: Client) -> dict[str, float]:
    response = await client.get("/metrics")
    families = text_string_to_metric_families(await response.text())
    return {sample.name: sample.value for family in families for sample in family.samples}


async def test_the_media_planes_counters_are_read_at_every_scrape(
    settings: Settings, serving: Serving
) -> None:
    app = make_app(settings)
    counts = Counts()
    app[METRICS].add_media(counts)
    async with serving(app) as client:
        first = await scrape(client)
        counts.packets_out += 10
        second = await scrape(client)
    assert first["harmonie_viewers"] == 40
    assert first["harmonie_packets_out_total"] == 4_000
    assert second["harmonie_packets_out_total"] == 4_010
    for name in ("bytes_in", "bytes_out", "retransmissions", "keyframe_requests", "packets_dropped"):
        assert first[f"harmonie_{name}_total"] == getattr(counts, name)


async def test_joins_and_the_process_are_measured(client: Client) -> None:
    client.app[METRICS].observe_join(0.04)
    samples = await scrape(client)
    assert samples["harmonie_join_seconds_count"] == 1
    assert samples["process_resident_memory_bytes"] > 0
    assert samples["harmonie_info"] == 1


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

"""Reads the server's /metrics (Prometheus text format) as a measurement needs it."""

from __future__ import annotations

from dataclasses import dataclass, field

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Scrape:
    """One reading: plain samples and the texts of infos by name."""

    values: dict[str, float]
    infos: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> float | None:
        """The sample of this name without labels, None when the server has none."""
        return self.values.get(name)

    def text(self, name: str) -> str | None:
        """What the one label of this info says, None when the server has no such info."""
        return self.infos.get(name)


async def scrape(http: aiohttp.ClientSession, base_url: str) -> Scrape:
    """Fetch and parse /metrics; raises `aiohttp.ClientError`."""
    async with http.get(f"{base_url}/metrics") as response:
        response.raise_for_status()
        return parse(await response.text())


def parse(text: str) -> Scrape:
    """Samples with other labels than the one of an info are left out."""
    values: dict[str, float] = {}
    infos: dict[str, str] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.endswith("_info") and len(sample.labels) == 1:
                infos[sample.name] = next(iter(sample.labels.values()))
            elif not sample.labels:
                values[sample.name] = sample.value
    return Scrape(values, infos)

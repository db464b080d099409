"""Reads the server's /metrics (Prometheus text format) as a measurement needs it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Scrape:
    """One reading: plain samples and the texts of infos by name, cumulative histogram buckets by upper bound."""

    values: dict[str, float]
    buckets: dict[str, dict[float, float]]
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
    """Samples with other labels than `le`, or the one of an info, are left out."""
    values: dict[str, float] = {}
    buckets: dict[str, dict[float, float]] = {}
    infos: dict[str, str] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.endswith("_bucket") and set(sample.labels) == {"le"}:
                bound = float(sample.labels["le"])
                buckets.setdefault(sample.name.removesuffix("_bucket"), {})[bound] = sample.value
            elif sample.name.endswith("_info") and len(sample.labels) == 1:
                infos[sample.name] = next(iter(sample.labels.values()))
            elif not sample.labels:
                values[sample.name] = sample.value
    return Scrape(values, buckets, infos)


def quantile_bound(before: Scrape, after: Scrape, histogram: str, share: float) -> float | None:
    """The upper bound of the bucket that holds this share of what was observed in between; None without any."""
    first, last = before.buckets.get(histogram, {}), after.buckets.get(histogram, {})
    observed = sorted((bound, count - first.get(bound, 0.0)) for bound, count in last.items())
    if not observed or observed[-1][1] <= 0:
        return None
    wanted = share * observed[-1][1]
    return next((bound for bound, count in observed if count >= wanted), math.inf)

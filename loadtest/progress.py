"""What the terminal shows while a run goes on: one table, renewed each second."""

from __future__ import annotations

import asyncio
import time

from rich.console import Console
from rich.live import Live
from rich.table import Table

from loadtest.charts import milliseconds
from loadtest.coordinator import Coordinator
from loadtest.measures import Second
from loadtest.scenario import Scenario

SHOWN_LATE_S = 2
"""Workers hand over a second when it has ended."""


SHOWN_OLD_S = 5


async def show_progress(console: Console, scenario: Scenario, coordinator: Coordinator) -> None:
    """Until cancelled. Where nobody looks (no terminal), a line every ten seconds."""
    if not console.is_terminal:
        while True:
            await asyncio.sleep(10)
            console.print(_line(scenario, coordinator))
    with Live(_table(scenario, coordinator), console=console, refresh_per_second=4) as live:
        while True:
            await asyncio.sleep(0.5)
            live.update(_table(scenario, coordinator))


def _last(coordinator: Coordinator) -> Second:
    """The latest that is whole; an older one where everybody is too busy to tell."""
    seconds = coordinator.timeline.seconds
    last = int(time.time()) - SHOWN_LATE_S
    told = (number for number in range(last, last - SHOWN_OLD_S, -1) if number in seconds)
    return next((seconds[number] for number in told if seconds[number].levels), Second())


def _elapsed(scenario: Scenario, coordinator: Coordinator) -> str:
    if not coordinator.begins_at_s:
        refused = f"; {coordinator.refusals[-1]}" if coordinator.refusals else ""
        return f"{coordinator.here} workers are here{refused}"
    elapsed_s = time.time() - coordinator.begins_at_s
    if elapsed_s < 0:
        return f"begins in {-elapsed_s:.0f} s"
    if coordinator.stopping:
        return "stopping"
    return f"{min(elapsed_s, scenario.duration_s):.0f} of {scenario.duration_s:.0f} s"


def _line(scenario: Scenario, coordinator: Coordinator) -> str:
    second = _last(coordinator)
    told = [
        f"{second.levels.get(name, 0):.0f} {words}"
        for name, words, is_played in (
            ("viewers", "viewers", scenario.viewers.hls_share < 1),
            ("hls_viewers", "LL-HLS viewers", scenario.viewers.hls_share > 0),
            ("chatters", "chatters", scenario.chatters.count > 0),
        )
        if is_played
    ]
    if scenario.viewers.hls_share < 1:
        told.append(f"{second.counters.get('packets', 0):,} packets/s")
        told.append(f"{max(0, second.counters.get('packets_lost', 0)):,} lost")
    return f"{_elapsed(scenario, coordinator)}: {', '.join(told)}"


def _table(scenario: Scenario, coordinator: Coordinator) -> Table:
    second, total = _last(coordinator), coordinator.timeline.total()
    table = Table(title=f"{scenario.name}: {_elapsed(scenario, coordinator)}", title_justify="left")
    table.add_column("")
    table.add_column("now", justify="right")
    table.add_column("in all", justify="right")
    for label, name in (("viewers", "viewers"), ("LL-HLS viewers", "hls_viewers"), ("chatters", "chatters")):
        if name in total.levels:
            table.add_row(label, f"{second.levels.get(name, 0):.0f}", f"at most {total.levels[name]:.0f}")
    for label, name in (
        ("joins failed", "joins_failed"),
        ("packets", "packets"),
        ("packets lost", "packets_lost"),
        ("freezes", "freezes"),
        ("LL-HLS stalls", "hls_stalls"),
        ("chat lines", "lines_accepted"),
        ("reactions", "reactions_accepted"),
        ("tips seen", "tips_seen"),
        ("requests", "requests"),
        ("requests failed", "requests_failed"),
    ):
        if name in total.counters:
            table.add_row(label, f"{second.counters.get(name, 0):,}", f"{total.counters[name]:,}")
    for label, name in (
        ("first keyframe", "first_keyframe_us"),
        ("chat", "chat_us"),
        ("media latency", "latency_us"),
        ("LL-HLS latency", "hls_latency_us"),
    ):
        if name in total.histograms:
            table.add_row(f"{label}, p99", _ms(second, name), _ms(total, name))
    return table


def _ms(second: Second, name: str) -> str:
    histogram = second.histograms.get(name)
    value = None if histogram is None else histogram.quantile(0.99)
    return "" if value is None else milliseconds(value / 1000)

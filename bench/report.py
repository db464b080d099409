"""Turns measurements into the table of docs/benchmarks.md. No measuring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.api import Read, render_api
from bench.events import EventsResult, missed_event_bars, render_events
from bench.first_frame import FirstFrames, missed_first_frame, render_first_frames
from bench.floor import Floor
from bench.measure import Footprint, Joins, Window
from bench.recording import RecordingResults, missed_recording_bars, render_recordings
from bench.tables import table

BAR_US_PER_PACKET = 4.0
BAR_FLOOR_US = 1.0  # of the machine the bar was set on
AIM_TIMES_FLOOR = 1.5
BAR_MEMORY_BYTES = 100 * 1024
RSS_SLACK_BYTES = 24 << 20  # what an allocator may keep of a peak
BUSY_SHARE = 0.9
NOISE_SHARE = 0.1
DESCRIPTOR_SLACK = 8  # idle HTTP connections and the like


@dataclass(frozen=True, slots=True)
class Results:
    """All of one run."""

    machine: str
    date: str
    command: str
    windows: Sequence[Window]
    floors: Sequence[Floor]
    joins: Joins
    before: Footprint
    after: Footprint
    reads: Sequence[Read] = ()
    first_frames: FirstFrames | None = None
    fanout: str | None = None
    events: Sequence[EventsResult] = ()
    recordings: RecordingResults | None = None


def render(results: Results) -> str:
    """The document."""
    language = results.floors[0].language
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Written by `{results.command}` on {results.date}; run it again to measure your machine. Machine:",
            f"{results.machine}.",
            "",
            "One publisher (720p30 H264 at 2.5 Mbit/s, stereo Opus at 128 kbit/s, keyframes 2 s apart, keyframe",
            "requests ignored) and N viewers over loopback, AES-128-GCM. The server has one core to itself, the load",
            "generators the others. The **floor** is the bare work of the same fan-out, measured in the same run and",
            "on the same core: the same packets in the same bursts, encrypted for each viewer and sent by UDP GSO,",
            f"with nothing else between (bench/floor.{'c' if language == 'C' else 'py'}, {language}).",
            *([f"The server's fan-out was `{results.fanout}`."] if results.fanout else []),
            "",
            *_fan_out(results),
            "",
            *_verdict(results),
            "",
            *_notes(results),
            "## Joining and leaving",
            "",
            *_joining(results),
            "",
            *([*render_first_frames(results.first_frames), ""] if results.first_frames else []),
            *([*render_api(results.reads), ""] if results.reads else []),
            *(render_events(results.events) if results.events else []),
            *(render_recordings(results.recordings) if results.recordings else []),
            "## What the columns say",
            "",
            "- *CPU per packet*: user and system time of the server process over packets that reached viewers,",
            "  everything included: receiving, feedback, reports, HTTP.",
            "- *Lost*: exact, from sequence numbers; *dropped by the generator*: they reached a viewer's socket and",
            "  were not read in time, which is not the server's loss.",
            "- *Added latency*: from just before the publisher's send to the kernel's arrival stamp at the viewer's",
            "  socket, of every 61st packet of each viewer, by one clock.",
            "- *Event loop lag*: from /metrics; the upper bound of the histogram's bucket.",
            "",
        ]
    )


def _fan_out(results: Results) -> list[str]:
    floors = {floor.viewers: floor for floor in results.floors}
    rows = [
        [
            str(window.viewers),
            f"**{window.server_cpu_us_per_packet / floors[window.viewers].cpu_us_per_packet:.2f}**",
            f"{window.server_cpu_us_per_packet:.2f} us",
            f"{floors[window.viewers].cpu_us_per_packet:.2f} us",
            f"{window.server_cpu_share:.0%}",
            f"{window.packets:,}",
            str(max(0, window.lost - window.generator_drops)),
            str(window.generator_drops),
            f"{window.latency_p50_us / 1000:.1f} / {window.latency_p99_us / 1000:.1f} ms",
            "-" if window.lag_p99_s is None else f"<= {window.lag_p99_s * 1000:g} ms",
            f"{window.memory_per_viewer_bytes / 1024:.0f} KiB",
        ]
        for window in results.windows
    ]
    return table(
        [
            "viewers",
            "times the floor",
            "CPU per packet",
            "floor",
            "server core",
            "packets",
            "lost",
            "dropped by the generator",
            "added latency p50 / p99",
            "event loop lag p99",
            "memory per viewer",
        ],
        rows,
    )


def _verdict(results: Results) -> list[str]:
    """What is asked of the largest crowd's cost, and whether it was reached."""
    window, floor = _largest(results)
    cost, bar, floor_us = window.server_cpu_us_per_packet, _bar_us(floor), floor.cpu_us_per_packet
    asked = f"the bar is {BAR_US_PER_PACKET:g} us of CPU per packet on a machine whose floor is {BAR_FLOOR_US:g} us"
    if bar > BAR_US_PER_PACKET:
        asked += f"; here the floor is {floor_us:.2f} us, so it is taken as {bar:.2f} us"
    aim = "reached" if cost <= AIM_TIMES_FLOOR * floor_us else "not reached"
    return [
        f"At N = {window.viewers} {asked}:",
        f"**{'reached' if cost <= bar else 'missed'}** with {cost:.2f} us.",
        f"The design's aim of {AIM_TIMES_FLOOR:g} times the floor: **{aim}** with {cost / floor_us:.2f} times.",
    ]


def _largest(results: Results) -> tuple[Window, Floor]:
    window = max(results.windows, key=lambda window: window.viewers)
    return window, next(floor for floor in results.floors if floor.viewers == window.viewers)


def _bar_us(floor: Floor) -> float:
    """The bar for a machine with this floor: more where the bare work itself costs more, never less."""
    return BAR_US_PER_PACKET * max(1.0, floor.cpu_us_per_packet / BAR_FLOOR_US)


def _joining(results: Results) -> list[str]:
    joins, before, after = results.joins, results.before, results.after
    rows = [
        ["viewers joining at once", str(joins.joined + sum(joins.failures.values()))],
        ["failed", str(sum(joins.failures.values()))],
        ["POST to answer, p50", f"{joins.answered_p50_s * 1000:.0f} ms"],
        ["POST to first media, p50 / p99", _pair_ms(joins.first_packet_p50_s, joins.first_packet_p99_s)],
        [
            "POST to first keyframe, p50 / p99",
            _pair_ms(joins.first_keyframe_p50_s, joins.first_keyframe_p99_s),
        ],
        ["load generator's core meanwhile", f"{joins.generator_cpu_share:.0%}"],
        ["server memory before / after all left", f"{_mib(before.rss_bytes)} / {_mib(after.rss_bytes)}"],
        ["open descriptors before / after", f"{before.descriptors} / {after.descriptors}"],
        ["asyncio tasks before / after", f"{_known(before.tasks)} / {_known(after.tasks)}"],
    ]
    return table(["", ""], rows)


def _notes(results: Results) -> list[str]:
    """What makes a number less certain, said beside the table."""
    notes = []
    for window in results.windows:
        if window.generator_drops or window.generator_cpu_share > BUSY_SHARE:
            share = f"{window.generator_cpu_share:.0%} of its core"
            notes.append(f"- N = {window.viewers}: the load generator was the bottleneck ({share}).")
        if window.others_share > NOISE_SHARE:
            share = f"{window.others_share:.0%} of a core"
            notes.append(
                f"- N = {window.viewers}: other processes used {share}, so its numbers are pessimistic."
            )
        if window.rejected:
            notes.append(
                f"- N = {window.viewers}: {window.rejected} sampled packets were not what was published."
            )
    if results.joins.generator_cpu_share > BUSY_SHARE:
        notes.append(
            "- 100 joins at once: the load generator's core was full, so the times are an upper bound."
        )
    return [*notes, ""] if notes else []


def missed_bars(results: Results) -> list[str]:
    """Which of the project's bars this run did not reach, in words; empty when all were."""
    missed = []
    largest, floor = _largest(results)
    if largest.server_cpu_us_per_packet > _bar_us(floor):
        cost = f"{largest.server_cpu_us_per_packet:.2f} us of CPU per packet"
        missed.append(f"{cost} at N = {largest.viewers}, bar {_bar_us(floor):.3g}")
    if largest.memory_per_viewer_bytes > BAR_MEMORY_BYTES:
        missed.append(f"{largest.memory_per_viewer_bytes / 1024:.0f} KiB per viewer, bar 100")
    missed += [
        f"{lost} packets lost at N = {window.viewers}, bar 0"
        for window in results.windows
        if (lost := window.lost - window.generator_drops) > 0
    ]
    if results.joins.failures:
        missed.append(f"joins failed: {results.joins.failures}")
    if (
        results.after.tasks is not None
        and results.before.tasks is not None
        and results.after.tasks > results.before.tasks
    ):
        missed.append(
            f"{results.after.tasks - results.before.tasks} asyncio tasks more after all left than before"
        )
    if (grown := results.after.rss_bytes - results.before.rss_bytes) > RSS_SLACK_BYTES:
        missed.append(f"memory after all left is {_mib(grown)} above the start, bar {_mib(RSS_SLACK_BYTES)}")
    if results.after.descriptors > results.before.descriptors + DESCRIPTOR_SLACK:
        missed.append("descriptors were not given back after all left")
    if results.first_frames is not None:
        missed += missed_first_frame(results.first_frames)
    if results.events:
        missed += missed_event_bars(results.events)
    if results.recordings is not None:
        missed += missed_recording_bars(results.recordings)
    return missed


def _pair_ms(first_s: float, second_s: float) -> str:
    return f"{first_s * 1000:.0f} / {second_s * 1000:.0f} ms"


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / (1 << 20):.1f} MiB"


def _known(count: int | None) -> str:
    return "-" if count is None else str(count)

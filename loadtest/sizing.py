"""What a run says of the machine: figures of when most people were there, and what makes them uncertain. No I/O.

A ramp blurs every average, so what a viewer costs is taken from the *plateau*: the seconds with at least 97 % of the
most viewers (or chatters, where nobody watches).
"""

from __future__ import annotations

from collections.abc import Sequence

from loadtest.measures import Second, Timeline

PLATEAU_SHARE = 0.97
BUSY_SHARE = 0.85
"""Of a core, for one process of the load test."""
LATENCY_SHARE = 0.8
NOISE_CORES = 0.25
CORES_LEAST = 0.3
"""Of a server that is less busy, what it does anyway outweighs what each viewer adds."""
HEADROOM = 0.7
"""How full a core should be on an evening nobody wants to spoil."""


def plateau(timeline: Timeline) -> list[int]:
    """Its seconds; empty when nobody came."""
    for name in ("viewers", "hls_viewers", "chatters"):
        levels = {number: second.levels.get(name, 0.0) for number, second in timeline.seconds.items()}
        most = max(levels.values(), default=0.0)
        if most:
            return sorted(number for number, level in levels.items() if level >= PLATEAU_SHARE * most)
    return []


def size(timeline: Timeline) -> dict[str, float]:
    """Figures of the plateau, each by the second; cores are seconds of CPU in one."""
    numbers = plateau(timeline)
    if not numbers:
        return {}
    seconds = [timeline.seconds[number] for number in numbers]
    found = {"plateau_s": float(len(numbers))}
    for name in ("viewers", "hls_viewers", "chatters"):
        levels = [second.levels[name] for second in seconds if name in second.levels]
        if levels:
            found[f"plateau_{name}"] = sum(levels) / len(levels)
    packets_per_s = _mean(seconds, "packets")
    if packets_per_s:
        found["plateau_packets_per_s"] = packets_per_s
    for who in ("server", "generator", "machine"):
        name = "machine_busy_us" if who == "machine" else f"{who}_cpu_us"
        said = [second for second in seconds if name in second.counters]
        if said:
            found[f"plateau_{who}_cores"] = _mean(said, name) / 1e6
    server, viewers = found.get("plateau_server_cores"), found.get("plateau_viewers", 0.0)
    if server:
        if packets_per_s:
            found["plateau_server_us_per_packet"] = server * 1e6 / packets_per_s
        if viewers:
            found["viewers_per_server_core"] = viewers / server
    generator = found.get("plateau_generator_cores")
    if generator and viewers:
        found["viewers_per_generator_core"] = viewers / generator
    if "plateau_machine_cores" in found and server is not None and generator is not None:
        found["plateau_other_cores"] = max(0.0, found["plateau_machine_cores"] - server - generator)
    memory = [second.levels["server_memory_bytes"] for second in _in_order(timeline) if _has_memory(second)]
    if len(memory) > 1 and viewers:
        found["server_bytes_per_viewer"] = max(0.0, (max(memory) - memory[0]) / viewers)
    return found


def notes(
    timeline: Timeline, workers: int, found: dict[str, float], *, turn_s: float, layers: Sequence[str] = ()
) -> list[str]:
    """What an honest reader has to know besides the figures, in words."""
    told: list[str] = []
    busiest = max(
        (second.counters.get("generator_cpu_us", 0) for second in timeline.seconds.values()), default=0
    )
    share = busiest / 1e6 / max(1, workers)
    if share > BUSY_SHARE:
        told.append(
            f"The load test's own processes used up to {share:.0%} of a core each: times are upper bounds. Give it more"
            " workers, or other machines."
        )
    whole = timeline.total()
    total = whole.counters
    slowest = whole.histograms.get("latency_us")
    if slowest is not None and slowest.highest > LATENCY_SHARE * turn_s * 1e6:
        told.append(
            f"Media latency came near {turn_s:.0f} s, which is as much as can be told from the media: it may have been"
            " more."
        )
    if dropped := total.get("dropped_by_generator", 0):
        told.append(
            f"{dropped:,} packets reached this machine and were not read in time. They count as lost, and are not the"
            " server's loss."
        )
    if behind := total.get("decoder_behind", 0):
        told.append(f"{behind:,} frames were not decoded because this machine had no time for it.")
    other = found.get("plateau_other_cores", 0.0)
    if other > NOISE_CORES:
        told.append(
            f"Other programs used {other:.1f} cores of the machine meanwhile, so the figures are worse than it can do."
        )
    taken = [name for name in layers if f"published_packets_{name}" in total]
    if taken and len(taken) < len(layers):
        told.append(
            f"Of the {len(layers)} simulcast layers that were offered ({', '.join(layers)}), the server took"
            f" {', '.join(taken)}: nothing else was sent."
        )
    if not_sent := total.get("requests_not_sent", 0):
        told.append(f"{not_sent:,} requests were not sent, because 500 were under way already.")
    if any("failure" in name and "429" in name for name in total):
        told.append(
            "The server turned some away (429): it limits what one address may do. Let it trust the load test as proxy"
            " (HARMONIE_TRUSTED_PROXIES) and set target.forwarded_for=true, or raise HARMONIE_MAX_SESSIONS_PER_ADDRESS."
        )
    return told


def _mean(seconds: list[Second], name: str) -> float:
    return sum(second.counters.get(name, 0) for second in seconds) / len(seconds) if seconds else 0.0


def _in_order(timeline: Timeline) -> list[Second]:
    return [timeline.seconds[number] for number in sorted(timeline.seconds)]


def _has_memory(second: Second) -> bool:
    return second.levels.get("server_memory_bytes", 0.0) > 0

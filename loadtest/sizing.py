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
FULL_CORES = 0.9
"""A server that uses more of its core for media has nothing left, and what a viewer costs cannot be told from it."""
PLATEAU_LEAST_S = 5
LATE_S = 0.25
"""Of the load test itself."""


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


def is_full(found: dict[str, float]) -> bool:
    """Whether the server had all it could use: figures for each core are upper bounds then."""
    return found.get("plateau_server_cores", 0.0) > FULL_CORES


def capacity(found: dict[str, float], missed: Sequence[str]) -> str:
    """What one core carries, in words, `missed` being the thresholds that were; empty where nothing can be said."""
    each, cores = found.get("viewers_per_server_core"), found.get("plateau_server_cores", 0.0)
    if not each:
        return ""
    number = f"about {round(each * HEADROOM, -1):,.0f} viewers"
    share = f"{HEADROOM:.0%} of {each:,.0f}, to leave room for peaks"
    if found.get("plateau_s", 0.0) < PLATEAU_LEAST_S:
        share += f"; of only {found['plateau_s']:.0f} s: play longer to trust it"
    missing = f" missed thresholds ({'; '.join(missed)})" if missed else ""
    if is_full(found):
        return (
            f"The server's core was full: it used {cores:.2f} cores{' and' + missing if missed else ''}, so"
            f" {found['plateau_viewers']:,.0f} viewers are more than it carries. One core of this machine carries fewer"
            f" than {number} of this stream ({share}); how many, a run tells in which it uses less than"
            f" {FULL_CORES:g} cores."
        )
    if missing:
        return (
            f"The run{missing} while the server used {cores:.2f} cores. By its CPU alone one core of this machine would"
            f" carry {number} of this stream ({share}), which is an upper bound as long as thresholds are missed."
        )
    if cores < CORES_LEAST:
        return "The server was hardly busy: it takes a larger crowd to tell what a core carries."
    return f"Of this stream, one core of this machine carries {number} ({share}), with the chat and whatever else ran."


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
    late_s = _highest_s(whole, "generator_lag_us")
    publisher_s = _highest_s(whole, "publisher_lateness_us")
    if max(late_s, publisher_s) > LATE_S:
        told.append(
            f"The load test itself was up to {late_s:.1f} s late with everything, and its publisher up to"
            f" {publisher_s:.1f} s: latencies, gaps and freezes are upper bounds, for want of time on this machine."
        )
    slowest = whole.histograms.get("latency_us")
    if slowest is not None and slowest.highest > LATENCY_SHARE * turn_s * 1e6:
        told.append(
            f"Media latency came near {turn_s:.0f} s, which is as much as can be told from the media: it may have been"
            " more."
        )
    if dropped := total.get("dropped_by_generator", 0):
        told.append(
            f"{dropped:,} packets reached this machine and were not read in time: that loss, and the freezes that come"
            " of it, are not the server's."
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
    if forgotten := total.get("forgotten_by_server", 0):
        told.append(f"When they left, the server did not know {forgotten:,} of the viewers any more.")
    if not_sent := total.get("requests_not_sent", 0):
        told.append(f"{not_sent:,} requests were not sent, because 500 were under way already.")
    if any("failure" in name and "429" in name for name in total):
        told.append(
            "The server turned some away (429): it limits what one address may do. Let it trust the load test as proxy"
            " (HARMONIE_TRUSTED_PROXIES) and set target.forwarded_for=true, or raise HARMONIE_MAX_SESSIONS_PER_ADDRESS."
        )
    return told


def _highest_s(whole: Second, name: str) -> float:
    histogram = whole.histograms.get(name)
    return 0.0 if histogram is None else histogram.highest / 1e6


def _mean(seconds: list[Second], name: str) -> float:
    return sum(second.counters.get(name, 0) for second in seconds) / len(seconds) if seconds else 0.0


def _in_order(timeline: Timeline) -> list[Second]:
    return [timeline.seconds[number] for number in sorted(timeline.seconds)]


def _has_memory(second: Second) -> bool:
    return second.levels.get("server_memory_bytes", 0.0) > 0

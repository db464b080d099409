"""What figures are called where people read them. No I/O."""

from __future__ import annotations

from loadtest.charts import milliseconds, short
from loadtest.outcome import Outcome
from loadtest.verdict import Check

THRESHOLDS = {
    "joined": "viewers who joined",
    "cut": "viewers and artists cut off",
    "came_back": "of those, came back",
    "away_p99_ms": "without media until back, p99",
    "first_keyframe_p95_ms": "first keyframe after joining, p95",
    "lost": "packets lost",
    "freezes_per_viewer_min": "freezes per viewer and minute",
    "latency_p99_ms": "media latency, p99",
    "chat_lost": "chat lines and events missed by somebody",
    "chat_repeated": "chat lines and events that came twice",
    "chat_p99_ms": "chat latency, p99",
    "reactions_lost": "reactions counted wrong",
    "tip_p99_ms": "tip latency from its block, p99",
    "tips_lost": "tips mined and not shown",
    "hls_joined": "LL-HLS viewers who began to play",
    "hls_latency_p99_ms": "LL-HLS latency, p99",
    "hls_stalls_per_viewer_min": "LL-HLS stalls per viewer and minute",
    "http_p99_ms": "pages and API, p99",
    "server_lag_p99_ms": "server's event loop lag, p99",
}
TIMES = {
    "answered": "join: offer answered",
    "connected": "join: connected (ICE, DTLS)",
    "first_packet": "join: first packet",
    "first_keyframe": "join: first keyframe",
    "first_picture": "join: first decoded picture",
    "latency": "media latency, publisher's socket to viewer's",
    "jitter": "jitter, packet to packet",
    "gap": "gaps without a packet of the picture (over 150 ms)",
    "away": "cut off: without media until back",
    "publisher_away": "artist cut off: until back",
    "picture_latency": "latency to the decoded picture",
    "picture_gap": "from one decoded picture to the next",
    "lip_sync": "picture and sound apart",
    "hls_start": "LL-HLS: join to playing",
    "hls_latency": "LL-HLS: latency by the playlist's clock",
    "hls_away": "LL-HLS: given up until playing again",
    "hls_piece": "LL-HLS: one part fetched",
    "chat_join": "chat: join",
    "chat": "chat: writer to reader",
    "say": "chat: a line answered",
    "react": "chat: a reaction answered",
    "chat_away": "chat: cut off until back",
    "tip": "tip: block to reader",
    "http": "pages and API",
    "server_lag": "server: event loop lag",
    "generator_lag": "load test: event loop lag",
    "publisher_lateness": "publisher: latest frame",
}
FIGURES = {
    "lost_share": "packets lost (share)",
    "received_bps": "received (bit/s)",
    "packets_per_viewer_s": "packets per viewer and second",
    "server_cpu_us_per_packet": "server CPU per packet, whole run (us)",
    "server_cores": "server, whole run (cores)",
    "plateau_s": "length of the plateau (s)",
    "plateau_viewers": "viewers",
    "plateau_hls_viewers": "LL-HLS viewers",
    "plateau_chatters": "chatters",
    "plateau_packets_per_s": "packets delivered per second",
    "plateau_server_cores": "server (cores)",
    "plateau_generator_cores": "load test (cores)",
    "plateau_machine_cores": "this machine, everything (cores)",
    "plateau_other_cores": "other programs (cores)",
    "plateau_server_us_per_packet": "server CPU per delivered packet (us)",
    "viewers_per_server_core": "viewers for each core the server used",
    "viewers_per_generator_core": "viewers for each core the load test used",
    "server_bytes_per_viewer": "server memory per viewer (bytes)",
    "machine_load": "highest load average",
    "server_memory_bytes": "server memory at most (bytes)",
    "viewers": "viewers at most",
    "hls_viewers": "LL-HLS viewers at most",
    "chatters": "chatters at most",
}
_SHARES = frozenset({"joined", "came_back", "lost", "hls_joined"})


def describe(check: Check) -> str:
    """A threshold in one line."""
    sign = ">=" if check.at_least else "<="
    name = THRESHOLDS.get(check.name, check.name)
    return f"{name}: {amount(check, check.measured)} (asked {sign} {amount(check, check.asked)})"


def amount(check: Check, value: float | None) -> str:
    """With its unit."""
    if value is None:
        return "nothing measured"
    if check.name in _SHARES:
        return f"{value:.3%}".replace(".000%", "%")
    return milliseconds(value) if check.name.endswith("_ms") else short(value)


def summary(outcome: Outcome) -> list[tuple[str, str]]:
    """What and how much, for the end of a run."""
    counters, derived, times = outcome.counters, outcome.derived, outcome.quantiles
    rows: list[tuple[str, str]] = []
    if begun := counters.get("joins_begun"):
        lost = derived.get("lost_share", 0)
        rows.append(("viewers joined", f"{counters.get('joins_done', 0):,} of {begun:,}"))
        rows.append(("first keyframe", _spread(times.get("first_keyframe"))))
        rows.append(("packets", f"{counters.get('packets', 0):,}, {lost:.4%} lost{_odd(counters)}"))
        rows.append(("gaps in the picture's packets", f"{counters.get('freezes', 0):,}"))
        rows.append(("media latency", _spread(times.get("latency"))))
    for who, prefix, away in (
        ("artists cut off", "publishers", "publisher_away"),
        ("viewers cut off", "viewers", "away"),
        ("LL-HLS viewers cut off", "hls", "hls_away"),
        ("chatters cut off", "chat", "chat_away"),
    ):
        if cut := counters.get(f"{prefix}_cut"):
            back = counters.get(f"{prefix}_came_back", 0)
            rows.append((who, f"{cut:,}, {back:,} came back; without: {_spread(times.get(away))}"))
    if decoded := counters.get("pictures_decoded"):
        skipped, freezes = counters.get("pictures_skipped", 0), counters.get("picture_freezes", 0)
        rows.append(("decoded", f"{decoded:,} pictures, {skipped:,} missing, {freezes:,} freezes"))
        rows.append(("lip-sync", _spread(times.get("lip_sync"))))
    if begun := counters.get("hls_joins_begun"):
        stalls = counters.get("hls_stalls", 0)
        rows.append(
            ("LL-HLS viewers", f"{counters.get('hls_joins_done', 0):,} of {begun:,}, {stalls:,} stalls")
        )
        rows.append(("LL-HLS latency", _spread(times.get("hls_latency"))))
    if counters.get("lines_accepted"):
        missed = counters.get("lines_missed", 0) + counters.get("events_missed", 0)
        twice = counters.get("lines_repeated", 0) + counters.get("events_repeated", 0)
        words = f"{counters['lines_accepted']:,} accepted, {missed:,} missed, {twice:,} twice"
        rows.append(("chat lines", words))
        rows.append(("chat latency", _spread(times.get("chat"))))
    if reactions := counters.get("reactions_accepted"):
        wrong = counters.get("reactions_missed", 0) + counters.get("reactions_too_many", 0)
        rows.append(("reactions", f"{reactions:,} accepted, {wrong:,} counted wrong"))
    if mined := counters.get("tips_mined"):
        rows.append(("tips", f"{mined:,} mined, {counters.get('tips_missed', 0):,} not seen"))
        rows.append(("tip latency", _spread(times.get("tip"))))
    if counters.get("requests"):
        failed = counters.get("requests_failed", 0)
        rows.append(("requests", f"{counters['requests']:,}, {failed:,} failed"))
        rows.append(("HTTP latency", _spread(times.get("http"))))
    rows += _costs(derived)
    for failure, times_ in list(outcome.failures.items())[:8]:
        rows.append((failure, f"{times_:,} times"))
    return rows


def _costs(derived: dict[str, float]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for who, name in (("server", "plateau_server_cores"), ("load test", "plateau_generator_cores")):
        if name in derived:
            more = ""
            if who == "server" and "plateau_server_us_per_packet" in derived:
                more = f", {derived['plateau_server_us_per_packet']:.2f} us per packet"
            rows.append((who, f"{derived[name]:.2f} cores{more}"))
    if "plateau_other_cores" in derived:
        rows.append(("other programs", f"{derived['plateau_other_cores']:.2f} cores"))
    return rows


def _odd(counters: dict[str, int]) -> str:
    told = [
        f"{counters[name]:,} {words}"
        for name, words in (
            ("packets_lost_sound", "of it sound"),
            ("late", "out of order"),
            ("duplicates", "twice"),
            ("recovered", "sent again"),
        )
        if counters.get(name)
    ]
    return "".join(f", {each}" for each in told)


def _spread(times: dict[str, float] | None) -> str:
    if not times or "p50" not in times:
        return "not measured"
    return ", ".join(f"{key} {milliseconds(times[key])}" for key in ("p50", "p95", "p99"))

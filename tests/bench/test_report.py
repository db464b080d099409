from __future__ import annotations

from dataclasses import replace

from bench.first_frame import FirstFrames
from bench.floor import Floor
from bench.measure import Footprint, Joins, Window
from bench.recording import Load, RecordingResults, missed_recording_bars, render_recordings
from bench.report import Results, missed_bars, render

WINDOW = Window(
    viewers=500,
    packets=1_240_000,
    server_cpu_us_per_packet=2.0,
    server_cpu_share=0.31,
    lost=0,
    generator_drops=0,
    rejected=0,
    latency_p50_us=1_500,
    latency_p99_us=6_000,
    lag_p99_s=0.005,
    generator_cpu_share=0.4,
    others_share=0.01,
    memory_per_viewer_bytes=50_000,
)
HELD = Footprint(rss_bytes=80 << 20, descriptors=20, tasks=12)
JOINS = Joins(
    joined=100,
    failures={},
    answered_p50_s=0.05,
    first_packet_p50_s=0.2,
    first_packet_p99_s=0.4,
    first_keyframe_p50_s=0.2,
    first_keyframe_p99_s=0.4,
    generator_cpu_share=0.5,
)
RESULTS = Results(
    machine="A machine",
    date="2026-01-01",
    command="make bench",
    windows=[WINDOW],
    floors=[Floor(viewers=500, packets=1_000, cpu_us_per_packet=1.0, cipher_share=0.4, language="C")],
    joins=JOINS,
    before=HELD,
    after=HELD,
)


def test_a_good_run_misses_no_bar_and_shows_the_ratio_to_the_floor() -> None:
    assert missed_bars(RESULTS) == []
    row = next(line for line in render(RESULTS).splitlines() if line.startswith("| 500"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:4] == ["500", "**2.00**", "2.00 us", "1.00 us"]


def test_every_line_of_a_table_has_the_same_number_of_cells() -> None:
    lines = [line for line in render(RESULTS).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {12, 3}


def test_each_bar_is_missed_by_its_own_number() -> None:
    def missed(**changes: object) -> list[str]:
        return missed_bars(replace(RESULTS, windows=[replace(WINDOW, **changes)]))  # type: ignore[arg-type]  # by name

    assert "4.10 us" in missed(server_cpu_us_per_packet=4.1)[0]
    assert "KiB per viewer" in missed(memory_per_viewer_bytes=200_000)[0]
    assert "7 packets lost" in missed(lost=7)[0]
    assert missed(lost=7, generator_drops=7) == []


def test_the_bar_for_the_cost_grows_with_the_machines_floor_and_never_shrinks() -> None:
    def of(cost_us: float, floor_us: float) -> Results:
        window = replace(WINDOW, server_cpu_us_per_packet=cost_us)
        floor = replace(RESULTS.floors[0], cpu_us_per_packet=floor_us)
        return replace(RESULTS, windows=[window], floors=[floor])

    assert missed_bars(of(9.9, 2.5)) == []
    assert "10.10 us of CPU per packet at N = 500, bar 10" in missed_bars(of(10.1, 2.5))[0]
    assert "bar 4" in missed_bars(of(4.1, 0.5))[0]
    assert "here the floor is 2.50 us, so it is taken as 10.00 us" in render(of(9.9, 2.5))
    assert "**not reached** with 3.96 times" in render(of(9.9, 2.5))
    assert "floor: **reached** with 1.40 times" in render(of(3.5, 2.5))
    assert "taken as" not in render(of(1.4, 1.0))


def test_tasks_and_descriptors_that_stay_are_missed_bars() -> None:
    after = replace(HELD, tasks=13, descriptors=40)
    assert len(missed_bars(replace(RESULTS, after=after))) == 2


def test_what_makes_a_number_uncertain_is_said_beside_the_table() -> None:
    noisy = replace(WINDOW, others_share=0.5, generator_drops=3)
    text = render(replace(RESULTS, windows=[noisy]))
    assert "the load generator was the bottleneck" in text
    assert "other processes used 50% of the server's core" in text


def test_a_slow_first_frame_misses_the_bar() -> None:
    quick = FirstFrames(joins_ms=[41.0, 44.0, 90.0], connected_ms=[30.0] * 3, direct_ms=[80.0] * 3)
    slow = replace(quick, joins_ms=[61.0, 64.0, 90.0])
    assert missed_bars(replace(RESULTS, first_frames=quick)) == []
    assert missed_bars(replace(RESULTS, first_frames=slow)) == ["first frame after 64 ms (p50), bar 60"]
    assert "0.55 times that" in render(replace(RESULTS, first_frames=quick))


def test_recordings_are_shown_beside_the_copy_and_judged_by_what_they_add_to_the_lag() -> None:
    def of(lag_s: float, copy_share: float | None = 0.1) -> RecordingResults:
        quiet = Load("not recorded", 0.0004, 0.001, 0.2, 0.0, 0.0)
        during = Load("recorded", lag_s, 0.0025, 0.25, 0.3, 50.0)
        return RecordingResults(20, [quiet, during, quiet], copy_share, 50.0)

    good = "\n".join(render_recordings(of(0.0006)))
    assert "**3.0 times** as much" in good
    assert "6.00 ms of CPU for a recorded megabit" in good
    assert "no ffmpeg" in "\n".join(render_recordings(of(0.0006, None)))
    assert missed_recording_bars(of(0.0006)) == []
    assert "add 1.60 ms to the event loop's lag, bar 1" in missed_recording_bars(of(0.002))[0]

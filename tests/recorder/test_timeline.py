"""The broadcast's clock, with publishers whose clocks are wrong in every way they are."""

import random
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.description import Kind
from recorder.timeline import NTP_UNITS, RESTART_S, Timeline

CLOCK_HZ = {Kind.AUDIO: 48_000, Kind.VIDEO: 90_000}
INTERVAL_S = {Kind.AUDIO: 0.02, Kind.VIDEO: 1 / 30}
REPORT_INTERVAL_S = {Kind.AUDIO: 5.0, Kind.VIDEO: 1.0}


@dataclass
class Sender:
    """A publisher whose RTP clocks run wrong by `drift` (1e-6), and whose pictures take `encode_s` until they leave."""

    seed: int = 1
    audio_drift: float = 0.0
    video_drift: float = 0.0
    wall_drift: float = 0.0
    encode_s: float = 0.03
    jitter_s: float = 0.01
    report_jitter_s: float = 0.002
    reports: bool = True
    first_timestamp: int = 12345


def run(
    sender: Sender, duration_s: float, timeline: Timeline | None = None, begin_s: float = 0.0, coarse: int = 1
) -> dict[Kind, list[tuple[float, float]]]:
    """Plays a publisher; for each kind, when something truly happened and where the timeline puts it.

    What overtook another on the way is put there after it, as frames are.
    """
    timeline = timeline or Timeline()
    chance = random.Random(sender.seed)
    rate = {
        Kind.AUDIO: CLOCK_HZ[Kind.AUDIO] * (1 + sender.audio_drift * 1e-6),
        Kind.VIDEO: CLOCK_HZ[Kind.VIDEO] * (1 + sender.video_drift * 1e-6),
    }
    base = {Kind.AUDIO: sender.first_timestamp, Kind.VIDEO: sender.first_timestamp * 7}
    events: list[tuple[float, str, Kind, float]] = []
    expected: dict[Kind, list[float]] = {}
    for kind in Kind:
        count = int(duration_s / INTERVAL_S[kind] / coarse)
        expected[kind] = [number * INTERVAL_S[kind] * coarse for number in range(count)]
        for taken_s in expected[kind]:
            delay_s = (
                0.04
                + (sender.encode_s if kind is Kind.VIDEO else 0)
                + chance.expovariate(1 / sender.jitter_s)
            )
            events.append((taken_s + delay_s, "packet", kind, taken_s))
        at_s = 0.3
        while sender.reports and at_s < duration_s:
            events.append((at_s + 0.04, "report", kind, at_s))
            at_s += REPORT_INTERVAL_S[kind]
    result: dict[Kind, list[tuple[float, float]]] = {kind: [] for kind in Kind}
    waiting: dict[Kind, dict[float, int]] = {kind: {} for kind in Kind}
    for arrival_s, what, kind, taken_s in sorted(events):
        timestamp = base[kind] + round(taken_s * rate[kind])
        if what == "packet":
            extended = timeline.arrive(kind, timestamp % (1 << 32), CLOCK_HZ[kind], begin_s + arrival_s)
            waiting[kind][taken_s] = extended
            while (shown := len(result[kind])) < len(expected[kind]) and expected[kind][shown] in waiting[
                kind
            ]:
                extended = waiting[kind].pop(expected[kind][shown])
                result[kind].append((begin_s + expected[kind][shown], timeline.time_s(kind, extended)))
        else:
            wall_s = (
                3.9e9 + taken_s * (1 + sender.wall_drift * 1e-6) + chance.gauss(0, sender.report_jitter_s)
            )
            timeline.report(kind, int(wall_s * NTP_UNITS), timestamp % (1 << 32))
    return result


def off_s(times: dict[Kind, list[tuple[float, float]]], since_s: float) -> float:
    """The most that sound and picture of one moment lie apart on the timeline, from `since_s` on."""
    sound = {round(true_s, 1): shown_s - true_s for true_s, shown_s in times[Kind.AUDIO]}
    return max(
        abs(shown_s - true_s - sound[round(true_s, 1)])
        for true_s, shown_s in times[Kind.VIDEO]
        if true_s >= since_s and round(true_s, 1) in sound
    )


def test_sound_and_picture_stay_together_over_three_hours_of_drift() -> None:
    sender = Sender(audio_drift=180, video_drift=-60, wall_drift=40)
    times = run(sender, 3 * 3600, coarse=30)
    assert off_s(times, since_s=5) < 0.02
    for shown in times.values():  # and both with our own clock, against which the chat is kept
        assert all(abs(shown_s - true_s - 0.06) < 0.06 for true_s, shown_s in shown if true_s > 60)


@settings(max_examples=10)
@given(
    seed=st.integers(0, 1000),
    audio_drift=st.floats(-200, 200),
    video_drift=st.floats(-200, 200),
    wall_drift=st.floats(-100, 100),
    encode_s=st.floats(0, 0.15),
    jitter_s=st.floats(0.001, 0.03),
)
def test_any_clocks_are_in_step_after_a_few_seconds(
    seed: int, audio_drift: float, video_drift: float, wall_drift: float, encode_s: float, jitter_s: float
) -> None:
    sender = Sender(seed, audio_drift, video_drift, wall_drift, encode_s, jitter_s)
    assert off_s(run(sender, 240, coarse=3), since_s=15) < 0.04


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), drift=st.floats(-200, 200), jitter_s=st.floats(0.001, 0.006))
def test_time_never_runs_backwards_nor_wildly(seed: int, drift: float, jitter_s: float) -> None:
    # Of whole frames that overtake several others `parts` keeps the order.
    times = run(Sender(seed, drift, -drift, 0, 0.1, jitter_s), 20)
    for kind, shown in times.items():
        steps = [after - before for (_, before), (_, after) in pairwise(shown)]
        leeway = 0.5 if kind is Kind.AUDIO else 1
        assert all(abs(step - INTERVAL_S[kind]) < leeway * INTERVAL_S[kind] for step in steps)


def test_without_reports_arrivals_keep_them_within_what_the_encoder_takes() -> None:
    sender = Sender(audio_drift=150, video_drift=-100, reports=False, encode_s=0.03)
    assert off_s(run(sender, 1800, coarse=5), since_s=30) < 0.04


def test_timestamps_wrap_without_a_trace() -> None:
    timeline = Timeline()
    last = -1.0
    for number in range(400):
        timestamp = ((1 << 32) - 200 * 3000 + number * 3000) % (1 << 32)
        extended = timeline.arrive(Kind.VIDEO, timestamp, 90_000, number / 30)
        time_s = timeline.time_s(Kind.VIDEO, extended)
        assert time_s == pytest.approx(number / 30, abs=1e-4)
        assert time_s > last
        last = time_s


def test_thirty_hours_pass_the_wrap_of_both_clocks() -> None:
    times = run(Sender(audio_drift=20, first_timestamp=(1 << 32) - 1), 30 * 3600, coarse=200)
    assert off_s(times, since_s=60) < 0.02


def test_another_publisher_continues_where_it_came_in() -> None:
    timeline = Timeline()
    run(Sender(1), 20, timeline)
    timeline.change_publisher()
    times = run(Sender(2, first_timestamp=99, encode_s=0.05), 60, timeline, begin_s=23.5)
    first_s = min(shown_s for _, shown_s in times[Kind.AUDIO])
    assert 23.5 <= first_s < 23.7
    assert off_s(times, since_s=33) < 0.02


def test_one_odd_report_changes_nothing() -> None:
    timeline = Timeline()
    run(Sender(), 30, timeline)
    before = timeline.time_s(Kind.AUDIO, timeline.extend(Kind.AUDIO, 12345 + 30 * 48_000))
    timeline.report(Kind.AUDIO, int((3.9e9 + 9) * NTP_UNITS), 12345 + 30 * 48_000)
    for number in range(100):
        timeline.arrive(Kind.AUDIO, 12345 + 30 * 48_000 + number * 960, 48_000, 30.04 + number * 0.02)
    after = timeline.time_s(Kind.AUDIO, timeline.extend(Kind.AUDIO, 12345 + 30 * 48_000))
    assert after == pytest.approx(before, abs=0.01)


def test_a_clock_that_is_set_anew_goes_on_from_its_arrival() -> None:
    timeline = Timeline()
    timeline.arrive(Kind.VIDEO, 1000, 90_000, 0.0)
    jump = 1000 + int((RESTART_S + 60) * 90_000)
    extended = timeline.arrive(Kind.VIDEO, jump, 90_000, 1.0)
    assert timeline.time_s(Kind.VIDEO, extended) == pytest.approx(1.0)


def test_a_pause_is_kept_as_long_as_it_was() -> None:
    timeline = Timeline()
    timeline.arrive(Kind.AUDIO, 0, 48_000, 0.0)
    extended = timeline.arrive(Kind.AUDIO, 600 * 48_000, 48_000, 600.0)
    assert timeline.time_s(Kind.AUDIO, extended) == pytest.approx(600.0, abs=0.02)

"""The demo artist's music: a quiet loop of pads, plucks and a soft beat, made by numpy alone.

Deterministic, stereo, seamless (echoes wrap round the end), below full scale. It also tells how loud which band is at
each picture, so that the picture can move with it. Nothing here plays or encodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

RATE_HZ = 48_000
BEAT_S = 0.8
BEATS_PER_BAR = 4
PEAK = 0.7  # of full scale: about -3 dBFS
SPECTRUM_WINDOW = 2048
BANDS = 40

# Two rounds of A minor, F, C, G with added colours, as semitones from A2.
CHORDS = (
    (0, 7, 15, 19, 22), (-4, 3, 12, 15, 19), (3, 10, 15, 19, 26), (-2, 5, 14, 17, 19),
    (0, 7, 14, 15, 22), (-4, 8, 12, 15, 22), (3, 10, 19, 22, 26), (-2, 10, 14, 17, 24),
)  # fmt: skip
BARS = 2 * len(CHORDS)
PENTATONIC = (24, 27, 29, 31, 34, 36, 39, 41)
LOOP_S = BARS * BEATS_PER_BAR * BEAT_S


@dataclass(frozen=True, slots=True)
class Loop:
    """`samples`: (frames, 2) at RATE_HZ. Per picture and in 0..1: `bands` (pictures, BANDS) and `pulse`, the beat."""

    samples: npt.NDArray[np.int16]
    bands: Samples
    pulse: Samples


def compose(pictures_per_s: int) -> Loop:
    """Render the whole loop; takes about a second and 30 MB."""
    mix = _pads() + _plucks() + _beat()
    mix -= mix.mean(axis=0)
    mix *= PEAK / np.abs(mix).max()
    pictures = round(LOOP_S * pictures_per_s)
    bands = _bands(mix.mean(axis=1), pictures)
    beat_phase = np.arange(pictures) / pictures_per_s % BEAT_S
    return Loop((mix * 32767).astype(np.int16), bands, np.exp(-beat_phase * 5).astype(np.float32))


def _frames(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def _frequency_hz(semitones: float) -> float:
    return float(110.0 * 2 ** (semitones / 12))


def _silence() -> Samples:
    return np.zeros((_frames(LOOP_S), 2), np.float32)


def _add(mix: Samples, start_s: float, sound: Samples) -> None:
    """Add `sound` at `start_s`, round the end of the loop."""
    start = _frames(start_s) % len(mix)
    first = min(len(sound), len(mix) - start)
    mix[start : start + first] += sound[:first]
    mix[: len(sound) - first] += sound[first:]


def _pads() -> Samples:
    mix = _silence()
    bar_s = BEATS_PER_BAR * BEAT_S
    t = np.arange(_frames(bar_s + 1.6), dtype=np.float32) / RATE_HZ
    envelope = np.minimum(1, t / 1.4) * np.minimum(1, (t[-1] - t) / 1.6)
    for bar in range(BARS):
        voices = np.zeros((len(t), 2), np.float32)
        for number, note in enumerate(CHORDS[bar % len(CHORDS)]):
            frequency = _frequency_hz(note)
            for channel, detune in enumerate((0.9988, 1.0012)):
                phase = 2 * np.pi * frequency * detune * t + number
                shimmer = 0.12 * np.sin(2 * np.pi * (0.21 + 0.07 * number) * t)
                voices[:, channel] += (
                    np.sin(phase) + (0.3 + shimmer) * np.sin(2 * phase) + 0.1 * np.sin(3 * phase)
                )
        _add(mix, bar * bar_s, voices * (envelope * 0.05)[:, None])
    return mix


def _plucks() -> Samples:
    mix = _silence()
    generator = np.random.default_rng(1917)
    t = np.arange(_frames(1.8), dtype=np.float32) / RATE_HZ
    position = 3
    for step in range(BARS * BEATS_PER_BAR * 2):
        if generator.random() < (0.25 if step % 2 else 0.5):
            continue
        position = int(np.clip(position + generator.integers(-2, 3), 0, len(PENTATONIC) - 1))
        frequency = _frequency_hz(PENTATONIC[position])
        tone = np.sin(2 * np.pi * frequency * t) * np.exp(-t * 4)
        tone += 0.35 * np.sin(4 * np.pi * frequency * t) * np.exp(-t * 9)
        tone *= np.minimum(1, t / 0.004) * np.minimum(1, (t[-1] - t) / 0.05)
        pan = generator.uniform(0.25, 0.75)
        _add(
            mix,
            step * BEAT_S / 2,
            (np.stack([tone * (1 - pan), tone * pan], axis=1) * 0.2).astype(np.float32),
        )
    for echo, gain in ((3, 0.45), (6, 0.22), (9, 0.1)):  # quarter-beat echoes, the channels swapped each time
        mix += gain * np.roll(mix[:, ::-1], _frames(echo * BEAT_S / 4), axis=0)
    return mix


def _beat() -> Samples:
    mix = _silence()
    generator = np.random.default_rng(4)
    t = np.arange(_frames(0.35), dtype=np.float32) / RATE_HZ
    kick = np.sin(2 * np.pi * (48 * t + 5 * (1 - np.exp(-t * 28)))) * np.exp(-t * 11) * 0.26
    brush = np.diff(generator.normal(0, 1, len(t) + 1)) * np.exp(-t * 45) * 0.03
    for beat in range(BARS * BEATS_PER_BAR):
        if beat % 4 in (0, 2):
            _add(mix, beat * BEAT_S, np.repeat(kick[:, None], 2, axis=1).astype(np.float32))
        for half in (0.0, 0.5):
            pan = 0.35 if half else 0.6
            level = 0.6 if half == 0 else 1.0
            sound = np.stack([brush * pan, brush * (1 - pan)], axis=1) * level
            _add(mix, (beat + half) * BEAT_S, sound.astype(np.float32))
    return mix


def _bands(mono: Samples, pictures: int) -> Samples:
    """Loudness per logarithmic band and picture, scaled to 0..1 and eased in time."""
    starts = (np.arange(pictures) * (len(mono) / pictures)).astype(np.int64)
    padded = np.concatenate([mono, mono[:SPECTRUM_WINDOW]])
    edges = np.geomspace(2, SPECTRUM_WINDOW // 5, BANDS + 1)
    lows = np.floor(edges[:-1]).astype(np.int64)
    window = np.hanning(SPECTRUM_WINDOW).astype(np.float32)
    bands = np.empty((pictures, BANDS), np.float32)
    for number, start in enumerate(starts):
        spectrum = np.abs(np.fft.rfft(padded[start : start + SPECTRUM_WINDOW] * window)) + 1e-4
        bands[number] = np.log10(np.maximum.reduceat(spectrum, lows)[:BANDS])
    bands -= np.quantile(bands, 0.2)
    np.clip(bands / np.quantile(bands, 0.995), 0, 1, out=bands)
    for number in range(1, pictures):
        bands[number] = np.maximum(bands[number], bands[number - 1] * 0.9)
    return bands

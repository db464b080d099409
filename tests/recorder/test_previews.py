"""What is shown of a recording before it is played."""

from pathlib import Path

import numpy as np
import pytest
from av.audio.frame import AudioFrame
from PIL import Image

from recorder.finishing import finish
from recorder.previews import STRIP_WIDTH_PX, WAVEFORM_BINS, _Meter, make_previews
from recorder.recordings import Previews
from tests.recorder.show import Show, play
from tests.recorder.writing import write


def test_previews_are_of_all_parts(tmp_path: Path) -> None:
    first = Show("H264", end_s=4)
    write(tmp_path, play(first, first.then(codec="VP8", end_s=8)))
    previews = make_previews(tmp_path, finish(tmp_path))
    assert (previews.poster, previews.waveform, previews.strip_interval_ms) == (True, True, 1000)
    assert previews.loudness_lufs is not None
    assert previews.true_peak_db == pytest.approx(-3.5, abs=1.5)
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert poster.size == (160, 96)
    with Image.open(tmp_path / "strip.jpg") as strip:
        assert strip.size == (STRIP_WIDTH_PX * previews.strip_pictures, 96)
    waveform = (tmp_path / "waveform.bin").read_bytes()
    assert len(waveform) == WAVEFORM_BINS
    loud = [place for place, peak in enumerate(waveform) if peak > 100]
    seconds = {round(place / WAVEFORM_BINS * 8 - 0.45) for place in loud}
    assert seconds == set(range(8))


def test_sound_alone_has_no_pictures(tmp_path: Path) -> None:
    write(tmp_path, play(Show(None, end_s=3)))
    previews = make_previews(tmp_path, finish(tmp_path))
    assert not previews.poster
    assert previews.strip_pictures == 0
    assert previews.waveform


def test_pictures_alone_have_no_loudness(tmp_path: Path) -> None:
    write(tmp_path, play(Show("VP9", end_s=3, sound=False)))
    previews = make_previews(tmp_path, finish(tmp_path))
    assert previews == Previews(poster=True, strip_pictures=3, strip_interval_ms=1000)


def test_the_meter_reads_what_the_standard_says() -> None:
    """EBU Tech 3341, case 1 in other words: a stereo sine of 997 Hz that peaks at -20 dBFS is -20 LUFS."""
    meter = _Meter()
    wave = (0.1 * np.sin(2 * np.pi * 997 * np.arange(48_000 * 5) / 48_000)).astype(np.float32)
    for at in range(0, len(wave), 960):
        stereo = np.ascontiguousarray(np.stack([wave[at : at + 960]] * 2))
        meter.push(AudioFrame.from_ndarray(stereo, format="fltp", layout="stereo"))
    loudness, peak = meter.result()
    assert loudness == pytest.approx(-20, abs=0.1)
    assert peak == pytest.approx(-20, abs=0.2)

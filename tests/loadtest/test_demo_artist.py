"""The demo artist's parts, and the whole process against a WHIP server of another make."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from server.demo_lettering import draw
from server.demo_music import BANDS, LOOP_S, RATE_HZ, Loop, compose
from server.demo_picture import HEIGHT, WIDTH, Painter, clock_text

if TYPE_CHECKING:
    from tests.loadtest.conftest import Front

STOP_BOUND_S = 2.0  # promised within one; the rest is for a busy machine


@pytest.fixture(scope="module")
def loop() -> Loop:
    return compose(30)


def test_the_music_is_loud_enough_never_clips_and_is_the_same_each_time(loop: Loop) -> None:
    level = np.abs(loop.samples.astype(np.int32))
    assert 0.6 * 32767 < level.max() < 0.8 * 32767
    assert loop.samples.shape == (round(LOOP_S * RATE_HZ), 2)
    assert np.array_equal(compose(30).samples, loop.samples)
    assert not np.array_equal(loop.samples[:, 0], loop.samples[:, 1])


def test_the_loop_has_no_click_at_its_seam(loop: Loop) -> None:
    steps = np.abs(np.diff(loop.samples.astype(np.int32), axis=0)).max(axis=0)
    seam = np.abs(loop.samples[0].astype(np.int32) - loop.samples[-1])
    assert (seam <= steps).all()


def test_the_bands_follow_the_music_within_their_range(loop: Loop) -> None:
    assert loop.bands.shape == (round(LOOP_S * 30), BANDS)
    assert loop.bands.min() >= 0
    assert loop.bands.max() <= 1
    assert loop.bands.std(axis=0).min() > 0.02


def test_the_picture_moves_and_shows_the_lettering(loop: Loop) -> None:
    painter = Painter()

    def luma(time_s: float) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        frame = painter.paint(time_s, loop.bands[0], 1.0, "12:34:56")
        return np.array(frame.to_ndarray()[:HEIGHT], np.uint8)

    first, second = luma(0.0), luma(1.0)
    assert first.shape == (HEIGHT, WIDTH)
    assert np.abs(first.astype(int) - second).mean() > 1
    assert first[60:200].max() > 200  # the title
    assert 16 <= np.median(first) < 60  # over a dark ground


def test_the_clock_counts_the_day_round() -> None:
    assert clock_text(0) == "00:00:00"
    assert clock_text(86_399.9) == "23:59:59"
    assert clock_text(86_400) == "00:00:00"


@pytest.mark.parametrize("character", "0123456789:Harmoniedstg")
def test_every_character_that_is_written_can_be_drawn(character: str) -> None:
    mask = draw(character, unit_px=4)
    assert mask.max() == 1
    assert mask[0].max() < 0.01  # the glow has faded at the edge


async def test_the_artist_publishes_and_ends_at_once_when_told_to(front: Front) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "server.demo_artist", "--url", f"{front.url}/whip/stage", "--parent-pid", str(os.getpid())),
        env={**os.environ, "HARMONIE_STREAM_KEY": "secret"},
    )
    try:
        await asyncio.wait_for(front.media_seen.wait(), 30)
        began = time.monotonic()
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert time.monotonic() - began < STOP_BOUND_S
    finally:
        if process.returncode is None:
            process.kill()
    picture = front.pictures[0]
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert front.bearers == ["Bearer secret"]
    assert front.deleted == ["0"]


async def test_an_artist_whose_parent_is_already_gone_does_not_start(front: Front) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "server.demo_artist", "--url", f"{front.url}/whip/stage", "--parent-pid", "1"),
        env={**os.environ, "HARMONIE_STREAM_KEY": "secret"},
    )
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert front.bearers == []

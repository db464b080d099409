"""What the browser's fake camera and microphone play: a picture and a sound that can be recognised at the other end.

The picture carries a frame counter (a row of 16 black and white blocks at the top), eight colour bars below it, and a
moving noisy texture that makes an encoder need its bitrate. The sound is 1 kHz on the left and 600 Hz on the right.
`probe.js` reads all of it from a playing page.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

SIZE = (640, 360)
"""Of the picture: it is read, scaled and drawn as long as somebody is live."""
FRAMES_PER_S = 15
"""As many as show that a picture moves: each is encoded, decoded and drawn, by one or two processors for all pages."""
COUNTER_MODULUS = FRAMES_PER_S * 4
"""Frames until the picture begins again."""
COUNTER_BITS = 16
LEFT_HZ, RIGHT_HZ = 1000, 600
SOUND_RATE_HZ = 48_000
BARS = (
    (200, 200, 200),
    (200, 200, 20),
    (20, 200, 200),
    (20, 200, 20),
    (200, 20, 200),
    (200, 20, 20),
    (20, 20, 200),
    (20, 20, 20),
)
"""Red, green and blue of each bar, left to right."""

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Material:
    """Files for Chromium's --use-file-for-fake-video-capture and -audio-capture.

    The picture is not compressed (YUV4MPEG2), so that nothing has to be decoded as long as a camera is open.
    """

    picture: Path
    sound: Path


def make_material(directory: Path) -> Material:
    """Write both files."""
    material = Material(directory / "picture.y4m", directory / "sound.wav")
    _write_picture(material.picture, *SIZE)
    _write_sound(material.sound)
    return material


def bars_match(seen: list[list[float]]) -> bool:
    """Whether colours read from a decoded picture are the bars', as far as lossy video keeps colours."""
    return len(seen) == len(BARS) and all(
        abs(value - wanted) < 60
        for colour, bar in zip(seen, BARS, strict=True)
        for value, wanted in zip(colour, bar, strict=True)
    )


def _write_picture(path: Path, width: int, height: int) -> None:
    texture = _texture(np.random.default_rng(7), width, height - height // 3)
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420\n" % (width, height, FRAMES_PER_S))
        for number in range(COUNTER_MODULUS):
            frame = VideoFrame.from_ndarray(_picture(number, texture, width, height), format="rgb24")
            file.write(b"FRAME\n" + frame.reformat(format="yuv420p").to_ndarray().tobytes())


def _texture(generator: np.random.Generator, width: int, height: int) -> Picture:
    rows, columns = np.mgrid[0:height, 0 : width * 2]
    smooth = 120 + 50 * np.sin(rows / 17) + 50 * np.cos(columns / 29)
    grey = np.clip(smooth + generator.integers(-30, 30, size=smooth.shape), 0, 255)
    round_again = np.concatenate([grey, grey[:, :width]], axis=1)
    return np.repeat(round_again[:, :, None], 3, axis=2).astype(np.uint8)


def _picture(number: int, texture: Picture, width: int, height: int) -> Picture:
    picture = np.empty((height, width, 3), np.uint8)
    block = width // COUNTER_BITS
    for bit in range(COUNTER_BITS):
        picture[:block, bit * block : (bit + 1) * block] = 235 if number >> bit & 1 else 16
    bar, below = width // len(BARS), height // 3
    for index, colour in enumerate(BARS):
        picture[block:below, index * bar : (index + 1) * bar] = colour
    # Once round in the whole of the material, so that its seam is smooth.
    shift = number * width // COUNTER_MODULUS
    picture[below:] = np.roll(texture, -shift * 2, axis=1)[:, :width]
    return picture


def _write_sound(path: Path) -> None:
    time_s = np.arange(SOUND_RATE_HZ * 2) / SOUND_RATE_HZ  # whole periods of both tones: no click at the seam
    tones = np.stack([np.sin(2 * np.pi * hz * time_s) for hz in (LEFT_HZ, RIGHT_HZ)], axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE_HZ)
        file.writeframes((tones * 0.4 * 32767).astype("<i2").tobytes())
